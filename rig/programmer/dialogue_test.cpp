// Dialogues as they are typed, against a scripted pump.
#include "rig/programmer/dialogue.h"

#include <gmock/gmock.h>

#include <deque>

#include "rig/clients/testing/client_fixture.h"

namespace pumprig::programmer {
namespace {

using clients::MessageType;
using Mishap = clients::testing::ScriptedPump::Mishap;
using ::testing::HasSubstr;
using ::testing::Not;

class Script final : public Talk {
 public:
  void say(const std::string& text) override { said += text + "\n"; }
  std::optional<std::string> ask(const std::string& prompt) override {
    said += prompt;
    if (on_prompt) on_prompt(prompt);
    if (before_next) std::exchange(before_next, nullptr)();
    if (typed.empty()) return std::nullopt;
    std::string next = typed.front();
    typed.pop_front();
    said += next + "\n";
    return next;
  }
  std::deque<std::string> typed;
  std::string said;
  std::function<void()> before_next;
  std::function<void(const std::string&)> on_prompt;
};

class DialogueTest : public clients::testing::ClientTest {
 protected:
  DialogueTest() {
    open();
    pump.status.reservoir_nl = 10'000'000;
  }
  Dialogue::End hold(std::deque<std::string> typed) {
    script.typed = std::move(typed);
    script.said.clear();
    Journal journal([] { return std::int64_t{1'772'438'400'000'000'000}; });
    Desk desk(session, journal);
    const auto how = Dialogue(desk, script).run();
    printed = journal.text();
    return how;
  }
  void expect_said(std::initializer_list<const char*> parts) const {
    for (const char* part : parts) EXPECT_THAT(script.said, HasSubstr(part));
  }
  // A prescription without the confirmation.
  static std::deque<std::string> morphine(const std::string& dose) {
    return {"prescribe", "morphine", "20 mg/mL", dose, "no", "", "", "4 mL"};
  }
  static std::deque<std::string> then(std::deque<std::string> first, std::initializer_list<std::string> rest) {
    first.insert(first.end(), rest);
    return first;
  }

