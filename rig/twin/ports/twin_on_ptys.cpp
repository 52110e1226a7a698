#include "rig/twin/ports/twin_on_ptys.h"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "rig/link/posix/pty_link.h"
#include "rig/twin/assembly/twin.h"
#include "rig/twin/control/control_server.h"
#include "rig/twin/ports/unheard_link.h"

namespace pumprig::twin {
namespace {

namespace fs = std::filesystem;

constexpr Duration kHealthInterval = std::chrono::milliseconds(200);
constexpr std::string_view kControlName = "control";

// The directory with the control socket, which goes when this goes; each link goes with its instrument.
class Directory {
 public:
  ~Directory() {
    std::error_code ignored;
    if (claimed_) fs::remove(path_ / kControlName, ignored);
  }
  Status open(const std::string& path) {
    std::error_code error;
    fs::create_directories(path, error);
    path_ = fs::absolute(path, error);
    if (error || !fs::is_directory(path_, error))
      return fail(ErrorCode::kUnavailable, "cannot make the directory: " + error.message(), path);
    return {};
  }
  // Where the link of an instrument goes.
  Result<std::string> place(const std::string& name) const {
    if (name == kControlName || name.find('/') != std::string::npos || name.empty() || name == "." || name == "..") {
      return fail(ErrorCode::kInvalidArgument, "an instrument cannot have this name", name);
    }
    return path_of(name);
  }
  // The control socket; whoever has it owns the directory.
  Result<link::UniqueFd> claim() {
    TRY_ASSIGN(link::UniqueFd listener, listen_unix(path_of(kControlName)));
    claimed_ = true;
    return listener;
  }
  std::string path_of(std::string_view name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_;
  bool claimed_ = false;
};

std::string ready_line(const Twin& twin, const Directory& directory, double speed) {
  nlohmann::json links = nlohmann::json::object();
  for (const auto& instrument : twin.config().instruments) links[instrument.name] = directory.path_of(instrument.name);
  const nlohmann::json line = {{"ready", true},
                               {"directory", directory.path()},
                               {"links", links},
                               {"control", directory.path_of(kControlName)},
                               {"board", twin.pump().describe()},
                               {"firmware_hash", twin.pump().firmware_hash()},
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
  CO_TRY_ASSIGN(link::UniqueFd listener, directory.claim());
  const DeviceLinkMaker make_link = [&](const VirtualBenchConfig::Instrument& instrument) -> Result<std::unique_ptr<link::Link>> {
    TRY_ASSIGN(const std::string path, directory.place(instrument.name));
    TRY_ASSIGN(auto pty, link::make_pty_device(path, executor));
    return std::make_unique<UnheardLink>(std::move(pty));
  };
  CO_TRY_ASSIGN(const std::unique_ptr<Twin> twin, Twin::create(std::move(config.bench), executor, make_link));
  LocalControl control(*twin);
  ControlServer server(*twin, control, std::move(listener));
  CO_TRY(twin->start());
  Task<void> serving = server.serve();
  exec::JoinHandle<void> served = executor.spawn(std::move(serving));
  if (config.ready) config.ready(ready_line(*twin, directory, executor.speed()));

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
