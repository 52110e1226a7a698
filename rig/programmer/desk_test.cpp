// What the physician does at the desk: it is shown, confirmed, and done to the pump that was meant.
#include <gtest/gtest.h>

#include "rig/programmer/answers.h"
#include "rig/programmer/desk_testing.h"
#include "rig/programmer/review_testing.h"

namespace pumprig::programmer {
namespace {

using clients::MessageType;
using clients::TherapyState;
using ::testing::HasSubstr;

class DeskDoes : public DeskTest {};

TEST_F(DeskDoes, AnotherPumpOnALineThatCameBackIsAskedNothing) {
  ASSERT_TRUE(desk.look());
  pump.identity.board_serial = "PB-0002";
  wire.plug.pull();
  wire.plug.insert();
  EXPECT_FALSE(desk.start());  // the hang-up is noticed
  const auto other = desk.start();
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kProtocol);
  EXPECT_THAT(other.error().text, HasSubstr("its serial number was PB-0001 and is PB-0002"));
  EXPECT_EQ(count(MessageType::kStartTherapy), 0U);
  EXPECT_TRUE(desk.start());  // who was told of it may go on with this one
}

TEST_F(DeskDoes, WhoShowsAReviewHasItAlsoWhereItIsNotConfirmed) {
  std::optional<Review> seen;
  Consent few = given(0);
  few.reviewed = [&](const Review& review) { seen = review; };
  EXPECT_FALSE(desk.prescribe(words, few));
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->confirmations(), 1);
}

TEST_F(DeskDoes, NothingIsProgrammedWithoutTheConfirmationsItNeeds) {
  const auto none = desk.prescribe(words, given(0));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(none.error().text, HasSubstr("give --confirm 1"));
  EXPECT_EQ(count(MessageType::kWriteProgram), 0U);
  const auto done = desk.prescribe(words, given(1));
  ASSERT_TRUE(done) << done.error().describe();
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 250'000U);
  words.dose = "3.9 mg/day";
  const auto big = desk.prescribe(words, given(1));
  ASSERT_FALSE(big);
  EXPECT_THAT(big.error().text, HasSubstr("withdrawal"));
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 250'000U);
  EXPECT_TRUE(desk.prescribe(words, given(2)));
  EXPECT_EQ(noted(Noted::kConfirmed), 3U);
  EXPECT_EQ(noted(Noted::kWritten), 2U);
}

TEST_F(DeskDoes, WhatRunsIsEndedWithoutBeingNamed) {
  pump.status.therapy_state = clients::TherapyState::kPriming;
  ASSERT_TRUE(desk.cancel());
  EXPECT_EQ(count(MessageType::kCancelPrime), 1U);
  pump.status.therapy_state = clients::TherapyState::kBolus;
  ASSERT_TRUE(desk.cancel());
  EXPECT_EQ(count(MessageType::kCancelBolus), 1U);
}

