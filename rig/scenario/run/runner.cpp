#include <algorithm>

#include "rig/base/quantity.h"
#include "rig/scenario/language/load.h"
#include "rig/scenario/run/context.h"
#include "rig/scenario/run/run.h"
#include "rig/scenario/run/step_source.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

// Bytes of every link, and what faults did to them, under the name of its instrument; and what happened on a virtual pump board.
class LinkRecorder final : public bench::BenchCapture, public bench::BenchLineFaultSink, public twin::BoardEvents {
 public:
  explicit LinkRecorder(record::RunWriter& writer) : writer_(writer) {}
  Status prepare(const bench::Bench& bench) {
    for (const auto& member : bench.members()) {
      TRY_ASSIGN(const record::LinkId id, writer_.add_link(member.config->name));
      ids_.push_back(id);
      names_.push_back(member.config->name);
    }
    return {};
  }
  void captured(std::size_t member, link::Direction direction, TimePoint at, ByteView bytes) override {
    writer_.push(ids_[member], direction == link::Direction::kToDevice ? record::Direction::kSent : record::Direction::kReceived, at,
                 bytes);
  }
  void struck(std::size_t member, TimePoint at, std::string_view fault, std::string_view what) override {
    writer_.event({at, names_[member], "line_fault", std::string(fault) + ": " + std::string(what), "", false});
  }

  void board_event(TimePoint at, std::string_view kind, std::string_view text) override {
    writer_.event({at, "board", std::string(kind), std::string(text), "", false});
  }

 private:
  record::RunWriter& writer_;
  std::vector<record::LinkId> ids_;
  std::vector<std::string> names_;
};

Verdict worst_of(const std::vector<Check>& checks) {
  Verdict out = Verdict::kPass;
  for (const auto& check : checks) {
    if (!check.information) out = worse(out, check.verdict.verdict);
  }
  return out;
}

bool cancelled(const Status& status) {
  return !status && status.error().code == ErrorCode::kCancelled;
}

void note_identities(bench::Bench& bench, record::RunWriter& writer) {
  for (const auto& member : bench.members()) {
    const auto& id = member.identity;
    writer.event({bench.executor().now(), "runner", "identified",
                  member.config->name + ": " + id.maker + " " + id.model + ", serial " + id.serial + ", firmware " + id.firmware, "",
                  false});
  }
}

// Looks after the rig while the steps run; an error of it ends them.
Task<void> watch_over(RunContext* context, exec::CancelScope* steps) {
  const Status ended = co_await context->report_progress();
  if (!ended && ended.error().code != ErrorCode::kCancelled) steps->cancel();
  co_return ended;
}

Task<void> run_and_watch(StepSource& source, RunContext& context, RunControl& control) {
  exec::CancelScope scope(&control.scope());
  exec::CancelScope watch_scope;
  auto watch = context.executor().spawn(watch_over(&context, &scope), &watch_scope);
  auto steps = context.executor().spawn(source.run(context), &scope);
  auto join_steps = steps.join();
  Status done = co_await join_steps;
  if (!steps.done()) {  // we ourselves were cancelled
    scope.cancel();
    auto join_again = steps.join();
    done = co_await shield(std::move(join_again));
  }
  watch_scope.cancel();
  auto join_watch = watch.join();
  const Status watched = co_await shield(std::move(join_watch));
  // What the watch found is why the steps were cancelled.
  if (!watched && watched.error().code != ErrorCode::kCancelled) co_return watched;
  co_return done;
}

Task<void> carry_out(StepSource& source, RunContext& context, RunControl& control) {
  if (control.aborted()) co_return fail(ErrorCode::kCancelled, "aborted before it began");
  CO_TRY(context.prepare());
  CO_TRY(co_await context.establish_initial_state());
  context.sampling().start();
  co_return co_await run_and_watch(source, context, control);
}

