#include "rig/record/process.h"

#include <unistd.h>

#include <fstream>
#include <iterator>

namespace pumprig::record {
namespace {

std::string read_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// Field 22 of /proc/PID/stat: when the process started, in clock ticks since boot. Empty when there is none of that number.
// It guards against a number that another process has got since.
std::string start_of(const std::string& pid) {
  const std::string stat = read_line("/proc/" + pid + "/stat");
  auto at = stat.rfind(')');  // field 2 is the command in parentheses, which may hold blanks
  if (at == std::string::npos || at + 2 >= stat.size() || stat[at + 2] == 'Z') return {};  // dead, its parent has not looked yet
  for (int field = 2; field < 22; ++field) {
    at = stat.find(' ', at + 1);
    if (at == std::string::npos) return {};
  }
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

std::string boot() {
  return read_line("/proc/sys/kernel/random/boot_id");
}

}  // namespace

std::map<std::string, std::string> writer_rows() {
  const std::string pid = std::to_string(getpid());
  return {{"writer.boot", boot()}, {"writer.pid", pid}, {"writer.start", start_of(pid)}};
}

bool writer_alive(const std::map<std::string, std::string>& rows) {
  const auto pid = rows.find("writer.pid");
  const auto start = rows.find("writer.start");
  const auto boot_row = rows.find("writer.boot");
  if (pid == rows.end() || start == rows.end() || boot_row == rows.end() || start->second.empty()) return false;
  if (pid->second.find_first_not_of("0123456789") != std::string::npos) return false;  // from a file: never part of a path
  return boot_row->second == boot() && start_of(pid->second) == start->second;
}

bool written_by(const std::map<std::string, std::string>& rows, std::int64_t pid) {
  const auto found = rows.find("writer.pid");
  return found != rows.end() && found->second == std::to_string(pid);
}

}  // namespace pumprig::record
