#include <string>
#include <vector>

#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

namespace protocol = clients::protocol;

std::vector<std::string> part_names() {
  std::vector<std::string> out{"none"};
  for (const auto& part : protocol::self_test_parts()) out.emplace_back(part.name);
  return out;
}

std::string explain(const Step& step) {
  const std::string part = step.settings.text("fails");
  return "have the pump test itself in full; " +
         (part == "none" ? std::string("every part must pass") : "of its parts " + part + " must fail, and no other");
}

std::string names_of(std::uint16_t bits) {
  std::string out;
  for (const auto part : clients::parts_of(bits)) out += (out.empty() ? "" : ", ") + std::string(protocol::describe(part).name);
  return out.empty() ? "none" : out;
}

std::string in_words(const std::string& failed) {
  return failed == "none" ? "every part passes" : "fails: " + failed;
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto answer = co_await context.programmer().self_test();
  if (!answer) co_return fail(answer.error(), "the pump could not be asked");
  const std::string wanted = in_words(step.settings.text("fails"));
  const std::string found =
      answer->refused() ? std::string("refused: ") + protocol::describe(answer->status).name : in_words(names_of(answer->fields.failed));
  context.add_answer_check(step, wanted, found, found == wanted, begin);
  co_return Status{};
}

}  // namespace

StepKind step_self_test() {
  StepKind kind;
  kind.name = "self_test";
  kind.summary = "Has the pump test itself in full, as the clinician, and judges which part fails.";
  kind.settings = {
      Setting("fails", Shape::choice(part_names()), "the one part that must fail, or none").by_default("\"none\""),
      id_setting(),
      requirements_setting(),
  };
  kind.makes_check = true;
  kind.example = R"({"step": "self_test"})";
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
