#include "rig/twin/board/host_board.h"

#include <array>
#include <string>

#include "firmware/protocol/crc32.h"
#include "rig/base/rng.h"
#include "rig/twin/board/board_rules.h"

namespace pumprig::twin {
namespace {

// A process cannot guard its own machine code: bytes that stand for it, drawn from the hash of the sources.
constexpr std::size_t kCodeSize = 8 * 1024;

Bytes code_of(std::string_view hash) {
  Rng rng = Rng::stream(0, hash);
  Bytes code(kCodeSize);
  for (std::uint8_t& byte : code) byte = static_cast<std::uint8_t>(rng.next());
  return code;
}

class HostBoard final : public BoardPort {
 public:
  explicit HostBoard(const HostBoardConfig& config) : config_(config) {}

  Status boot(pumpfw::hal::ResetCause cause) override {
    rules_.booted(cause);
    const pumpfw::host::BoardFacts facts{rules_.start_facts(config_.seed, config_.serial, firmware_hash(), images_),
                                         config_.test_image,
                                         config_.mutant,
                                         {.bytes = code_, .crc = code_crc_}};
    firmware_.reset();
    firmware_ = config_.firmware(nvm_, images_, facts);
    return {};
  }

  Status wake(const BoardInput& input, BoardOutput& output) override {
    TRY(rules_.check_input(input));
    if (rules_.watchdog_bites(input.now)) {
      rules_.bitten(output);
      return {};
    }
    return rules_.finished(input, firmware_->turn(input.now, input.rtc, to_events(input)), output);
  }

  std::span<std::uint8_t> nvm() override { return nvm_; }
  std::span<std::uint8_t> images() override { return images_; }
  std::span<std::uint8_t> code() override { return code_; }
  std::span<std::uint8_t> ram() override { return firmware_ ? firmware_->guarded_ram() : std::span<std::uint8_t>(); }
  std::string describe() const override { return "host"; }
  std::string firmware_hash() const override { return std::string(pumpfw::host::source_hash()); }

 private:
  HostBoardConfig config_;
  BoardRules rules_;
  std::array<std::uint8_t, pumpfw::hal::kNvmSize> nvm_{};
  Bytes images_ = Bytes(pumpfw::lockstep::kImageMemory);
  Bytes code_ = code_of(pumpfw::host::source_hash());
  std::uint32_t code_crc_ = pumpfw::protocol::crc32(code_);
  std::unique_ptr<pumpfw::host::HostFirmware> firmware_;
};

}  // namespace

std::unique_ptr<BoardPort> make_host_board(const HostBoardConfig& config) {
  return std::make_unique<HostBoard>(config);
}

}  // namespace pumprig::twin
