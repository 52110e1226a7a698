// What a day of 0.5 mL/day asks of the board: wake-ups of the processor, and bytes on the motor driver's bus. An implant lives on 1.2 Ah
// for years, so both have a budget, as flash, RAM and stack have; the build prints them, and fails when one is over.
//
//   pumprig_firmware_day MOST_WAKES MOST_MOTOR_BYTES
#include <cstdio>
#include <cstdlib>

#include "firmware/pump/testing/fake_board.h"

namespace {

using namespace pumpfw;

bool within(const char* what, std::uint64_t value, unsigned long long most) {
  std::printf("pump: %-15s %7llu of %7llu a day at 0.5 mL/day%s\n", what, static_cast<unsigned long long>(value), most,
              value <= most ? "" : "  OVER BUDGET");
  return value <= most;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  testing::FakeBoard board;
  board.record_steps = false;
  board.run_for(2 * kSecond);
  Program program;
  program.basal_rate_nl_per_day = 500'000;
  board.command([&](Pump& pump, Tick now) { return pump.set_program(now, program); });
  board.command([](Pump& pump, Tick now) { return pump.enter_reservoir(now, 20'000'000, true); });
  board.command([](Pump& pump, Tick now) { return pump.start(now); });
  board.run_for(kHour);  // what a start costs is no matter of every day
  const std::uint64_t wakes = board.wakes;
  const std::uint64_t motor_bytes = board.motor_bytes;
  const std::uint64_t steps = board.step_count;
  board.run_for(kDay);
  if (board.step_count - steps != 40'000) {
    std::printf("pump: %llu steps in the day, and 40000 were due\n", static_cast<unsigned long long>(board.step_count - steps));
    return 1;
  }
  const bool wakes_fit = within("wake-ups", board.wakes - wakes, std::strtoull(argv[1], nullptr, 10));
  const bool bytes_fit = within("motor bus bytes", board.motor_bytes - motor_bytes, std::strtoull(argv[2], nullptr, 10));
  return wakes_fit && bytes_fit ? 0 : 1;
}
