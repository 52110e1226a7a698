// A UART driven by its interrupts, with a ring of bytes each way.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace pumpfw::mps2 {

// Sizes are powers of two. One side writes and one reads, each under an IrqLock or in an interrupt.
template <std::uint32_t Size>
class Ring {
 public:
  bool empty() const { return head_ == tail_; }
  std::uint32_t room() const { return Size - (head_ - tail_); }
  void put(std::uint8_t byte) {
    bytes_[head_ & (Size - 1)] = byte;
    head_ = head_ + 1;
  }
  std::uint8_t take() {
    const std::uint8_t byte = bytes_[tail_ & (Size - 1)];
    tail_ = tail_ + 1;
    return byte;
  }

 private:
  static_assert((Size & (Size - 1)) == 0);
  volatile std::uint32_t head_ = 0;
  volatile std::uint32_t tail_ = 0;
  std::array<std::uint8_t, Size> bytes_{};
};

class Uart {
 public:
  // Room for the bytes of one turn of the loop, and for as many that wait for the line.
  static constexpr std::uint32_t kReceived = 2048;
  static constexpr std::uint32_t kToSend = 4096;

  // The n-th of the machine.
  explicit Uart(std::uint32_t number) : number_(number) {}
  Uart(const Uart&) = delete;
  Uart& operator=(const Uart&) = delete;

  void start();
  // What comes while it does not listen is lost.
  void listen(bool on);
  // All or nothing: false, and the loss is remembered, when the ring has no room.
  bool write(std::span<const std::uint8_t> bytes);
  // As many as are there; the part of `out` that was filled.
  std::span<std::uint8_t> read(std::span<std::uint8_t> out);
  // Of all bytes since the start; runs over.
  std::uint32_t received_count() const { return received_count_; }
  bool has_received() const { return !received_.empty(); }
  bool all_sent() const { return to_send_.empty(); }
  // Bytes were lost since the last call.
  bool take_overrun();

  void on_received();  // the interrupts
  void on_sent();

 private:
  void send_on();
  volatile std::uint32_t& at(std::uint32_t offset) const;

  std::uint32_t number_;
  Ring<kReceived> received_;
  Ring<kToSend> to_send_;
  volatile std::uint32_t received_count_ = 0;
  volatile bool overrun_ = false;
  volatile bool listens_ = true;
};

}  // namespace pumpfw::mps2
