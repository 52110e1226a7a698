#include "rig/twin/board/board_rules.h"

#include <algorithm>
#include <array>
#include <string>

#include "rig/base/rng.h"
#include "rig/base/sha256.h"

namespace pumprig::twin {
namespace {

using namespace pumpfw;

constexpr std::array<const char*, static_cast<std::size_t>(lockstep::Violation::kCount)> kViolations = {
    "no rule",
    "read_nvm was called while a read was outstanding",
    "write_nvm was called while a write was outstanding",
    "a memory transfer lies beyond the memory or is longer than kNvmTransfer",
    "more bytes were sent to the motor driver in one wake than the board can hold",
    "more telemetry was sent in one wake than the board can hold",
    "the memory was asked again and again within one wake",
    "write_image or activate_image was called while a write to the bank was outstanding",
    "a part of an image, or an image, is empty, too long or beyond its bank",
};

Status wrong(std::string text) {
  return fail(ErrorCode::kInvalidArgument, std::move(text), "pump board");
}

}  // namespace

void BoardRules::booted(hal::ResetCause cause) {
  ++boots_;
  cause_ = cause;
  awake_ = true;
  first_wake_ = true;
  now_ = 0;
  bite_ = hal::kLongestSleep + hal::kWatchdogGrace;
}

Status BoardRules::check_input(const BoardInput& input) const {
  if (!awake_) return wrong("the board was not booted since it was reset; call boot() first");
  if (input.now < now_)
    return wrong("the board's clock would go back from tick " + std::to_string(now_) + " to " + std::to_string(input.now));
  if (((input.flags & hal::kEventBoot) != 0) != first_wake_)
    return wrong("kEventBoot belongs to the first wake after boot(), and to no other");
  if (first_wake_ && input.reset_cause != cause_) return wrong("the reset cause of the first wake is not the one given to boot()");
  if ((input.flags & (hal::kEventNvmRead | hal::kEventNvmWritten | hal::kEventImageWritten)) != 0)
    return wrong("memory events come from the board itself");
  if (input.motor_rx.size() > lockstep::kMotorCapacity) return wrong("more than kMotorCapacity bytes from the motor bus in one wake");
  if (input.telemetry_rx.size() > lockstep::kTelemetryCapacity) return wrong("more than kTelemetryCapacity bytes of telemetry in one wake");
  return {};
}

void BoardRules::bitten(BoardOutput& output) {
  output.clear();
  output.reset_requested = true;
  output.reset_cause = hal::ResetCause::kWatchdog;
  output.deadline = bite_;
  awake_ = false;
}

Status BoardRules::finished(const BoardInput& input, const lockstep::TurnOutput& turn, BoardOutput& output) {
  first_wake_ = false;
  now_ = input.now;
  bite_ = turn.deadline + hal::kWatchdogGrace;
  output.deadline = turn.deadline;
  output.step_at = turn.step_armed ? std::optional<Tick>(turn.step_at) : std::nullopt;
  output.motor_enabled = turn.motor_enabled;
  output.receiver_on = turn.receiver_on;
  output.tone = turn.tone;
  output.start_outlet = turn.start_outlet;
  output.start_sense = turn.start_sense;
  output.reset_requested = turn.reset;
  output.reset_cause = hal::ResetCause::kSoftware;
  output.motor_tx.assign(turn.motor_tx().begin(), turn.motor_tx().end());
  output.telemetry_tx.assign(turn.telemetry_tx().begin(), turn.telemetry_tx().end());
  if (turn.reset) awake_ = false;
  if (turn.violation == lockstep::Violation::kNone) return {};
  awake_ = false;
  return fail(ErrorCode::kInternal, broken_rule(turn.violation), "pump board");
}

std::string broken_rule(lockstep::Violation violation) {
  return std::string("the firmware broke a rule of its board: ") + kViolations[static_cast<std::size_t>(violation)];
}

lockstep::StartFacts BoardRules::start_facts(std::uint64_t seed, const std::string& serial, const std::string& hash,
                                             std::span<std::uint8_t> images) const {
  lockstep::StartFacts facts;
  facts.entropy_seed = Rng::stream(seed, "entropy of boot " + std::to_string(boots_)).next();
  std::copy_n(serial.begin(), std::min(serial.size(), facts.serial.size()), facts.serial.begin());
  const auto bytes = from_hex(hash);
  if (bytes && bytes->size() == facts.image_hash.size()) std::copy(bytes->begin(), bytes->end(), facts.image_hash.begin());
  const lockstep::ImageBanks banks(images);
  const lockstep::ActiveImage active = banks.active();
  if (active.version == 0) return facts;
  // What a boot loader would start. The code that runs is the one that was built; only what it says of itself is the image's.
  facts.image_version = active.version;
  Sha256 hasher;
  hasher.update(ByteView(banks.bytes_of(active)));
  facts.image_hash = hasher.finish();
  return facts;
}

hal::Events to_events(const BoardInput& input) {
  hal::Events e;
  e.flags = input.flags;
  e.reset_cause = input.reset_cause;
  e.step_at = input.step_at;
  e.rotor_count = input.rotor_count;
  e.outlet_counts = input.outlet_counts;
  e.sense_channel = input.sense_channel;
  e.sense_counts = input.sense_counts;
  e.magnet = input.magnet;
  e.wired = input.wired;
  e.motor_rx = input.motor_rx;
  e.telemetry_rx = input.telemetry_rx;
  return e;
}

}  // namespace pumprig::twin
