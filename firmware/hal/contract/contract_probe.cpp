#include "firmware/hal/contract/contract_probe.h"

#include <array>

#include "firmware/hal/board_facts.h"

namespace pumpfw::hal {
namespace {

// Fields of a report, appended one after the other.
class Report {
 public:
  void little(std::uint64_t v, int width) {
    for (int i = 0; i < width; ++i) bytes_[size_++] = static_cast<std::uint8_t>(v >> (8 * i));
  }
  void block(std::span<const std::uint8_t> v) {
    little(v.size(), 2);
    for (const std::uint8_t b : v) bytes_[size_++] = b;
  }
  std::span<const std::uint8_t> bytes() const { return {bytes_.data(), size_}; }

 private:
  std::array<std::uint8_t, 64 + 256 + hal::kNvmTransfer> bytes_;  // its head, what the motor's line and the memory may give at once
  std::size_t size_ = 0;
};

// CRC-32 of IEEE 802.3, bit by bit: apart from the one that the pump's logic has.
std::uint32_t crc_of(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xEDB88320U : crc >> 1;
  }
  return ~crc;
}

constexpr std::uint32_t kStackBlock = 2048;

// Puts `depth` (<= kStackBlock) bytes of stack to use, in a way that no optimiser removes.
[[gnu::noinline]] std::uint8_t use_stack(std::uint32_t depth) {
  volatile std::uint8_t block[kStackBlock];
  std::uint8_t sum = 0;
  for (std::uint32_t i = 0; i < depth && i < kStackBlock; ++i) {
    block[kStackBlock - 1 - i] = static_cast<std::uint8_t>(i);
    sum = static_cast<std::uint8_t>(sum + block[kStackBlock - 1 - i]);
  }
  return sum;
}

}  // namespace

class ContractProbe::Cursor {
 public:
  explicit Cursor(std::span<const std::uint8_t> in) : in_(in) {}
  bool more() const { return !in_.empty(); }
  std::uint64_t little(std::size_t width) {
    std::uint64_t v = 0;
    const auto field = take(width);
    for (std::size_t i = 0; i < field.size(); ++i) v |= static_cast<std::uint64_t>(field[i]) << (8 * i);
    return v;
  }
  std::uint32_t u32() { return static_cast<std::uint32_t>(little(4)); }
  std::uint8_t u8() { return static_cast<std::uint8_t>(little(1)); }
  std::span<const std::uint8_t> take(std::size_t size) {
    if (size > in_.size()) size = in_.size();
    const auto taken = in_.first(size);
    in_ = in_.subspan(size);
    return taken;
  }

 private:
  std::span<const std::uint8_t> in_;
};

Tick ContractProbe::wake(Tick now, const Events& events) {
  deadline_ = now + kTicksPerSecond;
  report(now, events);
  if ((events.flags & kEventNvmRead) != 0 && reads_left_ > 0) {
    --reads_left_;
    hal_.read_nvm(0, 16);
  }
  Cursor commands(events.telemetry_rx);
  while (commands.more()) obey(commands);
  return deadline_;
}

void ContractProbe::report(Tick now, const Events& events) {
  if (reads_left_ > 0) return;  // a long row of reads would overflow the link
  Report r;
  r.little('e', 1);
  r.little(events.flags, 4);
  r.little(now, 8);
  r.little(events.step_at, 8);
  r.little(static_cast<std::uint32_t>(events.rotor_count), 4);
  r.little(events.outlet_counts, 2);
  r.little(static_cast<std::uint8_t>(events.sense_channel), 1);
  r.little(events.sense_counts, 2);
  r.little((events.magnet ? 1U : 0U) | (events.wired ? 2U : 0U), 1);
  r.little(static_cast<std::uint8_t>(events.reset_cause), 1);
  r.block(events.motor_rx);
  r.block((events.flags & kEventNvmRead) != 0 ? events.nvm_data : std::span<const std::uint8_t>{});
  hal_.send_telemetry(r.bytes());
}