  Script script;
  std::string printed;
};

TEST_F(DialogueTest, APrescriptionFromTheFirstQuestionToTheProof) {
  const auto how = hold(then(morphine("1 mg/day"), {"yes", "start", "end"}));
  EXPECT_EQ(how, Dialogue::End::kRunning) << script.said;
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 50'000U);
  EXPECT_EQ(pump.program.program.low_reservoir_threshold_nl, 4'000'000U);
  expect_said({"That is 1 milligram per day", "Review this:", "0.05 milliliters per day", "Programmed and read back bit for bit.",
               "Therapy does not run yet", "Therapy runs: running"});
  for (const char* part : {"asked      Drug", "answered   morphine", "confirmed  once", "proof      Therapy runs"}) {
    EXPECT_THAT(printed, HasSubstr(part));
  }
}

TEST_F(DialogueTest, WhatCanNotBeTakenIsExplainedAndAskedAgain) {
  const auto how = hold({"teach", "prescribe", "aspirin", "ziconotide", "100 mcg/mL", "?", "25 mcg/mL", "5 mL/day", "0.5 mcg/day",
                         "2.4 mcg/day", "", "", "0.5 mL", "4 mL", "yes", "end", "not running"});
  EXPECT_EQ(how, Dialogue::End::kNotRunning) << script.said;
  expect_said({"\"teach\" is not in the list", "the library has no \"aspirin\"",
               "the first fill of ziconotide is at most 25 micrograms per milliliter", "1 mg is 1000 mcg", "write a dose such as",
               "less than the pump's 0.048", "ziconotide is not given as a patient's bolus", "the low alarm comes at 1 to 10 milliliters"});
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 96'000U);
  EXPECT_THAT(printed, HasSubstr("\"100 mcg/mL\" was not taken: the first fill"));
}

TEST_F(DialogueTest, EachLimitOfAPatientsBolusBindsWhereItIsAskedFor) {
  hold({"prescribe", "1",   "20 mg/mL", "1 mg/day", "yes", "25 mg", "0.25 mg", "0 s",  "10 min", "5 min",
        "25 h",      "3 h", "21",       "0",        "4",   "",      "",        "4 mL", "yes",    "yes"});
  expect_said({"would be 1.25 milliliters; the pump gives 0.25 to 1000 microliters", "the lockout is shorter than the bolus itself",
               "the lockout is 1 minute to 24 hours", "at most 20 boluses", "type a number from 1 to 20"});
  EXPECT_TRUE(pump.program.program.patient_bolus_enabled);
  EXPECT_EQ(pump.program.program.bolus_lockout_s, 10'800U);
  EXPECT_EQ(pump.program.program.bolus_max_per_24h, 4U);
}

TEST_F(DialogueTest, ABigChangeIsConfirmedWithTheDoseItselfAndNotByRepeatingTheSlip) {
  hold(then(morphine("1 mg/day"), {"yes", "end", "not running"}));
  hold(then(morphine("0.4 mg/h"), {"yes", "0.4 mg/h", "back"}));
  expect_said({"was an hour taken for a day?", "That is not what the review says; nothing is changed."});
  EXPECT_EQ(pump.program.revision, 1U);
  hold(then(morphine("0.4 mg/h"), {"yes", "yes", "dose", "1.5 mg/day", "yes", "1500 mcg/day"}));
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 75'000U);
  hold(then(morphine("1 mg/day"), {"yes", "1 mg/day"}));
  expect_said({"a lower dose can bring withdrawal"});
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 50'000U);
  EXPECT_EQ(pump.program.revision, 3U);
}

TEST_F(DialogueTest, ARefusedReviewIsChangedInItsPart) {
  hold(then({"prescribe", "1", "20 mg/mL", "19 mg/day", "yes", "0.5 mg", "10 min", "3 h", "4", "", "", "4 mL"},
            {"boluses", "no", "yes", "end", "not running"}));
  expect_said({"This can not be programmed:", "refused: up to 21 milligrams per day is more than the limit"});
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 950'000U);
  EXPECT_FALSE(pump.program.program.patient_bolus_enabled);
}

TEST_F(DialogueTest, StopAtAnyQuestionIsAStopAtOnce) {
  hold(then(morphine("1 mg/day"), {"yes", "start"}));
  ASSERT_EQ(pump.status.therapy_state, clients::TherapyState::kRunning);
  hold({"prescribe", "1", "20 mg/mL", "stop", "end", "not running"});
  EXPECT_EQ(pump.status.therapy_state, clients::TherapyState::kStopped);
  expect_said({"Therapy is STOPPED", "Nothing was programmed.", "THERAPY IS NOT RUNNING"});
  EXPECT_EQ(pump.program.revision, 1U);
}

TEST_F(DialogueTest, AStopIsTakenInWhateverLetters) {
  for (const char* word : {"STOP", "Stop!", " stop. "}) {
    hold(then(morphine("1 mg/day"), {"yes", "start"}));
    pump.status.therapy_state = clients::TherapyState::kRunning;
    hold({"prescribe", word});
    EXPECT_EQ(pump.status.therapy_state, clients::TherapyState::kStopped) << word;
  }
}

TEST_F(DialogueTest, AnotherProgramIsLeftByItsOwnWord) {
  hold(then(morphine("1 mg/day"), {"yes", "start"}));
  script.before_next = [this] { pump.program.program.basal_rate_nl_per_day = 60'000; };
  EXPECT_EQ(hold({"end", "not running", "another program"}), Dialogue::End::kNotRunning);
  expect_said({"THE PROGRAM IN THE PUMP IS NOT THE ONE OF THIS SESSION", "Not taken: type one of these"});
}

TEST_F(DialogueTest, AnotherPumpOnTheLineIsToldAndWhatWasBeforeCountsNoMore) {
  pump.status.log_newest_seq = 12;
  hold({});
  script.before_next = [this] { pump.status.log_newest_seq = 2; };
  hold({"status", "status"});
  expect_said({"ANOTHER PUMP ANSWERS ON THIS LINK", "log_newest_seq was 12 and is 2"});
}

TEST_F(DialogueTest, TheEndOfTheInputLeavesThePumpAsItIsAndSaysSo) {
  auto typed = morphine("1 mg/day");
  EXPECT_EQ(hold(typed), Dialogue::End::kInputEnded);  // at the review
  expect_said({"The input has ended. Nothing more is changed", "THERAPY IS NOT RUNNING"});
  EXPECT_EQ(pump.program.revision, 0U);
  for (std::size_t questions = 0; questions < typed.size(); ++questions) {
    EXPECT_EQ(hold({typed.begin(), typed.begin() + static_cast<std::ptrdiff_t>(questions)}), Dialogue::End::kInputEnded);
    EXPECT_THAT(script.said, HasSubstr("The input has ended."));
  }
  EXPECT_EQ(count(MessageType::kWriteProgram), 0U);
}

TEST_F(DialogueTest, NobodyLeavesASessionWithoutTherapyByAccident) {
  EXPECT_EQ(hold({"end", "", "yes", "back", "end", "not running"}), Dialogue::End::kNotRunning);
  expect_said({"The patient must not leave like this.", "type one of these"});
  hold(then(morphine("1 mg/day"), {"yes"}));
  EXPECT_EQ(hold({"end", "start"}), Dialogue::End::kRunning);
}

TEST_F(DialogueTest, ALostLinkLeavesTheOutcomeUnknownUntilThePumpAnswersAgain) {
  hold(then(morphine("1 mg/day"), {"yes", "start"}));
  script.before_next = [this] { pump.plans.assign(10, {Mishap::kLoseRequest}); };
  const auto how = hold({"end", "again", "again", "end"});
  expect_said({"THE STATE OF THE PUMP IS UNKNOWN", "Therapy runs: running"});
  EXPECT_EQ(how, Dialogue::End::kRunning);
  script.before_next = [this] { pump.plans.assign(100, {Mishap::kLoseRequest}); };
  EXPECT_EQ(hold({"stop", "end", "unknown"}), Dialogue::End::kUnknown);
  expect_said(
      {"The link to the pump is lost", "MAY STILL RUN", "\nIf the pump stays out of reach, radio noise may have closed its receiver"});
}

TEST_F(DialogueTest, ARefillOfAnotherPumpIsBlockedWhereItsCardIsRead) {
  hold({"refill", "not measured", "40 mL", "20 mL", "40 mL", "18 mL", "yes"});
  expect_said({"a pump of 40 milliliters was meant, and this one holds 20 milliliters", "40 milliliters do not fit into it",
               "The pump holds 18 milliliters."});
  EXPECT_EQ(pump.status.reservoir_nl, 18'000'000U);
}

TEST_F(DialogueTest, AReviewOfAPumpThatHasChangedIsShownAnew) {
  hold(then(morphine("1 mg/day"), {"yes", "start"}));
  // Another programmer halves the dose while this one reads.
  script.on_prompt = [this](const std::string& prompt) {
    if (prompt.find("Is all of this right") == std::string::npos || pump.program.revision != 1) return;
    pump.program.program.basal_rate_nl_per_day = 25'000;
    pump.program.crc = clients::protocol::checksum(pump.program.program);
    ++pump.program.revision;
  };
  hold(then(morphine("1.1 mg/day"), {"yes", "yes", "1.1 mg/day", "end"}));
  expect_said({"the pump is not as it was shown any more: another program was written, revision 2", "from 500 micrograms per day"});
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 55'000U);
}

TEST_F(DialogueTest, AVolumeThatWasEnteredWrongIsCorrected) {
  pump.log = {{1, 32'768, clients::LogCode::kReservoirEntered, 20'000'000, 0}};
  hold({"correct", "40 mL", "20 mL", "21 mL", "18 mL", "yes"});
  expect_said({"a pump of 40 milliliters was meant", "21 milliliters do not fit into it", "a correction: nothing is filled in",
               "Corrected: the pump holds 18 milliliters."});
  EXPECT_FALSE(pump.entered.refill);
  EXPECT_EQ(pump.status.reservoir_nl, 18'000'000U);
}

TEST_F(DialogueTest, OfADrugThatKeepsForATimeTheKindOfFillIsAsked) {
  hold({"prescribe", "ziconotide", "25 mcg/mL", "2.4 mcg/day", "", "", "4 mL", "yes"});
  hold({"refill", "not measured", "20 mL", "18 mL", "sometimes", "later", "yes"});
  expect_said({"Of ziconotide this is the first fill", "(first/later/diluted/not known) [first]: ", "type one of these",
               "its page will count as after a first fill", "Next refill in 84 days"});
}

TEST_F(DialogueTest, AnOverInfusionIsSeenAtTheRefillAndConfirmed) {
  pump.log = {{1, 32'768, clients::LogCode::kReservoirEntered, 20'000'000, 0}};
  pump.status.reservoir_nl = 4'000'000;
  hold({"refill", "1.5 mL", "20 mL", "20 mL", "no"});
  expect_said({"expected in it", "+15.6 % of what was programmed", "OVER-INFUSION"});
  EXPECT_EQ(count(MessageType::kEnterReservoir), 0U);
}

TEST_F(DialogueTest, ASchedulePieceByPieceIsHeldToWholeDays) {
  hold({"prescribe", "1", "20 mg/mL", "schedule", "done", "daily 07:00 1 mg/day", "done", "daily 00:00 1.4 mg/day", "done", "no", "", "",
        "4 mL", "yes"});
  expect_said({"a schedule has a piece at least", "leaves a weekday without a dose from midnight on"});
  EXPECT_EQ(pump.program.program.segments.count, 2U);
}

TEST_F(DialogueTest, AScheduleWithAWrongPieceIsBegunAnew) {
  hold({"prescribe", "1", "20 mg/mL", "schedule", "daily 00:00 100 mg/day", "done", "again", "daily 00:00 5 mg/day", "done", "no", "", "",
        "4 mL", "yes"});
  expect_said({"; the pieces are daily 00:00 100 mg/day; again: begin anew", "Programmed and read back bit for bit."});
  ASSERT_EQ(pump.program.program.segments.count, 1U);
  EXPECT_EQ(pump.program.program.segments.view()[0].rate_nl_per_day, 250'000U);
}

TEST_F(DialogueTest, EachPartOfAPeriodicBolusBindsWhereItIsAskedFor) {
  hold({"prescribe", "1", "20 mg/mL", "periodic", "5 mL/day", "0.8 mg/day", "0.96 mg/day", "25 mg", "25 mcg", "0 s", "10 min", "10 min",
        "2 weeks", "3 h", "no", "", "", "4 mL", "yes"});
  expect_said({"write a dose such as", "less than the pump's 0.048", "would be 1.25 milliliters; the pump gives 0.25 to 1000 microliters",
               "takes 1 second to 24 hours", "would not have ended when the next one begins", "each within             10 min, every 3 h",
               "dose of 24 hours        1.16 milligrams per day", "Programmed and read back bit for bit."});
  EXPECT_EQ(pump.program.program.mode, clients::protocol::BasalMode::kPeriodic);
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 48'000U);
  EXPECT_EQ(pump.program.program.periodic_dose_nl, 1'250U);
  EXPECT_EQ(pump.program.program.periodic_interval_s, 10'800U);
  EXPECT_THAT(printed, HasSubstr("answered   periodic"));
}

}  // namespace
}  // namespace pumprig::programmer