// Morphine was given for years; the fill that ziconotide came with is its first, and the next one, once that ran, a later one.
TEST_F(DeskDoes, FillsAreCountedSinceTheDrugCameIn) {
  pump.clock_offset_s = 30 * 86'400;
  for (std::uint32_t seq = 1; seq <= 3; ++seq) pump.log.push_back({seq, seq, clients::LogCode::kReservoirEntered, 20'000'000, 0});
  pump.log.push_back({4, 4, clients::LogCode::kDrugChanged, 2, 25'000});
  pump.log.push_back({5, 5, clients::LogCode::kTherapyStarted, 96'000, 0});
  EXPECT_EQ(desk.look()->fills, 1);
  pump.log.push_back({6, 29 * 86'400 * 32'768LL, clients::LogCode::kReservoirEntered, 20'000'000, 17'000'000});
  const auto later = desk.look();
  EXPECT_EQ(later->fills, 2);
  EXPECT_TRUE(later->whole_log);
}

TEST_F(DeskDoes, ALogThatIsNotSoundIsSaidAndKeepsNobodyFromTreating) {
  for (std::uint32_t seq = 1; seq <= 6; ++seq) pump.log.push_back({seq, seq, clients::LogCode::kReservoirEntered, 20'000'000, 0});
  pump.log_altered = 3;
  const auto present = desk.look();
  ASSERT_TRUE(present) << present.error().describe();
  EXPECT_FALSE(present->whole_log);
  EXPECT_EQ(present->fills, 0U);
  EXPECT_TRUE(
      std::ranges::any_of(journal.entries(), [](const auto& entry) { return entry.text.find("breaks at entry 3:") != std::string::npos; }));
  EXPECT_FALSE(desk.log(1));
}

// A pump that was filled the first time 13 days ago: nobody is told of 84 days, or that nothing was found amiss.
TEST_F(DeskDoes, WhatALogDoesNotTellIsNotMadeUp) {
  words.drug = "ziconotide";
  words.concentration = "25 mcg/mL";
  words.dose = "2.4 mcg/day";
  ASSERT_TRUE(desk.prescribe(words, given(2)));
  for (std::uint32_t seq = 5; seq <= 9; ++seq) pump.log.push_back({seq, seq, clients::LogCode::kBolusRefused, 0, 0});
  for (const bool forgotten : {true, false}) {
    if (!forgotten) {
      pump.log.front() = {1, 1, clients::LogCode::kReservoirEntered, 20'000'000, 0};
      pump.log.resize(1);
      pump.log.push_back({2, 2, clients::LogCode::kBolusRefused, 0, 0});
      pump.log_altered = 1;
    }
    const std::string why = forgotten ? "the pump's log no longer reaches back to a refill" : "the pump's log is not sound, the chain";
    ASSERT_TRUE(desk.look());
    EXPECT_THAT(desk.state_page(), HasSubstr("\nNext refill not known: the pump's log does not tell when the pump was filled last"));
    EXPECT_THAT(desk.state_page(), HasSubstr("\nHistory     when and with what the pump was filled last is not known: " + why));
    const auto status = status_answer(desk);
    ASSERT_NE(status.find("next_refill_in_days"), nullptr);
    EXPECT_EQ(status.find("next_refill_in_days")->value.kind, json::Node::Kind::kNull);
    EXPECT_EQ(status.find("next_refill_by")->value.kind, json::Node::Kind::kNull);
    EXPECT_FALSE(status.find("history_known")->value.boolean);
    words.dose = "3.6 mcg/day";
    const auto raised = desk.review(words);
    ASSERT_TRUE(raised);
    EXPECT_TRUE(says(*raised, Severity::kNote, why)) << raised->text();
    EXPECT_TRUE(says(*raised, Severity::kConfirm, "when the last program was written is not known")) << raised->text();
    EXPECT_THAT(figure(*raised, "next refill"), HasSubstr("not known"));
    RefillEntry entry;
    entry.volume_nl = 20'000'000;
    entry.measured_nl = 1'000'000;
    const auto refill = review_refill(entry, desk.present());
    EXPECT_FALSE(refill.residual);
    EXPECT_THAT(figure(refill.review, "difference"), HasSubstr("not known"));
    EXPECT_THAT(figure(refill.review, "next refill"), HasSubstr("does not tell whether this is the first fill"));
    EXPECT_TRUE(says(refill.review, Severity::kConfirm, "ask for the record of it, and compare by hand"));
    EXPECT_THAT(refill.review.text(), ::testing::Not(HasSubstr("84 days")));
    const auto told = refill_answer(refill, entry, desk.present());
    EXPECT_EQ(told.find("error_percent")->value.kind, json::Node::Kind::kNull);
    EXPECT_EQ(told.find("next_refill_in_days")->value.kind, json::Node::Kind::kNull);
    entry.fill = Fill::kFirst;  // whoever fills knows
    EXPECT_DOUBLE_EQ(review_refill(entry, desk.present()).next->days, 14);
  }
}

TEST_F(DeskDoes, WhoIsAskedConfirmsOneAfterTheOther) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  words.dose = "2 mg/day";
  std::vector<bool> asked;
  Consent consent;
  consent.ask = [&](const Review&, bool again) {
    asked.push_back(again);
    return !again;
  };
  const auto refused = desk.prescribe(words, consent);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCancelled);
  EXPECT_EQ(asked, (std::vector<bool>{false, true}));
  EXPECT_EQ(pump.program.revision, 1U);
}

// Another programmer writes while somebody reads the review.
TEST_F(DeskDoes, WhatWasConfirmedOfAnotherPumpIsNotWritten) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  words.dose = "5.5 mg/day";
  Consent consent;
  const auto while_read = [&](const std::function<void()>& happens) {
    consent.ask = [happens](const Review&, bool) {
      happens();
      return true;
    };
  };
  while_read([&] {
    pump.program.program.basal_rate_nl_per_day = 50'000;
    ++pump.program.revision;
  });
  const auto stale = desk.prescribe(words, consent);
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code, ErrorCode::kRefused);
  EXPECT_THAT(stale.error().text,
              AllOf(HasSubstr("another program was written, revision 2"), HasSubstr("Nothing was changed; look at it again")));
  EXPECT_TRUE(desk.changed_meanwhile());
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 50'000U);
  pump.program.program.basal_rate_nl_per_day = 250'000;
  while_read([&] { pump.status.therapy_state = TherapyState::kRunning; });
  EXPECT_THAT(desk.prescribe(words, consent).error().text, HasSubstr("therapy was stopped (stopped by a clinician) and is running"));
  while_read([&] { pump.status.therapy_state = TherapyState::kBolus; });  // the patient's: changes nothing of it
  EXPECT_TRUE(desk.prescribe(words, consent));
  EXPECT_FALSE(desk.changed_meanwhile());
  EXPECT_EQ(pump.program.program.basal_rate_nl_per_day, 275'000U);
}

TEST_F(DeskDoes, AnotherVolumeOrBolusMeanwhileIsSeenToo) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  pump.status.therapy_state = TherapyState::kRunning;
  pump.status.tube_concentration_ng_per_ml = 20'000'000;
  Consent consent;
  consent.ask = [&](const Review&, bool) {
    pump.status.steps_total += 8'000;  // 100 uL, as the ledger has it
    pump.status.reservoir_nl -= 100'000;
    return true;
  };
  RefillEntry entry;
  entry.volume_nl = 18'000'000;
  EXPECT_TRUE(desk.refill(entry, consent));
  consent.ask = [&](const Review&, bool) {
    pump.status.reservoir_nl = 12'000'000;
    return true;
  };
  EXPECT_THAT(desk.refill(entry, consent).error().text, HasSubstr("another volume was entered, 12 milliliters"));
  consent.ask = [&](const Review&, bool) {
    ++pump.status.boluses_last_24h;
    return true;
  };
  EXPECT_THAT(desk.bolus("0.5 mg", "30 min", consent).error().text, HasSubstr("a bolus was given"));
  EXPECT_EQ(count(MessageType::kGiveBolus), 0U);
}

