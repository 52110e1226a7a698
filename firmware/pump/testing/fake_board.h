// A board for the tests of the pump logic: a tiny event simulator that drives wake(). It knows a rotor, an outlet pressure, a motor driver
// on its bus, a memory and a real-time clock, each of which a test may disturb. Not the virtual bench: nothing here is physics.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "firmware/hal/board_facts.h"
#include "firmware/hal/hal.h"
#include "firmware/pump/pump.h"

namespace pumpfw::testing {

// Answers register datagrams as the chip does: echo of every byte, replies to reads, a counter of accepted writes.
class FakeDriver {
 public:
  std::vector<std::uint8_t> exchange(std::span<const std::uint8_t> sent);
  void power_dip();  // all registers as after power-on

  bool silent = false;      // neither echo nor reply
  int corrupt_replies = 0;  // so many replies to come have a flipped bit
  std::uint32_t drv_status = 0xC01F0000;
  std::vector<std::uint8_t> babble;  // once, in place of an answer
  bool full_steps() const { return registers_[0x6C] == 0x08000053 && (registers_[0x00] & 0xC0) == 0xC0; }

 private:
  std::array<std::uint32_t, 128> registers_ = power_on();
  std::uint8_t accepted_ = 0;
  static std::array<std::uint32_t, 128> power_on();
};

class FakeBoard final : public hal::Hal {
 public:
  explicit FakeBoard(Pump::Config config = {});

  // Runs until `until`, in ticks since the reset.
  void run_until(Tick until);
  void run_for(Tick span) { run_until(now_ + span); }
  // Cuts everything off now and boots again. The real-time clock goes on, `dead` ticks pass meanwhile.
  void reboot(hal::ResetCause cause = hal::ResetCause::kPin, Tick dead = 100);
  // The logic does nothing any more until the watchdog bites: when that is, in ticks since the reset; a reboot() is to follow. A step that
  // is armed goes out by itself, and a write that is under way ends.
  Tick hang();
  // A write that is under way at a reset reaches only `bytes` bytes of the memory.
  std::optional<std::size_t> torn_write;

  Pump& pump() { return *pump_; }
  Tick now() const { return now_; }
  Tick deadline() const { return deadline_; }  // that the logic has announced
  std::uint64_t rtc_now() const { return rtc_base_ + now_; }

  // Commands as telemetry would give them, at the present instant; the wake that carries them out follows.
  template <typename Command>
  auto command(Command command) {
    auto result = command(*pump_, now_);
    wake({});
    return result;
  }

  // What a test may disturb.
  FakeDriver driver;
  bool rotor_blocked = false;
  bool rotor_reversed = false;
  std::function<std::int32_t(std::uint64_t)> rotor_turns;  // counts that step number n makes, if not one
  bool rotor_late = false;                                 // a count shows only at the wake after its step
  std::uint16_t outlet_counts = 683;                       // 0 kPa
  std::uint16_t battery_mv = 3000;
  std::uint16_t temperature_counts = 870;  // 37 degC
  std::uint16_t reservoir_counts = hal::kNoReservoirSensor;
  void turn_back(std::int32_t counts);  // by itself, between two steps
  bool adc_silent = false;
  bool nvm_silent = false;
  bool nvm_forgets = false;  // what is written is lost
  Tick nvm_time = 33;
  std::vector<std::uint8_t> code_bytes = std::vector<std::uint8_t>(5000, 0x47);
  bool ram_bad = false;
  bool stack_overrun = false;
  bool rtc_stuck = false;
  bool wired = true;
  std::vector<std::uint8_t> nvm = std::vector<std::uint8_t>(hal::kNvmSize, 0);
  std::uint64_t rtc_base_ = 1000;
  std::uint64_t rtc_jump = 0;  // what the real-time clock shows beside the truth; modulo 2^64

  // Second bank for images, and what the next reset starts: the version and size of the last activation.
  std::vector<std::uint8_t> image_bank = std::vector<std::uint8_t>(hal::kImageBankSize, 0);
  std::optional<std::pair<std::uint32_t, std::uint32_t>> activated;
  bool bank_silent = false;

  // What a test may look at.
  std::vector<Tick> steps;  // instants since the first power-on (rtc), only of an enabled driver
  bool record_steps = true;
  std::uint64_t step_count = 0;
  std::uint64_t wakes = 0;
  std::uint64_t motor_bytes = 0;      // on its bus, those of the chip included
  std::uint64_t outlet_readings = 0;  // asked for, beside those at the steps
  std::uint64_t battery_readings = 0;
  bool enabled = false;
  bool receiver_on = true;
  bool receiver_stays_on = false;  // for floods of altered frames, which come in no time at all
  std::vector<std::pair<Tick, hal::Tone>> tones;
  std::vector<std::uint8_t> telemetry;
  bool reset_wanted = false;
  std::function<void()> after_wake;

  void send(std::span<const std::uint8_t> telemetry_bytes);
  void hold_magnet();  // on and off again

  // hal::Hal
  void arm_step(Tick at) override { step_at_ = at < now_ ? now_ : at; }
  void disarm_step() override { step_at_ = kNever; }
  void enable_motor(bool on) override { enabled = on; }
  void send_motor(std::span<const std::uint8_t> bytes) override;
  void send_telemetry(std::span<const std::uint8_t> bytes) override;
  void enable_receiver(bool on) override { receiver_on = on; }
  void start_adc(hal::AdcChannel channel) override;
  void set_buzzer(hal::Tone tone) override { tones.emplace_back(now_, tone); }
  void read_nvm(std::uint32_t offset, std::uint32_t size) override;
  void write_nvm(std::uint32_t offset, std::span<const std::uint8_t> bytes) override;
  void write_image(std::uint32_t offset, std::span<const std::uint8_t> bytes) override;
  void activate_image(std::uint32_t version, std::uint32_t size) override { activated.emplace(version, size); }
  hal::Code code() const override { return {code_bytes, code_crc_}; }
  bool test_ram(std::uint32_t slice) override { return !ram_bad || slice != hal::kRamSlices - 1; }
  bool stack_intact() const override { return !stack_overrun; }
  std::uint64_t rtc() const override { return (rtc_stuck ? rtc_base_ : rtc_base_ + now_) + rtc_jump; }
  void entropy(std::span<std::uint8_t> out) override;
  void reset() override { reset_wanted = true; }

 private:
  void boot(hal::ResetCause cause);
  void wake(hal::Events events);
  void step();
  void turn();
  Tick next_event() const;

  std::uint32_t code_crc_ = protocol::crc32(code_bytes);
  Pump::Config config_;
  std::unique_ptr<Pump> pump_;
  Tick now_ = 0;
  Tick deadline_ = 0;
  Tick step_at_ = kNever;
  std::int32_t rotor_ = 0;
  std::int32_t rotor_shown_ = 0;
  bool adc_outlet_ = false;
  hal::AdcChannel adc_sense_ = hal::AdcChannel::kNone;
  Tick adc_at_ = kNever;
  Tick motor_at_ = kNever;
  std::vector<std::uint8_t> motor_rx_;
  Tick read_at_ = kNever;
  std::uint32_t read_offset_ = 0;
  std::uint32_t read_size_ = 0;
  Tick write_at_ = kNever;
  std::uint32_t write_offset_ = 0;
  std::vector<std::uint8_t> write_bytes_;
  Tick image_at_ = kNever;
  std::uint32_t image_offset_ = 0;
  std::vector<std::uint8_t> image_bytes_;
  std::uint32_t chance_ = 1;
};

}  // namespace pumpfw::testing
