#include "firmware/pump/selftest/selftest.h"

#include <array>

#include "firmware/hal/board_facts.h"
#include "firmware/pump/storage/layout.h"

namespace pumpfw {
namespace {

constexpr std::size_t kCodeSlices = 64;
constexpr Tick kMemoryPoll = kSecond / 100;
constexpr Tick kMemoryAnswer = kSecond;
constexpr Tick kSensorAnswer = kSecond / 4;
constexpr std::uint8_t kSensorAttempts = 2;
constexpr Tick kClockSpan = kSecond / 8;  // of the test at least, so that two clocks can be told apart

// A sensor that is broken or not there stands at an end of its range.
constexpr std::uint16_t kRail = hal::kAdcFullScale / 100;
constexpr std::uint16_t kLeastBatteryMv = 1000;
constexpr std::uint16_t kMostBatteryMv = 4000;
constexpr std::int32_t kLeastDeciC = -200;
constexpr std::int32_t kMostDeciC = 800;

}  // namespace

void SelfTest::begin(Tick now, bool full) {
  full_ = full;
  begun_ = now;
  rtc_begun_ = hal_.rtc();
  salt_ = static_cast<std::uint8_t>(rtc_begun_ * 0x9E37'79B9'7F4A'7C15U >> 56);
  tested_ = failed_ = 0;
  ram_slice_ = 0;
  code_.restart();
  memory_ = Memory::kIdle;
  step_ = Step::kStack;
  end(now, hal_.stack_intact());
  if (!full) {
    step_ = Step::kDone;
    due_ = kNever;
  }
}

void SelfTest::next(Tick now) {
  step_ = static_cast<Step>(static_cast<std::uint8_t>(step_) + 1);
  asked_ = 0;
  due_ = step_ == Step::kDone ? kNever : now + 1;
}

// The steps stand in the order of the parts.
void SelfTest::end(Tick now, bool good) {
  const auto mask = protocol::bit(static_cast<SelfTestPart>(step_));
  tested_ = static_cast<std::uint16_t>(tested_ | mask);
  if (!good) failed_ = static_cast<std::uint16_t>(failed_ | mask);
  next(now);
}

void SelfTest::run(Tick now, bool memory_free) {
  if (!running() || now < due_) return;
  if (now - begun_ >= kLimit) {
    // Something has taken the time of what comes after it: none of that has passed.
    memory_ = Memory::kIdle;
    while (running()) end(now, false);
    return;
  }
  due_ = now + 1;
  switch (step_) {
    case Step::kCode: {
      const CodeGuard::Finding finding = code_.look(hal_.code(), kCodeSlices);
      if (finding != CodeGuard::Finding::kUnderWay) end(now, finding == CodeGuard::Finding::kGood);
      return;
    }
    case Step::kRam: {
      if (!hal_.test_ram(ram_slice_)) return end(now, false);
      if (++ram_slice_ == hal::kRamSlices) end(now, true);
      return;
    }
    case Step::kMemory: {
      if (holds_memory()) {  // and has not answered
        memory_ = Memory::kIdle;
        return end(now, false);
      }
      due_ = now + kMemoryPoll;
      if (!memory_free) return;
      std::array<std::uint8_t, kPatternSize> bytes{};
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = pattern(i);
      memory_ = Memory::kWriting;
      due_ = now + kMemoryAnswer;
      return hal_.write_nvm(kScratch, bytes);
    }
    case Step::kClock: {
      const Tick span = now - begun_;
      if (span < kClockSpan) {
        due_ = begun_ + kClockSpan;
        return;
      }
      const Tick gone = hal_.rtc() - rtc_begun_;
      const Tick apart = gone > span ? gone - span : span - gone;
      return end(now, apart <= span / 128 + 4);
    }
    default:
      return ask(now);
  }
}

void SelfTest::memory_written(Tick now) {
  memory_ = Memory::kReading;
  due_ = now + kMemoryAnswer;
  hal_.read_nvm(kScratch, kPatternSize);
}

void SelfTest::memory_read(Tick now, std::span<const std::uint8_t> bytes) {
  memory_ = Memory::kIdle;
  bool good = bytes.size() == kPatternSize;
  for (std::size_t i = 0; good && i < bytes.size(); ++i) good = bytes[i] == pattern(i);
  end(now, good);
}

hal::AdcChannel SelfTest::channel() const {
  switch (step_) {
    case Step::kPressure:
      return hal::AdcChannel::kOutletPressure;
    case Step::kBattery:
      return hal::AdcChannel::kBattery;
    case Step::kTemperature:
      return hal::AdcChannel::kTemperature;
    case Step::kReservoir:
      return hal::AdcChannel::kReservoir;
    default:
      return hal::AdcChannel::kNone;
  }
}

// Others may have taken the converter meanwhile, so it is asked again before that counts.
void SelfTest::ask(Tick now) {
  if (asked_++ == kSensorAttempts) return end(now, false);
  due_ = now + kSensorAnswer;
  hal_.start_adc(channel());
}

void SelfTest::take(Tick now, hal::AdcChannel of, std::uint16_t counts) {
  if (running() && asked_ != 0 && of == channel()) end(now, plausible(counts));
}

bool SelfTest::plausible(std::uint16_t counts) const {
  switch (step_) {
    case Step::kPressure:
      return counts >= kRail && counts <= hal::kAdcFullScale - kRail;
    case Step::kBattery:
      return counts >= kLeastBatteryMv && counts <= kMostBatteryMv;
    case Step::kTemperature: {
      const std::int32_t decic = counts + hal::kTemperatureZeroDeciC;
      return decic >= kLeastDeciC && decic <= kMostDeciC;
    }
    default:  // a bellows has some stroke beyond its nominal volume
      return counts == hal::kNoReservoirSensor || std::uint64_t{counts} * 1000 * 4 <= std::uint64_t{capacity_nl_} * 5;
  }
}

}  // namespace pumpfw
