// Firmware images over telemetry: who may send one to which pump (REQ-608), and the answers.
#include "firmware/pump/pump.h"
#include "firmware/pump/telemetry/link_server.h"

namespace pumpfw {

using protocol::StatusCode;

// Before anything of the image is looked at: its signature takes longer to compute than two fast steps lie apart.
StatusCode LinkServer::image_allowed() const {
  switch (pump_.therapy_state()) {
    case TherapyState::kNotProgrammed:
    case TherapyState::kStopped:
      break;
    case TherapyState::kSelfTest:
      return StatusCode::kSelfTest;
    case TherapyState::kHalted:
      return StatusCode::kCriticalAlarm;
    default:
      if (pump_.mutation().is(Mutant::kUpdateWhileRunning)) break;
      return StatusCode::kTherapyRuns;
  }
  if (pump_.mutation().is(Mutant::kUpdateOnLowCell)) return StatusCode::kOk;
  const bool low = pump_.alarms().active(AlarmId::kBatteryReplace) || pump_.alarms().active(AlarmId::kBatteryEnd);
  return low ? StatusCode::kBatteryTooLow : StatusCode::kOk;
}

void LinkServer::answer_image(StatusCode status) {
  if (status != StatusCode::kOk) return refuse(status);
  reply(status, protocol::ImageReply{image_.next_offset()});
}

void LinkServer::on(Tick now, const protocol::BeginImage& message) {
  StatusCode status = image_allowed();
  const std::uint32_t floor = pump_.mutation().is(Mutant::kRollBackTaken) ? 0 : pump_.image_floor();
  if (status == StatusCode::kOk) status = image_.begin(message, floor);
  const std::uint32_t version = protocol::image_version(message.version_major, message.version_minor, message.version_patch);
  if (status == StatusCode::kOk) {
    pump_.note_security(now, protocol::LogCode::kImageBegun, version, message.size);
  } else {
    pump_.note_security(now, protocol::LogCode::kImageRefused, static_cast<std::int64_t>(status), version);
  }
  answer_image(status);
}

void LinkServer::on(Tick now, const protocol::ImagePart& message) {
  StatusCode status = image_allowed();
  if (status == StatusCode::kOk) status = image_.take(message);
  if (status != StatusCode::kOk) return refuse(status);
  wait_ = Wait::kImage;
  timeout_ = now + kPatience;
}

void LinkServer::image_written() {
  if (wait_ != Wait::kImage) return;
  image_.written();
  answer_image(StatusCode::kOk);
  send();
}

void LinkServer::on(Tick now, const protocol::FinishImage& message) {
  StatusCode status = image_allowed();
  if (status == StatusCode::kOk && !message.activate) status = image_.under_way() ? StatusCode::kOk : StatusCode::kNoImage;
  if (status == StatusCode::kOk && message.activate) {
    status = image_.activate();
    if (status == StatusCode::kOk) {
      pump_.image_activated(now, image_.version(), role_);
      reset_at_ = now + kResetDelay;
    } else {
      pump_.note_security(now, protocol::LogCode::kImageRefused, static_cast<std::int64_t>(status), image_.version());
    }
  }
  answer_image(status);
  if (status == StatusCode::kOk) image_.forget();
}

}  // namespace pumpfw
