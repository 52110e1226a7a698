#include "rig/instruments/keller/virtual.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "rig/base/rng.h"
#include "rig/instruments/keller/codec.h"

namespace pumprig::instruments::keller {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Of zero and gain error each gets less than half of the stated accuracy; the rest is left to noise.
constexpr double kShare = 0.45;
constexpr double kNoiseOfSpan = 1e-5;
constexpr std::uint8_t kErrorP1 = 0x02;

struct Value {
  double si = 0;  // Pa or 0.01 °C
  float shown = 0;
  std::uint8_t stat = 0;
};

class Transmitter final : public VirtualInstrument {
 public:
  explicit Transmitter(const VirtualContext& context)
      : link_(context.link),
        executor_(context.executor),
        world_(context.world),
        noise_(Rng::stream(context.seed, context.name + " pressure noise")),
        address_(static_cast<std::uint8_t>(context.settings.integer("address"))),
        fast_(context.settings.integer("baud") == 115200),
        echo_(context.settings.boolean("echo")),
        absolute_(context.settings.text("reference") == "absolute"),
        min_kpa_(context.settings.quantity("range_min")),
        max_kpa_(context.settings.quantity("range_max")) {
    Rng errors = Rng::stream(context.seed, context.name + " pressure errors");
    const double accuracy = context.settings.quantity("accuracy");
    zero_kpa_ = kShare * accuracy * (max_kpa_ - min_kpa_) * errors.uniform(-1, 1);
    gain_ = 1 + kShare * accuracy * errors.uniform(-1, 1);
    temperature_error_ = errors.uniform(-1, 1);
    const std::string& serial = context.settings.text("serial");
    serial_ = serial.empty() ? static_cast<std::uint32_t>(100'000 + errors.below(900'000))
                             : static_cast<std::uint32_t>(std::strtoul(serial.c_str(), nullptr, 10));
    coefficients_ = {{64, 0.0F},
                     {65, 1.0F},
                     {80, static_cast<float>(min_kpa_ / 100)},
                     {81, static_cast<float>(max_kpa_ / 100)},
                     {84, -10.0F},
                     {85, 80.0F},
                     {86, -10.0F},
                     {87, 80.0F}};
    config_ = {{0, 0x02}, {1, 0x10}, {2, 0}, {3, 1}, {4, 0}, {7, 0}, {9, 0}, {10, fast_ ? 1 : 0}, {14, absolute_ ? 1 : 0}};
  }

  Task<void> serve() override {
    std::array<std::uint8_t, 64> buffer{};
    for (;;) {
      CO_TRY_ASSIGN(const std::size_t got, co_await link_.read_some(buffer, kNever));
      const TimePoint now = executor_.now();
      if (decoder_.in_frame() && now - last_byte_ > gap()) decoder_.begin({});
      last_byte_ = now;
      ByteView input(buffer.data(), got);
      if (echo_) CO_TRY(co_await link_.write_all(input, kNever));
      for (link::Decoded step = decoder_.next(input); step != link::Decoded::kNeedMore; step = decoder_.next(input)) {
        if (step != link::Decoded::kFrame) continue;  // wrong CRC or overlong: silence
        if (!answer(decoder_.frame())) continue;
        CO_TRY(co_await link_.write_all(frame_, kNever));
      }
    }
  }

 private:
  // The longest pause within a frame. Behind a pty the sender's scheduling decides, so only virtual time is strict.
  Duration gap() const {
    if (!executor_.is_virtual()) return milliseconds(50);
    return fast_ ? microseconds(200) : microseconds(1500);
  }

  bool answer(const Request& request) {
    if (request.address != address_ && request.address != kTransparent && request.address != kBroadcast) return false;
    const std::uint8_t answering_as = request.address;
    data_.clear();
    const auto function = static_cast<Function>(request.function);
    const Exception exception = !initialised_ && function != Function::kInitialise ? Exception::kNotInitialised
                                                                                   : execute(function, request.parameters, answering_as);
    if (request.address == kBroadcast) return false;
    encode(Reply{answering_as, request.function, exception, data_}, frame_);
    return true;
  }

  Exception execute(Function function, ByteView in, std::uint8_t asked_as) {
    switch (function) {
      case Function::kInitialise:
        data_ = {5, 20, 12, 28, 13, static_cast<std::uint8_t>(initialised_ ? 1 : 0)};
        initialised_ = true;
        return in.empty() ? Exception::kNone : Exception::kValue;
      case Function::kSerial:
        put_be32(data_, serial_);
        return in.empty() ? Exception::kNone : Exception::kValue;
      case Function::kReadFloat:
        return read_channel(in, false);
      case Function::kReadInteger:
        return read_channel(in, true);
      case Function::kReadCoefficient:
        return read_coefficient(in);
      case Function::kWriteCoefficient:
        return write_coefficient(in);
      case Function::kReadConfig:
        return read_config(in);
      case Function::kWriteConfig:
        return write_config(in);
      case Function::kAddress:
        return set_address(in, asked_as);
      case Function::kZero:
        return set_zero(in);
      case Function::kReadConfigs:
        return read_configs(in);
      case Function::kWriteConfigs:
        break;
    }
    return Exception::kNotImplemented;
  }

  double true_kpa() {
    const TimePoint now = executor_.now();
    const double gauge = world_.outlet_pressure_kpa(now);
    return absolute_ ? gauge + world_.ambient_pressure_kpa_absolute(now) : gauge;
  }

