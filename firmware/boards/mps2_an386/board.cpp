#include "firmware/boards/mps2_an386/board.h"

#include "firmware/boards/mps2_an386/power.h"
#include "firmware/boards/mps2_an386/semihosting.h"
#include "firmware/boards/mps2_an386/stack_paint.h"

namespace pumpfw::mps2 {
namespace {

constexpr std::uint32_t kMagic = 0x50'55'4D'50;
constexpr std::uint32_t kNoCause = 0xFFFF'FFFF;

// Exit codes of the emulator.
constexpr std::uint32_t kRigGone = 2;
constexpr std::uint32_t kBadFrame = 3;

// Outlives a reset. Files of the host stay open over one. Every deliberate reset writes its cause first; none written: the watchdog bit.
struct Retained {
  std::uint32_t magic;
  std::uint32_t boot;
  std::uint32_t cause;
  std::int32_t request;
  std::int32_t response;
};
[[gnu::section(".noinit")]] Retained retained;

hal::ResetCause find_cause() {
  if (retained.magic != kMagic) {
    retained = {kMagic, 0, kNoCause, open_file("sim.req", OpenMode::kWrite), open_file("sim.rsp", OpenMode::kRead)};
    if (retained.request < 0 || retained.response < 0) leave(kRigGone);
    return hal::ResetCause::kPowerOn;
  }
  ++retained.boot;
  const std::uint32_t written = retained.cause;
  retained.cause = kNoCause;
  return written == kNoCause ? hal::ResetCause::kWatchdog : static_cast<hal::ResetCause>(written);
}

}  // namespace

void Board::begin() {
  arm_watchdog(hal::kLongestSleep + hal::kWatchdogGrace);
  const hal::ResetCause cause = find_cause();
  send(lockstep::encode_cause(tx_, header(lockstep::Kind::kHello), cause));
  for (;;) {
    const lockstep::Header answer = receive();
    if (answer.kind == lockstep::Kind::kReset) reset_for(answer);
    if (answer.kind == lockstep::Kind::kStart) return take_wake(answer);
    leave(kBadFrame);
  }
}

void Board::idle(const lockstep::TurnOutput& out) {
  const hal::Tick last = wake_.now;
  send(lockstep::encode_idle(tx_, header(lockstep::Kind::kIdle), out));
  if (out.reset) {
    retained.cause = static_cast<std::uint32_t>(hal::ResetCause::kSoftware);
    reset_system();
  }
  arm_watchdog(out.deadline - last + hal::kWatchdogGrace);
  for (;;) {
    const lockstep::Header answer = receive();
    if (answer.kind == lockstep::Kind::kReset) reset_for(answer);
    if (answer.kind == lockstep::Kind::kQuery) {
      answer_query();
      continue;
    }
    if (answer.kind != lockstep::Kind::kRun) leave(kBadFrame);
    take_wake(answer);
    break;
  }
  if (wake_.now > out.deadline + hal::kWatchdogGrace) await_watchdog();
  sleep((wake_.now < out.deadline ? wake_.now : out.deadline) - last);
}

lockstep::Header Board::header(lockstep::Kind kind) {
  return {kind, retained.boot, ++sequence_, 0};
}

void Board::send(std::size_t size) {
  if (size == 0 || !write_all(retained.request, {tx_, size})) leave(kRigGone);
}

lockstep::Header Board::receive() {
  for (;;) {
    std::size_t have = 0;
    std::size_t want = lockstep::kHeaderSize;
    lockstep::Header got;
    while (have < want) {
      const std::size_t n = read_some(retained.response, std::span(rx_).subspan(have));
      if (n == 0) leave(kRigGone);
      have += n;
      if (have < lockstep::kHeaderSize) continue;
      if (!lockstep::decode_header({rx_, have}, got)) leave(kBadFrame);
      want = lockstep::kHeaderSize + got.length;
    }
    if (have != want) leave(kBadFrame);
    if (got.boot == retained.boot && got.sequence == sequence_) return got;
  }
}

std::span<const std::uint8_t> Board::payload(const lockstep::Header& header) const {
  return {rx_ + lockstep::kHeaderSize, header.length};
}

void Board::take_wake(const lockstep::Header& header) {
  if (!lockstep::decode_wake(header.kind, payload(header), wake_, facts_)) leave(kBadFrame);
}

void Board::reset_for(const lockstep::Header& header) {
  hal::ResetCause cause = hal::ResetCause::kPin;
  if (!lockstep::decode_cause(payload(header), cause)) leave(kBadFrame);
  // A watchdog bite leaves no cause behind, a real one neither.
  retained.cause = cause == hal::ResetCause::kWatchdog ? kNoCause : static_cast<std::uint32_t>(cause);
  reset_system();
}

void Board::answer_query() {
  send(lockstep::encode_facts(tx_, header(lockstep::Kind::kFacts), {stack_size(), stack_used()}));
}

}  // namespace pumpfw::mps2
