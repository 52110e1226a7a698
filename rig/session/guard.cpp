#include "rig/session/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "rig/base/paths.h"
#include "rig/bench/bench.h"
#include "rig/exec/executor.h"
#include "rig/exec/utc.h"
#include "rig/session/last_words.h"
#include "rig/session/utc.h"

extern char** environ;

namespace pumprig::session {
namespace {

constexpr char kDismissed = 'd';
// A port of a dead process is free soon, but not at once.
constexpr int kTries = 20;
constexpr Duration kTryPause = std::chrono::milliseconds(250);

tl::unexpected<Error> system_failure(const std::string& what, int code) {
  return fail(ErrorCode::kUnavailable, what + ": " + std::strerror(code));
}

// Blocks until the guarded process says something or is no more. True: it dismissed us.
bool wait_for_dismissal(pid_t guarded) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, guarded, 0));
  const bool orphaned = ::getppid() != guarded;  // it died before we looked
  std::array<pollfd, 2> fds{pollfd{STDIN_FILENO, POLLIN, 0}, pollfd{process, POLLIN, 0}};
  while (!orphaned || process < 0) {
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno == EINTR) continue;
    break;
  }
  if (process >= 0) ::close(process);
  // What it said before it died counts: a run that ended well may be followed by the end of its process at once.
  const int flags = ::fcntl(STDIN_FILENO, F_GETFL);
  ::fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK);
  char said = 0;
  return ::read(STDIN_FILENO, &said, 1) == 1 && said == kDismissed;
}

Task<void> make_safe(bench::Bench* bench) {
  Status opened;
  for (int i = 0; i < kTries; ++i) {
    opened = co_await bench->open();
    if (opened) break;
    CO_TRY(co_await bench->executor().sleep_for(kTryPause));
  }
  if (!opened) co_return opened;
  const Status safe = co_await bench->to_safe_state();
  const Status closed = co_await bench->close();
  static_cast<void>(closed);  // the pump is safe or not; a link that does not close well changes nothing
  co_return safe;
}

Status make_pump_safe(const std::string& bench_file) {
  TRY_ASSIGN(auto config, bench::load_bench(bench_file));
  const auto executor = exec::Executor::make_wall();
  TRY_ASSIGN(const auto bench, bench::Bench::create(bench::only_pump(std::move(config)), *executor));
  return executor->run(make_safe(bench.get()));
}

}  // namespace

Result<std::unique_ptr<Guard>> Guard::start(const std::string& bench_file, const std::filesystem::path& run_file) {
  const auto program = rig_program();
  if (program.empty()) {
    return fail(ErrorCode::kNotFound,
                "the program rig, which guards the pump while it runs, is not beside this one; set PUMPRIG_RIG to its path");
  }
  std::array<int, 2> pipe{-1, -1};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return system_failure("no pipe to the guard", errno);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipe[0], STDIN_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);  // no Ctrl-C of the terminal reaches it
  const std::string name = program.string();
  const std::string guarded = std::to_string(::getpid());
  const std::string run = std::filesystem::absolute(run_file).string();
  std::array<const char*, 9> words{name.c_str(), "guard",         "--bench", bench_file.c_str(), "--run", run.c_str(),
                                   "--process",  guarded.c_str(), nullptr};
  pid_t pid = -1;
  const int failure = ::posix_spawn(&pid, name.c_str(), &actions, &attributes, const_cast<char* const*>(words.data()), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe[0]);
  if (failure != 0) {
    ::close(pipe[1]);
    return system_failure("the guard \"" + name + "\" did not start", failure);
  }
  return std::unique_ptr<Guard>(new Guard(pid, pipe[1]));
}

Guard::~Guard() {
  if (pipe_ >= 0) ::close(pipe_);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Guard::dismiss() {
  if (pipe_ < 0) return;
  while (::write(pipe_, &kDismissed, 1) < 0 && errno == EINTR) {
  }
  ::close(pipe_);
  pipe_ = -1;
}

Result<bool> keep_guard(const std::string& bench_file, const std::filesystem::path& run_file, pid_t guarded) {
  for (const int ignored : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ}) ::signal(ignored, SIG_IGN);
  if (wait_for_dismissal(guarded)) return false;
  const Status safe = make_pump_safe(bench_file);
  record::Event event;
  event.source = "guard";
  event.kind = "safe_state";
  event.text = "the process that ran this ended; at " + utc_text(exec::utc_now_ns()) + " the guard found the pump's safe state ";
  event.text += safe ? "established and read back" : "not established: " + safe.error().describe();
  const auto said = say_last_words(run_file, std::move(event), guarded);
  if (!safe) return tl::unexpected<Error>(safe.error());
  if (!said) return tl::unexpected<Error>(said.error());
  return true;
}

}  // namespace pumprig::session
