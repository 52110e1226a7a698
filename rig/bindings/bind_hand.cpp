// A run that a Python script steers, command by command.
#include <pybind11/stl.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "rig/bindings/module.h"
#include "rig/bindings/waiting.h"
#include "rig/session/hand_session.h"

namespace pumprig::bindings {
namespace {

using scenario::HandCommand;

HandCommand::Kind kind_of(const std::string& name) {
  static constexpr std::array kKinds = {
      std::pair<std::string_view, HandCommand::Kind>{"step", HandCommand::Kind::kStep},
      std::pair<std::string_view, HandCommand::Kind>{"begin", HandCommand::Kind::kBegin},
      std::pair<std::string_view, HandCommand::Kind>{"end", HandCommand::Kind::kEnd},
      std::pair<std::string_view, HandCommand::Kind>{"judge", HandCommand::Kind::kJudge},
      std::pair<std::string_view, HandCommand::Kind>{"latest", HandCommand::Kind::kLatest},
  };
  for (const auto& [known, kind] : kKinds) {
    if (known == name) return kind;
  }
  throw py::value_error("a command is step, begin, end, judge or latest, not " + name);
}

class HandRun {
 public:
  explicit HandRun(const std::string& request_json) {
    auto request = unwrap(session::request_from_json(request_json));
    session_ = std::make_unique<session::HandSession>(std::move(request));
    auto interrupt = wait_with_signals(session_->opened(), [this] { session_->abort(); });
    const Status opened = session_->opened().get();
    if (interrupt || !opened) wait_for_end();
    if (interrupt) throw std::move(*interrupt);
    unwrap(Status(opened));
  }

  ~HandRun() {
    const py::gil_scoped_release release;
    session_.reset();
  }
  HandRun(const HandRun&) = delete;
  HandRun& operator=(const HandRun&) = delete;

  std::string command(const std::string& kind, const std::string& text) { return session::to_json(answer_to({kind_of(kind), text})); }
  std::string finish() { return conclude(HandCommand::Kind::kFinish, ""); }
  std::string give_up(const std::string& reason) { return conclude(HandCommand::Kind::kGiveUp, reason); }
  const std::string& path() const { return session_->path(); }

 private:
  scenario::HandAnswer answer_to(HandCommand command) {
    auto future = session_->submit(std::move(command));
    auto interrupt = wait_with_signals(future, [this] { session_->abort(); });
    if (interrupt) {
      wait_for_end();
      throw std::move(*interrupt);
    }
    return unwrap(future.get());
  }

  std::string conclude(HandCommand::Kind kind, const std::string& text) {
    static_cast<void>(session_->submit({kind, text}));  // refused when the run has ended already, which is as good
    auto interrupt = wait_with_signals(session_->report(), [this] { session_->abort(); });
    if (interrupt) throw std::move(*interrupt);
    return session::to_json(unwrap(Result<session::RunReport>(session_->report().get())));
  }

  void wait_for_end() {
    const py::gil_scoped_release release;
    session_->report().wait();
  }

  std::unique_ptr<session::HandSession> session_;
};

}  // namespace

void bind_hand(py::module_& m) {
  py::class_<HandRun>(m, "HandRun", "A run by hand. Use pumprig.Bench.script().")
      .def(py::init<const std::string&>(), py::arg("request_json"), "Opens the bench and brings it to its initial state.")
      .def("command", &HandRun::command, py::arg("kind"), py::arg("text"), "Does one command and returns its answer as JSON.")
      .def("finish", &HandRun::finish, "Brings the pump to the safe state, keeps the run, returns its report as JSON.")
      .def("give_up", &HandRun::give_up, py::arg("reason"), "The same; the run is kept as aborted.")
      .def_property_readonly("path", &HandRun::path);
}

}  // namespace pumprig::bindings
