#include "rig/session/local_runner.h"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <new>
#include <sstream>

#include "rig/base/memory.h"
#include "rig/base/paths.h"
#include "rig/bench/bench.h"
#include "rig/exec/executor.h"
#include "rig/exec/utc.h"
#include "rig/json/document.h"
#include "rig/record/writer.h"
#include "rig/scenario/language/load.h"
#include "rig/scenario/run/hand_run.h"
#include "rig/scenario/run/run.h"
#include "rig/session/abort_door.h"
#include "rig/session/facts.h"
#include "rig/session/guard.h"
#include "rig/session/last_words.h"
#include "rig/session/run_index.h"
#include "rig/session/scenario_files.h"
#include "rig/session/utc.h"

namespace pumprig::session {
namespace {

namespace fs = std::filesystem;
using bench::BenchConfig;
using bench::BenchKind;

// Scenario seconds per wall second, 0 for virtual time; what the bench cannot do is refused.
Result<double> speed_for(const RunRequest& request, const BenchConfig& config) {
  const bool is_virtual = config.kind == BenchKind::kVirtual || config.kind == BenchKind::kVirtualArm;
  const double speed = request.speed.value_or(is_virtual ? 0.0 : 1.0);
  if (config.kind == BenchKind::kReal && speed != 1.0) {
    return fail(ErrorCode::kInvalidArgument, "a real bench runs at speed 1; leave --speed out", config.file);
  }
  if (config.kind == BenchKind::kTwinOnPorts && speed == 0.0) {
    return fail(ErrorCode::kInvalidArgument, "behind ports time cannot be virtual: give --speed the number that the twin runs at",
                config.file);
  }
  return speed;
}

record::BenchKind record_kind(BenchKind kind) {
  switch (kind) {
    case BenchKind::kVirtual:
    case BenchKind::kTwinOnPorts:
      return record::BenchKind::kVirtual;  // a twin stays a twin behind ports, too
    case BenchKind::kVirtualArm:
    case BenchKind::kVirtualArmWire:  // the record's speed and board tell the two apart
      return record::BenchKind::kVirtualArm;
    case BenchKind::kReal:
      return record::BenchKind::kReal;
  }
  return record::BenchKind::kVirtual;
}

Result<scenario::ResolvedScenario> load(const RunRequest& request, const scenario::LoadOptions& options) {
  if (request.scenario_text) return scenario::load_scenario(*request.scenario_text, request.scenario, options).to_result();
  TRY_ASSIGN(const auto file, find_scenario(request.scenario));
  return scenario::load_scenario_file(file.string(), options).to_result();
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string parameters_json(const scenario::ResolvedScenario& scenario) {
  std::string text = "{";
  for (const auto& parameter : scenario.parameters) {
    text += (text.size() > 1 ? "," : "") + json::quote_json(parameter.name) + ":" + json::quote_json(parameter.value);
  }
  return text + "}";
}

// What a script may want to look at later cannot be known when it begins: all that the bench measures.
void record_everything(const scenario::BenchFacts& facts, scenario::ResolvedScenario& scenario) {
  for (const auto& channel : facts.channels) scenario.record.push_back({channel.info.name, std::nullopt});
}

// Tells the session's observer what the scenario's run tells.
class ObserverAdapter : public scenario::RunObserver {
 public:
  explicit ObserverAdapter(session::RunObserver& observer) : observer_(observer) {}
  void on_progress(const scenario::RunProgress& progress) override {
    observer_.on_progress({progress.fraction, progress.now, progress.expected, progress.step});
  }
  void on_value(std::string_view channel, TimePoint at, double value, std::string_view unit) override {
    observer_.on_value(channel, at, value, unit);
  }
  void on_check(const scenario::Check& check) override { observer_.on_check(check_row(check.verdict)); }
  void on_hold(std::size_t ahead, bool held) override { observer_.on_hold(ahead, held); }

 private:
  session::RunObserver& observer_;
};

class LocalRun {
 public:
  // `hand`: gives the steps; null: the scenario's file does.
  LocalRun(const RunRequest& request, scenario::HandRun* hand, session::RunObserver& observer, StopSwitch& stop)
      : request_(request), hand_(hand), observer_(observer), stop_(stop) {}

  Result<RunReport> go() {
    TRY(memory_status());
    TRY_ASSIGN(config_, bench::load_bench(request_.bench));
    TRY_ASSIGN(speed_, speed_for(request_, config_));
    if (request_.gdb && config_.kind != BenchKind::kVirtualArm) {
      return fail(ErrorCode::kInvalidArgument, "a debugger attaches to the ARM firmware in QEMU only: use --bench virtual-arm with --gdb");
    }
    facts_ = facts_of(config_);
    TRY(load_scenario());
    origin_ = exec::UtcOrigin();  // of the same instant as the run's own time
    executor_ = speed_ == 0 ? exec::Executor::make_virtual() : exec::Executor::make_wall(speed_);
    bench::BenchOptions options;
    options.seed = request_.seed;
    options.gdb_port = request_.gdb ? kGdbPort : 0;
    TRY_ASSIGN(bench_, bench::Bench::create(config_, *executor_, options));
    TRY(create_record());
    TRY(post_guard());
    const auto outcome = run();
    if (guard_) guard_->dismiss();
    if (const Status kept = finish(outcome); !kept) return report_without_record(outcome, kept.error());
    return report(outcome);
  }

 private:
  Status load_scenario() {
    TRY_ASSIGN(requirements_, scenario::Requirements::load((data_dir() / "scenarios" / "requirements.json").string()));
    scenario::LoadOptions options;
    options.requirements = &requirements_;
    options.bench = &facts_;
    options.steps_come_later = hand_ != nullptr;
    for (const auto& [name, value] : request_.sets) options.overrides.push_back({name, value});
    TRY_ASSIGN(scenario_, load(request_, options));
    if (hand_ == nullptr) return {};
    if (scenario_.record.empty()) record_everything(facts_, scenario_);
    hand_->set_options(options);
    return {};
  }

  record::RunInfo run_info() const {
    record::RunInfo info(record_kind(config_.kind));
    info.scenario = scenario_.name;
    info.scenario_json = scenario_.canonical_json;
    info.parameters_json = parameters_json(scenario_);
    info.bench = config_.name;
    info.bench_json = config_.text;
    info.seed = request_.seed;
    info.speed = speed_text(speed_);
    info.script = request_.script;
    info.command = hand_ == nullptr ? repeat_command(request_) : request_.script_command;
    info.firmware_hash = bench_->firmware_hash();
    info.versions = {{"rig", kRigVersion}, {"board", bench_->board_description()}};
    info.operator_name = request_.operator_name.empty() ? config_.operator_name : request_.operator_name;
    info.fluid = {config_.fluid.name, config_.fluid.temperature_c, config_.fluid.density_g_per_ml};
    info.room = config_.room;
    for (const auto& [name, value] : request_.key_values) info.labels[name] = value;
    info.started_utc_ns = origin_.began_ns();
    info.host = host_name();
    return info;
  }

  // The first free name of this second.
  Status create_record() {
    std::error_code error;
    fs::create_directories(request_.out, error);
    if (error) return fail(ErrorCode::kUnavailable, "the folder for runs cannot be made: " + error.message(), request_.out);
    auto info = run_info();
    const auto stem = utc_stamp(info.started_utc_ns) + "-" + scenario_.name + "-";
    for (int n = 1;; ++n) {
      info.id = stem + std::to_string(n);
      file_ = fs::path(request_.out) / (info.id + std::string(kRunSuffix));
      auto created = record::RunWriter::create(file_, info);
      if (created) {
        writer_.emplace(std::move(*created));
        break;
      }
      if (created.error().code != ErrorCode::kInvalidArgument) return tl::unexpected<Error>(created.error());  // else the name is taken
    }
    if (auto door = AbortDoor::open(file_, stop_)) {
      door_ = std::move(*door);
    } else {
      writer_->event({kRunStart, "session", "no abort door", door.error().describe(), "", true});
    }
    return {};
  }

  // The pump of a twin in this process ends with it; any other needs somebody who outlives us.
  Status post_guard() {
    if (config_.kind != BenchKind::kReal && config_.kind != BenchKind::kTwinOnPorts) return {};
    TRY_ASSIGN(guard_, Guard::start(config_.file, file_));
    return {};
  }

  RunReport head() const {
    RunReport so_far;
    so_far.id = file_.stem().string();
    so_far.path = fs::absolute(file_).lexically_normal().string();
    so_far.scenario = scenario_.name;
    so_far.title = scenario_.title;
    so_far.file = request_.scenario;
    so_far.state = RunState::kRunning;
    so_far.bench = config_.name;
    so_far.bench_kind = to_text(record_kind(config_.kind));
    so_far.seed = request_.seed;
    so_far.speed = speed_text(speed_);
    so_far.rig_version = kRigVersion;
    return so_far;
  }

  scenario::RunOutcome run() {
    observer_.on_started(head());
    scenario::RunControl control;
    ObserverAdapter adapter(observer_);
    const auto on_stop = [this, &control](StopLevel level) {
      executor_->post([this, &control, level] {
        control.abort(stop_.reason());
        if (level == StopLevel::kNow) control.hurry();
      });
    };
    stop_.attach(on_stop, [this, &control](bool wanted) { executor_->post([&control, wanted] { control.pause(wanted); }); });
    scenario::FileSteps file_steps(scenario_);
    scenario::StepSource& steps = hand_ == nullptr ? static_cast<scenario::StepSource&>(file_steps) : *hand_;
    auto result = executor_->run(scenario::run_steps_of(steps, scenario_, *bench_, *writer_, {&facts_, &adapter, &control}));
    stop_.detach();
    if (result) return std::move(*result);
    scenario::RunOutcome broken;
    broken.error = result.error();
    broken.reason = result.error().describe();
    broken.end = executor_->now();
    return broken;
  }

  Status finish(const scenario::RunOutcome& outcome) {
    if (outcome.error) {
      record::CheckVerdict verdict;
      verdict.check = "rig";
      verdict.verdict = Verdict::kError;
      verdict.explanation = outcome.error->describe();
      verdict.error = outcome.error->code;
      verdict.window_end = outcome.end;
      writer_->verdict(std::move(verdict));
    }
    if (!executor_->is_virtual()) {
      const auto& statistics = executor_->wall_statistics();
      writer_->event({outcome.end, "clock", "overruns",
                      std::to_string(statistics.late) + " of " + std::to_string(statistics.timers) +
                          " deadlines more than 10 ms late, the worst " + std::to_string(statistics.worst_lateness.count()) + " ns",
                      "", true});
    }
    record::Finish finish;
    finish.state = outcome.state;
    finish.reason = outcome.reason;
    finish.end = outcome.end;
    finish.ended_utc_ns = origin_.now_ns();
    for (const auto& member : bench_->members()) {
      if (member.config->descriptor->kind == "pump_board") finish.board_serial = member.identity.serial;
    }
    TRY(writer_->finish(finish));
    door_.reset();
    return {};
  }

  Result<RunReport> report(const scenario::RunOutcome& outcome) {
    TRY_ASSIGN(auto report, load_report(file_));
    report.file = request_.scenario;
    if (outcome.not_run) report.state = RunState::kNotRun;
    if (outcome.not_run) report.reason = outcome.reason;
    // The record and the run must agree; if ever they do not, nobody is told the better of the two.
    if (!outcome.not_run && report.verdict) report.verdict = worse(*report.verdict, outcome.verdict);
    return report;
  }

  // The store gave up in the middle. What is known goes to whoever asked for the run, and where it can still be written.
  Result<RunReport> report_without_record(const scenario::RunOutcome& outcome, const Error& why) {
    door_.reset();
    writer_.reset();  // the file is closed
    RunReport report = head();
    report.state = RunState::kUnfinished;
    report.verdict = Verdict::kError;
    report.scenario_time = outcome.end.time_since_epoch();
    report.repeat = repeat_command(request_);
    for (const auto& check : outcome.checks) {
      if (!check.information) report.checks.push_back(check_row(check.verdict));
    }
    report.reason = "the record could not be kept to its end: " + why.describe() + "; the pump's safe state ";
    if (!outcome.safe_state) report.reason += "was not asked for: the bench had not been opened";
    if (outcome.safe_state)
      report.reason +=
          *outcome.safe_state ? "was established and read back" : "was not established: " + outcome.safe_state->error().describe();
    if (outcome.error && outcome.error->describe() != why.describe()) report.reason += "; before that: " + outcome.error->describe();
    record::Event event;
    event.source = "rig";
    event.kind = kRecordGivenUp;
    event.text = "at " + utc_text(exec::utc_now_ns()) + " " + report.reason;
    const auto said = say_last_words(file_, std::move(event), ::getpid());
    report.reason += said ? "; this stands in " + said->string() : "; " + said.error().describe();
    return report;
  }

  const RunRequest& request_;
  scenario::HandRun* hand_;
  session::RunObserver& observer_;
  StopSwitch& stop_;
  const MemoryReserve reserve_;  // so that a process that is refused memory still ends in good order
  BenchConfig config_;
  double speed_ = 0;
  exec::UtcOrigin origin_;
  scenario::BenchFacts facts_;
  scenario::Requirements requirements_;
  scenario::ResolvedScenario scenario_;
  std::unique_ptr<Guard> guard_;              // outlives the bench, whose links it may have to open
  std::unique_ptr<exec::Executor> executor_;  // outlives the bench
  std::unique_ptr<bench::Bench> bench_;
  fs::path file_;
  std::optional<record::RunWriter> writer_;
  std::unique_ptr<AbortDoor> door_;
};

// What a library throws, or what memory that is refused makes of it, ends the run and not the process: on the way out of LocalRun its
// guard sees that nobody dismissed it, and brings the pump to the safe state before this returns.
Result<RunReport> carried_out(const RunRequest& request, scenario::HandRun* hand, RunObserver& observer, StopSwitch& stop) {
  try {
    LocalRun run(request, hand, observer, stop);
    return run.go();
  } catch (const std::bad_alloc&) {
    return tl::unexpected<Error>(out_of_memory());
  } catch (const std::exception& e) {
    return fail(ErrorCode::kInternal, std::string("the run was broken off: ") + e.what(), request.scenario);
  }
}

class LocalRunner : public Runner {
 public:
  Result<RunReport> run(const RunRequest& request, RunObserver& observer, StopSwitch& stop) override {
    return carried_out(request, nullptr, observer, stop);
  }
  Result<RunReport> run_by_hand(const RunRequest& request, scenario::HandRun& hand, RunObserver& observer, StopSwitch& stop) override {
    return carried_out(request, &hand, observer, stop);
  }
};

}  // namespace

Result<RunReport> run_by_hand(const RunRequest& request, scenario::HandRun& hand, RunObserver& observer, StopSwitch& stop) {
  return carried_out(request, &hand, observer, stop);
}

std::unique_ptr<Runner> make_local_runner() {
  return std::make_unique<LocalRunner>();
}

}  // namespace pumprig::session