  Value pressure() {
    const double span = max_kpa_ - min_kpa_;
    const double kpa = true_kpa() * gain_ + zero_kpa_ + kNoiseOfSpan * span * noise_.normal() - set_zero_kpa_;
    Value value{kpa * 1000, static_cast<float>(kpa / 100), 0};
    // Readable is what lies within the compensated range and a tenth of it beyond.
    if (kpa > max_kpa_ + 0.1 * span) value = {std::numeric_limits<double>::infinity(), std::numeric_limits<float>::infinity(), kErrorP1};
    if (kpa < min_kpa_ - 0.1 * span) value = {-std::numeric_limits<double>::infinity(), -std::numeric_limits<float>::infinity(), kErrorP1};
    return value;
  }

  Value temperature() {
    const double celsius = world_.fluid_temperature_c(executor_.now()) + temperature_error_ + 0.01 * noise_.normal();
    return {celsius * 100, static_cast<float>(celsius), 0};
  }

  Exception read_channel(ByteView in, bool as_integer) {
    if (in.size() != 1) return Exception::kValue;
    if (in[0] > 5) return Exception::kParameter;
    constexpr std::uint8_t kP1 = 1;
    constexpr std::uint8_t kTob1 = 4;
    const bool active = in[0] == kP1 || in[0] == kTob1;
    const Value value = in[0] == kP1 ? pressure() : in[0] == kTob1 ? temperature() : Value{};
    if (as_integer) {
      const double limited = std::clamp(active ? value.si : 0.0, -2147483648.0, 2147483647.0);
      put_be32(data_, static_cast<std::uint32_t>(static_cast<std::int32_t>(std::llround(limited))));
    } else if (active) {
      put_float(data_, value.shown);
    } else {
      put_be32(data_, 0xFFFFFFFF);  // NaN: the channel is not active
    }
    put_u8(data_, value.stat);
    return Exception::kNone;
  }

  Exception read_coefficient(ByteView in) {
    if (in.size() != 1) return Exception::kValue;
    if (in[0] > 111) return Exception::kParameter;
    const auto found = coefficients_.find(in[0]);
    put_float(data_, found == coefficients_.end() ? 0.0F : found->second);
    return Exception::kNone;
  }

  Exception write_coefficient(ByteView in) {
    if (in.size() != 5) return Exception::kValue;
    if (in[0] > 111) return Exception::kParameter;
    coefficients_[in[0]] = get_float(in, 1);
    put_u8(data_, 0);
    return Exception::kNone;
  }

  std::uint8_t config(std::uint8_t number) const {
    const auto found = config_.find(number);
    return number == 13 ? address_ : found == config_.end() ? std::uint8_t{0} : found->second;
  }

  Exception read_config(ByteView in) {
    if (in.size() != 1) return Exception::kValue;
    if (in[0] > 15) return Exception::kParameter;
    put_u8(data_, config(in[0]));
    return Exception::kNone;
  }

  Exception write_config(ByteView in) {
    if (in.size() != 2) return Exception::kValue;
    if (in[0] > 15 || in[0] == 13) return Exception::kParameter;
    config_[in[0]] = in[1];
    put_u8(data_, 0);
    return Exception::kNone;
  }

  Exception set_address(ByteView in, std::uint8_t asked_as) {
    if (in.size() != 1) return Exception::kValue;
    if (in[0] > 249 || (in[0] == 0 && asked_as != kTransparent)) return Exception::kParameter;
    if (in[0] != 0) address_ = in[0];
    put_u8(data_, address_);
    return Exception::kNone;
  }

  Exception set_zero(ByteView in) {
    if (in.size() != 1 && in.size() != 5) return Exception::kValue;
    if (in[0] > 1) return Exception::kParameter;
    if (in[0] == 1) {
      set_zero_kpa_ = 0;
    } else {
      const double wanted = in.size() == 5 ? static_cast<double>(get_float(in, 1)) * 100 : 0;
      set_zero_kpa_ = true_kpa() * gain_ + zero_kpa_ - wanted;
    }
    put_u8(data_, 0);
    return Exception::kNone;
  }

  Exception read_configs(ByteView in) {
    if (in.size() != 1) return Exception::kValue;
    if (in[0] != 0 && in[0] != 2 && in[0] != 3) return Exception::kParameter;
    data_.assign(5, 0);
    if (in[0] == 0) data_[0] = config(10);
    return Exception::kNone;
  }

  link::Link& link_;
  exec::Executor& executor_;
  World& world_;
  Rng noise_;
  RequestDecoder decoder_;
  TimePoint last_byte_{};
  Bytes data_;
  Bytes frame_;

  std::uint8_t address_;
  bool fast_;
  bool echo_;
  bool absolute_;
  double min_kpa_;
  double max_kpa_;
  double zero_kpa_ = 0;
  double gain_ = 1;
  double set_zero_kpa_ = 0;
  double temperature_error_ = 0;
  std::uint32_t serial_ = 0;
  bool initialised_ = false;
  std::map<std::uint8_t, float> coefficients_;
  std::map<std::uint8_t, std::uint8_t> config_;
};

}  // namespace

std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context) {
  return std::make_unique<Transmitter>(context);
}

}  // namespace pumprig::instruments::keller
