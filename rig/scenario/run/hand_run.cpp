#include "rig/scenario/run/hand_run.h"

#include "rig/scenario/language/reader.h"
#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"
#include "rig/scenario/steps/limit.h"

namespace pumprig::scenario {
namespace {

bool is_refusal(ErrorCode code) {
  return code == ErrorCode::kInvalidArgument || code == ErrorCode::kNotFound || code == ErrorCode::kUnsupported;
}

// Until nobody else has anything left to do now, so that the begin of a command does not depend on how fast the script was.
Task<void> come_to_rest(exec::Executor& executor) {
  while (executor.is_virtual() && !executor.quiet()) CO_TRY(co_await executor.sleep_until(executor.now()));
  co_return Status{};
}

std::vector<Setting> judged_value_settings() {
  return {
      required_id_setting(),
      Setting("value", Shape::any_quantity(), "what the script found").must(),
      Setting("uncertainty", Shape::any_quantity(), "how far it may be from the truth"),
      Setting("limit", limit_shape(), "what it must be").must(),
      requirements_setting(),
      report_setting(),
  };
}

// "uL/min" of "0.34 uL/min".
std::string unit_of(const Quantity& quantity) {
  const auto blank = quantity.text.find(' ');
  return blank == std::string::npos ? "1" : quantity.text.substr(blank + 1);
}

}  // namespace

Task<void> FileSteps::run(RunContext& context) {
  co_return co_await context.run_steps(scenario_.steps);
}

void HandRun::submit(HandCommand command, Answer answer) {
  std::unique_lock lock(mutex_);
  if (!closed_) {
    lock.unlock();  // it does not change any more
    answer(tl::unexpected<Error>(closed_.error()));
    return;
  }
  queue_.push_back({std::move(command), std::move(answer)});
  if (executor_ != nullptr) {
    executor_->post([this] {
      if (wake_ != nullptr) wake_->set();
    });
  }
}

std::optional<HandRun::Item> HandRun::take() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  Item item = std::move(queue_.front());
  queue_.pop_front();
  return item;
}

void HandRun::close(const Status& why) {
  std::deque<Item> left;
  {
    const std::lock_guard lock(mutex_);
    executor_ = nullptr;
    wake_ = nullptr;
    if (closed_) closed_ = why ? Status(fail(ErrorCode::kCancelled, "the run has ended")) : why;
    left.swap(queue_);
  }
  for (auto& item : left) item.answer(tl::unexpected<Error>(closed_.error()));
}

Task<void> HandRun::run(RunContext& context) {
  exec::Event wake(context.executor());
  {
    const std::lock_guard lock(mutex_);
    executor_ = &context.executor();
    wake_ = &wake;
    if (!queue_.empty()) wake.set();
  }
  if (ready_) ready_();
  const Status ended = co_await serve(context, wake);
  close(ended);
  co_return ended;
}

Task<void> HandRun::serve(RunContext& context, exec::Event& wake) {
  while (true) {
    CO_TRY(co_await come_to_rest(context.executor()));
    auto item = take();
    if (!item) {
      const exec::Executor::Hold hold(context.executor(), kPatience);
      CO_TRY(co_await wake.wait());
      continue;
    }
    if (item->command.kind == HandCommand::Kind::kFinish || item->command.kind == HandCommand::Kind::kGiveUp) {
      item->answer(HandAnswer{context.now(), {}, {}, {}});
      if (item->command.kind == HandCommand::Kind::kGiveUp) co_return fail(ErrorCode::kCancelled, item->command.text);
      co_return Status{};
    }
    auto answer = co_await carry_out(item->command, context);
    const Status outcome = answer ? Status{} : Status(tl::unexpected<Error>(answer.error()));
    if (outcome) {
      const Status rested = co_await come_to_rest(context.executor());
      static_cast<void>(rested);  // a cancellation is met at the head of the loop
    }
    item->answer(std::move(answer));
    if (!outcome && !is_refusal(outcome.error().code)) co_return outcome;
  }
}

