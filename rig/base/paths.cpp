#include "rig/base/paths.h"

#include <cstdlib>
#include <mutex>

namespace pumprig {
namespace {

std::mutex mutex;
std::filesystem::path told;
std::filesystem::path told_program;

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

std::filesystem::path rig_program() {
  std::filesystem::path program;
  if (const char* named = std::getenv("PUMPRIG_RIG"); named != nullptr && *named != '\0') {
    program = named;
  } else if (const std::lock_guard lock(mutex); !told_program.empty()) {
    program = told_program;
  } else {
    std::error_code ignored;
    program = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "rig";
  }
  std::error_code ignored;
  return std::filesystem::is_regular_file(program, ignored) ? program : std::filesystem::path();
}

void set_rig_program(std::filesystem::path program) {
  const std::lock_guard lock(mutex);
  told_program = std::move(program);
}

}  // namespace pumprig
