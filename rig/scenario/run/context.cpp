#include "rig/scenario/run/context.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "rig/base/memory.h"
#include "rig/base/quantity.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

constexpr Duration kLinePause = std::chrono::milliseconds(250);  // wall time

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string number_text(double value) {
  std::array<char, 40> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::general, 6);
  return error == std::errc{} ? std::string(digits.data(), end) : std::string("?");
}

RunContext::RunContext(const ResolvedScenario& scenario, bench::Bench& bench, record::RunWriter& writer, const RunOptions& options)
    : scenario_(scenario), bench_(bench), writer_(writer), options_(options), sampling_(bench, writer), clocks_(bench, writer, sampling_) {
  plan_items(scenario.steps);
}

void RunContext::plan_items(const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    const std::string text = step.kind->explain(step);
    writer_.plan({record::PlanItem::Kind::kStep, step.pointer, text, {}});
    if (step.kind->is_hold_point) ++hold_points_ahead_;
    // What is only reported has no say in the verdict, so nobody may miss it.
    if (step.kind->makes_check && !begin_check(step).information) {
      writer_.plan({record::PlanItem::Kind::kCheck, check_id(step), text, step.settings.texts("requirements")});
    }
    plan_items(step.during);
  }
}

Status RunContext::plan(const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    TRY_ASSIGN(auto planned, plan_measurement(step, sampling_));
    if (planned) {
      sampling_.connect(planned->channel, *planned->measurement);
      if (!planned->from_channel.empty()) sampling_.connect_from(planned->from_channel, *planned->measurement);
      measurements_.emplace(&step, std::move(planned));
    }
    TRY(plan(step.during));
  }
  return {};
}

Status RunContext::add_steps(const std::vector<Step>& steps) {
  TRY(sampling_.require(steps));
  plan_items(steps);
  return plan(steps);
}

void RunContext::forget(const Step& step) {
  const auto found = measurements_.find(&step);
  if (found == measurements_.end()) return;
  sampling_.disconnect(*found->second->measurement);
  measurements_.erase(found);
}

Status RunContext::prepare() {
  TRY(sampling_.prepare(scenario_));
  TRY(plan(scenario_.steps));
  programmer_ = std::make_unique<clients::Programmer>(bench_.pump());
  patient_ = std::make_unique<clients::PersonalTherapyManager>(bench_.pump());
  started_ = now();
  tell_hold(false);
  return {};
}

void RunContext::event(std::string kind, std::string text) {
  writer_.event({now(), "runner", std::move(kind), std::move(text), "", false});
}

void RunContext::open_windows(const std::string& label) {
  for (auto& [step, planned] : measurements_) {
    if (planned->measurement->window().label == label) planned->measurement->open(now());
  }
}

void RunContext::close_windows(const std::string& label) {
  for (auto& [step, planned] : measurements_) {
    if (planned->measurement->window().label == label) planned->measurement->close(now());
  }
}

Task<void> RunContext::run_step(const Step& step) {
  current_step_ = step.kind->explain(step);
  event("step", step.pointer + ": " + current_step_);
  tell_progress();
  if (!step.label.empty()) {
    begun_[step.label] = now();
    open_windows(step.label);
  }
  const Status done = co_await step.kind->run(step, *this);
  if (!step.label.empty()) close_windows(step.label);
  if (!done && done.error().code != ErrorCode::kCancelled) {
    co_return fail(done.error(), "the step \"" + current_step_ + "\" could not be done", step.pointer);
  }
  co_return done;
}

Task<void> RunContext::run_steps(const std::vector<Step>& steps) {
  for (const auto& step : steps) {
    CO_TRY(memory_status());
    CO_TRY(writer_.status());
    CO_TRY(co_await run_step(step));
  }
  co_return Status{};
}

void RunContext::tell_hold(bool held) {
  if (options_.observer != nullptr) options_.observer->on_hold(hold_points_ahead_, held);
}

