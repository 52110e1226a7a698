#include "rig/instruments/pump_board/pump_board.h"

#include <array>

namespace pumprig::instruments::pump_board {
namespace {

using clients::StatusReply;

clients::PumpSession::Options options_of(const DriverContext& context) {
  clients::PumpSession::Options options;
  options.name = context.name;
  options.baud = static_cast<int>(context.settings.integer("baud"));
  options.reply_timeout = context.settings.duration("reply_timeout");
  return options;
}

std::string model_of(const clients::IdentifyReply& who) {
  return clients::to_text(who.model);
}

constexpr double kStep_ml = 12.5e-6;
constexpr double kUg_per_ng = 1e-3;
// One step of 25 mg/mL, the strongest that is usual: by so much the count of steps blurs the dose.
constexpr double kStepDose_ug = kStep_ml * 25e6 * kUg_per_ng;

// Bytes of a status request on the line, without which it can not have been read.
constexpr std::size_t kRequestBytes = pumpfw::protocol::frame_size(pumpfw::protocol::kHeadSize + pumpfw::protocol::kRequestHeadSize);

ChannelInfo telemetry(std::string_view quantity, std::string_view unit, double resolution) {
  ChannelInfo info;
  info.name = quantity;
  info.unit = unit;
  info.resolution = resolution;
  info.uncertainty = {resolution, 0};  // of the number that the pump keeps, not of what it stands for
  info.evidence = false;
  return info;
}

ChannelInfo believed_dose() {
  ChannelInfo info = telemetry("dose_believed", "ug", 0);
  info.uncertainty = {kStepDose_ug, 0};
  return info;
}

std::array<double, kChannels> values_of(const StatusReply& status, const BelievedDose& dose) {
  std::array<double, kChannels> values{};
  values[kState] = static_cast<double>(status.therapy_state);
  values[kRate] = static_cast<double>(status.rate_now_nl_per_day) * 1e-6;
  values[kSteps] = static_cast<double>(status.steps_total);
  values[kBolusSteps] = static_cast<double>(status.bolus_steps_delivered);
  values[kReservoir] = clients::to_ul(status.reservoir_nl);
  values[kOutletPressure] = static_cast<double>(status.outlet_pressure_pa) * 1e-3;
  values[kBattery] = static_cast<double>(status.battery_mv) * 1e-3;
  values[kAlarms] = static_cast<double>(status.alarm_bits);
  values[kLockout] = static_cast<double>(status.lockout_remaining_s);
  values[kBatteryLoaded] = static_cast<double>(status.battery_loaded_mv) * 1e-3;
  values[kTemperature] = static_cast<double>(status.temperature_decic) * 0.1;
  values[kClock] = clients::pump_seconds(status.rtc_ticks);
  values[kDoseBelieved] = dose.ug();
  return values;
}

}  // namespace

std::vector<ChannelInfo> channels_for(const Settings&) {
  return {
      telemetry("state", "1", 1),
      telemetry("rate", "mL/day", 1e-6),
      telemetry("steps", "1", 1),
      telemetry("bolus_steps", "1", 1),
      telemetry("reservoir", "uL", 1e-3),
      telemetry("outlet_pressure", "kPa gauge", 1e-3),
      telemetry("battery", "V", 1e-3),
      telemetry("alarms", "1", 1),
      telemetry("lockout", "s", 1),
      telemetry("clock", "s", 1.0 / pumpfw::protocol::kTicksPerSecond),
      telemetry("battery_loaded", "V", 1e-3),
      telemetry("temperature", "degC", 0.1),
      believed_dose(),
  };
}

void BelievedDose::read(const StatusReply& status) {
  const std::uint64_t before = steps_.value_or(status.steps_total);
  steps_ = status.steps_total;
  // After a reset the ledger may have lost steps: the pump then believes less than before.
  const auto steps = static_cast<std::int64_t>(status.steps_total - before);
  // What came between two readings counts with the older concentration; a program that names the first one comes before its first step.
  const std::uint32_t ng_per_ml = ng_per_ml_ != 0 ? ng_per_ml_ : status.tube_concentration_ng_per_ml;
  if (steps != 0 && ng_per_ml == 0) known_ = false;
  ug_ += static_cast<double>(steps) * kStep_ml * ng_per_ml * kUg_per_ng;
  ng_per_ml_ = status.tube_concentration_ng_per_ml;
}

std::unique_ptr<Instrument> make_driver(const DriverContext& context) {
  return std::make_unique<PumpBoard>(context);
}

PumpBoard::PumpBoard(const DriverContext& context)
    : name_(context.name), settings_(context.settings), session_(context.link, options_of(context)) {}

Status PumpBoard::load_keys() {
  const std::string& folder = settings_.text("keys");
  if (folder.empty()) return {};
  if (folder == "test") {
    if (!session_.executor().is_virtual()) {
      return fail(ErrorCode::kRefused, "the test keys are no secret: only a simulated pump may have them; name a folder with keys", name_);
    }
    session_.use_keys(security::test_keys(), true);
    return {};
  }
  TRY_ASSIGN(const security::RoleKeys keys, security::read_key_folder(folder));
  session_.use_keys(keys, settings_.boolean("give_keys"));
  return {};
}

Task<Identity> PumpBoard::open() {
  CO_TRY(load_keys());
  CO_TRY_ASSIGN(const clients::IdentifyReply who, co_await session_.open());
  serial_ = clients::to_text(who.board_serial);
  CO_TRY(check_board());
  lost_ = false;
  Identity identity;
  identity.maker = "pumprig";
  identity.model = model_of(who);
  identity.serial = serial_;
  identity.firmware = std::to_string(who.firmware_major) + "." + std::to_string(who.firmware_minor) + "." +
                      std::to_string(who.firmware_patch) + (session_.is_test_image() ? " test image " : " ") +
                      session_.firmware_hash().substr(0, 16);
  co_return identity;
}

Status PumpBoard::check_board() const {
  const std::string found = clients::to_text(session_.identity().board_serial);
  const std::string& expected = settings_.text("serial");
  if (!expected.empty() && found != expected) {
    return fail(ErrorCode::kRefused,
                "the board has serial number " + found + ", the bench file says " + expected + "; connect that board or correct the file",
                name_ + " on " + session_.link().describe());
  }
  return {};
}

std::vector<ChannelInfo> PumpBoard::channels() const {
  auto list = channels_for(settings_);
  for (ChannelInfo& info : list) {
    info.name = name_ + "." + info.name;
    info.instrument = name_;
    info.source = "telemetry of pump " + model_of(session_.identity()) + " serial " + serial_;
  }
  ChannelInfo& dose = list[kDoseBelieved];
  dose.source = "what the pump believes it gave, its steps times its concentration, not what arrived; " + dose.source;
  return list;
}

Task<void> PumpBoard::come_back(SampleSink& sink) {
  if (!session_.link().is_up()) CO_TRY(session_.link().reopen());
  CO_TRY_ASSIGN(const clients::IdentifyReply who, co_await session_.open());
  const std::string serial = clients::to_text(who.board_serial);
  if (serial != serial_) {
    co_return fail(ErrorCode::kRefused, "another pump came back: serial number " + serial + " instead of " + serial_, name_);
  }
  lost_ = false;
  sink.event(session_.executor().now(), "reconnected", "the pump answers again");
  co_return Status{};
}

// A monotonic clock that stands lower than before means a reset in between. Why, the pump says when it is asked who it is.
Task<void> PumpBoard::note_restart(const clients::Answer<StatusReply>& answer, SampleSink& sink) {
  const bool restarted = answer.fields.monotonic_ticks < ticks_before_;
  ticks_before_ = answer.fields.monotonic_ticks;
  if (!restarted) co_return Status{};
  std::string text = "the pump was reset since its status was last read";
  const auto who = co_await session_.ask(clients::Role::kClinician, clients::protocol::Identify{});
  if (who) {
    text += "; it says by " + std::string(clients::protocol::describe(who->fields.reset_cause).name) + ", boot " +
            std::to_string(who->fields.boot_count);
  }
  sink.event(answer.replied, "restarted", text);
  co_return Status{};
}

Task<void> PumpBoard::sample(std::span<const std::size_t> channels, SampleSink& sink) {
  if (lost_) CO_TRY(co_await come_back(sink));
  const auto read = co_await session_.ask(clients::Role::kClinician, clients::protocol::ReadStatus{});
  if (!read) {
    if (read.error().code != ErrorCode::kCancelled) gaps_.mark();
    if (read.error().code == ErrorCode::kUnavailable) lost_ = true;
    co_return tl::unexpected<Error>(read.error());
  }
  CO_TRY(co_await note_restart(*read, sink));
  dose_.read(read->fields);
  const auto values = values_of(read->fields, dose_);
  Sample sample;
  sample.requested = read->requested;
  sample.replied = read->replied;
  sample.t = taken_at(read->requested, read->replied, kRequestBytes, static_cast<int>(settings_.integer("baud")));
  for (const std::size_t channel : channels) {
    if (channel >= kChannels) continue;
    sample.value = values[channel];
    sample.flags = gaps_.take(channel);
    if (channel == kDoseBelieved && !dose_.known()) sample.flags &= static_cast<std::uint8_t>(~kSampleValid);
    sink.sample(channel, sample);
  }
  co_return Status{};
}

Task<void> PumpBoard::stream(SampleSink&) {
  co_return Status{};
}

// Leaves the pump as it is: what it shall do when the rig goes is the bench's safe state.
Task<void> PumpBoard::close() {
  co_return Status{};
}

}  // namespace pumprig::instruments::pump_board
