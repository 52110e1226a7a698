// Bytes that went over a link, with their instants, and the packed form of a chunk of them.
#pragma once

#include <cstdint>
#include <vector>

#include "rig/base/bytes.h"
#include "rig/base/time.h"

namespace pumprig::record {

enum class Direction : std::uint8_t { kSent = 0, kReceived = 1 };  // as the rig sees it; the number is in the file
constexpr std::string_view to_text(Direction d) {
  return d == Direction::kSent ? "sent" : "received";
}

inline constexpr std::uint8_t kLinkPackVersion = 1;
inline constexpr std::size_t kMaxBytesInLinkChunk = std::size_t{256} << 10;
inline constexpr std::size_t kMaxRecordsInLinkChunk = 16384;

// Transfers in the order in which they happened; transfer i has the next size(i) bytes of `data`.
struct LinkColumns {
  std::vector<std::int64_t> t;       // ns of scenario time
  std::vector<std::int64_t> header;  // 2 · size + direction
  Bytes data;

  std::size_t size() const { return t.size(); }
  bool empty() const { return t.empty(); }
  void clear();
  void push(TimePoint when, Direction direction, ByteView bytes) {
    t.push_back(to_ns(when));
    header.push_back(static_cast<std::int64_t>(bytes.size() * 2 + static_cast<std::size_t>(direction)));
    data.insert(data.end(), bytes.begin(), bytes.end());
  }
  Direction direction(std::size_t i) const { return static_cast<Direction>(header[i] & 1); }
  std::size_t length(std::size_t i) const { return static_cast<std::size_t>(header[i]) / 2; }
};

// Appends the packed form of at least one transfer to `out`: a pure function of `transfers`.
void pack_link(const LinkColumns& transfers, std::vector<std::uint64_t>& scratch, Bytes& out);
// kCorrupt for bytes that pack_link never wrote.
Result<LinkColumns> unpack_link(ByteView packed);

}  // namespace pumprig::record
