#include "rig/session/hand_session.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "rig/record/reader.h"

namespace pumprig::session {
namespace {

namespace fs = std::filesystem;
using Kind = scenario::HandCommand::Kind;

class HandSessionTest : public testing::Test {
 protected:
  HandSessionTest() {
    std::string pattern = (fs::temp_directory_path() / "pumprig-hand-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~HandSessionTest() override { fs::remove_all(folder_); }

  RunRequest request() const {
    RunRequest request;
    request.scenario = "by_hand";
    request.scenario_text = R"({"scenario": 1, "name": "by_hand", "title": "by hand"})";
    request.out = folder_.string();
    request.script = "the script's text";
    return request;
  }

  // The error's text, or "" when the command was done.
  static std::string ask(HandSession& session, Kind kind, std::string text) {
    const auto answer = session.submit({kind, std::move(text)}).get();
    return answer ? "" : answer.error().describe();
  }

  static std::string deliver_an_hour(HandSession& session) {
    std::string wrong = ask(session, Kind::kStep, R"({"step": "program", "rate": "2 mL/day"})");
    wrong += ask(session, Kind::kStep, R"({"step": "start"})");
    wrong += ask(session, Kind::kBegin,
                 R"({"step": "measure", "id": "flow", "what": "mean_flow", "channel": "flow.volume",
                     "window": {"over": "now", "settle": "10 min"}, "limit": {"within": "14.5 %", "of": "2 mL/day"}})");
    wrong += ask(session, Kind::kStep, R"({"step": "wait", "for": "1 h"})");
    return wrong + ask(session, Kind::kEnd, "flow");
  }

  fs::path folder_;
};

TEST_F(HandSessionTest, StepsOfAScriptAreDoneJudgedAndKeptWithItsText) {
  HandSession session(request());
  ASSERT_TRUE(session.opened().get());
  EXPECT_EQ(deliver_an_hour(session), "");
  EXPECT_EQ(ask(session, Kind::kFinish, ""), "");
  const auto& report = session.report().get();
  ASSERT_TRUE(report) << report.error().describe();
  EXPECT_EQ(report->verdict, Verdict::kPass);
  ASSERT_EQ(report->checks.size(), 1U);
  EXPECT_EQ(report->checks[0].id, "flow");
  const auto run = record::RunReader::open(report->path);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->info().script, "the script's text");
}

TEST_F(HandSessionTest, TheSameScriptGivesTheSameContentHoweverLongItThinks) {
  std::vector<std::string> digests;
  for (const bool slow : {false, true}) {
    HandSession session(request());
    ASSERT_TRUE(session.opened().get());
    if (slow) {  // many questions that change nothing, in between
      for (int i = 0; i < 200; ++i) ask(session, Kind::kLatest, "flow.flow");
    }
    EXPECT_EQ(deliver_an_hour(session), "");
    ask(session, Kind::kFinish, "");
    digests.push_back(session.report().get()->digest);
  }
  EXPECT_EQ(digests[0], digests[1]);
}

TEST_F(HandSessionTest, ACommandWithAMistakeDoesNothingAndTheRunGoesOn) {
  HandSession session(request());
  ASSERT_TRUE(session.opened().get());
  EXPECT_NE(ask(session, Kind::kStep, R"({"step": "wait", "for": "1 parsec", "as": "w"})").find("/steps/0/for"), std::string::npos);
  EXPECT_NE(ask(session, Kind::kStep, R"({"step": "inject", "fault": "flood"})"), "");
  EXPECT_NE(ask(session, Kind::kStep, "{"), "");
  EXPECT_NE(ask(session, Kind::kEnd, "nothing"), "");
  EXPECT_NE(ask(session, Kind::kLatest, "no.channel"), "");
  EXPECT_NE(ask(session, Kind::kBegin, R"({"step": "wait", "for": "1 s"})"), "");
  EXPECT_EQ(ask(session, Kind::kStep, R"({"step": "wait", "for": "1 s", "as": "w"})"), "");
  ask(session, Kind::kFinish, "");
  EXPECT_EQ(session.report().get()->state, RunState::kFinished);
}

TEST_F(HandSessionTest, AValueOfTheScriptIsJudgedLikeAMeasuredOne) {
  HandSession session(request());
  ASSERT_TRUE(session.opened().get());
  const auto verdict = [&](const std::string& value, const std::string& uncertainty) {
    static int n = 0;
    auto answer = session.submit({Kind::kJudge, R"({"id": "v)" + std::to_string(++n) + R"(", "value": ")" + value +
                                                    R"(", "uncertainty": ")" + uncertainty + R"(", "limit": {"at_most": "1 mL/day"}})"});
    const auto got = answer.get();
    return got ? got->checks.at(0).verdict.verdict : Verdict::kError;
  };
  EXPECT_EQ(verdict("0.5 mL/day", "0.1 mL/day"), Verdict::kPass);
  EXPECT_EQ(verdict("1.5 mL/day", "0.1 mL/day"), Verdict::kFail);
  EXPECT_EQ(verdict("0.95 mL/day", "0.1 mL/day"), Verdict::kInconclusive);
  EXPECT_EQ(verdict("1 kPa gauge", "0.1 mL/day"), Verdict::kError);
  ask(session, Kind::kFinish, "");
}

TEST_F(HandSessionTest, AScriptThatGivesUpOrGoesAwayLeavesAnAbortedRunInTheSafeState) {
  for (const bool says_so : {true, false}) {
    fs::path path;
    {
      HandSession session(request());
      ASSERT_TRUE(session.opened().get());
      path = session.path();
      ask(session, Kind::kStep, R"({"step": "start"})");
      if (says_so) {
        ask(session, Kind::kGiveUp, "the author saw enough");
        session.report().wait();
        EXPECT_NE(ask(session, Kind::kStep, R"({"step": "stop"})"), "");
      }
    }
    const auto run = record::RunReader::open(path);
    ASSERT_TRUE(run);
    EXPECT_EQ(*run->verdict(), Verdict::kAborted);
    const auto events = run->events();
    ASSERT_TRUE(events);
    bool safe = false;
    for (const auto& stored : *events)
      safe = safe || (stored.event.kind == "safe_state" && stored.event.text == "established and read back");
    EXPECT_TRUE(safe);
  }
}

TEST_F(HandSessionTest, WhatCannotBeginSaysWhy) {
  auto wrong = request();
  wrong.bench = "no_such_bench.json";
  HandSession session(wrong);
  const Status opened = session.opened().get();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_NE(ask(session, Kind::kStep, R"({"step": "wait", "for": "1 s"})"), "");
}

}  // namespace
}  // namespace pumprig::session
