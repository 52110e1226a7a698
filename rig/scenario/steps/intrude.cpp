#include "rig/clients/stranger.h"
#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

using clients::Role;
using clients::Stranger;

void check(const Step& step, CheckContext& context) {
  if (const bool noise = step.settings.text("how") == "noise"; noise != step.settings.has("for")) {
    context.mistakes.add(step.offset, step.pointer, noise ? "\"for\" is missing" : "\"for\" belongs to \"noise\"",
                         noise ? "say how long there is noise" : "leave it out");
  } else if (!noise && step.settings.has("bytes")) {
    context.add(step.settings.at("bytes"), "\"bytes\" belongs to \"noise\"", "leave it out");
  }
  check_reason(step, context);
}

void needs(const Step&, const BenchFacts& bench, std::vector<std::string>& missing) {
  if (!bench.can("telemetry.sealed")) missing.push_back("the capability \"telemetry.sealed\": a pump with keys, and the keys");
}

void estimate(const Step& step, Estimate& out) {
  if (step.settings.has("for")) out.pass(step.settings.duration("for"), step.settings.duration("for"));
}

std::string explain(const Step& step) {
  const std::string& how = step.settings.text("how");
  std::string out = "somebody without a right to ";
  if (how == "in_the_clear") out += "asks in the clear, as the " + step.settings.text("role") + ", to stop the therapy";
  if (how == "wrong_key") out += "tries a wrong key for the role " + step.settings.text("role");
  if (how == "replay") out += "says again the last sealed request for a change";
  if (how == "give_keys") out += "gives the pump keys in a session of the service";
  if (how == "noise") out += "makes noise on the line for " + step.settings.quantity("for").text;
  if (how == "old_session") out += "speaks on in the idle session of the " + step.settings.text("role");
  const bool unanswered = step.settings.text("expect") == "unanswered";
  return out + "; " + explain_expected(step, unanswered ? "the pump must not answer" : "the pump must do it");
}

std::size_t bytes_of(const Step& step) {
  return step.settings.has("bytes") ? static_cast<std::size_t>(step.settings.number("bytes")) : 64;
}

Task<Stranger::Heard> old_session(clients::PumpSession& pump, Role role) {
  CO_TRY_ASSIGN(const bool answered, co_await pump.answers_in_old_session(role));
  Stranger::Heard heard;
  if (answered) heard = clients::StatusCode::kOk;
  co_return heard;
}

Task<Stranger::Heard> intrude(const Step& step, RunContext& context) {
  const std::string& how = step.settings.text("how");
  const Role role = asking_role(step);
  clients::PumpSession& pump = context.bench().pump();
  Stranger stranger(pump);
  if (how == "noise") co_return co_await stranger.noise(step.settings.duration("for"), bytes_of(step));
  if (how == "in_the_clear") co_return co_await stranger.stop_in_the_clear(role);
  if (how == "wrong_key") co_return co_await stranger.try_wrong_key(role);
  if (how == "replay") co_return co_await stranger.replay();
  if (how == "give_keys") co_return co_await stranger.give_keys();
  co_return co_await old_session(pump, role);
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto heard = co_await intrude(step, context);
  if (!heard) co_return fail(heard.error(), "the pump could not be spoken to");
  std::string wanted = step.settings.text("expect");
  std::string found = "unanswered";
  bool good = wanted == found;
  if (heard->has_value()) {
    const bool refused = **heard != clients::StatusCode::kOk;
    const std::string reason = clients::protocol::describe(**heard).name;
    found = refused ? "refused: " + reason : "done";
    good = wanted == (refused ? "refused" : "done") && (!step.settings.has("reason") || reason == step.settings.text("reason"));
  }
  if (step.settings.has("reason")) wanted += ": " + step.settings.text("reason");
  context.add_answer_check(step, std::move(wanted), std::move(found), good, begin);
  co_return Status{};
}

}  // namespace

StepKind step_intrude() {
  StepKind kind;
  kind.name = "intrude";
  kind.summary = "Tries what nobody may who has no key to a pump with keys, and judges that it comes to nothing.";
  kind.settings = {
      Setting("how", Shape::choice({"in_the_clear", "wrong_key", "replay", "old_session", "give_keys", "noise"}), "what is tried").must(),
      role_setting("in which role").by_default("\"clinician\""),
      Setting("expect", Shape::choice({"refused", "unanswered", "done"}), "what must become of it").must(),
      Setting("for", Shape::quantity(Dimension::kDuration, "1 s", "1 day"), "of noise: how long"),
      Setting("bytes", Shape::count("1", "11520"), "of noise: in each second, of the 11520 that the line carries; without it 64"),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.makes_check = true;
  kind.reasons = reasons({Reasons::kTherapy});
  kind.example = R"({"step": "intrude", "how": "replay", "expect": "unanswered"})";
  kind.check = &check;
  kind.needs = &needs;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
