#include "rig/twin/board/wire_emulator.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "rig/link/posix/fd_link.h"
#include "rig/twin/board/child_process.h"
#include "rig/twin/board/qemu_machine.h"

namespace pumprig::twin {
namespace {

using namespace std::chrono_literals;

constexpr Duration kVersionGuard = 20s;
constexpr Duration kLook = 50ms;  // between two looks whether it still lives

std::string socket_name(std::size_t line) {
  return "uart" + std::to_string(line) + ".sock";
}

class UartLink final : public link::FdLink {
 public:
  UartLink(exec::Executor& executor, std::size_t number, link::UniqueFd fd) : FdLink(executor), number_(number), fd_(std::move(fd)) {}
  std::string describe() const override { return "UART " + std::to_string(number_) + " of the board in QEMU"; }

 private:
  int fd() const override { return fd_.get(); }
  bool is_socket() const override { return true; }
  std::string_view hang_up_text() const override { return "QEMU closed the line"; }
  Status do_set_line(const link::LineSettings&) override { return {}; }
  void do_close() override { fd_.reset(); }
  Status do_reopen() override { return fail(ErrorCode::kUnavailable, "the line goes with the emulator", describe()); }

  std::size_t number_;
  link::UniqueFd fd_;
};

// A socket's path has little room, and folders for temporary files may lie deep: the folder is named by its descriptor.
Result<link::UniqueFd> listen_in(const std::filesystem::path& directory, const std::string& name) {
  const link::UniqueFd folder(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  link::UniqueFd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!folder.valid() || !listener.valid()) return system_failure("cannot make a socket");
  ::unlinkat(folder.get(), name.c_str(), 0);
  const std::string path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + name;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener.get(), 1) != 0) {
    return system_failure("cannot listen at " + (directory / name).string());
  }
  return listener;
}

}  // namespace

WireEmulator::WireEmulator(exec::Executor& executor, WireEmulatorConfig config) : executor_(executor), config_(std::move(config)) {}
WireEmulator::~WireEmulator() = default;

Status WireEmulator::prepare() {
  TRY_ASSIGN(hash_, hash_image(config_.image));
  config_.image = std::filesystem::absolute(config_.image);
  TRY(workplace_.make());
  TRY_ASSIGN(version_, ask_version(config_.program, std::chrono::duration_cast<std::chrono::milliseconds>(kVersionGuard)));
  return {};
}

Task<void> WireEmulator::start() {
  kill();
  std::array<link::UniqueFd, kLines> listeners;
  std::vector<std::string> command = machine_command(config_.program, config_.image);
  for (std::size_t i = 0; i < kLines; ++i) {
    const std::string name = socket_name(i);
    CO_TRY_ASSIGN(listeners[i], listen_in(workplace_.directory(), name));
    // QEMU runs in the folder. It connects before the processor runs: no byte is lost.
    const std::string id = "uart" + std::to_string(i);
    command.insert(command.end(), {"-chardev", "socket,id=" + id + ",path=" + name, "-serial", "chardev:" + id});
  }
  CO_TRY(child_.start(command, workplace_.directory().string()));
  const TimePoint deadline = executor_.after_wall(config_.start_guard);
  for (std::size_t i = 0; i < kLines; ++i) CO_TRY(co_await take_line(static_cast<Line>(i), listeners[i].get(), deadline));
  co_return Status{};
}

Task<void> WireEmulator::take_line(Line which, int listener, TimePoint deadline) {
  for (;;) {
    const Status came = co_await executor_.wait_readable(listener, std::min(deadline, executor_.after_wall(kLook)));
    if (came) break;
    if (came.error().code != ErrorCode::kTimeout) co_return came;
    child_.keep_error_output();
    if (child_.has_ended()) co_return give_up("it ended");
    if (executor_.now() >= deadline) co_return give_up("it did not take its lines");
  }
  link::UniqueFd fd(::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd.valid()) co_return system_failure("cannot take a line of the emulator");
  lines_[which] = std::make_unique<UartLink>(executor_, which, std::move(fd));
  co_return Status{};
}

void WireEmulator::kill() {
  child_.kill();
  for (auto& line : lines_) {
    if (line) line->close();
  }
}

Task<void> WireEmulator::keep_output() {
  while (child_.errors() >= 0 && !child_.has_ended()) {
    const Status printed = co_await executor_.wait_readable(child_.errors());
    if (!printed) co_return printed;
    child_.keep_error_output();
    // At its end the pipe stays readable.
    CO_TRY(co_await executor_.sleep_until(executor_.after_wall(kLook)));
  }
  co_return Status{};
}

tl::unexpected<Error> WireEmulator::give_up(std::string_view what) {
  auto failure = child_.give_up(what);
  kill();
  return failure;
}

}  // namespace pumprig::twin
