#include "rig/twin/board/emulator_child.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "rig/twin/board/child_process.h"

namespace pumprig::twin {
namespace {

constexpr std::size_t kPrintedKept = 4096;

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
    return "it aborted (the emulated processor locked up, or an assertion of QEMU failed)";
  if (WIFSIGNALED(status)) return "it was ended by signal " + std::to_string(WTERMSIG(status));
  return "it exited with code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

Status EmulatorChild::start(const std::vector<std::string>& command, const std::string& directory) {
  kill();
  printed_.clear();
  reaped_ = false;
  name_ = command[0];
  std::array<int, 2> errors{-1, -1};
  if (::pipe2(errors.data(), O_CLOEXEC) != 0) {
    return fail(ErrorCode::kUnavailable, std::string("cannot make a pipe: ") + std::strerror(errno), "QEMU");
  }
  errors_ = errors[0];
  ::fcntl(errors_, F_SETFL, O_NONBLOCK);
  const auto child = start_child(command, directory, -1, errors[1]);
  ::close(errors[1]);
  TRY(child);
  pid_ = *child;
  return {};
}

void EmulatorChild::kill() {
  if (pid_ > 0) end_child(pid_);
  pid_ = -1;
  if (errors_ >= 0) ::close(errors_);
  errors_ = -1;
}

bool EmulatorChild::has_ended() {
  if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) {
    pid_ = -1;
    reaped_ = true;
  }
  return reaped_;
}

void EmulatorChild::keep_error_output() {
  std::array<char, 1024> piece;
  for (int pieces = 0; pieces < 64; ++pieces) {
    const ssize_t n = ::read(errors_, piece.data(), piece.size());
    if (n <= 0) break;
    printed_.append(piece.data(), static_cast<std::size_t>(n));
    if (printed_.size() > kPrintedKept) printed_.erase(0, printed_.size() - kPrintedKept);
  }
}

tl::unexpected<Error> EmulatorChild::give_up(std::string_view what) {
  // A process whose pipes are closed is about to end by itself: a moment lets its own way of ending show.
  pollfd pause{-1, 0, 0};
  for (int i = 0; i < 20 && what == "it ended" && !has_ended(); ++i) ::poll(&pause, 0, 10);
  const std::string ending = reaped_ ? how_it_ended(status_) : "and was killed";
  keep_error_output();
  kill();
  std::string text = name_ + " failed: " + std::string(what) + ", " + ending;
  text += printed_.empty() ? "; it printed nothing" : "; it printed: " + printed_;
  return fail(ErrorCode::kUnavailable, std::move(text), "QEMU");
}

}  // namespace pumprig::twin
