#include "rig/instruments/patient/virtual.h"

#include "rig/instruments/patient/codec.h"

namespace pumprig::instruments::patient {
namespace {

class Model final : public VirtualInstrument {
 public:
  explicit Model(const VirtualContext& context)
      : link_(context.link), executor_(context.executor), world_(context.world), seed_(context.seed) {}

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
    if (word == "ID") return encode_answer(word, "pumprig,patient," + std::to_string(seed_), out);
    if (word == "TIP") return encode_answer(word, tip(), out);
    encode_answer("ERR", "COMMAND", out);
  }

  std::string tip() {
    const Tip at = world_.tip(executor_.now());
    return values_text({at.volume_ul, at.dose_ug[0], at.dose_ug[1], at.mg_per_ml[0], at.mg_per_ml[1], at.pressure_kpa});
  }

  link::Link& link_;
  exec::Executor& executor_;
  World& world_;
  std::uint64_t seed_;
  Lines lines_;
};

}  // namespace

std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context) {
  return std::make_unique<Model>(context);
}

}  // namespace pumprig::instruments::patient
