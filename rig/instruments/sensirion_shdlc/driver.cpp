#include "rig/instruments/sensirion_shdlc/driver.h"

#include <algorithm>
#include <cmath>

#include "rig/exec/mutex.h"
#include "rig/instruments/sensirion_shdlc/codec.h"
#include "rig/instruments/sensirion_shdlc/commands.h"
#include "rig/instruments/sensirion_shdlc/quantities.h"
#include "rig/instruments/support/session.h"
#include "rig/link/transact.h"

namespace pumprig::instruments::sensirion_shdlc {
namespace {

using std::chrono::milliseconds;

constexpr ByteView kNoData{};
constexpr int kAttempts = 3;
constexpr Duration kSensorResetTime = milliseconds(300);
constexpr Duration kFirstSampleTime = milliseconds(120);

const Model& model_of(const Settings& settings) {
  return *find_model(settings.text("sensor"));
}

// What a read took place like.
struct Reading {
  link::Exchange exchange;
  TimePoint taken{};
};

class Driver final : public Instrument {
 public:
  explicit Driver(const DriverContext& context)
      : name_(context.name),
        settings_(context.settings),
        executor_(context.executor),
        model_(model_of(settings_)),
        address_(static_cast<std::uint8_t>(settings_.integer("address"))),
        interval_(std::chrono::floor<milliseconds>(settings_.duration("interval"))),
        baud_(static_cast<int>(settings_.integer("baud"))),
        mutex_(context.executor),
        transactor_(context.link, link::TransactPolicy{.baud = baud_}) {}

  Task<Identity> open() override {
    CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
    CO_TRY(co_await start_up());
    co_return identity_;
  }

  std::vector<ChannelInfo> channels() const override {
    auto list = channels_for(settings_);
    for (ChannelInfo& info : list) {
      info.name = name_ + "." + info.name;
      info.instrument = name_;
      info.source = "sensirion_shdlc " + identity_.model + " serial " + identity_.serial;
    }
    if (ticks_per_ul_per_min_ > 0) {
      list[kFlow].resolution = 1 / ticks_per_ul_per_min_;
      list[kVolume].resolution = to_seconds(interval_) / 60 / ticks_per_ul_per_min_;
    }
    return list;
  }

  Task<void> sample(std::span<const std::size_t> channels, SampleSink& sink) override {
    CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
    Status outcome;
    if (lost_) outcome = co_await come_back(sink);
    // The totalizer does not tell when the flow was beyond the meter, so the flow is looked at with every volume.
    if (outcome) outcome = co_await sample_last(channels, sink);
    if (outcome && contains(channels, kVolume)) outcome = co_await sample_volume(sink);
    if (!outcome && outcome.error().code != ErrorCode::kCancelled) {
      gaps_.mark();
      if (outcome.error().code == ErrorCode::kUnavailable) lost_ = true;
    }
    co_return outcome;
  }

  Task<void> stream(SampleSink&) override { co_return Status{}; }

  Task<void> close() override {
    CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
    if (lost_) co_return Status{};
    const auto stopped = co_await command(Command::kStop, kNoData, nullptr);
    if (!stopped && stopped.error().code == ErrorCode::kUnavailable) co_return Status{};  // gone, or nothing was running
    if (!stopped) co_return tl::unexpected<Error>(stopped.error());
    co_return Status{};
  }

 private:
  // ---- one command --------------------------------------------------------------------------------------------------------------------

  // The data of the reply; good until the next command. An error reply becomes an Error with the device's reason. A reply does not say to
  // which request it is: after one that did not come no reading is asked for until the line is known to be settled.
  Task<ByteView> command(Command number, ByteView data, Reading* reading) {
    const bool reads = reading != nullptr;
    for (int round = 1;; ++round) {
      if (reads && !settled_) CO_TRY(co_await settle());
      const auto reply = co_await plainly(number, data, reading, reads ? 1 : kAttempts);
      if (reply) co_return *reply;
      const ErrorCode code = reply.error().code;
      const bool open = code == ErrorCode::kTimeout || code == ErrorCode::kCorrupt;
      if (reads && open) settled_ = false;
      if (!reads || !open || round == kAttempts) co_return tl::unexpected<Error>(reply.error());
    }
  }

