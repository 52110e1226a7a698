#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

namespace protocol = clients::protocol;
using clients::Role;

std::string explain(const Step& step) {
  return "ask for " + step.settings.text("what") + " in the role " + step.settings.text("role") + "; " +
         explain_expected(step, "the pump must do it");
}

template <protocol::Record Request>
Task<clients::StatusCode> ask(clients::PumpSession& pump, Role role, Request request) {
  CO_TRY_ASSIGN(const auto answer, co_await pump.ask_after_self_test(role, request, clients::kHearing));
  co_return answer.status;
}

Task<clients::StatusCode> ask_for(const std::string& what, clients::PumpSession& pump, Role role) {
  if (what == "status") return ask(pump, role, protocol::ReadStatus{});
  if (what == "program") return ask(pump, role, protocol::ReadProgram{});
  if (what == "log") return ask(pump, role, protocol::ReadLog{});
  if (what == "start") return ask(pump, role, protocol::StartTherapy{});
  if (what == "stop") return ask(pump, role, protocol::StopTherapy{});
  if (what == "prime") return ask(pump, role, protocol::Prime{100'000});
  if (what == "new_program") return ask(pump, role, protocol::WriteProgram{});
  if (what == "refill") return ask(pump, role, protocol::EnterReservoir{20'000'000, true, 0});
  if (what == "clear_alarms") return ask(pump, role, protocol::ClearAlarm{});
  if (what == "set_clock") return ask(pump, role, protocol::SetClock{});
  if (what == "test_alarm") return ask(pump, role, protocol::TestAlarm{});
  if (what == "self_test") return ask(pump, role, protocol::SelfTest{});
  if (what == "silence") return ask(pump, role, protocol::SilenceAlarm{60});
  return ask(pump, role, protocol::ReadState{});
}

Task<void> run(const Step& step, RunContext& context) {
  const TimePoint begin = context.now();
  const auto status = co_await ask_for(step.settings.text("what"), context.bench().pump(), asking_role(step));
  if (!status) co_return fail(status.error(), "the pump could not be asked");
  judge_answer(step, context, *status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_ask() {
  StepKind kind;
  kind.name = "ask";
  kind.summary = "Asks the pump for something in a role, and judges whether it is done: who may do what.";
  kind.settings = {
      role_setting("who asks").must(),
      Setting("what",
              Shape::choice({"status", "program", "log", "start", "stop", "prime", "new_program", "refill", "clear_alarms", "set_clock",
                             "test_alarm", "self_test", "silence", "state"}),
              "what is asked for")
          .must(),
      expect_setting("done", true),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.makes_check = true;
  kind.reasons = reasons({Reasons::kProgram, Reasons::kTherapy, Reasons::kReservoir, Reasons::kAlarm, Reasons::kState});
  kind.example = R"({"step": "ask", "role": "patient", "what": "stop", "expect": "refused"})";
  kind.check = &check_reason;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
