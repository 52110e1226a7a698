// The board's side of hal.h when a rig owns time and the pins: collects what the logic asks for in one wake, so that the rig can act on it.
//
// Shared by the board that runs in the rig's process and by the one in QEMU; each adds how inputs arrive and outputs leave. The memory is
// the board's own: its replies are delivered before the turn ends, by further wakes at the same tick.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/boards/lockstep/image_banks.h"
#include "firmware/hal/board_facts.h"
#include "firmware/hal/hal.h"

namespace pumpfw::lockstep {

inline constexpr std::uint32_t kMotorCapacity = 128;       // bytes to or from the motor driver in one wake
inline constexpr std::uint32_t kTelemetryCapacity = 2048;  // bytes to or from the telemetry link in one wake
inline constexpr std::uint32_t kRoundLimit = 65'536;       // wakes for memory replies in one turn; more is a logic that never rests

// What the logic did that hal.h forbids. The first one is kept until the reset.
enum class Violation : std::uint8_t {
  kNone = 0,
  kReadOutstanding,    // a second read_nvm before the answer to the first
  kWriteOutstanding,   // a second write_nvm before the answer to the first
  kNvmRange,           // beyond the memory, or more than kNvmTransfer at once
  kMotorOverflow,      // more than kMotorCapacity bytes in one wake
  kTelemetryOverflow,  // more than kTelemetryCapacity bytes in one wake
  kNeverRests,         // asks the memory again and again
  kImageOutstanding,   // write_image or activate_image before the answer to the last write
  kImageRange,         // beyond the bank, or more than kImageTransfer at once
  kCount,
};

struct TurnOutput {
  hal::Tick deadline = 0;
  hal::Tick step_at = 0;
  bool step_armed = false;
  bool motor_enabled = false;
  bool start_outlet = false;
  hal::AdcChannel start_sense = hal::AdcChannel::kNone;
  bool reset = false;
  bool receiver_on = true;
  hal::Tone tone = hal::Tone::kOff;
  Violation violation = Violation::kNone;
  std::uint16_t motor_size = 0;
  std::uint16_t telemetry_size = 0;
  std::array<std::uint8_t, kMotorCapacity> motor;
  std::array<std::uint8_t, kTelemetryCapacity> telemetry;

  std::span<const std::uint8_t> motor_tx() const { return {motor.data(), motor_size}; }
  std::span<const std::uint8_t> telemetry_tx() const { return {telemetry.data(), telemetry_size}; }
};

// Of the processor that runs the logic; each board links its own, so that the bound of the stack sees through the call. See hal.h.
bool test_ram(std::uint32_t slice);
bool stack_intact();

class TurnHal final : public hal::Hal {
 public:
  // `nvm` has kNvmSize bytes, `images` kImageMemory; both outlive the object. `entropy_seed` must differ from boot to boot.
  TurnHal(std::span<std::uint8_t> nvm, std::span<std::uint8_t> images, std::uint64_t entropy_seed, const hal::Code& code)
      : nvm_(nvm), images_(images), entropy_(entropy_seed), code_(code) {}
  TurnHal(const TurnHal&) = delete;
  TurnHal& operator=(const TurnHal&) = delete;

  // One turn: wakes the logic with the events, then with each reply of the memory. The deadline lies 1 tick to 10 s ahead of `now`.
  template <typename Logic>
  const TurnOutput& turn(Logic& logic, hal::Tick now, hal::Tick rtc, const hal::Events& events) {
    begin(now, rtc, events);
    hal::Tick deadline = logic.wake(now, events);
    hal::Events reply = without_news(events);
    for (std::uint32_t round = 0; take_reply(reply); ++round) {
      if (round == kRoundLimit) {
        violate(Violation::kNeverRests);
        break;
      }
      deadline = logic.wake(now, reply);
    }
    finish(deadline);
    return out_;
  }

  void arm_step(hal::Tick at) override;
  void disarm_step() override { out_.step_armed = false; }
  void enable_motor(bool on) override { out_.motor_enabled = on; }
  void send_motor(std::span<const std::uint8_t> bytes) override;
  void send_telemetry(std::span<const std::uint8_t> bytes) override;
  void enable_receiver(bool on) override { out_.receiver_on = on; }
  void start_adc(hal::AdcChannel channel) override;
  void set_buzzer(hal::Tone tone) override { out_.tone = tone; }
  void read_nvm(std::uint32_t offset, std::uint32_t size) override;
  void write_nvm(std::uint32_t offset, std::span<const std::uint8_t> bytes) override;
  void write_image(std::uint32_t offset, std::span<const std::uint8_t> bytes) override;
  void activate_image(std::uint32_t version, std::uint32_t size) override;
  hal::Code code() const override { return code_; }
  bool test_ram(std::uint32_t slice) override { return lockstep::test_ram(slice); }
  bool stack_intact() const override { return lockstep::stack_intact(); }
  hal::Tick rtc() const override { return rtc_; }
  void entropy(std::span<std::uint8_t> out) override;
  void reset() override { out_.reset = true; }

 private:
  struct Transfer {
    bool pending = false;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
    std::array<std::uint8_t, hal::kNvmTransfer> bytes;
  };

  void begin(hal::Tick now, hal::Tick rtc, const hal::Events& events);
  static hal::Events without_news(const hal::Events& events);
  // Carries out what is outstanding, in the order asked for. A reset that was asked for cuts it off: a write is lost then.
  bool take_reply(hal::Events& reply);
  void carry_out_read(hal::Events& reply);
  void carry_out_write(hal::Events& reply);
  void carry_out_image(hal::Events& reply);
  void finish(hal::Tick deadline);
  void violate(Violation violation);
  bool fits_nvm(std::uint32_t offset, std::size_t size);

  std::span<std::uint8_t> nvm_;
  ImageBanks images_;
  std::uint64_t entropy_;
  hal::Code code_;
  hal::Tick now_ = 0;
  hal::Tick rtc_ = 0;
  bool read_first_ = false;
  Transfer read_;
  Transfer write_;
  Transfer image_;
  TurnOutput out_;
};

}  // namespace pumpfw::lockstep
