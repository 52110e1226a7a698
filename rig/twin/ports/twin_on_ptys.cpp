#include "rig/twin/ports/twin_on_ptys.h"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "rig/twin/assembly/twin.h"
#include "rig/twin/control/control_server.h"
#include "rig/twin/ports/pty_link.h"

namespace pumprig::twin {
namespace {

namespace fs = std::filesystem;

constexpr Duration kHealthInterval = std::chrono::milliseconds(200);
constexpr std::string_view kControlName = "control";

// The links in the directory; they go when it goes.
class Directory {
 public:
  ~Directory() {
    for (const auto& path : links_) {
      std::error_code ignored;
      fs::remove(path, ignored);
    }
  }
  Status open(const std::string& path) {
    std::error_code error;
    fs::create_directories(path, error);
    path_ = fs::absolute(path, error);
    if (error || !fs::is_directory(path_, error))
      return fail(ErrorCode::kUnavailable, "cannot make the directory: " + error.message(), path);
    return {};
  }
  Status add(const std::string& name, const std::string& target) {
    if (name == kControlName || name.find('/') != std::string::npos || name.empty() || name == "." || name == "..") {
      return fail(ErrorCode::kInvalidArgument, "an instrument cannot have this name", name);
    }
    const fs::path link = path_ / name;
    std::error_code error;
    if (fs::is_symlink(fs::symlink_status(link, error))) fs::remove(link, error);
    fs::create_symlink(target, link, error);
    if (error) return fail(ErrorCode::kUnavailable, "cannot make the link: " + error.message(), link.string());
    links_.push_back(link);
    return {};
  }
  // The control socket; whoever has it owns the directory.
  Result<FileDescriptor> claim() {
    TRY_ASSIGN(FileDescriptor listener, listen_unix(path_of(kControlName)));
    links_.push_back(path_ / kControlName);
    return listener;
  }
  std::string path_of(std::string_view name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
  std::vector<fs::path> links_;
};

std::string ready_line(const Twin& twin, BoardPort& board, const Directory& directory, double speed) {
  nlohmann::json links = nlohmann::json::object();
  for (const auto& instrument : twin.config().instruments) links[instrument.name] = directory.path_of(instrument.name);
  const nlohmann::json line = {{"ready", true},
                               {"directory", directory.path()},
                               {"links", links},
                               {"control", directory.path_of(kControlName)},
                               {"board", board.describe()},
                               {"firmware_hash", board.firmware_hash()},
                               {"seed", twin.config().seed},
                               {"speed", speed},
                               {"pid", ::getpid()}};
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Until the twin fails or somebody cancels.
Task<void> watch_health(Twin& twin, exec::Executor& executor) {
  for (;;) {
    CO_TRY(twin.health());
    CO_TRY(co_await executor.sleep_until(executor.after_wall(kHealthInterval)));
  }
}

}  // namespace

Task<void> run_twin_on_ptys(TwinOnPtysConfig config, exec::Executor& executor) {
  Directory directory;
  CO_TRY(directory.open(config.directory));
  CO_TRY_ASSIGN(FileDescriptor listener, directory.claim());
  const DeviceLinkMaker make_link = [&](const VirtualBenchConfig::Instrument& instrument) -> Result<std::unique_ptr<link::Link>> {
    TRY_ASSIGN(auto pty, PtyLink::open(executor, instrument.name));
    TRY(directory.add(instrument.name, pty->path()));
    return pty;
  };
  CO_TRY_ASSIGN(const std::unique_ptr<Twin> twin, Twin::create(std::move(config.bench), executor, make_link));
  LocalControl control(*twin);
  ControlServer server(*twin, control, std::move(listener));
  CO_TRY(twin->start());
  Task<void> serving = server.serve();
  exec::JoinHandle<void> served = executor.spawn(std::move(serving));
  if (config.ready) config.ready(ready_line(*twin, twin->board(), directory, executor.speed()));

  const Status ended = co_await watch_health(*twin, executor);
  served.cancel();
  Task<void> last = served.join();
  static_cast<void>(co_await exec::shield(std::move(last)));
  Task<void> stopped = twin->stop();
  const Status down = co_await exec::shield(std::move(stopped));
  if (!ended) co_return tl::unexpected<Error>(ended.error());
  co_return down;
}

}  // namespace pumprig::twin
