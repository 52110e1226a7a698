#include "rig/programmer/pump_line.h"

#include <filesystem>
#include <string_view>

#include "rig/link/spec/open_link.h"
#include "rig/security/role_keys.h"

namespace pumprig::programmer {

std::string absolute_link(const std::string& link) {
  for (const std::string_view kind : {"pty:", "unix:"}) {
    if (!link.starts_with(kind) || link.size() == kind.size() || link[kind.size()] == '/') continue;
    std::error_code failed;
    const auto path = std::filesystem::absolute(link.substr(kind.size()), failed);
    if (!failed) return std::string(kind) + path.string();
  }
  return link;
}

Result<PumpLine> PumpLine::open(const std::string& link, const std::string& keys, clients::PumpSession::Options options,
                                Duration give_up_after) {
  if (!keys.empty()) {
    TRY_ASSIGN(options.keys, security::read_key_folder(keys));
  }
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