// Whatever happened before: faults away, safe state proven, sampling ended, links closed. The first problem is told, all is tried; somebody
// in a hurry cuts all of it short but the safe state.
Task<void> tear_down(RunContext& context, RunControl& control, RunOutcome& out) {
  Status worst;
  const auto keep = [&worst](const Status& status) {
    if (!status && !cancelled(status) && worst) worst = status;
  };
  for (const auto& fault : context.bench().clear_line_faults()) context.event("fault", "cleared " + fault);
  auto clearing = context.executor().spawn(context.clear_faults(), &control.hurry_scope());
  auto cleared = clearing.join();
  keep(co_await cleared);
  const Status safe = co_await context.bench().to_safe_state();
  out.safe_state = safe;
  context.event("safe_state", safe ? std::string("established and read back") : safe.error().describe());
  if (!safe) worst = safe;
  keep(co_await context.sampling().stop());
  if (safe) {  // else the pump is not there to be asked
    auto concluding = context.executor().spawn(context.clocks().conclude(), &control.hurry_scope());
    auto concluded = concluding.join();
    keep(co_await concluded);
  }
  auto closing = context.executor().spawn(context.bench().close(), &control.hurry_scope());
  auto closed = closing.join();
  keep(co_await closed);
  co_return worst;
}

void conclude(const Status& ran, const Status& torn_down, const RunControl& control, RunOutcome& out) {
  out.verdict = worst_of(out.checks);
  if (control.aborted() || cancelled(ran)) {
    out.state = record::FinishState::kAborted;
    out.verdict = worse(out.verdict, Verdict::kAborted);
    out.reason = control.reason();
    if (out.reason.empty() && !ran) out.reason = ran.error().text;
    if (out.reason.empty()) out.reason = "aborted";
  } else if (!ran) {
    out.error = ran.error();
  }
  if (!torn_down && !out.error) out.error = torn_down.error();
  if (!out.error) return;
  out.verdict = Verdict::kError;
  if (out.reason.empty()) out.reason = out.error->describe();
}

void write_not_run(const std::vector<Step>& steps, const std::string& reason, record::RunWriter& writer) {
  for (const auto& step : steps) {
    if (step.kind->makes_check) writer.not_run({check_id(step), step.settings.texts("requirements"), reason});
    write_not_run(step.during, reason, writer);
  }
}

}  // namespace

void RunControl::abort(std::string reason) {
  if (reason_.empty()) reason_ = std::move(reason);
  scope_.cancel();
}

void RunControl::pause(bool wanted) {
  pause_wanted_ = wanted;
  if (pause_changed_) pause_changed_();
}

Task<RunOutcome> run_scenario(const ResolvedScenario& scenario, bench::Bench& bench, record::RunWriter& writer, RunOptions options) {
  FileSteps steps(scenario);
  co_return co_await run_steps_of(steps, scenario, bench, writer, options);
}

Task<RunOutcome> run_steps_of(StepSource& source, const ResolvedScenario& scenario, bench::Bench& bench, record::RunWriter& writer,
                              RunOptions options) {
  RunOutcome out;
  RunControl nobody;
  RunControl& control = options.control != nullptr ? *options.control : nobody;
  const auto missing = missing_needs(scenario, *options.facts);
  if (!missing.empty()) {
    out.not_run = true;
    out.reason = "needs";
    for (const auto& need : missing) out.reason += (out.reason.size() > 5 ? ", " : " ") + need;
    write_not_run(scenario.steps, out.reason, writer);
    out.verdict = Verdict::kInconclusive;
    co_return out;
  }
  LinkRecorder links(writer);
  RunContext context(scenario, bench, writer, options);
  Status ran = links.prepare(bench);
  if (ran) {
    bench.set_capture(&links);
    bench.set_line_fault_sink(&links);
    bench.set_board_events(&links);
    ran = co_await bench.open();
  }
  Status torn_down;
  if (ran) {
    note_identities(bench, writer);
    ran = co_await carry_out(source, context, control);
    auto teardown = tear_down(context, control, out);
    torn_down = co_await shield(std::move(teardown));
  }
  bench.set_capture(nullptr);
  bench.set_line_fault_sink(nullptr);
  bench.set_board_events(nullptr);
  out.checks = std::move(context.checks());
  out.end = bench.executor().now();
  conclude(ran, torn_down, control, out);
  co_return out;
}

}  // namespace pumprig::scenario
