#include "docs/examples/first_instrument/virtual.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "docs/examples/first_instrument/codec.h"
#include "rig/base/rng.h"

namespace pumprig::instruments::thermometer {
namespace {

// The offset takes most of the stated accuracy; the rest is left to noise.
constexpr double kShare = 0.8;
constexpr double kNoise_c = 0.005;

class Thermometer final : public VirtualInstrument {
 public:
  explicit Thermometer(const VirtualContext& context)
      : link_(context.link),
        executor_(context.executor),
        world_(context.world),
        noise_(Rng::stream(context.seed, context.name + " noise")) {
    Rng errors = Rng::stream(context.seed, context.name + " errors");
    offset_c_ = kShare * context.settings.quantity("accuracy") * errors.uniform(-1, 1);
    serial_ = context.settings.text("serial");
    if (serial_.empty()) serial_ = std::to_string(100'000 + errors.below(900'000));
  }

  Task<void> serve() override {
    std::array<std::uint8_t, 64> buffer{};
    Bytes answer;
    for (;;) {
      CO_TRY_ASSIGN(const std::size_t got, co_await link_.read_some(buffer, kNever));
      ByteView input(buffer.data(), got);
      for (auto line = lines_.next(input); line; line = lines_.next(input)) {
        answer_to(*line, answer);
        CO_TRY(co_await link_.write_all(answer, kNever));
      }
    }
  }

 private:
  void answer_to(std::string_view word, Bytes& out) {
    if (word == "ID") return encode_answer(word, "NORTHLAKE,T200," + serial_ + ",1.3", out);
    if (word == "T") return encode_answer(word, reading(), out);
    encode_answer("ERR", "COMMAND", out);
  }

  // "+21.84": sign, hundredths, held at the ends of the range.
  std::string reading() {
    const double celsius = world_.fluid_temperature_c(executor_.now()) + offset_c_ + kNoise_c * noise_.normal();
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%+.2f", std::clamp(celsius, -20.0, 80.0));
    return text.data();
  }

  link::Link& link_;
  exec::Executor& executor_;
  World& world_;
  Rng noise_;
  Lines lines_;
  double offset_c_ = 0;
  std::string serial_;
};

}  // namespace

std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context) {
  return std::make_unique<Thermometer>(context);
}

}  // namespace pumprig::instruments::thermometer
