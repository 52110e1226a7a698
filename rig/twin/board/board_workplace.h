// A folder of its own below the system's one for temporary files, and in it the memory of an emulated board, mapped. Both go with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "rig/base/result.h"

namespace pumprig::twin {

class BoardWorkplace {
 public:
  BoardWorkplace() = default;
  ~BoardWorkplace();
  BoardWorkplace(const BoardWorkplace&) = delete;
  BoardWorkplace& operator=(const BoardWorkplace&) = delete;

  // kUnavailable: no room, or no right to write there.
  Status make();
  const std::filesystem::path& directory() const { return directory_; }
  static constexpr const char* kMemoryFile = "nvm.bin";  // in the folder
  std::span<std::uint8_t> memory() const;                // kNvmSize bytes
  std::span<std::uint8_t> images() const;                // kImageMemory bytes

 private:
  std::filesystem::path directory_;
  std::uint8_t* memory_ = nullptr;
};

}  // namespace pumprig::twin
