#include "rig/twin/board/qemu_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "firmware/boards/lockstep/wire.h"
#include "rig/twin/board/child_process.h"

namespace pumprig::twin {
namespace {

void close_if_open(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

}  // namespace

Status QemuProcess::make_pipes() {
  const auto request = directory_ / "sim.req";
  const auto response = directory_ / "sim.rsp";
  ::unlink(request.c_str());
  ::unlink(response.c_str());
  if (::mkfifo(request.c_str(), 0600) != 0) return system_failure("cannot make " + request.string());
  if (::mkfifo(response.c_str(), 0600) != 0) return system_failure("cannot make " + response.string());
  request_ = ::open(request.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  // Open for both, so that opening does not wait for the firmware.
  response_ = ::open(response.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (request_ < 0 || response_ < 0) return system_failure("cannot open the FIFOs in " + directory_.string());
  return {};
}

Status QemuProcess::start(const std::vector<std::string>& command) {
  kill();
  have_ = 0;
  TRY(make_pipes());
  return child_.start(command, directory_.string());
}

void QemuProcess::kill() {
  child_.kill();
  close_if_open(request_);
  close_if_open(response_);
  close_if_open(timer_);
}

Status QemuProcess::send(ByteView frame) {
  // A frame is shorter than a FIFO holds, and there is never more than one under way.
  const ssize_t n = ::write(response_, frame.data(), frame.size());
  if (n != static_cast<ssize_t>(frame.size())) return give_up("a frame could not be written to it");
  return {};
}

Status QemuProcess::receive(Bytes& frame) {
  using namespace pumpfw::lockstep;
  received_.resize(2 * kFrameCapacity);
  std::size_t want = kHeaderSize;
  for (;;) {
    if (have_ >= kHeaderSize) {
      Header header;
      if (!decode_header(ByteView(received_).first(have_), header)) return give_up("the firmware sent what is no lockstep frame");
      want = kHeaderSize + header.length;
    }
    if (have_ >= want) break;
    TRY(await_bytes());
    const ssize_t n = ::read(request_, received_.data() + have_, received_.size() - have_);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n <= 0) return give_up("it ended");
    have_ += static_cast<std::size_t>(n);
  }
  const auto end = received_.begin() + static_cast<std::ptrdiff_t>(want);
  frame.assign(received_.begin(), end);
  // A firmware that resets itself greets right behind its last frame.
  std::copy(end, received_.begin() + static_cast<std::ptrdiff_t>(have_), received_.begin());
  have_ -= want;
  return {};
}

Status QemuProcess::await_bytes() {
  std::array<pollfd, 3> waits{pollfd{request_, POLLIN, 0}, pollfd{child_.errors(), POLLIN, 0}, pollfd{-1, POLLIN, 0}};
  const int timeout = guard_.count() > 0 ? static_cast<int>(guard_.count()) : -1;
  for (;;) {
    const int n = ::poll(waits.data(), waits.size(), timeout);
    if (n < 0 && errno == EINTR) continue;
    if (waits[0].revents & POLLIN) return {};
    if (n == 0 || (waits[2].revents & POLLIN)) return give_up("it did not answer within " + std::to_string(guard_.count()) + " ms");
    if (waits[1].revents & POLLIN) {
      child_.keep_error_output();
      // One that prints without end must not start its guard anew with each line.
      if (waits[2].fd < 0) waits[2].fd = start_guard();
    }
    if ((waits[0].revents & (POLLHUP | POLLERR)) || (waits[1].revents & POLLHUP)) return give_up("it ended");
  }
}

int QemuProcess::start_guard() {
  if (timer_ < 0) timer_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  itimerspec when{};
  when.it_value.tv_sec = guard_.count() / 1000;
  when.it_value.tv_nsec = guard_.count() % 1000 * 1'000'000;
  ::timerfd_settime(timer_, 0, &when, nullptr);
  return timer_;
}

tl::unexpected<Error> QemuProcess::give_up(std::string_view what) {
  auto failure = child_.give_up(what);
  kill();
  return failure;
}

}  // namespace pumprig::twin
