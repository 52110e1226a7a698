#include "rig/twin/board/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace pumprig::twin {
namespace {

// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(const char* directory, char* const* arguments, int output, int errors, bool die_with_parent) {
  if (die_with_parent) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, STDIN_FILENO);
  ::dup2(output >= 0 ? output : null, STDOUT_FILENO);
  ::dup2(errors >= 0 ? errors : null, STDERR_FILENO);
  // Another thread's library may just have opened one that would be inherited.
  ::close_range(STDERR_FILENO + 1, ~0U, 0);
  ::setpgid(0, 0);  // a Ctrl-C at the terminal is the rig's to handle
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir(directory) == 0) ::execvp(arguments[0], arguments);
  const char* reason = std::strerror(errno);
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, reason, std::strlen(reason));
  ::_exit(127);
}

// What the descriptor gives until its end, a newline or the guard.
std::string read_line(int descriptor, std::chrono::milliseconds guard) {
  std::string line;
  pollfd wait{descriptor, POLLIN, 0};
  std::array<char, 256> piece;
  while (line.find('\n') == std::string::npos && ::poll(&wait, 1, static_cast<int>(guard.count())) > 0) {
    const ssize_t n = ::read(descriptor, piece.data(), piece.size());
    if (n <= 0) break;
    line.append(piece.data(), static_cast<std::size_t>(n));
  }
  return line.substr(0, line.find('\n'));
}

}  // namespace

Result<pid_t> start_child(const std::vector<std::string>& command, const std::string& directory, int output, int errors) {
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  // The death signal follows the thread that forked, so it is asked for only where that thread lives as long as the process. A child of
  // another thread must see by its pipes that we are gone.
  const bool on_main_thread = ::getpid() == ::gettid();
  const pid_t pid = ::fork();
  if (pid == 0) become(directory.c_str(), arguments.data(), output, errors, on_main_thread);
  if (pid < 0) return fail(ErrorCode::kUnavailable, std::string("cannot start a process: ") + std::strerror(errno), command[0]);
  return pid;
}

void end_child(pid_t pid) {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

Result<std::string> ask_version(const std::string& program, std::chrono::milliseconds guard) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::kUnavailable, std::string("cannot make a pipe: ") + std::strerror(errno));
  const auto pid = start_child({program, "--version"}, "/", ends[1], -1);
  ::close(ends[1]);
  std::string line = pid ? read_line(ends[0], guard) : std::string();
  ::close(ends[0]);
  if (pid) end_child(*pid);
  // "QEMU emulator version 7.2.22 (Debian …)"
  const std::string head = "QEMU emulator version ";
  if (line.rfind(head, 0) == 0) return "QEMU " + line.substr(head.size(), line.find(' ', head.size()) - head.size());
  return fail(ErrorCode::kUnavailable,
              line.empty() ? "the emulator is missing or does not answer: install qemu-system-arm" : "no QEMU; it says: " + line, program);
}

tl::unexpected<Error> system_failure(const std::string& what) {
  return fail(ErrorCode::kUnavailable, what + ": " + std::strerror(errno), "QEMU");
}

}  // namespace pumprig::twin
