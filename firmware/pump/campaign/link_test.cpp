// REQ-605: the link is cut after every single byte of a whole program update: what goes before it, the update, what comes after. The old
// program runs, or the new one; never neither, never stopped.
#include <gtest/gtest.h>

#include "firmware/pump/campaign/action.h"
#include "firmware/pump/campaign/wire.h"
#include "firmware/pump/testing/programs.h"

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

// Sends `bytes` of the session and nothing more.
Sent send_part(FakeBoard& board, const std::vector<Bytes>& session, std::size_t bytes) {
  for (std::size_t i = 0; i < session.size(); ++i) {
    const std::size_t arrived = std::min(bytes, session[i].size());
    board.send(std::span(session[i]).first(arrived));
    if (arrived < session[i].size()) {
      if (i == kUpdate && arrived + 1 == session[i].size()) return Sent::kAllButItsEnd;
      return i > kUpdate ? Sent::kWhole : Sent::kNotAll;
    }
    bytes -= arrived;
    for (int k = 0; k < 50 && board.telemetry.empty(); ++k) board.run_for(100);
    EXPECT_EQ(replies_in(board.telemetry).size(), 1U) << "request " << i;
    board.telemetry.clear();
  }
  return Sent::kWhole;
}

// Another session, whatever the old one left behind. A pump that is still busy with that says so, and is asked again.
protocol::ProgramReply read_program(FakeBoard& board) {
  protocol::ProgramReply read;
  Address address;
  address.session = 78;
  for (int attempt = 0; attempt < 3; ++attempt, ++address.counter, ++address.nonce) {
    board.telemetry.clear();
    board.send(request(protocol::ReadProgram{}, address));
    board.run_for(kSecond);
    for (const Reply& reply : replies_in(board.telemetry)) {
      const bool mine = reply.head.type == protocol::MessageType::kReadProgram && reply.head.nonce == address.nonce;
      if (!mine || reply.head.status != StatusCode::kOk) continue;
      EXPECT_TRUE(protocol::decode(reply.fields, read, protocol::Trailing::kIgnored));
      return read;
    }
  }
  ADD_FAILURE() << "the pump does not tell its program";
  return read;
}

std::size_t size_of(const std::vector<Bytes>& session) {
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

void cut_everywhere(const Program& before, const Program& after) {
  const std::vector<Bytes> session = session_for(after);
  for (std::size_t cut = 0; cut <= size_of(session); ++cut) {
    FakeBoard board;
    pumpfw::testing::begin(board, before);
    board.run_for(kMinute);
    const Tick from = board.rtc_now();
    const Sent arrived = send_part(board, session, cut);
    board.run_for(15 * kSecond);
    ASSERT_TRUE(board.pump().therapy_state() == TherapyState::kRunning || board.pump().therapy_state() == TherapyState::kPeriodicBolus)
        << "cut after " << cut << " bytes";
    ASSERT_EQ(board.pump().program(), arrived == Sent::kWhole ? after : before) << "cut after " << cut << " bytes";
    ASSERT_LE(longest_gap(board.steps, from, board.rtc_now()), 10 * kSecond) << "cut after " << cut << " bytes";
    // The link is back. The zero that the next frame begins with may be the end that the update lacked.
    const protocol::ProgramReply read = read_program(board);
    ASSERT_EQ(read.program, arrived == Sent::kNotAll ? before : after) << "cut after " << cut << " bytes";
    ASSERT_EQ(read.crc, protocol::checksum(read.program));
  }
}

TEST(CutLink, AfterAnyByteOfAnUpdateLeavesTheOldProgramRunningOrTheNewOne) {
  cut_everywhere(pumpfw::testing::bolus_program(500'000), pumpfw::testing::bolus_program(700'000));
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
  cut_everywhere(pumpfw::testing::bolus_program(500'000), longest);
}

// And the supply with it: at every tick from the update's last byte to its answer, with the record torn at any byte.
TEST(CutLink, WithTheSupplyWhileTheUpdateIsWrittenLeavesTheOldProgramRunningOrTheNewOne) {
  const Program before = pumpfw::testing::bolus_program(500'000);
  const Program after = pumpfw::testing::bolus_program(700'000);
  const std::vector<Bytes> session = session_for(after);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i <= kUpdate; ++i) bytes += session[i].size();
  std::size_t old_ones = 0, new_ones = 0;
  for (Tick ticks = 0; ticks < 200; ++ticks) {
    FakeBoard board;
    pumpfw::testing::begin(board, before);
    board.run_for(kMinute);
    send_part(board, session, bytes - 1);
    board.telemetry.clear();
    board.send(std::span(session[kUpdate]).last(1));
    board.run_for(ticks);
    const bool answered = !board.telemetry.empty();
    board.torn_write = ticks * 7 % 120;
    board.reboot(hal::ResetCause::kBrownOut);
    board.run_for(5 * kSecond);
    ASSERT_EQ(board.pump().therapy_state(), TherapyState::kRunning) << ticks;
    const bool changed = board.pump().program() == after;
    ASSERT_TRUE(changed || board.pump().program() == before) << ticks;
    ASSERT_TRUE(changed || !answered) << "an answered update is lost, ticks " << ticks;
    ++(changed ? new_ones : old_ones);
  }
  EXPECT_GT(old_ones, 0U);
  EXPECT_GT(new_ones, 0U);
}

}  // namespace
}  // namespace pumpfw::campaign
