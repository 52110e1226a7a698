#include "rig/session/abort_door.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

namespace pumprig::session {
namespace {

namespace fs = std::filesystem;

fs::path door_of(const fs::path& run_file) {
  auto door = run_file;
  door += ".abort";
  return door;
}

tl::unexpected<Error> system_failure(const std::string& what, const fs::path& where) {
  return fail(ErrorCode::kUnavailable, what + ": " + std::strerror(errno), where.string());
}

// Retries what a signal interrupts.
template <typename Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace

struct AbortDoor::State {
  State(fs::path door, int fd, StopSwitch& stop_switch)
      : path(std::move(door)), pipe(fd), end(::eventfd(0, EFD_CLOEXEC)), stop(stop_switch) {}
  ~State() {
    std::error_code ignored;
    fs::remove(path, ignored);
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(end, &one, sizeof one);
    if (thread.joinable()) thread.join();
    ::close(pipe);
    ::close(end);
  }

  void listen() {
    std::array<pollfd, 2> waits{{{pipe, POLLIN, 0}, {end, POLLIN, 0}}};
    for (;;) {
      retried([&] { return ::poll(waits.data(), waits.size(), -1); });
      if (waits[1].revents != 0) return;
      std::uint8_t asked = 0;
      while (::read(pipe, &asked, 1) == 1)
        stop.request(asked >= static_cast<std::uint8_t>(StopLevel::kNow) ? StopLevel::kNow : StopLevel::kAbort);
    }
  }

  fs::path path;
  int pipe;
  int end;
  StopSwitch& stop;
  std::thread thread;
};

AbortDoor::AbortDoor(std::unique_ptr<State> state) : state_(std::move(state)) {}
AbortDoor::~AbortDoor() = default;

Result<std::unique_ptr<AbortDoor>> AbortDoor::open(const fs::path& run_file, StopSwitch& stop) {
  const auto door = door_of(run_file);
  if (::mkfifo(door.c_str(), 0660) != 0) return system_failure("cannot make the pipe for `rig abort`", door);
  // Open for both, so that it never comes to an end when a writer goes.
  const int fd = ::open(door.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return system_failure("cannot open the pipe for `rig abort`", door);
  auto state = std::make_unique<State>(door, fd, stop);
  state->thread = std::thread([listener = state.get()] { listener->listen(); });
  return std::unique_ptr<AbortDoor>(new AbortDoor(std::move(state)));
}

Status knock(const fs::path& run_file, StopLevel level) {
  const auto door = door_of(run_file);
  const int fd = retried([&] { return ::open(door.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC); });
  if (fd < 0 && (errno == ENOENT || errno == ENXIO)) return fail(ErrorCode::kNotFound, "this run is not at work", run_file.string());
  if (fd < 0) return system_failure("cannot ask the run to stop", door);
  const auto byte = static_cast<std::uint8_t>(level);
  const auto written = retried([&] { return ::write(fd, &byte, 1); });
  ::close(fd);
  if (written != 1) return system_failure("cannot ask the run to stop", door);
  return {};
}

}  // namespace pumprig::session
