// The physician programmer and the patient's device, as Python holds them. The rules are those of rig/programmer; answers go out as JSON,
// as the command line's do, and python/pumprig/_people.py gives them types.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "rig/bindings/module.h"
#include "rig/bindings/waiting.h"
#include "rig/exec/utc.h"
#include "rig/json/build.h"
#include "rig/programmer/answers.h"
#include "rig/programmer/image_file.h"
#include "rig/programmer/pump_line.h"
#include "rig/session/last_words.h"

namespace pumprig::bindings {
namespace {

using programmer::Desk;
using programmer::Done;
using programmer::PrescribeWords;

std::string text_of(const json::Node& node) {
  return json::to_text(node, 0);
}

Result<Done> done_or_refused(Result<Done> done) {
  if (done && done->refused) return fail(ErrorCode::kRefused, done->text + " [" + done->reason + "]");
  return done;
}

Result<std::optional<programmer::Fill>> fill_of(const std::string& name) {
  if (name.empty()) return std::optional<programmer::Fill>();
  if (name == "first") return std::optional(programmer::Fill::kFirst);
  if (name == "later") return std::optional(programmer::Fill::kLater);
  if (name == "diluted") return std::optional(programmer::Fill::kLaterDiluted);
  return fail(ErrorCode::kInvalidArgument, "a fill is first, later or diluted, not \"" + name + "\"");
}

// Ctrl-C ends what only reads at its next attempt. It is looked for after whatever changes something: one exchange takes seconds at most,
// and what was sent to a pump is read back in any case.
class Programmer {
 public:
  Programmer(const std::string& link, const std::string& keys) {
    auto line = [&] {
      const py::gil_scoped_release release;
      return programmer::PumpLine::open(link, keys);
    }();
    line_ = std::make_unique<programmer::PumpLine>(unwrap(std::move(line)));
    desk_ = std::make_unique<Desk>(line_->session(), journal_);
  }

  std::string status() {
    return reading([this]() -> Result<std::string> {
      TRY(desk_->look());
      return text_of(programmer::status_answer(*desk_));
    });
  }
  std::string review(const PrescribeWords& words) {
    return reading([&]() -> Result<std::string> {
      TRY_ASSIGN(const auto review, desk_->review(words));
      return text_of(programmer::review_answer(review, "reviewed"));
    });
  }
  std::string prescribe(const PrescribeWords& words, unsigned confirm) {
    return answer([&]() -> Result<std::string> {
      TRY_ASSIGN(const auto review, desk_->prescribe(words, given(confirm)));
      return text_of(programmer::review_answer(review, "programmed"));
    });
  }
  std::string refill(const std::string& volume, const std::string& measured, const std::string& capacity, const std::string& fill,
                     bool correct, unsigned confirm) {
    return answer([&]() -> Result<std::string> {
      programmer::RefillEntry entry;
      entry.correct = correct;
      TRY_ASSIGN(entry.volume_nl, programmer::read_volume(volume));
      if (!measured.empty()) {
        TRY_ASSIGN(entry.measured_nl, programmer::read_volume(measured));
      }
      if (!capacity.empty()) {
        TRY_ASSIGN(entry.capacity_nl, programmer::read_volume(capacity));
      }
      TRY_ASSIGN(entry.fill, fill_of(fill));
      TRY_ASSIGN(const auto present, desk_->look());
      TRY_ASSIGN(const auto done, desk_->refill(entry, given(confirm)));
      return text_of(programmer::refill_answer(done, entry, present));
    });
  }
  std::string prime(const std::string& volume, unsigned confirm) {
    return done([&] { return desk_->prime(volume, given(confirm)); });
  }
  std::string bolus(const std::string& amount, const std::string& duration, unsigned confirm) {
    return done([&] { return desk_->bolus(amount, duration, given(confirm)); });
  }
  // start, stop, cancel_bolus, cancel_priming, clear_alarms, test_alarm, self_test
  template <Result<Done> (Desk::*Act)()>
  std::string simply() {
    return done([this] { return (desk_.get()->*Act)(); });
  }
  template <Result<Done> (Desk::*Act)(const std::string&)>
  std::string with(const std::string& words) {
    return done([&] { return (desk_.get()->*Act)(words); });
  }
  std::string update(const std::string& image) {
    return done([&]() -> Result<Done> {
      TRY_ASSIGN(const auto read, programmer::read_image_file(image));
      return desk_->update(read);
    });
  }
  std::string log(std::uint32_t from_seq) {
    return reading([&]() -> Result<std::string> {
      TRY_ASSIGN(const auto log, desk_->log(from_seq));
      return text_of(programmer::log_answer(log, desk_->status()));
    });
  }
  std::string prove() {
    return reading([this]() -> Result<std::string> { return text_of(programmer::proof_answer(desk_->prove())); });
  }
  // Also of a session that has been closed.
  std::string printed() {
    return locked([this] { return journal_.text(); });
  }
  std::string session() {
    return locked([this] { return journal_.json(); });
  }
  void close() {
    const py::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    desk_.reset();
    line_.reset();
  }

