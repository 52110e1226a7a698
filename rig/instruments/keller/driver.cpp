#include "rig/instruments/keller/driver.h"

#include <cmath>

#include "rig/exec/mutex.h"
#include "rig/instruments/keller/codec.h"
#include "rig/instruments/support/session.h"
#include "rig/link/transact.h"

namespace pumprig::instruments::keller {
namespace {

constexpr ByteView kNoParameters{};
constexpr int kAttempts = 3;
constexpr double kKpaPerBar = 100;
// Part of the span beyond either end of the compensated range in which a transmitter still reads.
constexpr double kReadableBeyond = 0.1;
// STAT of functions 73 and 74: power-up mode, P1 or TOB1 in error.
constexpr std::uint8_t kPressureTrouble = 0x92;
constexpr std::uint8_t kTemperatureTrouble = 0x90;
constexpr std::uint8_t kP1 = 1;
constexpr std::uint8_t kTob1 = 4;
// The bus is left alone for this long after an answer.
constexpr Duration kPause = std::chrono::microseconds(500);

class Driver final : public Instrument {
 public:
  explicit Driver(const DriverContext& context)
      : name_(context.name),
        settings_(context.settings),
        executor_(context.executor),
        address_(static_cast<std::uint8_t>(settings_.integer("address"))),
        baud_(static_cast<int>(settings_.integer("baud"))),
        lowest_kpa_(settings_.quantity("range_min")),
        highest_kpa_(settings_.quantity("range_max")),
        mutex_(context.executor),
        transactor_(context.link, link::TransactPolicy{.baud = baud_}) {
    transactor_.decoder().set_echo(settings_.boolean("echo"));
  }

  Task<Identity> open() override {
    CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
    CO_TRY(co_await identify());
    CO_TRY(co_await check_reference());
    CO_TRY(co_await check_range());
    lost_ = false;
    co_return identity_;
  }

  std::vector<ChannelInfo> channels() const override {
    auto list = channels_for(settings_);
    for (ChannelInfo& info : list) {
      info.name = name_ + "." + info.name;
      info.instrument = name_;
      info.source = "keller " + identity_.model + " serial " + identity_.serial;
    }
    return list;
  }

  Task<void> sample(std::span<const std::size_t> channels, SampleSink& sink) override {
    CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
    Status outcome;
    if (lost_) outcome = co_await come_back(sink);
    if (outcome && contains(channels, kPressure)) outcome = co_await sample_one(kPressure, kP1, kPressureTrouble, sink);
    if (outcome && contains(channels, kTemperature)) outcome = co_await sample_one(kTemperature, kTob1, kTemperatureTrouble, sink);
    if (!outcome && outcome.error().code != ErrorCode::kCancelled) {
      gaps_.mark();
      if (outcome.error().code == ErrorCode::kUnavailable) lost_ = true;
    }
    co_return outcome;
  }

  Task<void> stream(SampleSink&) override { co_return Status{}; }
  Task<void> close() override { co_return Status{}; }  // it measures all the time; there is nothing to stop

 private:
  // The data of the answer, good until the next call. An exception becomes an Error. An answer does not say which channel it is of, nor to
  // which request: after one that did not come no reading is asked for until the line is known to be settled.
  Task<ByteView> ask(Function function, ByteView parameters) {
    const bool reads = function == Function::kReadFloat;
    for (int round = 1;; ++round) {
      if (reads && !settled_) CO_TRY(co_await settle());
      const auto data = co_await ask_plainly(function, parameters, reads ? 1 : kAttempts);
      if (data) co_return *data;
      const ErrorCode code = data.error().code;
      const bool open = code == ErrorCode::kTimeout || code == ErrorCode::kCorrupt;
      if (reads && open) settled_ = false;
      if (!reads || !open || round == kAttempts) co_return tl::unexpected<Error>(data.error());
    }
  }

