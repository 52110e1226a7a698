#include "firmware/pump/storage/store.h"

#include <algorithm>

#include "firmware/pump/storage/layout.h"

namespace pumpfw {
namespace {

// Slot that the record with this sequence number goes to, where two slots are written in turn.
constexpr std::uint32_t slot_of(std::uint32_t base, std::uint32_t sequence) {
  return base + (sequence & 1U) * kSlotSize;
}

}  // namespace

void Store::begin_load(Tick now) {
  phase_ = Phase::kProgramA;
  timeout_ = now + kAnswerTime;
  read_slot();
}

void Store::read_slot() {
  const auto index = static_cast<std::uint32_t>(phase_) - static_cast<std::uint32_t>(Phase::kProgramA);
  hal_.read_nvm(kProgramSlots + index * kSlotSize, kSlotSize);
}

template <typename Record>
void Store::take_slot(std::span<const std::uint8_t> data, Record& record, Found& found, std::uint32_t& sequence) {
  const bool second = phase_ == Phase::kProgramB || phase_ == Phase::kStateB || phase_ == Phase::kBolusesB || phase_ == Phase::kSecurityB;
  const bool copies = phase_ == Phase::kProgramB;
  Record read;
  const SlotInfo info = decode_slot(data, read);
  const bool good = info.health == SlotHealth::kGood;
  if (!second) {
    first_ = info;
    if (good) record = read;
    sequence = info.sequence;
    found = good ? Found::kGood : info.health == SlotHealth::kBlank ? Found::kNothing : Found::kLost;
    return;
  }
  const bool first_good = first_.health == SlotHealth::kGood;
  // Sequence numbers are compared modulo 2^32.
  const bool newer = good && (!first_good || static_cast<std::int32_t>(info.sequence - first_.sequence) > 0);
  if (newer) {
    record = read;
    sequence = info.sequence;
  }
  const bool any_blank = info.health == SlotHealth::kBlank || first_.health == SlotHealth::kBlank;
  const bool both_blank = info.health == SlotHealth::kBlank && first_.health == SlotHealth::kBlank;
  if (good && first_good) {
    // Two copies of a program that differ in age: a change was cut between them.
    found = copies && info.sequence != first_.sequence ? Found::kRepaired : Found::kGood;
  } else if (good || first_good) {
    // The very first write goes to one slot alone; whatever was written later, to both.
    found = any_blank && sequence == 1 && !copies && phase_ != Phase::kSecurityB ? Found::kGood : Found::kRepaired;
  } else {
    // Whatever was answered stands in both slots. One that was never written says that the first write of all was cut: nothing is lost, as
    // long as nothing says that there was a record (judge_blank). Of keys that is not taken on trust.
    const bool first_cut = any_blank && phase_ != Phase::kSecurityB;
    found = both_blank || first_cut ? Found::kNothing : Found::kLost;
  }
}

// All is read. Which of the records that read as never written were there before?
void Store::judge_blank(bool log_written) {
  if (mutation_.is(Mutant::kBlankTrusted)) return;
  const bool others = program_found_ != Found::kNothing || boluses_found_ != Found::kNothing || security_found_ != Found::kNothing;
  if (state_found_ == Found::kNothing && (others || log_written)) state_found_ = Found::kLost;
  const bool marks = state_found_ == Found::kGood || state_found_ == Found::kRepaired;
  const bool blank_memory = state_found_ == Found::kNothing;
  const auto judge = [&](Found& found, RecordKind kind, bool never) {
    if (found == Found::kGood || found == Found::kRepaired) state.born |= bit(kind);
    const bool was_there = marks ? (state.born & bit(kind)) != 0 : !blank_memory && !never;
    if (found == Found::kNothing && was_there) found = Found::kLost;
    if (found == Found::kLost) state.born |= bit(kind);
  };
  const bool keyless = (program_found_ == Found::kGood || program_found_ == Found::kRepaired) && !program.keyed;
  judge(program_found_, RecordKind::kProgram, false);
  judge(boluses_found_, RecordKind::kBoluses, false);
  judge(security_found_, RecordKind::kSecurity, keyless);
}

void Store::take_copy(std::span<const std::uint8_t> data) {
  SavedProgram second;
  const SlotInfo info = decode_slot(data, second);
  const bool same = info.health == SlotHealth::kGood && info.sequence == program_sequence_;
  program_copy = same ? second.program : program.program;
  const bool first_same = first_.health == SlotHealth::kGood && first_.sequence == program_sequence_;
  program_other_ = first_same ? kProgramB : kProgramA;
}

bool Store::loaded(Tick now, std::span<const std::uint8_t> data, EventLog& log) {
  timeout_ = now + kAnswerTime;
  switch (phase_) {
    case Phase::kProgramA:
      take_slot(data, program, program_found_, program_sequence_);
      break;
    case Phase::kProgramB:
      take_slot(data, program, program_found_, program_sequence_);
      take_copy(data);
      break;
    case Phase::kStateA:
    case Phase::kStateB:
      take_slot(data, state, state_found_, state_sequence_);
      break;
    case Phase::kBolusesA:
    case Phase::kBolusesB:
      take_slot(data, boluses, boluses_found_, boluses_sequence_);
      break;
    case Phase::kSecurityA:
      take_slot(data, security, security_found_, security_sequence_);
      break;
    case Phase::kSecurityB:
      take_slot(data, security, security_found_, security_sequence_);
      log.restore(state.log_next, state.log_crc);
      phase_ = Phase::kLog;
      hal_.read_nvm(log.next_offset(), log.scan_size());
      return false;
    case Phase::kLog:
      if (log.stored() == state.log_next) {
        judge_blank(std::any_of(data.begin(), data.end(), [&](std::uint8_t byte) { return byte != data[0]; }));
      }
      if (log.scan(data)) {
        hal_.read_nvm(log.next_offset(), log.scan_size());
        return false;
      }
      phase_ = Phase::kReady;
      timeout_ = kNever;
      return true;
    default:
      return false;
  }
  phase_ = static_cast<Phase>(static_cast<std::uint8_t>(phase_) + 1);
  read_slot();
  return false;
}

void Store::write_next(Tick now, EventLog& log) {
  std::array<std::uint8_t, kSlotSize> bytes{};
  std::size_t size = 0;
  std::uint32_t offset = 0;
  if ((dirty_ & kBoluses) != 0) {
    in_flight_ = kBoluses;
    size = encode_slot(boluses, ++boluses_sequence_, bytes);
    offset = slot_of(kBolusSlots, boluses_sequence_);
    --boluses_writes_;
  } else if ((dirty_ & kProgramA) != 0) {
    in_flight_ = kProgramA;
    size = encode_slot(program, program_sequence_, bytes);
    offset = kProgramSlots;
  } else if ((dirty_ & kProgramB) != 0) {
    in_flight_ = kProgramB;
    size = encode_slot(program, program_sequence_, bytes);
    offset = kProgramSlots + kSlotSize;
  } else if ((dirty_ & kSecurity) != 0) {
    in_flight_ = kSecurity;
    size = encode_slot(security, ++security_sequence_, bytes);
    offset = slot_of(kSecuritySlots, security_sequence_);
    --security_writes_;
  } else if ((dirty_ & kState) != 0) {
    in_flight_ = kState;
    size = encode_slot(state, ++state_sequence_, bytes);
    offset = slot_of(kStateSlots, state_sequence_);
    --state_writes_;
  } else {
    in_flight_ = kLog;
    log.encode_next(std::span(bytes).first<kLogEntrySize>());
    size = kLogEntrySize;
    offset = log.next_offset();
  }
  const bool again = (in_flight_ == kBoluses && boluses_writes_ != 0) || (in_flight_ == kState && state_writes_ != 0) ||
                     (in_flight_ == kSecurity && security_writes_ != 0);
  if (!again) dirty_ = static_cast<std::uint8_t>(dirty_ & ~in_flight_);
  timeout_ = now + kAnswerTime;
  hal_.write_nvm(offset, std::span<const std::uint8_t>(bytes).first(size));
}

void Store::written(EventLog& log) {
  if (in_flight_ == kLog) log.written();
  in_flight_ = 0;
  timeout_ = kNever;
}

void Store::give_up_write() {
  if (in_flight_ == kBoluses) ++boluses_writes_;
  if (in_flight_ == kState) ++state_writes_;
  if (in_flight_ == kSecurity) ++security_writes_;
  dirty_ = static_cast<std::uint8_t>(dirty_ | (in_flight_ & ~kLog));
  in_flight_ = 0;
  timeout_ = kNever;
}

}  // namespace pumpfw
