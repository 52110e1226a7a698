// For the tests of boards: makes each kind of board, and speaks with the contract probe on it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "firmware/boards/host/host_firmware.h"
#include "rig/twin/board/board_port.h"
#include "rig/twin/board/qemu_board.h"

namespace pumprig::twin {

enum class TestedBoard : std::uint8_t { kHost, kQemu };
std::string to_text(TestedBoard kind);

// Which firmware the board runs.
enum class Image : std::uint8_t { kContract, kPump };
Result<std::unique_ptr<BoardPort>> make_board(TestedBoard kind, Image image, std::uint64_t seed);
std::filesystem::path built_image(Image image);

// Commands of firmware/hal/contract/contract_probe.h.
namespace probe {
Bytes arm_step(Tick at);
Bytes disarm_step();
Bytes enable_motor(bool on);
Bytes send_motor(ByteView bytes);
Bytes send_telemetry(ByteView bytes);
Bytes start_adc(pumpfw::hal::AdcChannel channel);
Bytes set_buzzer(pumpfw::hal::Tone tone);
Bytes enable_receiver(bool on);
Bytes read_nvm(std::uint32_t offset, std::uint32_t size);
Bytes write_nvm(std::uint32_t offset, ByteView bytes);
Bytes write_image(std::uint32_t offset, ByteView bytes);
Bytes activate_image(std::uint32_t version, std::uint32_t size);
Bytes rtc();
Bytes entropy(std::uint8_t size);
Bytes next_deadline(Tick at);
Bytes reset();
Bytes hang();
Bytes look_at_itself();
Bytes trap();
Bytes use_stack(std::uint16_t depth);
Bytes read_again_and_again(std::uint16_t times);
}  // namespace probe

// One wake of the logic, as the probe reported it.
struct Report {
  std::uint32_t flags = 0;
  Tick now = 0;
  Tick step_at = 0;
  std::int32_t rotor_count = 0;
  std::uint16_t outlet_counts = 0;
  pumpfw::hal::AdcChannel sense_channel = pumpfw::hal::AdcChannel::kNone;
  std::uint16_t sense_counts = 0;
  bool magnet = false;
  bool wired = false;
  pumpfw::hal::ResetCause reset_cause = pumpfw::hal::ResetCause::kPowerOn;
  Bytes motor_rx;
  Bytes nvm_data;
};

// The telemetry of one board wake: reports of the wakes of the logic, and what the probe sent besides: answers (tag, size, bytes), and
// bytes of send_telemetry(), which must be no letters.
struct Answers {
  std::vector<Report> reports;
  Bytes rest;
};
Answers parse_answers(ByteView telemetry);

bool exists(int pid);  // a process of this machine

}  // namespace pumprig::twin