  // The line keeps the order: when a mark has been answered, what was asked before it has come or never will. Two marks take turns, so that
  // what is still under way of the last one is not taken for the answer to this one.
  Task<void> settle() {
    const std::array<std::uint8_t, 1> serial{3};
    const Command mark = marks_with_serial_ ? Command::kDeviceInfo : Command::kVersion;
    const ByteView data = marks_with_serial_ ? ByteView(serial) : kNoData;
    CO_TRY(co_await plainly(mark, data, nullptr, kAttempts));
    marks_with_serial_ = !marks_with_serial_;
    settled_ = true;
    co_return Status{};
  }

  Task<ByteView> plainly(Command number, ByteView data, Reading* reading, int attempts) {
    transactor_.policy().attempts = attempts;
    encode(Request{address_, static_cast<std::uint8_t>(number), data}, request_);
    const auto is_answer = [address = address_, wanted = static_cast<std::uint8_t>(number)](const Reply& reply) {
      return reply.address == address && reply.command == wanted;
    };
    link::Exchange exchange;
    for (int round = 0;; ++round) {
      CO_TRY_ASSIGN(const Reply* reply, co_await transactor_.request(request_, is_answer, exchange));
      if (reply->error != 0) {
        const auto error = static_cast<DeviceError>(reply->error);
        if (error == DeviceError::kChecksum && round < 2) continue;  // our request came through damaged: say it again
        co_return fail(code_of(error), "the flow meter refuses command " + hex_of(number) + ": " + to_text(error), where());
      }
      if (reading != nullptr) {
        reading->exchange = exchange;
        reading->taken = taken_at(exchange.requested, exchange.replied, request_.size(), baud_);
      }
      co_return reply->data;
    }
  }

  Task<std::string> text_command(Command number, ByteView data) {
    CO_TRY_ASSIGN(const ByteView reply, co_await command(number, data, nullptr));
    const auto end = std::find(reply.begin(), reply.end(), std::uint8_t{0});
    co_return std::string(reply.begin(), end);
  }

  Task<void> plain_command(Command number, ByteView data) {
    CO_TRY(co_await command(number, data, nullptr));
    co_return Status{};
  }

  static std::string hex_of(Command number) {
    const std::uint8_t byte = static_cast<std::uint8_t>(number);
    return to_hex(ByteView(&byte, 1));
  }
  std::string where() const { return name_ + " on " + transactor_.link().describe(); }
  Error wrong_size(Command number, std::size_t size) const {
    return Error{ErrorCode::kProtocol, "the flow meter answers command " + hex_of(number) + " with " + std::to_string(size) + " bytes",
                 where(), nullptr};
  }

  // ---- start ----------------------------------------------------------------------------------------------------------------------------

  Task<void> start_up() {
    CO_TRY(co_await identify());
    const auto stopped = co_await command(Command::kStop, kNoData, nullptr);
    if (!stopped && stopped.error().code != ErrorCode::kUnavailable) co_return tl::unexpected<Error>(stopped.error());
    CO_TRY(co_await set_sensor_type());
    CO_TRY(co_await plain_command(Command::kSensorReset, kNoData));
    CO_TRY(co_await executor_.sleep_until(executor_.after_wall(kSensorResetTime)));
    CO_TRY(co_await check_sensor());
    CO_TRY(co_await read_scale());
    const std::array<std::uint8_t, 1> on{1};
    CO_TRY(co_await plain_command(Command::kTotalizerStatus, on));
    CO_TRY(co_await plain_command(Command::kTotalizerReset, kNoData));
    Bytes start;
    put_be16(start, interval_ms());
    if (model_.chip == Chip::kSf06) put_be16(start, measure_command());
    const Status started = co_await plain_command(Command::kContinuous, start);
    if (!started) {  // where the answer to a first request was lost, the repeated one finds it busy: running as asked is good
      CO_TRY_ASSIGN(const bool runs, co_await runs_as_asked());
      if (!runs) co_return started;
    }
    CO_TRY(co_await executor_.sleep_until(executor_.after_wall(kFirstSampleTime + interval_)));
    volume_before_ = last_volume_;
    lost_ = false;
    co_return Status{};
  }

