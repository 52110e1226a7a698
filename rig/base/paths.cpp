#include "rig/base/paths.h"

#include <cstdlib>
#include <mutex>

namespace pumprig {
namespace {

std::mutex mutex;
std::filesystem::path told;

}  // namespace

std::filesystem::path data_dir() {
  if (const char* named = std::getenv("PUMPRIG_DATA"); named != nullptr && *named != '\0') return named;
  {
    const std::lock_guard lock(mutex);
    if (!told.empty()) return told;
  }
  std::error_code ignored;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const auto shared = program.parent_path().parent_path() / "share" / "pumprig";
  if (std::filesystem::exists(shared / "scenarios", ignored)) return shared;
  return PUMPRIG_SOURCE_DIR;
}

void set_data_dir(std::filesystem::path dir) {
  const std::lock_guard lock(mutex);
  told = std::move(dir);
}

}  // namespace pumprig