 private:
  static programmer::Consent given(unsigned confirm) {
    programmer::Consent out;
    out.given = confirm;
    out.how = "pass confirm=";
    return out;
  }
  std::string locked(const std::function<std::string()>& act) {
    const py::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return act();
  }
  std::string answer(const std::function<Result<std::string>()>& act) {
    auto result = [&]() -> Result<std::string> {
      const py::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      if (!desk_) return fail(ErrorCode::kInvalidArgument, "this programmer was closed");
      return act();
    }();
    return unwrap(std::move(result));
  }
  std::string reading(const std::function<Result<std::string>()>& act) {
    std::promise<Result<std::string>> promise;
    auto future = promise.get_future();
    std::atomic<bool> interrupted{false};
    std::thread thread([&] {
      const std::lock_guard lock(mutex_);
      promise.set_value(!desk_ ? Result<std::string>(fail(ErrorCode::kInvalidArgument, "this programmer was closed")) : act());
    });
    const auto give_up = [&] {
      if (!line_ || interrupted.exchange(true)) return;
      clients::PumpSession& session = line_->session();
      session.executor().post([&session] { session.give_up_at(session.executor().now()); });
    };
    auto interrupt = wait_with_signals(future, give_up);
    {
      const py::gil_scoped_release release;
      thread.join();
    }
    // What was posted is done before the next exchange begins.
    if (interrupted) line_->session().executor().post([this] { line_->session().give_up_at(kNever); });
    if (interrupt) throw std::move(*interrupt);
    return unwrap(future.get());
  }
  std::string done(const std::function<Result<Done>()>& act) {
    return answer([&]() -> Result<std::string> {
      TRY_ASSIGN(const auto done, done_or_refused(act()));
      return text_of(programmer::done_answer(done));
    });
  }

  std::mutex mutex_;
  programmer::Journal journal_{&exec::utc_now_ns};
  std::unique_ptr<programmer::PumpLine> line_;
  std::unique_ptr<Desk> desk_;
};

class Ptm {
 public:
  Ptm(const std::string& link, const std::string& keys, const std::string& memory)
      : device_(link, keys, memory.empty() ? session::notes_folder() / "ptm.json" : std::filesystem::path(memory)) {}

  using Told = std::function<void(const std::string&)>;
  std::string request(double patience_s, const std::optional<Told>& on_unknown) {
    std::mutex mutex;
    std::optional<std::string> meanwhile;
    return shown(
        [&] {
          return device_.request(from_seconds(patience_s), [&](const std::string& text) {
            const std::lock_guard lock(mutex);
            meanwhile = text;
          });
        },
        [&] {
          std::unique_lock lock(mutex);
          const auto text = std::exchange(meanwhile, std::nullopt);
          lock.unlock();
          if (text && on_unknown) (*on_unknown)(*text);
        });
  }
  std::string status() {
    return shown([this] { return device_.status(); });
  }
  void close() {
    const py::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    device_.let_go();
  }
  std::string mute(const std::string& span) {
    return shown([&] { return device_.mute(span); });
  }

