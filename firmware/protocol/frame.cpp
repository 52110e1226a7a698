#include "firmware/protocol/frame.h"

#include "firmware/protocol/crc32.h"

namespace pumpfw::protocol {
namespace {

// COBS: each block is a code byte and code-1 bytes other than zero; a block of code < 255 stands for a zero after it.
class CobsWriter {
 public:
  explicit CobsWriter(std::span<std::uint8_t> out) : out_(out) { open_block(); }

  void put(std::uint8_t byte) {
    if (byte != 0) out_[at_++] = byte;
    if (byte == 0 || at_ - code_at_ == 255) {
      close_block();
      open_block();
    }
  }
  std::size_t finish() {
    close_block();
    return at_;
  }

 private:
  void open_block() { code_at_ = at_++; }
  void close_block() { out_[code_at_] = static_cast<std::uint8_t>(at_ - code_at_); }

  std::span<std::uint8_t> out_;
  std::size_t at_ = 0;
  std::size_t code_at_ = 0;
};

}  // namespace

std::size_t encode_frame(std::span<const std::uint8_t> payload, std::span<std::uint8_t> out) {
  if (payload.empty() || payload.size() > kMaxPayload || out.size() < frame_size(payload.size())) return 0;
  out[0] = 0;
  CobsWriter writer(out.subspan(1));
  for (const std::uint8_t byte : payload) writer.put(byte);
  const std::uint32_t crc = crc32(payload);
  for (unsigned i = 0; i < kCrcSize; ++i) writer.put(static_cast<std::uint8_t>(crc >> (8 * i)));
  const std::size_t end = 1 + writer.finish();
  out[end] = 0;
  return end + 1;
}

void FrameDecoder::begin() {
  size_ = 0;
  left_ = 0;
  zero_follows_ = any_ = overflow_ = false;
}

void FrameDecoder::reset() {
  begin();
  payload_ = 0;
}

void FrameDecoder::put(std::uint8_t byte) {
  if (size_ == buffer_.size()) {
    overflow_ = true;
    return;
  }
  buffer_[size_++] = byte;
}

bool FrameDecoder::push(std::uint8_t byte) {
  payload_ = 0;
  if (byte == 0) return end_of_frame();
  any_ = true;
  if (left_ > 0) {
    put(byte);
    --left_;
    return false;
  }
  if (zero_follows_) put(0);
  left_ = static_cast<std::uint8_t>(byte - 1);
  zero_follows_ = byte < 255;
  return false;
}

bool FrameDecoder::end_of_frame() {
  const bool any = any_;
  const bool cut = left_ > 0;
  const bool overflow = overflow_;
  const std::size_t size = size_;
  begin();
  if (!any) return false;
  if (overflow) {
    ++counters_.too_long;
    return false;
  }
  if (cut) {
    ++counters_.cut;
    return false;
  }
  if (size <= kCrcSize) {
    ++counters_.too_short;
    return false;
  }
  const std::size_t payload = size - kCrcSize;
  std::uint32_t expected = 0;
  for (unsigned i = 0; i < kCrcSize; ++i) expected |= std::uint32_t{buffer_[payload + i]} << (8 * i);
  if (crc32({buffer_.data(), payload}) != expected) {
    ++counters_.bad_crc;
    return false;
  }
  ++counters_.frames;
  payload_ = payload;
  return true;
}

}  // namespace pumpfw::protocol
