#include "rig/twin/board/board_player.h"

#include <algorithm>

#include "firmware/pump/storage/layout.h"
#include "firmware/pump/storage/records.h"

namespace pumprig::twin {
namespace {

using pumpfw::hal::kTicksPerSecond;
using pumpfw::hal::ResetCause;

bool differ(ByteView a, ByteView b, std::size_t offset) {
  const auto one = a.subspan(offset, pumpfw::kSlotSize);
  const auto other = b.subspan(offset, pumpfw::kSlotSize);
  return !std::equal(one.begin(), one.end(), other.begin());
}

}  // namespace

Result<BoardPlayer::Heard> BoardPlayer::await(pumpfw::protocol::MessageType type, std::uint32_t nonce) {
  constexpr Tick kLookEvery = kTicksPerSecond / 100;
  for (const Tick until = here() + 2 * kTicksPerSecond; here() < until && !reset_requested();) {
    TRY(wait(kLookEvery));
    for (const Heard& heard : heard_) {
      if (heard.head.type == type && heard.head.nonce == nonce) return heard;
    }
  }
  return fail(ErrorCode::kTimeout, reset_requested() ? "the board was reset instead of an answer" : "the pump does not answer");
}

void BoardPlayer::after_wake() {
  pumpfw::protocol::FrameDecoder decoder;
  for (const std::uint8_t byte : out_.telemetry_tx) {
    if (!decoder.push(byte) || decoder.payload().size() < pumpfw::protocol::kHeadSize) continue;
    Heard heard;
    std::span<const std::uint8_t> fields;
    if (!pumpfw::protocol::read_body(decoder.payload().subspan(pumpfw::protocol::kHeadSize), heard.head, fields)) continue;
    heard.fields.assign(fields.begin(), fields.end());
    heard.steps = steps();
    heard.at = in_.rtc;
    heard_.push_back(std::move(heard));
  }
}

Status BoardPlayer::let_watchdog_bite() {
  const Tick bite = out_.deadline + pumpfw::hal::kWatchdogGrace;
  if (step_at_ && *step_at_ <= bite) step();
  here_ = bite + 1;
  TRY(wake(here_));
  if (!out_.reset_requested || out_.reset_cause != ResetCause::kWatchdog) return fail(ErrorCode::kInternal, "the watchdog did not bite");
  return boot(ResetCause::kWatchdog);
}

Status BoardPlayer::reset(ResetCause cause, Tick dead) {
  if (cause == ResetCause::kPowerOn || cause == ResetCause::kBrownOut) chip_.power_on();
  return boot(cause, dead);
}

std::size_t BoardPlayer::pulses(Tick from, Tick to) const {
  const auto upto = [&](Tick at) { return std::upper_bound(pulses_.begin(), pulses_.end(), at); };
  return static_cast<std::size_t>(upto(to) - upto(from));
}

Torn tear(std::span<std::uint8_t> memory, ByteView before, Rng& rng) {
  using namespace pumpfw;
  const Bytes after(memory.begin(), memory.end());
  std::vector<std::size_t> records;
  const auto add = [&](std::size_t slot) {
    if (differ(after, before, slot)) records.push_back(slot);
  };
  // Of slots written in turn, the older one is written first; one that was cut counts as never written. Where that does not show any more,
  // because one was written twice in the turn, nothing can be told of the order.
  const auto add_in_turn = [&](std::size_t first, bool both, auto record) {
    const auto sequence = [&](ByteView in, std::size_t slot) {
      const SlotInfo info = decode_slot(in.subspan(slot, kSlotSize), record);
      return info.health == SlotHealth::kGood ? info.sequence : 0;
    };
    std::size_t second = first + kSlotSize;
    if (sequence(after, first) > sequence(after, second)) std::swap(first, second);
    const bool in_order = sequence(before, first) <= sequence(before, second);
    if (differ(after, before, first) && in_order) add(first);
    if (!differ(after, before, first) || (both && in_order)) add(second);
  };
  add_in_turn(kBolusSlots, true, SavedBoluses{});
  add(kProgramSlots);
  add(kProgramSlots + kSlotSize);
  add_in_turn(kStateSlots, false, SavedState{});
  std::copy(before.begin(), before.end(), memory.begin());
  if (records.empty()) return {false, false, "before anything was written"};
  const std::size_t cut_in = rng.below(records.size());
  std::size_t changed = kSlotSize;  // bytes up to the last that is another one
  while (after[records[cut_in] + changed - 1] == before[records[cut_in] + changed - 1]) --changed;
  const std::size_t reached = rng.below(changed + changed / 4);
  for (std::size_t i = 0; i <= cut_in; ++i) {
    const std::size_t size = i == cut_in ? reached : kSlotSize;
    const auto from = after.begin() + static_cast<std::ptrdiff_t>(records[i]);
    std::copy_n(from, size, memory.begin() + static_cast<std::ptrdiff_t>(records[i]));
  }
  Torn torn;
  torn.text = std::to_string(reached) + " bytes into the record at " + std::to_string(records[cut_in]);
  const auto is_whole = [&](std::size_t slot) { return differ(after, before, slot) && !differ(after, memory, slot); };
  torn.program = is_whole(kProgramSlots) || is_whole(kProgramSlots + kSlotSize);
  torn.boluses = is_whole(kBolusSlots) || is_whole(kBolusSlots + kSlotSize);
  return torn;
}

}  // namespace pumprig::twin