  // The line keeps the order: when a mark has been answered, what was asked before it has come or never will. Two marks take turns, so that
  // what is still under way of the last one is not taken for the answer to this one.
  Task<void> settle() {
    const Function mark = marks_with_serial_ ? Function::kSerial : Function::kInitialise;
    CO_TRY_ASSIGN(const ByteView answer, co_await ask_plainly(mark, kNoParameters, kAttempts));
    if (marks_with_serial_ && std::to_string(get_be32(answer, 0)) != identity_.serial) {
      co_return fail(ErrorCode::kRefused, "another transmitter answers: serial number " + std::to_string(get_be32(answer, 0)), where());
    }
    marks_with_serial_ = !marks_with_serial_;
    settled_ = true;
    co_return Status{};
  }

  Task<ByteView> ask_plainly(Function function, ByteView parameters, int attempts) {
    transactor_.policy().attempts = attempts;
    encode(Request{address_, static_cast<std::uint8_t>(function), parameters}, request_);
    const auto is_answer = [address = address_](const Reply& reply) { return reply.address == address; };
    if (executor_.now() < quiet_until_) CO_TRY(co_await executor_.sleep_until(quiet_until_));
    CO_TRY_ASSIGN(const Reply* reply, co_await transactor_.request(request_, is_answer, exchange_));
    quiet_until_ = executor_.after_wall(kPause);
    if (reply->exception == Exception::kNone) co_return reply->data;
    const bool no_init = reply->exception == Exception::kNotInitialised;
    co_return fail(no_init ? ErrorCode::kUnavailable : ErrorCode::kRefused,
                   "the transmitter refuses function " + std::to_string(static_cast<int>(function)) + ": " + to_text(reply->exception),
                   where());
  }

  std::string where() const { return name_ + " on " + transactor_.link().describe(); }

