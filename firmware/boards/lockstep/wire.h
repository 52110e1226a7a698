// Lockstep frames between the firmware in QEMU and the rig, over two FIFOs: one exchange a wake.
//
//   firmware -> rig   kHello  once after each reset: why it was reset
//   rig -> firmware   kStart  the first wake after a reset, with what the board must know; or kReset
//   firmware -> rig   kIdle   all outputs of the wake; the processor stands still, its clock too, until the answer
//   rig -> firmware   kRun    the next wake; kReset: reset now, for the cause given; kQuery: answer with kFacts
//
//   byte  0  1     2     3         4..7          8..11             12..15                    16..
//        'P' 'L'  kind  version   boot (LE32)   sequence (LE32)   payload length (LE32)     payload
//
// boot counts the resets since the processor was switched on, sequence the frames of the firmware; an answer carries those of the frame
// it answers, so that one that crossed a reset is known as stale. Multi-byte values are little-endian.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/boards/lockstep/turn_hal.h"
#include "firmware/hal/hal.h"

namespace pumpfw::lockstep {

inline constexpr std::uint8_t kMark0 = 'P';
inline constexpr std::uint8_t kMark1 = 'L';
inline constexpr std::uint8_t kWireVersion = 5;
inline constexpr std::size_t kHeaderSize = 16;
inline constexpr std::size_t kFrameCapacity = kHeaderSize + 128 + kMotorCapacity + kTelemetryCapacity;

enum class Kind : std::uint8_t { kHello = 1, kIdle = 2, kFacts = 3, kStart = 17, kRun = 18, kReset = 19, kQuery = 20 };

struct Header {
  Kind kind = Kind::kHello;
  std::uint32_t boot = 0;
  std::uint32_t sequence = 0;
  std::uint32_t length = 0;  // of the payload
};

inline constexpr std::size_t kSerialSize = 16;  // characters, filled up with zeros

// What the rig tells the board with the first wake: on the product, what stands in one-time memory and what the boot loader found.
struct StartFacts {
  std::uint64_t entropy_seed = 0;
  std::array<char, kSerialSize> serial{};
  std::array<std::uint8_t, 32> image_hash{};  // SHA-256
  std::uint32_t image_version = 0;            // as protocol::image_version() makes it; 0: what the firmware was built as
};

struct WakeInput {
  hal::Tick now = 0;
  hal::Tick rtc = 0;
  hal::Events events;  // its spans point into the frame
};

// What the processor knows about itself.
struct GuestFacts {
  std::uint32_t stack_size = 0;
  std::uint32_t stack_used = 0;  // deepest so far since the reset, from the paint
};

// Writes and reads fields one after the other; a step beyond the end makes it not ok and yields zero.
class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> out) : out_(out) {}
  void u8(std::uint8_t v) { little(v, 1); }
  void u16(std::uint16_t v) { little(v, 2); }
  void u32(std::uint32_t v) { little(v, 4); }
  void u64(std::uint64_t v) { little(v, 8); }
  void bytes(std::span<const std::uint8_t> v);
  bool ok() const { return ok_; }
  std::size_t size() const { return at_; }

 private:
  void little(std::uint64_t v, std::size_t width);
  std::span<std::uint8_t> out_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> in) : in_(in) {}
  std::uint8_t u8() { return static_cast<std::uint8_t>(little(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(little(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(little(4)); }
  std::uint64_t u64() { return little(8); }
  std::span<const std::uint8_t> bytes(std::size_t size);
  bool ok() const { return ok_; }
  bool done() const { return ok_ && at_ == in_.size(); }

 private:
  std::uint64_t little(std::size_t width);
  std::span<const std::uint8_t> in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

// Each returns the size of the frame, 0 if it does not fit `out`.
std::size_t encode_empty(std::span<std::uint8_t> out, Header header);                         // kQuery
std::size_t encode_cause(std::span<std::uint8_t> out, Header header, hal::ResetCause cause);  // kHello, kReset
std::size_t encode_idle(std::span<std::uint8_t> out, Header header, const TurnOutput& turn);
std::size_t encode_facts(std::span<std::uint8_t> out, Header header, const GuestFacts& facts);
std::size_t encode_wake(std::span<std::uint8_t> out, Header header, const WakeInput& input, const StartFacts& start);  // kStart, kRun

// Each returns false for bytes that are not such a frame; `payload` is what follows the header.
bool decode_header(std::span<const std::uint8_t> in, Header& header);
bool decode_cause(std::span<const std::uint8_t> payload, hal::ResetCause& cause);
bool decode_idle(std::span<const std::uint8_t> payload, TurnOutput& turn);
bool decode_facts(std::span<const std::uint8_t> payload, GuestFacts& facts);
bool decode_wake(Kind kind, std::span<const std::uint8_t> payload, WakeInput& input, StartFacts& start);

}  // namespace pumpfw::lockstep
