// REQ-605: the link is cut after every single byte of a whole program update: what goes before it, the update, what comes after. The old
// program runs, or the new one; never neither, never stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "firmware/pump/campaign/action.h"
#include "firmware/pump/campaign/wire.h"
#include "firmware/pump/testing/therapies.h"

namespace pumpfw::campaign {
namespace {

using pumpfw::testing::FakeBoard;

// The requests of a session in order, each sent when the one before it has been answered.
std::vector<Bytes> session_for(const Program& program) {
  Address address;
  address.session = 77;
  std::vector<Bytes> out;
  const auto ask = [&](const auto& message) {
    out.push_back(request(message, address));
    ++address.counter;
    ++address.nonce;
  };
  ask(protocol::Identify{});
  ask(protocol::ReadStatus{});
  ask(protocol::ReadProgram{});
  ask(protocol::WriteProgram{program, protocol::checksum(program)});
  ask(protocol::ReadProgram{});
  ask(protocol::ReadLog{});
  ask(protocol::ReadStatus{});
  return out;
}
constexpr std::size_t kUpdate = 3;  // the request that writes

enum class Sent : std::uint8_t { kNotAll, kAllButItsEnd, kWhole };  // of the update

Pump::Config planted(Mutant mutant) {
  Pump::Config config;
  config.mutant = mutant;
  return config;
}

// Sends `bytes` of the session and nothing more. `wrong_answers` counts the requests that were answered otherwise than once.
Sent send_part(FakeBoard& board, const std::vector<Bytes>& session, std::size_t bytes, std::size_t& wrong_answers) {
  for (std::size_t i = 0; i < session.size(); ++i) {
    const std::size_t arrived = std::min(bytes, session[i].size());
    board.send(std::span(session[i]).first(arrived));
    if (arrived < session[i].size()) {
      if (i == kUpdate && arrived + 1 == session[i].size()) return Sent::kAllButItsEnd;
      return i > kUpdate ? Sent::kWhole : Sent::kNotAll;
    }
    bytes -= arrived;
    for (int k = 0; k < 50 && board.telemetry.empty(); ++k) board.run_for(100);
    if (replies_in(board.telemetry).size() != 1) ++wrong_answers;
    board.telemetry.clear();
  }
  return Sent::kWhole;
}

// Another session, whatever the old one left behind. A pump that is still busy with that says so, and is asked again.
std::optional<protocol::ProgramReply> read_program(FakeBoard& board) {
  Address address;
  address.session = 78;
  for (int attempt = 0; attempt < 3; ++attempt, ++address.counter, ++address.nonce) {
    board.telemetry.clear();
    board.send(request(protocol::ReadProgram{}, address));
    board.run_for(kSecond);
    for (const Reply& reply : replies_in(board.telemetry)) {
      const bool mine = reply.head.type == protocol::MessageType::kReadProgram && reply.head.nonce == address.nonce;
      protocol::ProgramReply read;
      if (!mine || reply.head.status != StatusCode::kOk) continue;
      if (protocol::decode(reply.fields, read, protocol::Trailing::kIgnored)) return read;
    }
  }
  return std::nullopt;
}

std::size_t size_of(std::span<const Bytes> session) {
  std::size_t size = 0;
  for (const Bytes& frame : session) size += frame.size();
  return size;
}

Tick longest_gap(const std::vector<Tick>& steps, Tick from, Tick to) {
  Tick longest = 0, last = from;
  for (const Tick step : steps) {
    if (step < from) continue;
    longest = std::max(longest, step - last);
    last = step;
  }
  return std::max(longest, to - last);
}

// What is wrong after a cut behind so many bytes of the session; empty: nothing.
std::string cut_after(std::size_t bytes, const Program& before, const Program& after, Mutant mutant) {
  const std::vector<Bytes> session = session_for(after);
  FakeBoard board(planted(mutant));
  pumpfw::testing::begin(board, before);
  pumpfw::testing::set_clock(board, pumpfw::testing::kMonday);
  board.run_for(kMinute);
  const Tick from = board.rtc_now();
  std::size_t wrong_answers = 0;
  const Sent arrived = send_part(board, session, bytes, wrong_answers);
  board.run_for(15 * kSecond);
  const TherapyState state = board.pump().therapy_state();
  if (wrong_answers != 0) return "a request is not answered once";
  if (state != TherapyState::kRunning && state != TherapyState::kPeriodicBolus) return "therapy does not run";
  if (board.pump().program() != (arrived == Sent::kWhole ? after : before)) return "the wrong program holds";
  if (longest_gap(board.steps, from, board.rtc_now()) > 10 * kSecond) return "therapy pauses";
  // The link is back. The zero that the next frame begins with may be the end that the update lacked.
  const auto read = read_program(board);
  if (!read) return "the pump does not tell its program";
  if (read->program != (arrived == Sent::kNotAll ? before : after)) return "the wrong program is told";
  return read->crc == protocol::checksum(read->program) ? "" : "its checksum is wrong";
}

std::string cut_everywhere(const Program& before, const Program& after, Mutant mutant = Mutant::kNone) {
  const std::size_t size = size_of(session_for(after));
  for (std::size_t bytes = 0; bytes <= size; ++bytes) {
    const std::string finding = cut_after(bytes, before, after, mutant);
    if (!finding.empty()) return finding + ", cut after " + std::to_string(bytes) + " bytes";
  }
  return {};
}

// And the supply with it: at every tick from the update's last byte to its answer, with the record torn at any byte.
std::string cut_with_the_supply(Mutant mutant = Mutant::kNone) {
  const Program before = pumpfw::testing::bolus_program(500'000);
  const Program after = pumpfw::testing::bolus_program(700'000);
  const std::vector<Bytes> session = session_for(after);
  const std::size_t bytes = size_of(std::span(session).first(kUpdate + 1));
  std::size_t old_ones = 0, new_ones = 0, wrong_answers = 0;
  for (Tick ticks = 0; ticks < 200; ++ticks) {
    const std::string when = ", " + std::to_string(ticks) + " ticks after the update";
    FakeBoard board(planted(mutant));
    pumpfw::testing::begin(board, before);
    board.run_for(kMinute);
    send_part(board, session, bytes - 1, wrong_answers);
    board.telemetry.clear();
    board.send(std::span(session[kUpdate]).last(1));
    board.run_for(ticks);
    const bool answered = !board.telemetry.empty();
    board.torn_write = ticks * 7 % 120;
    board.reboot(hal::ResetCause::kBrownOut);
    board.run_for(5 * kSecond);
    if (board.pump().therapy_state() != TherapyState::kRunning) return "therapy does not run" + when;
    const bool changed = board.pump().program() == after;
    if (!changed && board.pump().program() != before) return "the program is neither" + when;
    if (!changed && answered) return "an answered update is lost" + when;
    ++(changed ? new_ones : old_ones);
  }
  if (wrong_answers != 0) return "a request is not answered once";
  return old_ones == 0 || new_ones == 0 ? "the cuts miss the writing" : "";
}

const Program kBefore = pumpfw::testing::bolus_program(500'000);
const Program kAfter = pumpfw::testing::bolus_program(700'000);

TEST(CutLink, AfterAnyByteOfAnUpdateLeavesTheOldProgramRunningOrTheNewOne) {
  EXPECT_EQ(cut_everywhere(kBefore, kAfter), "");
}

TEST(CutLink, AfterAnyByteOfTheLongestProgramTheSameHolds) {
  Program longest;
  longest.mode = protocol::BasalMode::kDaySchedule;
  for (const std::uint8_t days : {std::uint8_t{0x1F}, std::uint8_t{0x60}}) {
    for (std::uint16_t hour = 0; hour < 24; ++hour) {
      longest.segments.push({days, static_cast<std::uint16_t>(60 * hour), 500'000U + 1'000U * hour});
    }
  }
  ASSERT_EQ(check(longest).status, StatusCode::kOk);
  EXPECT_EQ(cut_everywhere(kBefore, longest), "");
}

TEST(CutLink, WithTheSupplyWhileTheUpdateIsWrittenLeavesTheOldProgramRunningOrTheNewOne) {
  EXPECT_EQ(cut_with_the_supply(), "");
}

// The tests above are tested: each mistake must be seen, and for what it is.
TEST(CutLink, APlantedMistakeIsFound) {
  const auto found = [](Mutant mutant) { return cut_everywhere(kBefore, kAfter, mutant); };
  EXPECT_THAT(found(Mutant::kLostLinkStops), ::testing::StartsWith("therapy does not run"));
  EXPECT_THAT(found(Mutant::kCutUpdateTaken), ::testing::StartsWith("the wrong program holds"));
  EXPECT_THAT(found(Mutant::kUpdateStops), ::testing::StartsWith("therapy does not run"));
  EXPECT_THAT(found(Mutant::kUpdatePauses), ::testing::StartsWith("therapy pauses"));
  EXPECT_THAT(cut_with_the_supply(Mutant::kUpdateAnsweredEarly), ::testing::StartsWith("an answered update is lost"));
}

}  // namespace
}  // namespace pumpfw::campaign