  Task<void> identify() {
    CO_TRY_ASSIGN(const ByteView version, co_await command(Command::kVersion, kNoData, nullptr));
    if (version.size() != 7) co_return tl::unexpected<Error>(wrong_size(Command::kVersion, version.size()));
    identity_.maker = "Sensirion";
    identity_.firmware = std::to_string(version[0]) + "." + std::to_string(version[1]) + (version[2] != 0 ? "-debug" : "");
    const std::array<std::uint8_t, 1> serial{3};
    CO_TRY_ASSIGN(cable_serial_, co_await text_command(Command::kDeviceInfo, serial));
    marks_with_serial_ = false;  // it was asked for last
    co_return Status{};
  }

  // The type is kept in EEPROM: written only where it differs.
  Task<void> set_sensor_type() {
    const std::array<std::uint8_t, 1> wanted{model_.chip == Chip::kSf06 ? kSensorTypeSf06 : kSensorTypeSf04};
    CO_TRY_ASSIGN(const ByteView now, co_await command(Command::kSensorType, kNoData, nullptr));
    if (now.size() != 1) co_return tl::unexpected<Error>(wrong_size(Command::kSensorType, now.size()));
    if (now[0] != wanted[0]) CO_TRY(co_await plain_command(Command::kSensorType, wanted));
    co_return Status{};
  }

  Task<void> check_sensor() {
    CO_TRY_ASSIGN(const std::string part, co_await text_command(Command::kPartName, kNoData));
    CO_TRY_ASSIGN(const std::string serial, co_await text_command(Command::kSensorSerial, kNoData));
    const Model* found = nullptr;
    if (model_.chip == Chip::kSf06) {
      const auto id = part.size() >= 8 ? std::strtoul(part.substr(0, 8).c_str(), nullptr, 16) : 0UL;
      for (const Model& model : models()) {
        if (model.product_id != 0 && model.product_id == id >> 8) found = &model;
      }
    } else {
      found = find_model(part);
    }
    identity_.model = found != nullptr ? std::string(found->name) : part;
    identity_.serial = serial;
    if (found != &model_) {
      co_return fail(
          ErrorCode::kRefused,
          "the sensor says that it is \"" + part + "\", the bench file says " + std::string(model_.name) + "; correct one of them",
          where());
    }
    const std::string& expected = settings_.text("serial");
    if (!expected.empty() && serial != expected) {
      co_return fail(ErrorCode::kRefused, "the sensor has serial number " + serial + ", the bench file says " + expected, where());
    }
    co_return Status{};
  }

  Task<void> read_scale() {
    Bytes request;
    if (model_.chip == Chip::kSf06) put_be16(request, measure_command());
    CO_TRY_ASSIGN(const ByteView reply, co_await command(Command::kScale, request, nullptr));
    std::uint16_t unit = model_.unit;
    if (reply.size() >= 4) {
      unit = get_be16(reply, 2);
    } else if (reply.size() != 2) {
      co_return tl::unexpected<Error>(wrong_size(Command::kScale, reply.size()));
    }
    const std::int64_t set = settings_.integer("scale");
    const double scale = set > 0 ? static_cast<double>(set) : static_cast<double>(get_be16(reply, 0));
    const double ul_per_min = ul_per_min_of_unit(unit);
    if (scale <= 0 || ul_per_min <= 0) {
      co_return fail(ErrorCode::kProtocol,
                     "the sensor tells scale " + std::to_string(get_be16(reply, 0)) + " and unit code " + std::to_string(unit) +
                         ", which is no liquid flow; give \"scale\" in the bench file",
                     where());
    }
    ticks_per_ul_per_min_ = scale / ul_per_min;
    co_return Status{};
  }

