// Frames of the witness, both directions, without I/O. Layout in README.md.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "rig/base/bytes.h"
#include "rig/instruments/world.h"
#include "rig/link/decode.h"

namespace pumprig::instruments::witness {

enum class Type : std::uint8_t {
  kIdentify = 0x01,
  kTime = 0x02,
  kTotals = 0x03,
  kStart = 0x04,  // edges are sent from now on
  kStop = 0x05,
  kIdentity = 0x81,
  kTimeReply = 0x82,
  kTotalsReply = 0x83,
  kStarted = 0x84,
  kStopped = 0x85,
  kEdges = 0x90,
  kHeartbeat = 0x91,
  kRefused = 0xFF,
};

inline constexpr std::size_t kMaxPayload = 240;
inline constexpr std::size_t kFrameOverhead = 5;  // sync, type, length, CRC
inline constexpr std::size_t kMaxEdgesInFrame = 16;

struct Frame {
  Type type = Type::kRefused;
  ByteView payload;
};

// CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF) of type, length and payload.
std::uint16_t crc16(ByteView bytes);
// Appends a whole frame; the payload has at most kMaxPayload bytes.
void write_frame(Type type, ByteView payload, Bytes& out);

// Finds frames in a stream; after a damaged one it goes on at the next byte that may begin a frame.
class Decoder {
 public:
  using Frame = witness::Frame;
  void begin(ByteView) { size_ = used_ = 0; }
  link::Decoded next(ByteView& input);
  const Frame& frame() const { return frame_; }
  std::string_view fault() const { return fault_; }

 private:
  void drop(std::size_t count);

  std::array<std::uint8_t, kMaxPayload + kFrameOverhead> bytes_{};
  std::size_t size_ = 0;
  std::size_t used_ = 0;  // of the frame that was given out last
  Frame frame_;
  std::string_view fault_;
};

// ---- Payloads -------------------------------------------------------------------------------------------------------------------------

struct Identity {
  std::uint32_t serial = 0;
  std::uint16_t firmware = 0;  // major · 256 + minor
  std::uint32_t clock_hz = 0;  // of its time stamps
};
struct TimeReply {
  std::uint32_t token = 0;
  std::uint64_t time = 0;  // when the request's last byte had arrived
};
struct Totals {
  std::uint16_t sequence = 0;  // of the next frame of edges; goes on through stop and start
  std::uint64_t time = 0;
  std::uint32_t steps = 0;
  std::int32_t rotor = 0;
  std::uint8_t alarm = 0;  // 0 none, 1 low tone, 2 high tone
  std::uint32_t lost = 0;  // edges that found no room
};
struct EdgeRecord {
  Pin pin = Pin::kStep;
  bool rising = true;
  std::uint64_t time = 0;
  std::uint32_t count = 0;  // of this pin's edges; of the rotor its two's complement position
};

Bytes encode(const Identity& identity);
Bytes encode(const TimeReply& reply);
Bytes encode(const Totals& totals);
// False when the payload is not one of these.
bool decode(ByteView payload, Identity& identity);
bool decode(ByteView payload, TimeReply& reply);
bool decode(ByteView payload, Totals& totals);

// A frame of edges: u16 sequence, then records.
inline constexpr std::size_t kEdgeBytes = 13;
void put_edge(Bytes& payload, const EdgeRecord& edge);
// How many records; none for a payload that is no frame of edges.
std::size_t edge_count(ByteView payload);
EdgeRecord get_edge(ByteView payload, std::size_t index);

}  // namespace pumprig::instruments::witness