// How long somebody pauses is no part of what the pump did: these events are provenance.
Task<void> RunContext::pass_hold_point(const std::string& title) {
  --hold_points_ahead_;
  RunControl* control = options_.control;
  if (control == nullptr || !control->pause_wanted()) {
    tell_hold(false);
    co_return Status{};
  }
  // What is due at this instant is done before time stands.
  while (executor().is_virtual() && !executor().quiet()) CO_TRY(co_await executor().sleep_until(now()));
  exec::Event changed(executor());
  control->on_pause_changed([&changed] { changed.set(); });
  const exec::Executor::Hold hold(executor(), kPatience);
  writer_.event({now(), "runner", "pause", "held at the hold point \"" + title + "\"", "", true});
  tell_hold(true);
  Status waited;
  while (waited && control->pause_wanted()) waited = co_await changed.wait();
  control->on_pause_changed(nullptr);
  writer_.event({now(), "runner", "pause", waited ? "resumed" : "ended by an abort", "", true});
  tell_hold(false);
  co_return waited;
}

Task<bool> RunContext::wait_for_line(const Step& step, const Error& failed, TimePoint give_up) {
  const bool line = failed.code == ErrorCode::kUnavailable || failed.code == ErrorCode::kTimeout || failed.code == ErrorCode::kCorrupt;
  if (!line || now() >= give_up) co_return false;
  event("line", "the pump could not be asked, it is tried again: " + failed.describe());
  for (auto& [of, planned] : measurements_) {
    if (!step.label.empty() && planned->measurement->window().label == step.label) {
      planned->measurement->doubt("the pump could not be asked at once: " + failed.text);
    }
  }
  auto& link = bench_.pump().link();
  do {
    CO_TRY(co_await executor().sleep_until(executor().after_wall(kLinePause)));
  } while (!link.is_up() && !link.reopen() && now() < give_up);
  co_return true;
}

Check RunContext::begin_check(const Step& step) const {
  Check check;
  check.verdict.check = check_id(step);
  check.verdict.requirements = step.settings.texts("requirements");
  check.information = step.settings.has("report") && step.settings.text("report") == "information";
  return check;
}

void RunContext::judge(Check& check, const monitor::Limit& limit, const monitor::Outcome& outcome) const {
  auto& verdict = check.verdict;
  verdict.limit_lo = finite(limit.low);
  verdict.limit_hi = finite(limit.high);
  verdict.value = outcome.value;
  verdict.explanation = outcome.doubt;
  if (!outcome.value) {
    verdict.verdict = Verdict::kInconclusive;
    return;
  }
  const double margin = limit.margin(*outcome.value);
  verdict.margin = finite(margin);
  verdict.uncertainty = outcome.uncertainty;
  if (outcome.doubt.empty()) {
    verdict.verdict = monitor::decide(margin, outcome.uncertainty, bench_.config().guard_band);
    if (verdict.verdict == Verdict::kInconclusive) verdict.explanation = "the margin is smaller than the uncertainty";
  } else {
    verdict.verdict = Verdict::kInconclusive;
  }
  if (outcome.at) verdict.explanation += (verdict.explanation.empty() ? "decided " : "; decided ") + monitor::at_text(*outcome.at);
}

// What no sensor measured is never evidence of a bench, and its check says so.
void RunContext::say_if_modelled(record::CheckVerdict& verdict) const {
  const auto* instrument = bench_.config().find(std::string_view(verdict.source).substr(0, verdict.source.find('.')));
  if (instrument == nullptr || !instrument->descriptor->model) return;
  verdict.explanation += std::string(verdict.explanation.empty() ? "" : "; ") + "judged on the twin's model, no sensor measured it";
}

void RunContext::add_check(Check check) {
  say_if_modelled(check.verdict);
  if (options_.observer != nullptr) options_.observer->on_check(check);
  const auto& verdict = check.verdict;
  const bool limited = verdict.limit != kNoLimit;
  std::string text = verdict.check + ":";
  if (limited || !verdict.value) text += " " + std::string(to_text(verdict.verdict)) + (verdict.value ? "," : "");
  if (verdict.value) text += " " + number_text(*verdict.value) + " " + verdict.unit;
  if (limited) text += ", limit " + verdict.limit;
  if (!verdict.explanation.empty()) text += " (" + verdict.explanation + ")";
  if (check.information) {
    event("information", text);
  } else {
    event("check", text);
    writer_.verdict(verdict);
  }
  checks_.push_back(std::move(check));
}

