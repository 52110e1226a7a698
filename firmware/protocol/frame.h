// Frames on the wire: 00, COBS(payload ‖ CRC-32 of the payload, little-endian), 00.
//
// The zero byte occurs nowhere inside a frame, so a receiver is in step again at the next zero whatever was lost. Frames begin with a zero
// as well, so noise before a frame costs nothing but itself. Nothing between two zeros is no frame and no error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pumpfw::protocol {

inline constexpr std::size_t kMaxPayload = 512;
inline constexpr std::size_t kCrcSize = 4;
// Both zeros, and one code byte for every 254 bytes begun.
inline constexpr std::size_t frame_size(std::size_t payload) {
  return payload + kCrcSize + (payload + kCrcSize) / 254 + 1 + 2;
}
inline constexpr std::size_t kMaxFrame = frame_size(kMaxPayload);

// Writes a whole frame and returns its size; 0 when the payload is empty or too long, or `out` is shorter than frame_size(payload).
std::size_t encode_frame(std::span<const std::uint8_t> payload, std::span<std::uint8_t> out);

struct FrameCounters {
  std::uint32_t frames = 0;     // good ones
  std::uint32_t too_short = 0;  // ended before a payload and its CRC were there
  std::uint32_t too_long = 0;
  std::uint32_t cut = 0;  // a zero came in the middle of a COBS block
  std::uint32_t bad_crc = 0;

  constexpr std::uint32_t errors() const { return too_short + too_long + cut + bad_crc; }
};

// Takes bytes as they come. Knows nothing of time: a frame that never ends is dropped by the first zero of the next one.
class FrameDecoder {
 public:
  // True when this byte completed a good frame: payload() holds it until the next push.
  bool push(std::uint8_t byte);
  std::span<const std::uint8_t> payload() const { return {buffer_.data(), payload_}; }
  // What has come of a frame that is not complete: unchecked, and nothing to act on.
  std::span<const std::uint8_t> begun() const { return {buffer_.data(), size_}; }
  // Forgets a frame begun, for a line that was opened again.
  void reset();
  const FrameCounters& counters() const { return counters_; }

 private:
  bool end_of_frame();
  void put(std::uint8_t byte);
  void begin();

  std::array<std::uint8_t, kMaxPayload + kCrcSize> buffer_{};
  std::size_t size_ = 0;
  std::size_t payload_ = 0;
  std::uint8_t left_ = 0;      // data bytes left in the COBS block
  bool zero_follows_ = false;  // the block stands for a zero after it, if another block comes
  bool any_ = false;           // something came since the last zero
  bool overflow_ = false;
  FrameCounters counters_;
};

}  // namespace pumpfw::protocol