  std::uint16_t measure_command() const { return settings_.text("fluid") == "isopropanol" ? kMeasureIpa : kMeasureWater; }
  std::uint16_t interval_ms() const { return static_cast<std::uint16_t>(std::chrono::duration_cast<milliseconds>(interval_).count()); }

  // ---- coming back
  // ------------------------------------------------------------------------------------------------------------------------

  // After a hang-up, or when the device lost its measurement (it was reset). A device that kept running keeps its totalizer.
  Task<bool> runs_as_asked() {
    CO_TRY_ASSIGN(const ByteView status, co_await command(Command::kContinuous, kNoData, nullptr));
    co_return status.size() == 2 && get_be16(status, 0) == interval_ms();
  }

  Task<void> come_back(SampleSink& sink) {
    if (!transactor_.link().is_up()) CO_TRY(transactor_.link().reopen());
    const std::string cable_before = cable_serial_;
    CO_TRY(co_await identify());
    if (cable_serial_ != cable_before) {
      co_return fail(ErrorCode::kRefused, "another flow meter came back: cable " + cable_serial_ + " instead of " + cable_before, where());
    }
    CO_TRY_ASSIGN(const bool kept_running, co_await runs_as_asked());
    if (!kept_running) CO_TRY(co_await start_up());
    lost_ = false;
    gaps_.mark();
    sink.event(executor_.now(), "reconnected",
               kept_running ? "the flow meter kept measuring"
                            : "the flow meter had to be started again; what passed meanwhile is not in its volume");
    co_return Status{};
  }

  // ---- samples
  // ----------------------------------------------------------------------------------------------------------------------------

  Task<void> sample_last(std::span<const std::size_t> channels, SampleSink& sink) {
    const std::array<std::uint8_t, 1> all_signals{3};
    const ByteView request = model_.chip == Chip::kSf06 ? ByteView(all_signals) : ByteView();
    const std::size_t expected = model_.chip == Chip::kSf06 ? 6 : 2;
    Reading reading;
    CO_TRY_ASSIGN(ByteView reply, co_await command(Command::kLast, request, &reading));
    if (reply.empty()) {  // asked faster than it measures: the next value is at most one interval away
      CO_TRY(co_await executor_.sleep_until(executor_.after_wall(interval_)));
      CO_TRY_ASSIGN(reply, co_await command(Command::kLast, request, &reading));
      if (reply.empty()) co_return fail(ErrorCode::kTimeout, "the flow meter has no new measurement after a whole interval", where());
    }
    if (reply.size() != expected) co_return tl::unexpected<Error>(wrong_size(Command::kLast, reply.size()));
    const auto raw = static_cast<std::int16_t>(get_be16(reply, 0));
    const std::uint16_t flags = expected == 6 ? get_be16(reply, 4) : std::uint16_t{0};
    Sample sample{reading.taken, interval_, 0, reading.exchange.requested, reading.exchange.replied, kSampleValid};
    sample.value = static_cast<double>(raw) / ticks_per_ul_per_min_;
    const bool clipped = raw == 32767 || raw == -32768 || std::fabs(sample.value) >= model_.limit || (flags & kFlagHighFlow) != 0;
    volume_is_clipped_ = volume_is_clipped_ || clipped;
    if (contains(channels, kFlow)) {
      sample.flags = gaps_.take(kFlow, static_cast<std::uint8_t>(kSampleValid | (clipped ? kSampleSaturated : 0)));
      sink.sample(kFlow, sample);
    }
    if (expected != 6) co_return Status{};
    sample.window = Duration{0};
    if (contains(channels, kTemperature)) {
      sample.value = static_cast<double>(static_cast<std::int16_t>(get_be16(reply, 2))) / 200.0;
      sample.flags = gaps_.take(kTemperature);
      sink.sample(kTemperature, sample);
    }
    if (contains(channels, kAirInLine)) {
      sample.value = (flags & kFlagAirInLine) != 0 ? 1 : 0;
      sample.flags = gaps_.take(kAirInLine);
      sink.sample(kAirInLine, sample);
    }
    co_return Status{};
  }