void RunContext::add_answer_check(const Step& step, std::string wanted, std::string found, bool good, TimePoint from) {
  Check check = begin_check(step);
  check.verdict.limit = std::move(wanted);
  check.verdict.explanation = "the pump answered: " + std::move(found);
  check.verdict.verdict = good ? Verdict::kPass : Verdict::kFail;
  check.verdict.window_start = from;
  check.verdict.window_end = now();
  check.verdict.source = "pump telemetry";
  check.verdict.unit = "1";
  add_check(std::move(check));
}

PlannedMeasurement* RunContext::planned(const Step& step) {
  const auto found = measurements_.find(&step);
  return found == measurements_.end() ? nullptr : found->second.get();
}

TimePoint RunContext::begun(const std::string& label) const {
  const auto found = begun_.find(label);
  return found == begun_.end() ? kRunStart : found->second;
}

Task<void> RunContext::catch_up(PlannedMeasurement& planned) {
  CO_TRY(co_await sampling_.catch_up(planned.channel));
  if (!planned.from_channel.empty()) CO_TRY(co_await sampling_.catch_up(planned.from_channel));
  co_return Status{};
}

void RunContext::finish_measurement(PlannedMeasurement& planned) {
  auto result = planned.measurement->finish(now());
  if (result.outcome.value) *result.outcome.value *= planned.scale;
  result.outcome.uncertainty *= planned.scale;
  Check check = begin_check(*planned.step);
  check.verdict.limit = planned.limit_text;
  check.verdict.unit = planned.unit;
  check.verdict.source = planned.channel;
  check.verdict.clock = planned.clock;
  check.verdict.window_start = result.begin;
  check.verdict.window_end = result.end;
  judge(check, planned.limit, result.outcome);
  // What was waited for did not come: that decides, when the window was long enough and nothing is missing from it.
  const std::string what = planned.step->settings.has("what") ? planned.step->settings.text("what") : std::string();
  const bool waited = what == "time_to" || what == "first_step";
  if (waited && !result.outcome.value && result.outcome.doubt.empty()) {
    const double length = to_seconds(result.end - result.begin) * planned.scale;
    check.verdict.explanation = "it did not happen in the window of " + format_duration(result.end - result.begin);
    if (std::isfinite(planned.limit.high) && length >= planned.limit.high) check.verdict.verdict = Verdict::kFail;
    if (!std::isfinite(planned.limit.high) && length >= planned.limit.low) check.verdict.verdict = Verdict::kPass;
  }
  add_check(std::move(check));
}

void RunContext::tell_progress() {
  if (options_.observer == nullptr) return;
  RunProgress progress;
  progress.now = now();
  progress.expected = scenario_.longest;
  progress.step = current_step_;
  const double whole = to_seconds(scenario_.longest);
  progress.fraction = whole > 0 ? std::min(1.0, to_seconds(progress.now - started_) / whole) : 0;
  options_.observer->on_progress(progress);
}

Task<void> RunContext::report_progress() {
  // In virtual time 200 times a run; on a wall clock once a second of it.
  const Duration share = std::max<Duration>(scenario_.longest / 200, std::chrono::milliseconds(100));
  while (true) {
    const TimePoint next = executor().is_virtual() ? now() + share : executor().after_wall(std::chrono::seconds(1));
    CO_TRY(co_await executor().sleep_until(next));
    CO_TRY(bench_.health());
    CO_TRY(memory_status());
    CO_TRY(writer_.status());
    clocks_.look();
    tell_progress();
    if (options_.observer == nullptr) continue;
    sampling_.for_each_latest([this](const SampledChannel& channel, const Sample& sample) {
      options_.observer->on_value(channel.info.name, sample.t, sample.value, channel.info.unit);
    });
  }
}

Task<void> RunContext::clear_faults() {
  Status worst;
  if (bench_.control() == nullptr) co_return worst;
  for (const auto& fault : active_faults_) {
    Status cleared = co_await bench_.control()->clear(fault);
    if (!cleared && cleared.error().code == ErrorCode::kRefused) continue;  // it was over as soon as it had happened
    if (!cleared && worst) worst = std::move(cleared);
  }
  active_faults_.clear();
  co_return worst;
}

}  // namespace pumprig::scenario
