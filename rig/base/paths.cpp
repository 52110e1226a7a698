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
  const auto prefix = program.parent_path().parent_path();
  const auto shared = prefix / "share" / "pumprig";
  if (std::filesystem::exists(shared / "scenarios", ignored)) return shared;
  // In a virtual environment the data lies in the Python package.
  for (const auto& python : std::filesystem::directory_iterator(prefix / "lib", ignored)) {
    const auto package = python.path() / "site-packages" / "pumprig" / "share";
    if (std::filesystem::exists(package / "scenarios", ignored)) return package;
  }
  return PUMPRIG_SOURCE_DIR;
}

void set_data_dir(std::filesystem::path dir) {
  const std::lock_guard lock(mutex);
  told = std::move(dir);
}

}  // namespace pumprig
