// Running from Python. A run has a thread of its own; the calling Python thread waits without the GIL, but looks for Ctrl-C, so that an
// interrupt in a notebook reaches the pump's safe state before KeyboardInterrupt is raised.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "rig/base/paths.h"
#include "rig/bindings/module.h"
#include "rig/session/local_runner.h"

namespace pumprig::bindings {
namespace {

using namespace std::chrono_literals;

// What the run's thread tells the Python thread.
class Mailbox final : public session::RunObserver {
 public:
  void on_progress(const session::Progress& progress) override {
    const std::lock_guard lock(mutex_);
    latest_ = progress;
  }
  void finish(Result<session::RunReport> report) {
    {
      const std::lock_guard lock(mutex_);
      report_ = std::move(report);
    }
    finished_.notify_one();
  }
  // True when the run is over; waits at most `limit`.
  bool wait(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return finished_.wait_for(lock, limit, [this] { return report_.has_value(); });
  }
  std::optional<session::Progress> take_progress() {
    const std::lock_guard lock(mutex_);
    return std::exchange(latest_, std::nullopt);
  }
  Result<session::RunReport> take_report() { return std::move(*report_); }

 private:
  std::mutex mutex_;
  std::condition_variable finished_;
  std::optional<session::Progress> latest_;
  std::optional<Result<session::RunReport>> report_;
};

using ProgressCallback = std::function<void(double fraction, const std::string& step)>;

std::string run(const std::string& request_json, const std::optional<ProgressCallback>& on_progress) {
  const session::RunRequest request = unwrap(session::request_from_json(request_json));
  Mailbox mailbox;
  session::StopSwitch stop;
  std::thread thread([&] { mailbox.finish(session::make_local_runner()->run(request, mailbox, stop)); });
  std::optional<py::error_already_set> interrupt;
  for (bool done = false; !done;) {
    {
      const py::gil_scoped_release release;
      done = mailbox.wait(50ms);
    }
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      const auto progress = mailbox.take_progress();
      if (on_progress && progress && !interrupt) (*on_progress)(progress->fraction, progress->step);
    } catch (py::error_already_set& raised) {  // Ctrl-C, or the callback's own exception
      interrupt.emplace(raised);
      stop.request();
    }
  }
  {
    const py::gil_scoped_release release;
    thread.join();
  }
  if (interrupt) throw std::move(*interrupt);
  return session::to_json(unwrap(mailbox.take_report()));
}

}  // namespace

void bind_session(py::module_& m) {
  m.def("run", &run, py::arg("request_json"), py::arg("on_progress") = py::none(),
        "Runs one scenario and returns its report, both as JSON. Blocks; Ctrl-C brings the pump to the safe state first.");
  m.def("set_data_dir", [](const std::string& dir) { set_data_dir(dir); }, py::arg("dir"));
}

}  // namespace pumprig::bindings
