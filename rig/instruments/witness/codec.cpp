#include "rig/instruments/witness/codec.h"

#include <algorithm>

namespace pumprig::instruments::witness {
namespace {

constexpr std::uint8_t kSync = 0xA7;
constexpr std::size_t kHead = 3;  // sync, type, length
constexpr std::uint8_t kRisingBit = 0x80;

}  // namespace

std::uint16_t crc16(ByteView bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint16_t, 256> table{};
    for (unsigned i = 0; i < table.size(); ++i) {
      auto crc = static_cast<std::uint16_t>(i << 8);
      for (int bit = 0; bit < 8; ++bit) crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
      table[i] = crc;
    }
    return table;
  }();
  std::uint16_t crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) crc = static_cast<std::uint16_t>((crc << 8) ^ kTable[(crc >> 8) ^ byte]);
  return crc;
}

void write_frame(Type type, ByteView payload, Bytes& out) {
  const std::size_t start = out.size();
  put_u8(out, kSync);
  put_u8(out, static_cast<std::uint8_t>(type));
  put_u8(out, static_cast<std::uint8_t>(payload.size()));
  out.insert(out.end(), payload.begin(), payload.end());
  put_le16(out, crc16(ByteView(out).subspan(start + 1)));
}

void Decoder::drop(std::size_t count) {
  std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(count), bytes_.begin() + static_cast<std::ptrdiff_t>(size_), bytes_.begin());
  size_ -= count;
}

link::Decoded Decoder::next(ByteView& input) {
  drop(std::exchange(used_, 0));
  for (;;) {
    // Begin at a sync byte.
    const auto end = bytes_.begin() + static_cast<std::ptrdiff_t>(size_);
    drop(static_cast<std::size_t>(std::find(bytes_.begin(), end, kSync) - bytes_.begin()));
    const std::size_t take = std::min(input.size(), bytes_.size() - size_);
    std::copy_n(input.begin(), take, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += take;
    input = input.subspan(take);
    if (size_ == 0) return link::Decoded::kNeedMore;
    if (bytes_[0] != kSync) continue;
    if (size_ < kHead) return link::Decoded::kNeedMore;
    const std::size_t length = bytes_[2];
    if (length > kMaxPayload) {
      drop(1);
      fault_ = "a frame longer than the protocol allows";
      return link::Decoded::kBad;
    }
    if (size_ < length + kFrameOverhead) return link::Decoded::kNeedMore;
    const ByteView whole(bytes_.data(), length + kFrameOverhead);
    if (crc16(whole.subspan(1, length + 2)) != get_le16(whole, kHead + length)) {
      drop(1);
      fault_ = "a frame whose checksum is wrong";
      return link::Decoded::kBad;
    }
    used_ = whole.size();
    frame_ = {static_cast<Type>(bytes_[1]), whole.subspan(kHead, length)};
    return link::Decoded::kFrame;
  }
}

Bytes encode(const Identity& identity) {
  Bytes out;
  put_le32(out, identity.serial);
  put_le16(out, identity.firmware);
  put_le32(out, identity.clock_hz);
  return out;
}

bool decode(ByteView payload, Identity& identity) {
  if (payload.size() != 10) return false;
  identity = {get_le32(payload, 0), get_le16(payload, 4), get_le32(payload, 6)};
  return true;
}

Bytes encode(const TimeReply& reply) {
  Bytes out;
  put_le32(out, reply.token);
  put_le64(out, reply.time);
  return out;
}

bool decode(ByteView payload, TimeReply& reply) {
  if (payload.size() != 12) return false;
  reply = {get_le32(payload, 0), get_le64(payload, 4)};
  return true;
}

Bytes encode(const Totals& totals) {
  Bytes out;
  put_le16(out, totals.sequence);
  put_le64(out, totals.time);
  put_le32(out, totals.steps);
  put_le32(out, static_cast<std::uint32_t>(totals.rotor));
  put_u8(out, totals.alarm);
  put_le32(out, totals.lost);
  return out;
}

bool decode(ByteView payload, Totals& totals) {
  if (payload.size() != 23) return false;
  totals = {get_le16(payload, 0), get_le64(payload, 2), get_le32(payload, 10), static_cast<std::int32_t>(get_le32(payload, 14)),
            payload[18],          get_le32(payload, 19)};
  return true;
}

void put_edge(Bytes& payload, const EdgeRecord& edge) {
  put_u8(payload, static_cast<std::uint8_t>(static_cast<std::uint8_t>(edge.pin) | (edge.rising ? kRisingBit : 0)));
  put_le64(payload, edge.time);
  put_le32(payload, edge.count);
}

std::size_t edge_count(ByteView payload) {
  if (payload.size() < 2 || (payload.size() - 2) % kEdgeBytes != 0) return 0;
  for (std::size_t at = 2; at < payload.size(); at += kEdgeBytes) {
    if ((payload[at] & ~kRisingBit) > static_cast<int>(Pin::kAlarmHigh)) return 0;
  }
  return (payload.size() - 2) / kEdgeBytes;
}

EdgeRecord get_edge(ByteView payload, std::size_t index) {
  const std::size_t at = 2 + index * kEdgeBytes;
  return {static_cast<Pin>(payload[at] & ~kRisingBit), (payload[at] & kRisingBit) != 0, get_le64(payload, at + 1),
          get_le32(payload, at + 9)};
}

}  // namespace pumprig::instruments::witness
