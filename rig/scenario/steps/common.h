// Settings and phrases that several step kinds share.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "rig/clients/pump_session.h"
#include "rig/scenario/language/step_kind.h"

namespace pumprig::scenario {

inline Setting id_setting() {
  return {"id", Shape::name(), "names the check in reports; without it the kind and place of the step do"};
}
inline Setting required_id_setting() {
  return Setting("id", Shape::name(), "names the check in reports").must();
}
inline Setting requirements_setting() {
  return Setting("requirements", Shape::list(Shape::name()), "ids of the requirements that the check bears on").by_default("[]");
}
inline Setting report_setting() {
  return Setting("report", Shape::choice({"judge", "information"}),
                 "information: shown beside its limit, without a say in the verdict of the run")
      .by_default("\"judge\"");
}

// "bolus-4" for "/steps/4", "wait-2.0" for "/steps/2/during/0".
std::string check_id(const Step& step);

// What the pump must answer to what a step asks, and why it must refuse.
Setting expect_setting(std::string accepted, bool must);
Setting reason_setting();
// Reasons of a pump's refusals by what they are about, for StepKind::reasons.
enum class Reasons : std::uint8_t { kProgram, kTherapy, kBolus, kReservoir, kAlarm, kState, kImage };
std::vector<std::string> reasons(std::initializer_list<Reasons> about);
// In which role a step asks.
Setting role_setting(std::string help);
clients::Role asking_role(const Step& step);
// That there is such a reason, and that a pump can refuse what the step asks because of it.
void check_reason(const Step& step, CheckContext& context);
// What must come of it: `accepted` where it is not to be refused, else "the pump must refuse it because of "…"".
std::string explain_expected(const Step& step, const std::string& accepted);
// Judges the answer. Where the pump accepted as it should and the scenario does not name the check, it is no news. `found` says more of an
// accepted answer.
void judge_answer(const Step& step, RunContext& context, clients::StatusCode status, TimePoint begin, const std::string& found = {});

// "start" and "resume": they ask the pump for the same and differ in what they say.
StepKind therapy_start_kind(std::string name, std::string summary);

}  // namespace pumprig::scenario
