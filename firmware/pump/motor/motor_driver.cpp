#include "firmware/pump/motor/motor_driver.h"

#include <algorithm>

namespace pumpfw {

using tmc2209::Register;

void MotorDriver::set_up(Tick now) {
  state_ = State::kSettingUp;
  ++set_ups_;
  go(now, Step::kIdentify);
}

void MotorDriver::go(Tick now, Step step) {
  step_ = step;
  attempt_ = 0;
  send(now);
}

void MotorDriver::rest(Tick now, Tick period) {
  awaiting_ = false;
  timeout_ = kNever;
  next_ = now + period;
}

void MotorDriver::send(Tick now) {
  switch (step_) {
    case Step::kIdentify:
      send_read(Register::kIoin);
      break;
    case Step::kCountBefore:
      send_read(Register::kIfcnt);
      break;
    case Step::kWriteGconf:
      send_write(Register::kGconf, tmc2209::kGconfValue);
      break;
    case Step::kWriteChopconf:
      send_write(Register::kChopconf, tmc2209::kChopconfValue);
      break;
    case Step::kWriteIholdIrun:
      send_write(Register::kIholdIrun, tmc2209::kIholdIrunValue);
      break;
    case Step::kWriteTpowerdown:
      send_write(Register::kTpowerdown, tmc2209::kTpowerdownValue);
      break;
    case Step::kClearGstat:
      send_write(Register::kGstat, tmc2209::kGstatAll);
      break;
    case Step::kCountAfter:
      send_read(Register::kIfcnt);
      break;
    case Step::kCheckGconf:
      send_read(Register::kGconf);
      break;
    case Step::kCheckChopconf:
      send_read(Register::kChopconf);
      break;
    case Step::kHealthGstat:
      send_read(Register::kGstat);
      break;
    case Step::kHealthStatus:
      send_read(Register::kDrvStatus);
      break;
  }
  awaiting_ = true;
  timeout_ = now + kReplyTime;
}

void MotorDriver::send_write(Register reg, std::uint32_t value) {
  transmit(tmc2209::encode_write(reg, value), false, reg);
}

void MotorDriver::send_read(Register reg) {
  transmit(tmc2209::encode_read(reg), true, reg);
}

void MotorDriver::transmit(std::span<const std::uint8_t> bytes, bool expects_reply, Register reg) {
  std::copy(bytes.begin(), bytes.end(), sent_.begin());
  sent_size_ = static_cast<std::uint8_t>(bytes.size());
  received_size_ = 0;
  spoilt_ = false;
  expects_reply_ = expects_reply;
  reg_ = reg;
  hal_.send_motor(bytes);
}

void MotorDriver::receive(Tick now, std::span<const std::uint8_t> bytes) {
  if (!awaiting_ || spoilt_) return;  // late bytes of a transaction that was given up
  for (const std::uint8_t byte : bytes) {
    if (received_size_ < received_.size()) received_[received_size_++] = byte;
  }
  const std::size_t wanted = sent_size_ + (expects_reply_ ? tmc2209::kDatagramSize : 0);
  if (received_size_ < wanted) return;
  const auto all = std::span<const std::uint8_t>(received_);
  if (!std::equal(sent_.begin(), sent_.begin() + sent_size_, all.begin())) return spoil();
  if (!expects_reply_) return finish(now, 0);
  const tmc2209::Reply reply = tmc2209::decode_reply(all.subspan(sent_size_, tmc2209::kDatagramSize), reg_);
  if (reply.status != tmc2209::ReplyStatus::kGood) return spoil();
  finish(now, reply.value);
}

void MotorDriver::run(Tick now) {
  if (awaiting_) {
    if (now >= timeout_) try_again(now, spoilt_ || received_size_ > sent_size_ ? Cause::kCorrupt : Cause::kSilent);
    return;
  }
  if (now < next_) return;
  if (state_ == State::kReady) {
    go(now, Step::kHealthGstat);
  } else if (state_ == State::kFailed) {
    set_up(now);
  }
}

void MotorDriver::try_again(Tick now, Cause cause) {
  if (++attempt_ >= kAttempts) return fail(now, cause);
  // A write that may have been accepted would be counted twice: the whole set-up starts again with a fresh count.
  const bool in_writes = step_ >= Step::kWriteGconf && step_ <= Step::kCountAfter;
  if (in_writes) step_ = Step::kCountBefore;
  send(now);
}

void MotorDriver::fail(Tick now, Cause cause) {
  state_ = State::kFailed;
  cause_ = cause;
  rest(now, kRetryPeriod);
}

void MotorDriver::finish(Tick now, std::uint32_t value) {
  awaiting_ = false;
  const auto next_step = static_cast<Step>(static_cast<std::uint8_t>(step_) + 1);
  switch (step_) {
    case Step::kIdentify:
      if (value >> 24 != tmc2209::kVersion) return fail(now, Cause::kWrongChip);
      break;
    case Step::kCountBefore:
      count_before_ = static_cast<std::uint8_t>(value);
      // The attempts of the writes are counted over the restarts, so they go on.
      step_ = next_step;
      return send(now);
    case Step::kCountAfter:
      if (static_cast<std::uint8_t>(value - count_before_) != kWrites) return try_again(now, Cause::kNotAccepted);
      break;
    case Step::kCheckGconf:
      if ((value & 0x3FF) != tmc2209::kGconfValue) return fail(now, Cause::kNotAccepted);
      break;
    case Step::kCheckChopconf:
      if (value != tmc2209::kChopconfValue) return fail(now, Cause::kNotAccepted);
      break;
    case Step::kHealthGstat:
      if ((value & tmc2209::kGstatReset) != 0) return set_up(now);
      if ((value & tmc2209::kGstatDriverError) != 0) return fail(now, Cause::kFault);
      break;
    case Step::kHealthStatus:
      drv_status_ = value;
      if ((value & tmc2209::kDrvStatusFaults) != 0) return fail(now, Cause::kFault);
      state_ = State::kReady;
      cause_ = Cause::kNone;
      return rest(now, kHealthPeriod);
    default:
      step_ = next_step;  // the writes: one count of attempts for all of them
      return send(now);
  }
  go(now, next_step);
}

}  // namespace pumpfw
