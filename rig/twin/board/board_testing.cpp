#include "rig/twin/board/board_testing.h"

#include <algorithm>
#include <csignal>

#include "rig/twin/board/host_board.h"

namespace pumprig::twin {
namespace probe {
namespace {

Bytes command(char letter) {
  return {static_cast<std::uint8_t>(letter)};
}

Bytes with_block(Bytes head, ByteView bytes) {
  put_u8(head, static_cast<std::uint8_t>(bytes.size()));
  head.insert(head.end(), bytes.begin(), bytes.end());
  return head;
}

Bytes with_u8(char letter, std::uint8_t value) {
  return {static_cast<std::uint8_t>(letter), value};
}

Bytes with_u64(char letter, std::uint64_t value) {
  Bytes out = command(letter);
  put_le64(out, value);
  return out;
}

Bytes with_u16(char letter, std::uint16_t value) {
  Bytes out = command(letter);
  put_le16(out, value);
  return out;
}

}  // namespace

Bytes arm_step(Tick at) {
  return with_u64('S', at);
}
Bytes disarm_step() {
  return command('D');
}
Bytes enable_motor(bool on) {
  return with_u8('E', on ? 1 : 0);
}
Bytes send_motor(ByteView bytes) {
  return with_block(command('M'), bytes);
}
Bytes send_telemetry(ByteView bytes) {
  return with_block(command('T'), bytes);
}
Bytes start_adc(pumpfw::hal::AdcChannel channel) {
  return with_u8('A', static_cast<std::uint8_t>(channel));
}
Bytes set_buzzer(pumpfw::hal::Tone tone) {
  return with_u8('B', static_cast<std::uint8_t>(tone));
}
Bytes enable_receiver(bool on) {
  return with_u8('Z', on ? 1 : 0);
}
Bytes read_nvm(std::uint32_t offset, std::uint32_t size) {
  Bytes out = command('R');
  put_le32(out, offset);
  put_le32(out, size);
  return out;
}
Bytes write_nvm(std::uint32_t offset, ByteView bytes) {
  Bytes out = command('W');
  put_le32(out, offset);
  return with_block(std::move(out), bytes);
}
Bytes write_image(std::uint32_t offset, ByteView bytes) {
  Bytes out = command('I');
  put_le32(out, offset);
  return with_block(std::move(out), bytes);
}
Bytes activate_image(std::uint32_t version, std::uint32_t size) {
  Bytes out = command('V');
  put_le32(out, version);
  put_le32(out, size);
  return out;
}
Bytes rtc() {
  return command('C');
}
Bytes entropy(std::uint8_t size) {
  return with_u8('N', size);
}
Bytes next_deadline(Tick at) {
  return with_u64('L', at);
}
Bytes reset() {
  return command('X');
}
Bytes hang() {
  return command('H');
}
Bytes look_at_itself() {
  return command('Y');
}
Bytes trap() {
  return command('F');
}
Bytes use_stack(std::uint16_t depth) {
  return with_u16('K', depth);
}
Bytes read_again_and_again(std::uint16_t times) {
  return with_u16('Q', times);
}

}  // namespace probe

std::string to_text(TestedBoard kind) {
  return kind == TestedBoard::kHost ? "Host" : "Qemu";
}

std::filesystem::path built_image(Image image) {
  return std::filesystem::path(PUMPRIG_ARM_IMAGES) / (image == Image::kPump ? "pump.elf" : "contract.elf");
}

Result<std::unique_ptr<BoardPort>> make_board(TestedBoard kind, Image image, std::uint64_t seed) {
  if (kind == TestedBoard::kHost) {
    HostBoardConfig config;
    config.seed = seed;
    if (image == Image::kContract) config.firmware = pumpfw::host::make_contract_probe;
    return make_host_board(config);
  }
  QemuBoardConfig config;
  config.seed = seed;
  config.image = built_image(image);
  config.guard = std::chrono::seconds(60);  // other work on the machine must not fail a test
  TRY_ASSIGN(std::unique_ptr<BoardPort> board, make_qemu_board(config));
  return board;
}

Answers parse_answers(ByteView in) {
  constexpr std::size_t kFixed = 36;  // from 'e' to the first length
  Answers answers;
  while (!in.empty()) {
    if (in[0] != 'e' || in.size() < kFixed) {
      const bool tagged = (in[0] == 'c' || in[0] == 'n' || in[0] == 'k' || in[0] == 'y') && in.size() >= 2;
      const auto answer = in.first(std::min<std::size_t>(in.size(), tagged ? 2U + in[1] : 1U));
      answers.rest.insert(answers.rest.end(), answer.begin(), answer.end());
      in = in.subspan(answer.size());
      continue;
    }
    Report r;
    r.flags = get_le32(in, 1);
    r.now = get_le64(in, 5);
    r.step_at = get_le64(in, 13);
    r.rotor_count = static_cast<std::int32_t>(get_le32(in, 21));
    r.outlet_counts = get_le16(in, 25);
    r.sense_channel = static_cast<pumpfw::hal::AdcChannel>(in[27]);
    r.sense_counts = get_le16(in, 28);
    r.magnet = (in[30] & 1) != 0;
    r.wired = (in[30] & 2) != 0;
    r.reset_cause = static_cast<pumpfw::hal::ResetCause>(in[31]);
    std::size_t at = 32;
    for (Bytes* block : {&r.motor_rx, &r.nvm_data}) {
      const std::size_t size = at + 2 <= in.size() ? get_le16(in, at) : 0;
      if (at + 2 + size > in.size()) return answers;
      const auto bytes = in.subspan(at + 2, size);
      block->assign(bytes.begin(), bytes.end());
      at += 2 + size;
    }
    in = in.subspan(at);
    answers.reports.push_back(std::move(r));
  }
  return answers;
}

bool exists(int pid) {
  return ::kill(pid, 0) == 0;
}

}  // namespace pumprig::twin