  Task<void> sample_volume(SampleSink& sink) {
    Reading reading;
    CO_TRY_ASSIGN(const ByteView reply, co_await command(Command::kTotalizerValue, kNoData, &reading));
    if (reply.size() != 8) co_return tl::unexpected<Error>(wrong_size(Command::kTotalizerValue, reply.size()));
    const auto ticks = static_cast<std::int64_t>(get_be64(reply, 0));
    const double volume = static_cast<double>(ticks) / ticks_per_ul_per_min_ * (to_seconds(interval_) / 60);
    last_volume_ = volume_before_ + volume;
    const auto flags = static_cast<std::uint8_t>(kSampleValid | (std::exchange(volume_is_clipped_, false) ? kSampleSaturated : 0));
    sink.sample(kVolume, Sample{reading.taken, Duration{0}, last_volume_, reading.exchange.requested, reading.exchange.replied,
                                gaps_.take(kVolume, flags)});
    co_return Status{};
  }

  static constexpr std::uint16_t kFlagAirInLine = 1 << 0;
  static constexpr std::uint16_t kFlagHighFlow = 1 << 1;

  std::string name_;
  Settings settings_;
  exec::Executor& executor_;
  const Model& model_;
  std::uint8_t address_;
  Duration interval_;
  int baud_;
  exec::Mutex mutex_;
  link::Transactor<ReplyDecoder> transactor_;
  Bytes request_;
  Identity identity_;
  std::string cable_serial_;
  double ticks_per_ul_per_min_ = 0;
  double volume_before_ = 0;  // µL, of the device's totalizer before it was last reset
  double last_volume_ = 0;
  bool volume_is_clipped_ = false;  // the flow was beyond the meter since the last volume
  bool lost_ = false;
  bool marks_with_serial_ = false;
  bool settled_ = true;  // no answer to a reading is outstanding
  GapMarks gaps_;
};

}  // namespace

std::vector<ChannelInfo> channels_for(const Settings& settings) {
  const Model& model = model_of(settings);
  const double of_reading = settings.quantity("accuracy_of_reading") > 0 ? settings.quantity("accuracy_of_reading") : model.of_reading;
  const double absolute =
      settings.quantity("accuracy_absolute") > 0 ? settings.quantity("accuracy_absolute") : model.of_full_scale * model.full_scale;
  std::vector<ChannelInfo> list{evidence_channel("flow", "uL/min", {absolute, of_reading}, SampleKind::kMean),
                                evidence_channel("volume", "uL", {0, of_reading, absolute})};
  if (model.chip == Chip::kSf06) {
    list.push_back(evidence_channel("temperature", "degC", {1.0, 0}, SampleKind::kPoint, 0.005));
    list.push_back(evidence_channel("air_in_line", "1", {}, SampleKind::kPoint, 1));
  }
  return list;
}

std::optional<Extremes> range(const Settings& settings, std::string_view channel) {
  if (channel != "flow") return std::nullopt;
  const Model& model = model_of(settings);
  return Extremes{-model.limit, model.limit};
}

std::unique_ptr<Instrument> make_driver(const DriverContext& context) {
  return std::make_unique<Driver>(context);
}

}  // namespace pumprig::instruments::sensirion_shdlc
