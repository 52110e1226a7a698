#include "rig/programmer/pump_line.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <thread>

#include "rig/link/spec/open_link.h"
#include "rig/security/role_keys.h"

namespace pumprig::programmer {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);
constexpr Duration kUrgentTurn = std::chrono::seconds(1);

}  // namespace

std::string absolute_link(const std::string& link) {
  for (const std::string_view kind : {"pty:", "unix:"}) {
    if (!link.starts_with(kind) || link.size() == kind.size() || link[kind.size()] == '/') continue;
    std::error_code failed;
    const auto path = std::filesystem::absolute(link.substr(kind.size()), failed);
    if (!failed) return std::string(kind) + path.string();
  }
  return link;
}

Result<link::UniqueFd> take_turn(const std::string& link, Duration patience) {
  constexpr std::string_view kPty = "pty:";
  if (!link.starts_with(kPty)) return link::UniqueFd();
  link::UniqueFd turn(::open(link.substr(kPty.size()).c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  const auto until = std::chrono::steady_clock::now() + patience;
  // What is not there, whoever opens it says better.
  while (turn.valid() && ::flock(turn.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return link::UniqueFd();
    if (std::chrono::steady_clock::now() >= until) {
      return fail(ErrorCode::kUnavailable, "another program uses this link and does not let go of it; nothing was asked", link);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return turn;
}

Result<PumpLine> PumpLine::open(const std::string& link, const std::string& keys, clients::PumpSession::Options options,
                                Duration give_up_after, bool urgent) {
  if (!keys.empty()) {
    TRY_ASSIGN(options.keys, security::read_key_folder(keys));
  }
  const auto turn = take_turn(absolute_link(link), urgent ? kUrgentTurn : std::min<Duration>(kPatience, give_up_after / 2));
  if (!turn && !urgent) return tl::unexpected<Error>(turn.error());
  PumpLine line;
  line.executor_ = exec::Executor::make_wall();
  link::LineSettings settings;
  settings.baud = 115200;
  TRY_ASSIGN(line.link_, link::open_link(absolute_link(link), settings, *line.executor_));
  line.session_ = std::make_unique<clients::PumpSession>(*line.link_, options);
  if (give_up_after != Duration::max()) line.session_->give_up_at(line.executor_->after_wall(give_up_after));
  TRY(line.executor_->run(line.session_->open()));
  return line;
}

Status come_back(clients::PumpSession& session) {
  const auto pause = [](exec::Executor& executor) -> Task<void> {
    co_return co_await executor.sleep_until(executor.after_wall(std::chrono::milliseconds(250)));
  };
  TRY(session.executor().run(pause(session.executor())));
  return session.link().is_up() ? Status{} : session.link().reopen();
}

}  // namespace pumprig::programmer
