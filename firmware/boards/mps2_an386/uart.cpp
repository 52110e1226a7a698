#include "firmware/boards/mps2_an386/uart.h"

#include "firmware/boards/mps2_an386/irq_lock.h"
#include "firmware/boards/mps2_an386/registers.h"

namespace pumpfw::mps2 {
namespace {

constexpr std::uint32_t kDivider = 217;  // 115200 baud

}  // namespace

volatile std::uint32_t& Uart::at(std::uint32_t offset) const {
  return reg(kUart0 + number_ * kUartStride + offset);
}

void Uart::start() {
  at(kUartBaudDivider) = kDivider;
  at(kUartInterrupt) = kUartSent | kUartReceived;
  at(kUartCtrl) = kUartRun;
  reg(kNvicEnable) = 3U << (2 * number_);
}

// The receiver of the machine stays on: one that is off would hold what comes until it is switched on.
void Uart::listen(bool on) {
  const IrqLock lock;
  listens_ = on;
  while (!on && !received_.empty()) received_.take();
}

bool Uart::write(std::span<const std::uint8_t> bytes) {
  const IrqLock lock;
  if (bytes.size() > to_send_.room()) {
    overrun_ = true;
    return false;
  }
  for (const std::uint8_t byte : bytes) to_send_.put(byte);
  send_on();
  return true;
}

std::span<std::uint8_t> Uart::read(std::span<std::uint8_t> out) {
  const IrqLock lock;
  std::size_t got = 0;
  while (got < out.size() && !received_.empty()) out[got++] = received_.take();
  return out.first(got);
}

bool Uart::take_overrun() {
  const IrqLock lock;
  const bool was = overrun_;
  overrun_ = false;
  return was;
}

void Uart::on_received() {
  // Cleared first: a byte that comes meanwhile asks again.
  at(kUartInterrupt) = kUartReceived;
  while ((at(kUartState) & kUartRxFull) != 0) {
    const auto byte = static_cast<std::uint8_t>(at(kUartData));
    received_count_ = received_count_ + 1;
    if (!listens_) continue;
    if (received_.room() == 0) {
      overrun_ = true;
    } else {
      received_.put(byte);
    }
  }
}

void Uart::on_sent() {
  at(kUartInterrupt) = kUartSent;
  send_on();
}

void Uart::send_on() {
  while (!to_send_.empty() && (at(kUartState) & kUartTxFull) == 0) at(kUartData) = to_send_.take();
}

}  // namespace pumpfw::mps2