  Task<void> identify() {
    CO_TRY_ASSIGN(const ByteView init, co_await ask(Function::kInitialise, kNoParameters));
    const auto two = [](std::uint8_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    const std::string version = std::to_string(init[0]) + "." + std::to_string(init[1]) + "-" + two(init[2]) + "." + two(init[3]);
    if (init[0] != 5) {
      co_return fail(ErrorCode::kRefused, "device class " + version + " is no pressure transmitter of the series 30 or 40 (class 5)",
                     where());
    }
    CO_TRY_ASSIGN(const ByteView number, co_await ask(Function::kSerial, kNoParameters));
    const std::string serial = std::to_string(get_be32(number, 0));
    std::string expected = settings_.text("serial");
    if (expected.empty()) expected = identity_.serial;  // once opened, only the same device comes back
    if (!expected.empty() && serial != expected) {
      co_return fail(ErrorCode::kRefused, "the transmitter has serial number " + serial + ", expected is " + expected, where());
    }
    identity_ = {"KELLER", version, serial, version};
    marks_with_serial_ = false;  // the serial number was asked for last
    co_return Status{};
  }

  // Gauge or absolute must be what the bench file says, or every pressure is wrong by an atmosphere.
  Task<void> check_reference() {
    const std::array<std::uint8_t, 1> p_mode{14};
    const auto mode = co_await ask(Function::kReadConfig, p_mode);
    if (!mode) {
      if (mode.error().code == ErrorCode::kRefused) co_return Status{};  // older firmware does not tell
      co_return tl::unexpected<Error>(mode.error());
    }
    const bool tells_gauge = (*mode)[0] == 0;
    if (tells_gauge == (settings_.text("reference") == "gauge")) co_return Status{};
    co_return fail(ErrorCode::kRefused,
                   std::string("the transmitter measures ") + (tells_gauge ? "gauge" : "absolute") + " pressure, the bench file says " +
                       settings_.text("reference") + "; correct \"reference\"",
                   where());
  }

  Task<void> check_range() {
    const std::array<std::uint8_t, 1> p1_max{81};
    const auto told = co_await ask(Function::kReadCoefficient, p1_max);
    if (!told) {
      if (told.error().code == ErrorCode::kRefused) co_return Status{};
      co_return tl::unexpected<Error>(told.error());
    }
    const double max = static_cast<double>(get_float(*told, 0)) * kKpaPerBar;
    const double set = highest_kpa_;
    if (std::fabs(max - set) <= 0.01 * std::fabs(set)) co_return Status{};
    co_return fail(ErrorCode::kRefused,
                   "the transmitter measures up to " + std::to_string(max) + " kPa, the bench file says " + std::to_string(set) +
                       "; correct \"range_max\"",
                   where());
  }

  Task<void> come_back(SampleSink& sink) {
    if (!transactor_.link().is_up()) CO_TRY(transactor_.link().reopen());
    CO_TRY(co_await identify());
    lost_ = false;
    gaps_.mark();
    sink.event(executor_.now(), "reconnected", "the pressure transmitter answers again and was initialised");
    co_return Status{};
  }

  Task<void> sample_one(std::size_t channel, std::uint8_t wire_channel, std::uint8_t trouble, SampleSink& sink) {
    const std::array<std::uint8_t, 1> parameter{wire_channel};
    CO_TRY_ASSIGN(const ByteView data, co_await ask(Function::kReadFloat, parameter));
    const float value = get_float(data, 0);
    const std::uint8_t stat = data[4];
    if (std::isnan(value)) {
      co_return fail(ErrorCode::kUnavailable, "channel " + std::to_string(wire_channel) + " of the transmitter is not active", where());
    }
    Sample sample;
    sample.requested = exchange_.requested;
    sample.replied = exchange_.replied;
    sample.t = taken_at(exchange_.requested, exchange_.replied, request_.size(), baud_);
    sample.value = channel == kPressure ? static_cast<double>(value) * kKpaPerBar : static_cast<double>(value);
    std::uint8_t flags = kSampleValid;
    if (std::isinf(value)) {
      sample.value = value > 0 ? highest_kpa_ : lowest_kpa_;
      flags = kSampleSaturated;  // all that is known is that it lies beyond
    } else if ((stat & trouble) != 0) {
      co_return fail(ErrorCode::kUnavailable, "the transmitter reports trouble, STAT " + to_hex(ByteView(&stat, 1)), where());
    } else if (channel == kPressure && !readable(sample.value)) {
      flags |= kSampleSaturated;  // a device of the older kind, which shows no infinity
    }
    sample.flags = gaps_.take(channel, flags);
    sink.sample(channel, sample);
    co_return Status{};
  }

  // Noise about the end of the range is a reading like any other; only what the transmitter cannot show is cut off.
  bool readable(double kpa) const {
    const double beyond = kReadableBeyond * (highest_kpa_ - lowest_kpa_);
    return kpa >= lowest_kpa_ - beyond && kpa <= highest_kpa_ + beyond;
  }

  std::string name_;
  Settings settings_;
  exec::Executor& executor_;
  std::uint8_t address_;
  int baud_;
  double lowest_kpa_;
  double highest_kpa_;
  exec::Mutex mutex_;
  link::Transactor<ReplyDecoder> transactor_;
  Bytes request_;
  link::Exchange exchange_;
  TimePoint quiet_until_{};
  Identity identity_;
  bool lost_ = false;
  bool marks_with_serial_ = false;
  bool settled_ = true;  // no answer to a reading is outstanding
  GapMarks gaps_;
};

}  // namespace

std::vector<ChannelInfo> channels_for(const Settings& settings) {
  const double span = settings.quantity("range_max") - settings.quantity("range_min");
  return {evidence_channel("pressure", "kPa " + settings.text("reference"), {settings.quantity("accuracy") * span, 0}),
          evidence_channel("temperature", "degC", {2.0, 0})};
}

std::optional<Extremes> range(const Settings& settings, std::string_view channel) {
  if (channel != "pressure") return std::nullopt;
  return Extremes{settings.quantity("range_min"), settings.quantity("range_max")};
}

std::unique_ptr<Instrument> make_driver(const DriverContext& context) {
  return std::make_unique<Driver>(context);
}

}  // namespace pumprig::instruments::keller
