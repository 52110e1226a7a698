// A bounded queue of variable-sized records from one thread to one other, without locks or allocation while there is room.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <vector>

namespace pumprig::record {

enum class RecordKind : std::uint8_t { kSkip = 0, kSample = 1, kBytes = 2, kObject = 3 };

struct RecordHeader {
  std::uint32_t size = 0;  // of header and payload, a multiple of 8
  RecordKind kind = RecordKind::kSkip;
  std::uint8_t flags = 0;
  std::uint16_t id = 0;
};
static_assert(sizeof(RecordHeader) == 8);

class RecordRing {
 public:
  // `capacity` in bytes: a power of two, at least 4096. A record may be at most half of it.
  explicit RecordRing(std::size_t capacity) : words_(capacity / 8), mask_(capacity - 1) {}

  // Producer: room for a payload, or null when there is none now. Nothing is visible to the consumer before publish().
  std::byte* claim(RecordHeader header, std::size_t payload) {
    const std::size_t size = (sizeof(RecordHeader) + payload + 7) & ~std::size_t{7};
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::size_t to_end = capacity() - (head & mask_);
    const std::size_t skip = size > to_end ? to_end : 0;
    if (head + skip + size - seen_tail_ > capacity()) {
      seen_tail_ = tail_.load(std::memory_order_acquire);
      if (head + skip + size - seen_tail_ > capacity()) return nullptr;
    }
    if (skip != 0) write_header(head, {static_cast<std::uint32_t>(skip), RecordKind::kSkip, 0, 0});
    header.size = static_cast<std::uint32_t>(size);
    write_header(head + skip, header);
    claimed_ = head + skip + size;
    return at(head + skip) + sizeof(RecordHeader);
  }
  void publish() { head_.store(claimed_, std::memory_order_release); }

  // Producer: is more than half in use? Mostly without touching what the consumer writes.
  bool half_full() {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - seen_tail_ <= capacity() / 2) return false;
    seen_tail_ = tail_.load(std::memory_order_acquire);
    return head - seen_tail_ > capacity() / 2;
  }

  // Consumer: gives each record that is there now to visit(header, payload) and frees its room after it.
  template <typename Visit>
  void drain(Visit&& visit) {
    const std::uint64_t head = head_.load(std::memory_order_acquire);
    std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    while (tail != head) {
      RecordHeader header;
      std::memcpy(&header, at(tail), sizeof header);
      if (header.kind != RecordKind::kSkip) visit(header, at(tail) + sizeof header);
      tail += header.size;
      tail_.store(tail, std::memory_order_release);
    }
  }
  bool empty() const { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_acquire); }
  std::size_t capacity() const { return mask_ + 1; }

 private:
  std::byte* at(std::uint64_t position) { return reinterpret_cast<std::byte*>(words_.data()) + (position & mask_); }
  void write_header(std::uint64_t position, RecordHeader header) { std::memcpy(at(position), &header, sizeof header); }

  std::vector<std::uint64_t> words_;
  std::uint64_t mask_;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  std::uint64_t claimed_ = 0;    // producer's
  std::uint64_t seen_tail_ = 0;  // producer's
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace pumprig::record
