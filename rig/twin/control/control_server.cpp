#include "rig/twin/control/control_server.h"

#include <sys/socket.h>

#include <cerrno>
#include <list>

#include "rig/twin/control/control_lines.h"

namespace pumprig::twin {
namespace {

constexpr double kLargestSpeed = 1e6;

}  // namespace

Task<void> ControlServer::serve() {
  exec::Executor& executor = twin_.executor();
  exec::CancelScope connections;
  std::list<exec::JoinHandle<void>> running;
  Status ended;
  while (ended) {
    ended = co_await executor.wait_readable(listener_.get());
    if (!ended) break;
    link::UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) continue;
    std::erase_if(running, [](const exec::JoinHandle<void>& handle) { return handle.done(); });
    Task<void> one = serve_one(std::move(socket));
    running.push_back(executor.spawn(std::move(one), &connections));
  }
  connections.cancel();
  for (auto& handle : running) {
    Task<void> joined = handle.join();
    static_cast<void>(co_await exec::shield(std::move(joined)));
  }
  co_return ended;
}

Task<void> ControlServer::serve_one(link::UniqueFd descriptor) {
  LineSocket socket(twin_.executor(), std::move(descriptor));
  for (;;) {
    Result<std::string> line = co_await socket.read_line(kLongestControlLine, kNever);
    if (!line && line.error().code == ErrorCode::kProtocol) {
      std::string refusal = format_refusal(line.error());
      static_cast<void>(co_await socket.write_line(std::move(refusal), twin_.executor().after_wall(std::chrono::seconds(5))));
    }
    if (!line) co_return Status{};
    CO_TRY_ASSIGN(std::string reply, co_await answer(std::move(*line)));
    CO_TRY(co_await socket.write_line(std::move(reply), twin_.executor().after_wall(std::chrono::seconds(5))));
  }
}

Result<double> ControlServer::set_speed(double speed) {
  if (twin_.executor().is_virtual()) return fail(ErrorCode::kUnsupported, "a twin in virtual time has no speed");
  if (twin_.runs_in_real_time() && speed != 1) {
    return fail(ErrorCode::kUnsupported, "the twin's board runs in real time: its speed stays 1");
  }
  if (!(speed > 0) || speed > kLargestSpeed) return fail(ErrorCode::kInvalidArgument, "the speed must be above 0 and at most 1e6");
  twin_.executor().set_speed(speed);
  return speed;
}

Task<std::string> ControlServer::answer(std::string line) {
  Result<ControlRequest> request = parse_control_request(line);
  if (!request) co_return format_refusal(request.error());
  const std::string& verb = request->verb;
  Status done;
  Result<double> value = 0.0;
  if (verb == "faults") co_return format_fault_catalogue();
  if (verb == "active") co_return format_fault_names(control_.active_names());
  if (verb == "inject") {
    Task<void> work = control_.inject(request->name, request->parameters);
    done = co_await work;
  } else if (verb == "clear") {
    Task<void> work = control_.clear(request->name);
    done = co_await work;
  } else if (verb == "drug") {
    const Result<Quantity> concentration = parse_quantity(request->concentration, Dimension::kDensity);
    if (!concentration) co_return format_refusal(concentration.error());
    DrugContent content{request->name, concentration->value * 1e3,
                        request->everywhere ? DrugContent::Where::kEverywhere : DrugContent::Where::kReservoir};
    Task<void> work = control_.set_drug(std::move(content));
    done = co_await work;
  } else if (verb == "reservoir") {
    const Result<Volume> volume = parse_volume(request->volume);
    if (!volume) co_return format_refusal(volume.error());
    if (volume->count() < 0) {
      const Error negative{ErrorCode::kInvalidArgument, "a volume is not negative", {}, nullptr};
      co_return format_refusal(negative);
    }
    twin_.plant().refill(twin_.executor().now(), to_ul(*volume));
  } else {
    if (verb == "truth") {
      Task<double> work = control_.truth(request->name);
      value = co_await work;
    }
    if (verb == "clock") value = to_seconds(twin_.executor().now());
    if (verb == "speed") value = request->number ? set_speed(*request->number) : Result<double>(twin_.executor().speed());
    if (!value) co_return format_refusal(value.error());
    co_return format_value(*value);
  }
  if (!done) co_return format_refusal(done.error());
  co_return format_done();
}

}  // namespace pumprig::twin
