// Running from Python. A run has a thread of its own; the calling Python thread waits without the GIL, but looks for Ctrl-C, so that an
// interrupt in a notebook reaches the pump's safe state before KeyboardInterrupt is raised.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "rig/base/paths.h"
#include "rig/bindings/module.h"
#include "rig/bindings/waiting.h"
#include "rig/session/local_runner.h"

namespace pumprig::bindings {
namespace {

// What the run's thread tells the Python thread.
class Mailbox final : public session::RunObserver {
 public:
  void on_progress(const session::Progress& progress) override {
    const std::lock_guard lock(mutex_);
    latest_ = progress;
  }
  std::optional<session::Progress> take_progress() {
    const std::lock_guard lock(mutex_);
    return std::exchange(latest_, std::nullopt);
  }

 private:
  std::mutex mutex_;
  std::optional<session::Progress> latest_;
};

using ProgressCallback = std::function<void(double fraction, const std::string& step)>;

std::string run(const std::string& request_json, const std::optional<ProgressCallback>& on_progress) {
  const session::RunRequest request = unwrap(session::request_from_json(request_json));
  Mailbox mailbox;
  session::StopSwitch stop;
  std::promise<Result<session::RunReport>> promise;
  auto future = promise.get_future();
  std::thread thread([&] { promise.set_value(session::make_local_runner()->run(request, mailbox, stop)); });
  auto interrupt = wait_with_signals(
      future, [&] { stop.request(); },
      [&] {
        const auto progress = mailbox.take_progress();
        if (on_progress && progress) (*on_progress)(progress->fraction, progress->step);
      });
  {
    const py::gil_scoped_release release;
    thread.join();
  }
  if (interrupt) throw std::move(*interrupt);
  return session::to_json(unwrap(future.get()));
}

}  // namespace

void bind_session(py::module_& m) {
  m.def("run", &run, py::arg("request_json"), py::arg("on_progress") = py::none(),
        "Runs one scenario and returns its report, both as JSON. Blocks; Ctrl-C brings the pump to the safe state first.");
  m.def(
      "set_rig_program", [](const std::string& program) { set_rig_program(program); }, py::arg("program"));
  m.def(
      "set_data_dir", [](const std::string& dir) { set_data_dir(dir); }, py::arg("dir"));
}

}  // namespace pumprig::bindings