Task<HandAnswer> HandRun::carry_out(const HandCommand& command, RunContext& context) {
  HandAnswer out;
  const auto decided = context.checks().size();
  Status done;
  switch (command.kind) {
    case HandCommand::Kind::kStep:
      done = co_await do_step(command.text, context);
      break;
    case HandCommand::Kind::kBegin:
      done = begin(command.text, context);
      break;
    case HandCommand::Kind::kEnd:
      done = co_await end(command.text, context);
      break;
    case HandCommand::Kind::kJudge:
      done = judge(command.text, context);
      break;
    case HandCommand::Kind::kLatest: {
      const auto* channel = context.sampling().find(command.text);
      if (channel == nullptr) co_return fail(ErrorCode::kNotFound, "the run records no channel \"" + command.text + "\"");
      out.latest = context.sampling().latest(command.text);
      out.unit = channel->info.unit;
      break;
    }
    case HandCommand::Kind::kFinish:
    case HandCommand::Kind::kGiveUp:
      break;
  }
  if (!done) co_return tl::unexpected<Error>(done.error());
  out.now = context.now();
  out.checks.assign(context.checks().begin() + static_cast<std::ptrdiff_t>(decided), context.checks().end());
  co_return out;
}

Result<const std::vector<Step>*> HandRun::adopt(const std::string& text, RunContext& context) {
  TRY_ASSIGN(auto step, loader_->load(text));
  steps_.emplace_back();
  steps_.back().push_back(std::move(step));
  TRY(context.add_steps(steps_.back()));
  return &steps_.back();
}

Task<void> HandRun::do_step(const std::string& text, RunContext& context) {
  auto adopted = adopt(text, context);
  if (!adopted) co_return tl::unexpected<Error>(adopted.error());
  const std::vector<Step>& steps = **adopted;
  const Status done = co_await context.run_steps(steps);
  // A step that could not be done has touched the bench: whatever its code, it is no refusal.
  if (!done && is_refusal(done.error().code)) co_return fail(ErrorCode::kRefused, done.error().describe());
  co_return done;
}

Status HandRun::begin(const std::string& text, RunContext& context) {
  TRY_ASSIGN(const auto* const steps, adopt(text, context));
  const Step& step = steps->front();
  auto* planned = context.planned(step);
  if (planned == nullptr || planned->measurement->window().label != "now") {
    return fail(ErrorCode::kInvalidArgument, "what begins is a step \"measure\" with the window { \"over\": \"now\", … }");
  }
  context.event("step", step.pointer + ": begin to " + step.kind->explain(step));
  planned->measurement->open(context.now());
  open_.emplace(check_id(step), steps);
  return {};
}

Task<void> HandRun::end(const std::string& id, RunContext& context) {
  const auto found = open_.find(id);
  if (found == open_.end()) co_return fail(ErrorCode::kNotFound, "no measurement \"" + id + "\" has begun");
  const auto* steps = found->second;
  open_.erase(found);
  auto* planned = context.planned(steps->front());
  planned->measurement->close(context.now());
  const Status done = co_await context.run_steps(*steps);
  context.forget(steps->front());
  co_return done;
}

Status HandRun::judge(const std::string& text, RunContext& context) {
  TRY_ASSIGN(const auto document, Document::parse(text, "value"));
  Mistakes mistakes(document);
  const Replacements none;
  Reader reader(mistakes, none);
  CheckContext checks{mistakes, loader_->options().bench};
  const Settings settings = reader.read_members(document.root(), judged_value_settings(), "");
  if (mistakes.empty()) {
    const auto dimension = settings.quantity("value").dimension;
    if (settings.has("uncertainty") && settings.quantity("uncertainty").dimension != dimension) {
      checks.add(settings.at("uncertainty"), "the uncertainty is no " + std::string(to_text(dimension)),
                 "give it in the unit of the value");
    }
    check_limit(settings.object("limit"), dimension, checks);
  }
  if (!mistakes.empty()) return tl::unexpected<Error>(to_error(mistakes.take()));
  Check check;
  check.information = settings.text("report") == "information";
  check.verdict.check = settings.text("id");
  check.verdict.requirements = settings.texts("requirements");
  check.verdict.unit = unit_of(settings.quantity("value"));
  check.verdict.limit = explain_limit(settings.object("limit"));
  check.verdict.source = "script";
  check.verdict.window_start = check.verdict.window_end = context.now();
  const auto fact = unit_fact(check.verdict.unit);
  const double factor = fact ? fact->factor : 1.0;
  monitor::Limit limit = to_limit(settings.object("limit"));
  limit = {limit.low / factor, limit.high / factor};
  monitor::Outcome outcome;
  outcome.value = settings.number("value") / factor;
  if (settings.has("uncertainty")) outcome.uncertainty = settings.number("uncertainty") / factor;
  context.judge(check, limit, outcome);
  context.add_check(std::move(check));
  return {};
}

}  // namespace pumprig::scenario
