#include "rig/twin/board/qemu_board.h"

#include <array>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "rig/base/paths.h"
#include "rig/twin/board/board_rules.h"
#include "rig/twin/board/board_workplace.h"
#include "rig/twin/board/child_process.h"
#include "rig/twin/board/qemu_machine.h"
#include "rig/twin/board/qemu_process.h"

namespace pumprig::twin {
namespace {

namespace lockstep = pumpfw::lockstep;
using pumpfw::hal::ResetCause;

constexpr const char* kWhere = "pump board in QEMU";

class LockstepBoard final : public QemuBoard {
 public:
  explicit LockstepBoard(const QemuBoardConfig& config) : config_(config) {}

  Status prepare();
  Status boot(ResetCause cause) override;
  Status wake(const BoardInput& input, BoardOutput& output) override;
  std::span<std::uint8_t> nvm() override { return workplace_.memory(); }
  std::span<std::uint8_t> images() override { return workplace_.images(); }
  std::string describe() const override { return "mps2_an386 in " + version_; }
  std::string firmware_hash() const override { return hash_; }
  Result<lockstep::GuestFacts> ask_facts() override;
  int process_id() const override { return process_->pid(); }

 private:
  enum class Guest : std::uint8_t {
    kOff,      // no process
    kRunning,  // its next frame is a hello
    kGreeted,  // its hello was read: it waits for the first wake
    kIdle,     // it waits for the next wake
  };

  std::vector<std::string> command() const;
  // Sends the first `size` bytes of tx_, then reads the answer into rx_ and last_.
  Status exchange(std::size_t size);
  Status receive();
  Status await_hello();
  Status take_wake(const BoardInput& input, BoardOutput& output);
  lockstep::Header answer(lockstep::Kind kind) const { return {kind, last_.boot, last_.sequence, 0}; }
  ByteView payload() const { return ByteView(rx_).subspan(lockstep::kHeaderSize); }
  tl::unexpected<Error> broken(std::string text);

