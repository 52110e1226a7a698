#include "firmware/boards/mps2_an386/reset_cause.h"

#include "firmware/boards/mps2_an386/power.h"

namespace pumpfw::mps2 {
namespace {

constexpr std::uint32_t kMagic = 0x50'55'4D'50;
constexpr std::uint32_t kNoCause = 0xFFFF'FFFF;

struct Retained {
  std::uint32_t magic;
  std::uint32_t boot;
  std::uint32_t cause;
};
[[gnu::section(".noinit")]] Retained retained;

}  // namespace

BootFacts find_boot() {
  if (retained.magic != kMagic) {
    retained = {kMagic, 0, kNoCause};
    return {};
  }
  ++retained.boot;
  const std::uint32_t written = retained.cause;
  retained.cause = kNoCause;
  return {retained.boot, written == kNoCause ? hal::ResetCause::kWatchdog : static_cast<hal::ResetCause>(written)};
}

void reset_for(hal::ResetCause cause) {
  retained.cause = cause == hal::ResetCause::kWatchdog ? kNoCause : static_cast<std::uint32_t>(cause);
  reset_system();
}

}  // namespace pumpfw::mps2