void ContractProbe::obey(Cursor& commands) {
  const std::uint8_t command = commands.u8();
  switch (command) {
    case 'S':
    case 'D':
    case 'E':
    case 'M':
    case 'A':
    case 'B':
    case 'Z':
      return obey_pins(command, commands);
    case 'R':
    case 'W':
    case 'Q':
    case 'I':
      return obey_memory(command, commands);
    default:
      return obey_rest(command, commands);
  }
}

void ContractProbe::obey_pins(std::uint8_t command, Cursor& commands) {
  switch (command) {
    case 'S':
      return hal_.arm_step(commands.little(8));
    case 'D':
      return hal_.disarm_step();
    case 'E':
      return hal_.enable_motor(commands.u8() != 0);
    case 'M':
      return hal_.send_motor(commands.take(commands.u8()));
    case 'A':
      return hal_.start_adc(static_cast<AdcChannel>(commands.u8()));
    case 'Z':
      return hal_.enable_receiver(commands.u8() != 0);
    default:
      return hal_.set_buzzer(static_cast<Tone>(commands.u8()));
  }
}

void ContractProbe::obey_memory(std::uint8_t command, Cursor& commands) {
  if (command == 'Q') {
    reads_left_ = static_cast<std::uint32_t>(commands.little(2));
    hal_.read_nvm(0, 16);
    return;
  }
  const std::uint32_t offset = commands.u32();
  if (command == 'R') {
    hal_.read_nvm(offset, commands.u32());
  } else if (command == 'I') {
    hal_.write_image(offset, commands.take(commands.u8()));
  } else {
    hal_.write_nvm(offset, commands.take(commands.u8()));
  }
}

void ContractProbe::obey_rest(std::uint8_t command, Cursor& commands) {
  std::array<std::uint8_t, 256> block{};
  switch (command) {
    case 'T':
      return hal_.send_telemetry(commands.take(commands.u8()));
    case 'C': {
      const Tick rtc = hal_.rtc();
      for (std::size_t i = 0; i < 8; ++i) block[i] = static_cast<std::uint8_t>(rtc >> (8 * i));
      return answer('c', std::span(block).first(8));
    }
    case 'N': {
      const auto out = std::span(block).first(commands.u8());
      hal_.entropy(out);
      return answer('n', out);
    }
    case 'L':
      deadline_ = commands.little(8);
      return;
    case 'V': {
      const std::uint32_t version = commands.u32();
      return hal_.activate_image(version, commands.u32());
    }
    case 'Y':
      return look_at_itself();
    case 'X':
      return hal_.reset();
    case 'K': {
      const std::array<std::uint8_t, 1> sum{use_stack(static_cast<std::uint32_t>(commands.little(2)))};
      return answer('k', sum);
    }
    case 'F':
      __builtin_trap();
    case 'H':
      for (volatile bool forever = true; forever;) {
      }
      return;
    default:
      return answer('?', std::span(&command, 1));
  }
}

void ContractProbe::look_at_itself() {
  const Code code = hal_.code();
  std::uint16_t slices = 0;
  while (slices < kRamSlices && hal_.test_ram(slices)) ++slices;
  const std::uint32_t crc = crc_of(code.bytes);
  std::array<std::uint8_t, 11> block{};
  for (std::size_t i = 0; i < 4; ++i) {
    block[i] = static_cast<std::uint8_t>(crc >> (8 * i));
    block[4 + i] = static_cast<std::uint8_t>(code.crc >> (8 * i));
  }
  block[8] = static_cast<std::uint8_t>(slices);
  block[9] = static_cast<std::uint8_t>(slices >> 8);
  block[10] = hal_.stack_intact() ? 1 : 0;
  answer('y', block);
}

void ContractProbe::answer(std::uint8_t tag, std::span<const std::uint8_t> bytes) {
  const std::array<std::uint8_t, 2> head{tag, static_cast<std::uint8_t>(bytes.size())};
  hal_.send_telemetry(head);
  hal_.send_telemetry(bytes);
}

}  // namespace pumpfw::hal