  QemuBoardConfig config_;
  std::string hash_;
  std::string version_;
  BoardRules rules_;
  BoardWorkplace workplace_;
  std::optional<QemuProcess> process_;
  Guest guest_ = Guest::kOff;
  ResetCause greeted_ = ResetCause::kPowerOn;  // what the last hello said
  lockstep::Header last_;
  lockstep::TurnOutput turn_;
  Bytes rx_;
  std::array<std::uint8_t, lockstep::kFrameCapacity> tx_;
};

Status LockstepBoard::prepare() {
  TRY_ASSIGN(hash_, hash_image(config_.image));
  config_.image = std::filesystem::absolute(config_.image);
  TRY(workplace_.make());
  TRY_ASSIGN(version_, ask_version(config_.program, config_.guard));
  process_.emplace(workplace_.directory(), config_.gdb_port != 0 ? std::chrono::milliseconds(0) : config_.guard);
  return {};
}

std::vector<std::string> LockstepBoard::command() const {
  std::vector<std::string> line = machine_command(config_.program, config_.image);
  // Time of the emulated processor jumps to its next timer, and stands while it waits for a frame.
  line.insert(line.end(), {"-icount", "shift=5,sleep=off"});
  if (config_.gdb_port != 0) {
    const std::string port = "tcp:127.0.0.1:" + std::to_string(config_.gdb_port);
    line.insert(line.end(), {"-gdb", port, "-S"});
  }
  return line;
}

tl::unexpected<Error> LockstepBoard::broken(std::string text) {
  process_->kill();
  guest_ = Guest::kOff;
  return fail(ErrorCode::kUnavailable, std::move(text), kWhere);
}

Status LockstepBoard::receive() {
  const Status received = process_->receive(rx_);
  if (!received) {
    guest_ = Guest::kOff;
    return received;
  }
  lockstep::Header header;
  lockstep::decode_header(rx_, header);
  const bool next = header.boot == last_.boot && header.sequence == last_.sequence + 1;
  const bool anew = header.boot == last_.boot + 1 && header.sequence == 1;
  const bool first = header.boot == 0 && header.sequence == 1;
  const bool hello = header.kind == lockstep::Kind::kHello;
  if (!(hello ? anew || first : next)) return broken("a frame of the firmware is out of its row");
  last_ = header;
  return {};
}

Status LockstepBoard::exchange(std::size_t size) {
  const Status sent = process_->send(ByteView(tx_).first(size));
  if (!sent) {
    guest_ = Guest::kOff;
    return sent;
  }
  return receive();
}

Status LockstepBoard::await_hello() {
  if (last_.kind != lockstep::Kind::kHello || !lockstep::decode_cause(payload(), greeted_)) {
    return broken("the firmware did not greet after its reset");
  }
  guest_ = Guest::kGreeted;
  return {};
}

Status LockstepBoard::boot(ResetCause cause) {
  if (cause == ResetCause::kPowerOn || guest_ == Guest::kOff) {
    guest_ = Guest::kOff;
    TRY(process_->start(command()));
    guest_ = Guest::kRunning;
  }
  if (guest_ == Guest::kRunning) {
    TRY(receive());
    TRY(await_hello());
  }
  if (guest_ == Guest::kIdle || greeted_ != cause) {
    TRY(exchange(lockstep::encode_cause(tx_, answer(lockstep::Kind::kReset), cause)));
    TRY(await_hello());
  }
  if (greeted_ != cause) return broken("the firmware took its reset for another one than it was");
  rules_.booted(cause);
  return {};
}

Status LockstepBoard::wake(const BoardInput& input, BoardOutput& output) {
  TRY(rules_.check_input(input));
  if (guest_ != Guest::kGreeted && guest_ != Guest::kIdle) return fail(ErrorCode::kUnavailable, "the emulator is not running", kWhere);
  const auto kind = guest_ == Guest::kGreeted ? lockstep::Kind::kStart : lockstep::Kind::kRun;
  lockstep::StartFacts start;
  if (kind == lockstep::Kind::kStart) start = rules_.start_facts(config_.seed, config_.serial, hash_, images());
  const lockstep::WakeInput wake{input.now, input.rtc, to_events(input)};
  TRY(exchange(lockstep::encode_wake(tx_, answer(kind), wake, start)));
  return take_wake(input, output);
}

Status LockstepBoard::take_wake(const BoardInput& input, BoardOutput& output) {
  if (last_.kind == lockstep::Kind::kHello) {
    TRY(await_hello());
    if (greeted_ != ResetCause::kWatchdog) return broken("the firmware was reset, but not by its watchdog");
    rules_.bitten(output);
    return {};
  }
  if (last_.kind != lockstep::Kind::kIdle || !lockstep::decode_idle(payload(), turn_)) return broken("the firmware did not answer a wake");
  guest_ = turn_.reset ? Guest::kRunning : Guest::kIdle;
  return rules_.finished(input, turn_, output);
}

Result<lockstep::GuestFacts> LockstepBoard::ask_facts() {
  if (guest_ != Guest::kIdle) return fail(ErrorCode::kUnavailable, "the firmware is not idle", kWhere);
  TRY(exchange(lockstep::encode_empty(tx_, answer(lockstep::Kind::kQuery))));
  lockstep::GuestFacts facts;
  if (last_.kind != lockstep::Kind::kFacts || !lockstep::decode_facts(payload(), facts))
    return broken("the firmware did not tell its facts");
  return facts;
}

}  // namespace

Result<std::unique_ptr<QemuBoard>> make_qemu_board(const QemuBoardConfig& config) {
  auto board = std::make_unique<LockstepBoard>(config);
  TRY(board->prepare());
  return std::unique_ptr<QemuBoard>(std::move(board));
}

Result<std::filesystem::path> find_arm_image(ArmImage which) {
  const bool wire = which == ArmImage::kWire;
  const std::string file = wire ? "pump_wire.elf" : "pump.elf";
  const std::string variable = wire ? "PUMPRIG_ARM_WIRE_IMAGE" : "PUMPRIG_ARM_IMAGE";
  std::vector<std::filesystem::path> places;
  if (const char* named = std::getenv(variable.c_str()); named != nullptr && *named != 0) {
    places.emplace_back(named);
  } else {
    places.push_back(data_dir() / "firmware/mps2_an386" / file);
    places.push_back(std::filesystem::path(PUMPRIG_ARM_IMAGES_BUILT) / file);
  }
  for (const auto& place : places) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(place, ignored)) return place;
  }
  return fail(
      ErrorCode::kNotFound,
      "the ARM firmware was not built: install gcc-arm-none-eabi and build the target firmware_arm, or name an image in " + variable,
      places.back().string());
}

}  // namespace pumprig::twin
