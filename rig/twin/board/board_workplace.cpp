#include "rig/twin/board/board_workplace.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "firmware/boards/lockstep/image_banks.h"
#include "firmware/hal/board_facts.h"

namespace pumprig::twin {
namespace {

constexpr std::size_t kImagesAt = 0x1'0000;  // as registers.h has it
constexpr std::size_t kMapped = kImagesAt + pumpfw::lockstep::kImageMemory;
constexpr off_t kMachineMemory = 16 << 20;  // QEMU refuses any other size for this machine

tl::unexpected<Error> unavailable(const std::string& what) {
  return fail(ErrorCode::kUnavailable, "cannot make " + what + " for the emulated board: " + std::strerror(errno), "pump board in QEMU");
}

}  // namespace

BoardWorkplace::~BoardWorkplace() {
  if (memory_ != nullptr) ::munmap(memory_, kMapped);
  std::error_code ignored;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

Status BoardWorkplace::make() {
  std::error_code error;
  std::string name = (std::filesystem::temp_directory_path(error) / "pumprig-qemu-XXXXXX").string();
  if (error || ::mkdtemp(name.data()) == nullptr) return unavailable("the folder " + name);
  directory_ = name;
  const int file = ::open((directory_ / kMemoryFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const bool sized = file >= 0 && ::ftruncate(file, kMachineMemory) == 0;
  void* at = sized ? ::mmap(nullptr, kMapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
  const int reason = errno;
  if (file >= 0) ::close(file);
  errno = reason;
  if (at == MAP_FAILED) return unavailable("the memory file in " + directory_.string());
  memory_ = static_cast<std::uint8_t*>(at);
  return {};
}

std::span<std::uint8_t> BoardWorkplace::memory() const {
  return {memory_, pumpfw::hal::kNvmSize};
}

std::span<std::uint8_t> BoardWorkplace::images() const {
  return {memory_ + kImagesAt, pumpfw::lockstep::kImageMemory};
}

}  // namespace pumprig::twin
