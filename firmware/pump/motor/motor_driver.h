// Sets the motor driver up, proves that it took the settings, and looks after it. One transaction at a time, driven by wakes.
//
// Set-up: identify, count of accepted writes, all writes, count again, read back. It ends in kReady, or, after kAttempts tries of one
// transaction, in kFailed; then it is tried anew every kRetryPeriod. In kReady the driver's status is read every kHealthPeriod: a driver
// that has lost its settings is set up again, one that reports a fault is failed.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/hal/hal.h"
#include "firmware/pump/base/units.h"
#include "firmware/pump/motor/tmc2209.h"

namespace pumpfw {

class MotorDriver {
 public:
  enum class State : std::uint8_t { kOff, kSettingUp, kReady, kFailed };
  enum class Cause : std::uint8_t { kNone, kSilent, kCorrupt, kWrongChip, kNotAccepted, kFault };

  static constexpr Tick kReplyTime = kSecond / 20;
  static constexpr Tick kHealthPeriod = kMinute;
  static constexpr Tick kRetryPeriod = kMinute;
  static constexpr std::uint8_t kAttempts = 3;

  explicit MotorDriver(hal::Hal& hal) : hal_(hal) {}

  void set_up(Tick now);
  void receive(Tick now, std::span<const std::uint8_t> bytes);
  // Time-outs, and what is due: call at every wake that is at or past due(), and at any other that comes by.
  void run(Tick now);
  // While a reply is awaited, its time-out. Health and retries are no reason to wake: they go along with any wake after soft_due().
  Tick due() const { return awaiting_ ? timeout_ : kNever; }
  Tick soft_due() const { return awaiting_ ? kNever : next_; }

  State state() const { return state_; }
  bool ready() const { return state_ == State::kReady; }
  Cause cause() const { return cause_; }
  std::uint32_t status() const { return drv_status_; }
  std::uint32_t set_ups() const { return set_ups_; }

 private:
  // The script of transactions, in order.
  enum class Step : std::uint8_t {
    kIdentify,
    kCountBefore,
    kWriteGconf,
    kWriteChopconf,
    kWriteIholdIrun,
    kWriteTpowerdown,
    kClearGstat,
    kCountAfter,
    kCheckGconf,
    kCheckChopconf,
    kHealthGstat,
    kHealthStatus,
  };
  static constexpr std::uint8_t kWrites = 5;

  void send(Tick now);
  void send_write(tmc2209::Register reg, std::uint32_t value);
  void send_read(tmc2209::Register reg);
  void transmit(std::span<const std::uint8_t> bytes, bool expects_reply, tmc2209::Register reg);
  // The bytes make no sense: the bus rests until the time-out, then the transaction is tried again.
  void spoil() { spoilt_ = true; }
  void try_again(Tick now, Cause cause);
  void fail(Tick now, Cause cause);
  void finish(Tick now, std::uint32_t value);
  void go(Tick now, Step step);
  void rest(Tick now, Tick period);

  hal::Hal& hal_;
  State state_ = State::kOff;
  Cause cause_ = Cause::kNone;
  Step step_ = Step::kIdentify;
  std::uint8_t attempt_ = 0;
  bool awaiting_ = false;
  bool expects_reply_ = false;
  bool spoilt_ = false;
  tmc2209::Register reg_ = tmc2209::Register::kGconf;
  std::array<std::uint8_t, 2 * tmc2209::kDatagramSize> received_{};
  std::array<std::uint8_t, tmc2209::kDatagramSize> sent_{};
  std::uint8_t received_size_ = 0;
  std::uint8_t sent_size_ = 0;
  std::uint8_t count_before_ = 0;
  std::uint32_t drv_status_ = 0;
  std::uint32_t set_ups_ = 0;
  Tick timeout_ = kNever;
  Tick next_ = kNever;
};

}  // namespace pumpfw
