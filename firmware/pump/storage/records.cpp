#include "firmware/pump/storage/records.h"

#include <algorithm>

#include "firmware/protocol/crc32.h"
#include "firmware/pump/storage/layout.h"
#include "firmware/pump/therapy/program.h"

namespace pumpfw {
namespace {

struct SlotHead {
  static constexpr const char* kName = "SlotHead";
  RecordKind kind{};
  std::uint8_t version = kRecordVersion;
  std::uint16_t size = 0;  // of the payload
  std::uint32_t sequence = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("kind", m.kind);
    v("version", m.version);
    v("size", m.size);
    v("sequence", m.sequence);
  }
};
struct SlotTail {
  static constexpr const char* kName = "SlotTail";
  std::uint32_t crc = 0;
  static constexpr void fields(auto& v, auto& m) { v("crc", m.crc); }
};
constexpr std::size_t kHead = protocol::max_size<SlotHead>();
constexpr std::size_t kTail = protocol::max_size<SlotTail>();

// A bolus in eleven bytes: 48 bits of start in ticks, 20 bits of duration in seconds, 20 bits of steps.
struct PackedBolus {
  static constexpr const char* kName = "PackedBolus";
  std::uint32_t start_low = 0;
  std::uint16_t start_high = 0;
  std::uint32_t steps_and_duration = 0;  // 20 bits of steps, the low 12 of the duration above
  std::uint8_t duration_high = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("start_low", m.start_low);
    v("start_high", m.start_high);
    v("steps_and_duration", m.steps_and_duration);
    v("duration_high", m.duration_high);
  }
};
struct PackedNonce {
  static constexpr const char* kName = "PackedNonce";
  std::uint32_t nonce = 0;
  static constexpr void fields(auto& v, auto& m) { v("nonce", m.nonce); }
};
constexpr std::uint32_t kNoncesKept = 1U << 31;  // the record has them; one of earlier firmware knows that of the newest bolus alone
static_assert(BolusHistory::kCapacity < 31);
struct PackedBoluses {
  static constexpr const char* kName = "PackedBoluses";
  std::uint32_t newest_nonce = 0;
  protocol::List<PackedBolus, BolusHistory::kCapacity> boluses;  // the oldest first
  std::uint32_t with_nonce = 0;                                  // bit n: the n-th bolus has one
  protocol::List<PackedNonce, BolusHistory::kCapacity> nonces;   // of those that have one, in the same order
  static constexpr void fields(auto& v, auto& m) {
    v("newest_nonce", m.newest_nonce);
    v("boluses", m.boluses);
    if (v.since(0)) {
      v("with_nonce", m.with_nonce);
      v("nonces", m.nonces);
    }
  }
};

template <protocol::Record Payload>
std::size_t seal(RecordKind kind, const Payload& payload, std::uint32_t sequence, std::span<std::uint8_t> out) {
  static_assert(kHead + protocol::max_size<Payload>() + kTail <= kSlotSize);
  const std::size_t size = protocol::encode(payload, out.subspan(kHead));
  protocol::encode(SlotHead{kind, kRecordVersion, static_cast<std::uint16_t>(size), sequence}, out);
  const std::size_t covered = kHead + size;
  protocol::encode(SlotTail{protocol::crc32(out.first(covered))}, out.subspan(covered));
  return covered + kTail;
}

template <protocol::Record Payload>
SlotInfo open(RecordKind kind, std::span<const std::uint8_t> slot, Payload& payload) {
  if (slot.size() < kHead + kTail) return {};
  if (std::all_of(slot.begin(), slot.end(), [&](std::uint8_t b) { return b == slot[0]; })) return {SlotHealth::kBlank, 0};
  SlotHead head;
  protocol::decode(slot, head, protocol::Trailing::kIgnored);
  if (head.kind != kind || head.version != kRecordVersion || head.size + kHead + kTail > slot.size()) return {};
  SlotTail tail;
  protocol::decode(slot.subspan(kHead + head.size), tail, protocol::Trailing::kIgnored);
  if (tail.crc != protocol::crc32(slot.first(kHead + head.size))) return {};
  if (!protocol::decode(slot.subspan(kHead, head.size), payload, protocol::Trailing::kRefused)) return {};
  return {SlotHealth::kGood, head.sequence};
}

