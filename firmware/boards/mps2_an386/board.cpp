#include "firmware/boards/mps2_an386/board.h"

#include "firmware/boards/mps2_an386/power.h"
#include "firmware/boards/mps2_an386/semihosting.h"
#include "firmware/boards/mps2_an386/stack_paint.h"

namespace pumpfw::mps2 {
namespace {

// Exit codes of the emulator.
constexpr std::uint32_t kRigGone = 2;
constexpr std::uint32_t kBadFrame = 3;

// Files of the host stay open over a reset.
struct Channel {
  std::int32_t request;
  std::int32_t response;
};
[[gnu::section(".noinit")]] Channel channel;

}  // namespace

void Board::begin() {
  arm_watchdog(hal::kLongestSleep + hal::kWatchdogGrace);
  boot_ = find_boot();
  if (boot_.boot == 0) {
    channel = {open_file("sim.req", OpenMode::kWrite), open_file("sim.rsp", OpenMode::kRead)};
    if (channel.request < 0 || channel.response < 0) leave(kRigGone);
  }
  send(lockstep::encode_cause(tx_, header(lockstep::Kind::kHello), boot_.cause));
  for (;;) {
    const lockstep::Header answer = receive();
    if (answer.kind == lockstep::Kind::kReset) reset_as_told(answer);
    if (answer.kind == lockstep::Kind::kStart) return take_wake(answer);
    leave(kBadFrame);
  }
}

void Board::idle(const lockstep::TurnOutput& out) {
  const hal::Tick last = wake_.now;
  send(lockstep::encode_idle(tx_, header(lockstep::Kind::kIdle), out));
  if (out.reset) reset_for(hal::ResetCause::kSoftware);
  arm_watchdog(out.deadline - last + hal::kWatchdogGrace);
  for (;;) {
    const lockstep::Header answer = receive();
    if (answer.kind == lockstep::Kind::kReset) reset_as_told(answer);
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
  return {kind, boot_.boot, ++sequence_, 0};
}

void Board::send(std::size_t size) {
  if (size == 0 || !write_all(channel.request, {tx_, size})) leave(kRigGone);
}

lockstep::Header Board::receive() {
  for (;;) {
    std::size_t have = 0;
    std::size_t want = lockstep::kHeaderSize;
    lockstep::Header got;
    while (have < want) {
      const std::size_t n = read_some(channel.response, std::span(rx_).subspan(have));
      if (n == 0) leave(kRigGone);
      have += n;
      if (have < lockstep::kHeaderSize) continue;
      if (!lockstep::decode_header({rx_, have}, got)) leave(kBadFrame);
      want = lockstep::kHeaderSize + got.length;
    }
    if (have != want) leave(kBadFrame);
    if (got.boot == boot_.boot && got.sequence == sequence_) return got;
  }
}

std::span<const std::uint8_t> Board::payload(const lockstep::Header& header) const {
  return {rx_ + lockstep::kHeaderSize, header.length};
}

void Board::take_wake(const lockstep::Header& header) {
  if (!lockstep::decode_wake(header.kind, payload(header), wake_, facts_)) leave(kBadFrame);
}

void Board::reset_as_told(const lockstep::Header& header) {
  hal::ResetCause cause = hal::ResetCause::kPin;
  if (!lockstep::decode_cause(payload(header), cause)) leave(kBadFrame);
  reset_for(cause);
}

void Board::answer_query() {
  send(lockstep::encode_facts(tx_, header(lockstep::Kind::kFacts), {stack_size(), stack_used()}));
}

}  // namespace pumpfw::mps2
