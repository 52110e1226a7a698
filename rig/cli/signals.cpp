#include "rig/cli/signals.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace pumprig::cli {
namespace {

constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

// The handler may touch nothing but this.
std::array<int, 2> pipe_ends{-1, -1};
std::array<struct sigaction, kSignals.size()> before{};
struct sigaction pipe_before {};

extern "C" void pumprig_note_signal(int) {
  const int saved = errno;
  const char byte = 1;
  // A full pipe already says enough.
  [[maybe_unused]] const auto written = ::write(pipe_ends[1], &byte, 1);
  errno = saved;
}

}  // namespace

SignalPipe::SignalPipe() {
  if (::pipe2(pipe_ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) std::abort();
  struct sigaction action {};
  action.sa_handler = pumprig_note_signal;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &before[i]);
  action.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &action, &pipe_before);
}

SignalPipe::~SignalPipe() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &before[i], nullptr);
  ::sigaction(SIGPIPE, &pipe_before, nullptr);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

int SignalPipe::fd() const {
  return pipe_ends[0];
}

int SignalPipe::drain() {
  std::array<char, 64> bytes{};
  int count = 0;
  for (auto got = ::read(pipe_ends[0], bytes.data(), bytes.size()); got > 0; got = ::read(pipe_ends[0], bytes.data(), bytes.size())) {
    count += static_cast<int>(got);
  }
  return count;
}

StopOnSignals::StopOnSignals(session::StopSwitch& stop) : end_fd_(::eventfd(0, EFD_CLOEXEC)) {
  thread_ = std::thread([this, &stop] {
    std::array<pollfd, 2> waits{{{signals_.fd(), POLLIN, 0}, {end_fd_, POLLIN, 0}}};
    for (;;) {
      if (::poll(waits.data(), waits.size(), -1) < 0) continue;
      for (int i = signals_.drain(); i > 0; --i) stop.request();
      if (waits[1].revents != 0) return;
    }
  });
}

StopOnSignals::~StopOnSignals() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(end_fd_, &one, sizeof one);
  thread_.join();
  ::close(end_fd_);
}

}  // namespace pumprig::cli