// Stopped in the middle of a bridge, what is left of it is bridged by the next program of the same concentration.
TEST_F(DeskDoes, ABridgeThatWasStoppedIsStillABridge) {
  words.concentration = "10 mg/mL";
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  pump.program.program.bridge_volume_nl = 375'000;
  pump.program.program.bridge_rate_nl_per_day = 250'000;
  pump.status.tube_concentration_ng_per_ml = 20'000'000;
  pump.status.phase_remaining_nl = 300'000;
  words.dose = "5.5 mg/day";
  for (const auto state : {TherapyState::kStopped, TherapyState::kHalted, TherapyState::kStallPause, TherapyState::kBridging}) {
    pump.status.therapy_state = state;
    const auto review = desk.review(words);
    ASSERT_TRUE(review) << review.error().describe();
    EXPECT_EQ(review->program.bridge_volume_nl, 300'000U) << static_cast<int>(state);
    EXPECT_EQ(review->program.bridge_rate_nl_per_day, 275'000U);
    PrescribeWords back = words;
    back.concentration = "20 mg/mL";
    EXPECT_TRUE(says(*desk.review(back), Severity::kRefuse, "a bridge to 10 milligrams per milliliter"));
  }
  pump.status.therapy_state = TherapyState::kStopped;
  ASSERT_TRUE(desk.look());
  EXPECT_THAT(desk.state_page(), HasSubstr("start gives the rest of the bridge first, 0.25 milliliters per day, 5 milligrams per day"));
  // What is left grows less while somebody reads.
  pump.status.therapy_state = TherapyState::kBridging;
  Consent consent;
  consent.ask = [&](const Review&, bool) {
    pump.status.phase_remaining_nl = 290'000;
    return true;
  };
  ASSERT_TRUE(desk.prescribe(words, consent));
  EXPECT_EQ(pump.program.program.bridge_volume_nl, 290'000U);
}

TEST_F(DeskDoes, ACorrectionIsEnteredAsOneAndTheLogIsDated) {
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  pump.log = {{1, 0, clients::LogCode::kReservoirEntered, 20'000'000, 0}};
  pump.clock_offset_s = 3'600;
  pump.clock_rate = 1;
  pump.status.local_time_s = 1'772'438'400;
  RefillEntry entry;
  entry.correct = true;
  entry.volume_nl = 18'000'000;
  ASSERT_TRUE(desk.refill(entry, given(1)));
  EXPECT_EQ(pump.status.reservoir_nl, 18'000'000U);
  EXPECT_FALSE(pump.entered.refill);
  EXPECT_EQ(pump.entered.capacity_nl, 20'000'000U);
  const auto log = desk.log();
  ASSERT_TRUE(log);
  const auto told = log_answer(*log, desk.status());
  EXPECT_THAT(told.find("entries")->value.items.front().find("calendar")->value.text, HasSubstr("2026-03-02 0"));
  EXPECT_THAT(journal.entries().back().text, HasSubstr("\n1 2026-03-02 0"));
}

TEST_F(DeskDoes, ThePumpsOwnJudgementOfWhatWasFoundIsTold) {
  RefillEntry entry;
  entry.volume_nl = 20'000'000;
  entry.measured_nl = 1'500'000;
  pump.residual = clients::protocol::Residual::kTooLittleLeft;
  const auto done = desk.refill(entry, given(1));
  ASSERT_TRUE(done) << done.error().describe();
  EXPECT_THAT(journal.entries().back().text, HasSubstr("the pump itself says that too little was left in it"));
  EXPECT_EQ(refill_answer(*done, entry, desk.present()).find("judged_by_pump")->value.text, "too_little_left");
}

TEST_F(DeskDoes, ARefillForAnotherPumpIsRefusedBeforeItIsSent) {
  RefillEntry entry;
  entry.volume_nl = 20'000'000;
  entry.capacity_nl = 40'000'000;
  const auto other = desk.refill(entry, given(2));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::kRefused);
  EXPECT_THAT(other.error().text, HasSubstr("a pump of 40 milliliters was meant, and this one holds 20 milliliters"));
  entry = {};
  entry.volume_nl = 40'000'000;
  EXPECT_THAT(desk.refill(entry, given(2)).error().text, HasSubstr("more than the 20 milliliters"));
  EXPECT_EQ(count(MessageType::kEnterReservoir), 0U);
  entry.volume_nl = 18'000'000;
  EXPECT_TRUE(desk.refill(entry, given(1)));
  EXPECT_EQ(pump.status.reservoir_nl, 18'000'000U);
}

TEST_F(DeskDoes, AnotherDrugAtTheSameConcentrationIsStillAnotherDrug) {
  words.concentration = "2 mg/mL";
  words.dose = "1 mg/day";
  ASSERT_TRUE(desk.prescribe(words, given(1)));
  pump.status.tube_concentration_ng_per_ml = 2'000'000;
  ASSERT_TRUE(desk.start());
  words.drug = "baclofen";
  words.dose = "0.1 mg/day";
  const auto other = desk.prescribe(words, given(2));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().text, HasSubstr("never bridged"));
  ASSERT_TRUE(desk.stop());
  EXPECT_FALSE(desk.prescribe(words, given(1)));
  EXPECT_TRUE(desk.prescribe(words, given(2)));
}

}  // namespace
}  // namespace pumprig::programmer