 private:
  // On a thread of its own, so that Ctrl-C ends the patience: what is then unknown stays written down.
  std::string shown(const std::function<Result<programmer::Shown>()>& act, const std::function<void()>& each_round = {}) {
    std::promise<Result<programmer::Shown>> promise;
    auto future = promise.get_future();
    std::thread thread([&] {
      const std::lock_guard lock(mutex_);
      promise.set_value(act());
    });
    auto interrupt = wait_with_signals(
        future, [this] { device_.lose_patience(); }, each_round);
    {
      const py::gil_scoped_release release;
      thread.join();
    }
    if (!interrupt && each_round) each_round();
    if (interrupt) throw std::move(*interrupt);
    return text_of(programmer::shown_answer(unwrap(future.get())));
  }

  std::mutex mutex_;
  programmer::PersonalDevice device_;
};

}  // namespace

void bind_people(py::module_& m) {
  py::class_<PrescribeWords>(m, "PrescribeWords", "A prescription in words.")
      .def(py::init<>())
      .def_readwrite("drug", &PrescribeWords::drug)
      .def_readwrite("concentration", &PrescribeWords::concentration)
      .def_readwrite("dose", &PrescribeWords::dose)
      .def_readwrite("schedule", &PrescribeWords::schedule)
      .def_readwrite("minimum_rate", &PrescribeWords::minimum_rate)
      .def_readwrite("periodic_dose", &PrescribeWords::periodic_dose)
      .def_readwrite("periodic_duration", &PrescribeWords::periodic_duration)
      .def_readwrite("periodic_interval", &PrescribeWords::periodic_interval)
      .def_readwrite("bolus_dose", &PrescribeWords::bolus_dose)
      .def_readwrite("bolus_duration", &PrescribeWords::bolus_duration)
      .def_readwrite("bolus_lockout", &PrescribeWords::bolus_lockout)
      .def_readwrite("boluses_per_day", &PrescribeWords::boluses_per_day)
      .def_readwrite("pump_tube", &PrescribeWords::pump_tube)
      .def_readwrite("catheter", &PrescribeWords::catheter)
      .def_readwrite("low_reservoir", &PrescribeWords::low_reservoir);
  py::class_<Programmer>(m, "Programmer", "A session of the physician programmer. Use pumprig.Programmer.")
      .def(py::init<const std::string&, const std::string&>(), py::arg("link"), py::arg("keys"))
      .def("status", &Programmer::status)
      .def("review", &Programmer::review, py::arg("words"))
      .def("prescribe", &Programmer::prescribe, py::arg("words"), py::arg("confirm"))
      .def("refill", &Programmer::refill, py::arg("volume"), py::arg("measured"), py::arg("capacity"), py::arg("fill"), py::arg("correct"),
           py::arg("confirm"))
      .def("prime", &Programmer::prime, py::arg("volume"), py::arg("confirm"))
      .def("bolus", &Programmer::bolus, py::arg("amount"), py::arg("duration"), py::arg("confirm"))
      .def("start", &Programmer::simply<&Desk::start>)
      .def("stop", &Programmer::simply<&Desk::stop>)
      .def("cancel_bolus", &Programmer::simply<&Desk::cancel_bolus>)
      .def("cancel_priming", &Programmer::simply<&Desk::cancel_prime>)
      .def("clear_alarms", &Programmer::simply<&Desk::clear_alarms>)
      .def("test_alarm", &Programmer::simply<&Desk::test_alarm>)
      .def("self_test", &Programmer::simply<&Desk::self_test>)
      .def("silence", &Programmer::with<&Desk::silence>, py::arg("span"))
      .def("set_clock", &Programmer::with<&Desk::set_clock>, py::arg("local_time"))
      .def("update", &Programmer::update, py::arg("image"))
      .def("log", &Programmer::log, py::arg("from_seq"))
      .def("prove", &Programmer::prove)
      .def("printed", &Programmer::printed)
      .def("session", &Programmer::session)
      .def("close", &Programmer::close);
  py::class_<Ptm>(m, "Ptm", "The patient's personal therapy manager. Use pumprig.Ptm.")
      .def(py::init<const std::string&, const std::string&, const std::string&>(), py::arg("link"), py::arg("keys"), py::arg("memory"))
      .def("request", &Ptm::request, py::arg("patience_s"), py::arg("on_unknown") = py::none())
      .def("status", &Ptm::status)
      .def("mute", &Ptm::mute, py::arg("span"))
      .def("close", &Ptm::close);
  m.def("drug_library", [] { return text_of(programmer::library_answer()); });
}

}  // namespace pumprig::bindings