PackedBolus pack(const BolusEntry& entry) {
  // Rounded up to a second, so that a ceiling errs to the safe side.
  const std::uint64_t seconds = (entry.end - entry.start + kSecond - 1) / kSecond;
  PackedBolus packed;
  packed.start_low = static_cast<std::uint32_t>(entry.start);
  packed.start_high = static_cast<std::uint16_t>(entry.start >> 32);
  packed.steps_and_duration = static_cast<std::uint32_t>((entry.steps & 0xFFFFF) | seconds << 20);
  packed.duration_high = static_cast<std::uint8_t>(seconds >> 12);
  return packed;
}

BolusEntry unpack(const PackedBolus& packed) {
  BolusEntry entry;
  entry.start = std::uint64_t{packed.start_high} << 32 | packed.start_low;
  const std::uint64_t seconds = std::uint64_t{packed.duration_high} << 12 | packed.steps_and_duration >> 20;
  entry.end = entry.start + seconds * kSecond;
  entry.steps = packed.steps_and_duration & 0xFFFFF;
  return entry;
}

}  // namespace

std::size_t encode_slot(const SavedProgram& program, std::uint32_t sequence, std::span<std::uint8_t> out) {
  return seal(RecordKind::kProgram, program, sequence, out);
}

std::size_t encode_slot(const SavedState& state, std::uint32_t sequence, std::span<std::uint8_t> out) {
  return seal(RecordKind::kState, state, sequence, out);
}

std::size_t encode_slot(const SavedBoluses& boluses, std::uint32_t sequence, std::span<std::uint8_t> out) {
  PackedBoluses packed;
  packed.with_nonce = kNoncesKept;
  for (std::uint8_t age = boluses.history.size(); age > 0; --age) {
    const BolusEntry& entry = boluses.history.at(static_cast<std::uint8_t>(age - 1));
    if (entry.nonce) {
      packed.with_nonce |= 1U << packed.boluses.count;
      packed.nonces.push({*entry.nonce});
    }
    packed.boluses.push(pack(entry));
  }
  return seal(RecordKind::kBoluses, packed, sequence, out);
}

std::size_t encode_slot(const security::SecurityState& state, std::uint32_t sequence, std::span<std::uint8_t> out) {
  return seal(RecordKind::kSecurity, state, sequence, out);
}

SlotInfo decode_slot(std::span<const std::uint8_t> slot, SavedProgram& program) {
  SavedProgram read;
  const SlotInfo info = open(RecordKind::kProgram, slot, read);
  if (info.health != SlotHealth::kGood) return info;
  // A record that breaks a rule was not written by this code, whatever its CRC says.
  if (read.revision != 0 && check(read.program).status != StatusCode::kOk) return {};
  program = read;
  return info;
}

SlotInfo decode_slot(std::span<const std::uint8_t> slot, SavedState& state) {
  return open(RecordKind::kState, slot, state);
}

SlotInfo decode_slot(std::span<const std::uint8_t> slot, SavedBoluses& boluses) {
  PackedBoluses packed;
  const SlotInfo info = open(RecordKind::kBoluses, slot, packed);
  if (info.health != SlotHealth::kGood) return info;
  boluses = {};
  const bool kept = (packed.with_nonce & kNoncesKept) != 0;
  std::uint8_t nonces = 0;
  for (std::uint8_t i = 0; i < packed.boluses.count; ++i) {
    BolusEntry entry = unpack(packed.boluses.items[i]);
    if (kept && (packed.with_nonce >> i & 1U) != 0 && nonces < packed.nonces.count) entry.nonce = packed.nonces.items[nonces++].nonce;
    if (!kept && i + 1 == packed.boluses.count) entry.nonce = packed.newest_nonce;
    boluses.history.add(entry);
  }
  return info;
}

SlotInfo decode_slot(std::span<const std::uint8_t> slot, security::SecurityState& state) {
  security::SecurityState read;
  const SlotInfo info = open(RecordKind::kSecurity, slot, read);
  if (info.health != SlotHealth::kGood) return info;
  if (read.keys > security::KeyState::kPresent) return {};
  state = read;
  return info;
}

}  // namespace pumpfw
