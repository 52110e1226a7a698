// Settings and phrases that several step kinds share.
#pragma once

#include <string>
#include <vector>

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

// "start" and "resume": they ask the pump for the same and differ in what they say.
StepKind therapy_start_kind(std::string name, std::string summary);

// Settings of the therapy as the program step and its explanation use them.
std::vector<Setting> program_settings();

}  // namespace pumprig::scenario
