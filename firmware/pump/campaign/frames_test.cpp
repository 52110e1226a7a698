// REQ-606: whatever arrives on the line, a message is taken whole or not at all.
#include <gtest/gtest.h>

#include <optional>

#include "firmware/protocol/permissions.h"
#include "firmware/pump/campaign/action.h"
#include "firmware/pump/campaign/count.h"
#include "firmware/pump/campaign/frames.h"
#include "firmware/pump/campaign/pump_state.h"
#include "firmware/pump/testing/programs.h"

namespace pumpfw::campaign {
namespace {

using protocol::MessageType;
using pumpfw::testing::FakeBoard;

Pump::Config test_image() {
  Pump::Config config;
  config.build.test_image = true;  // so that the service messages are there as well
  return config;
}

// A pump that gives therapy, and the line to it.
class Line {
 public:
  Line() : board(test_image()) {
    Program program = program_of(0, 500'000, 0);
    pumpfw::testing::begin(board, program);
    board.run_for(kMinute);
  }

  // What arrived whole at the pump with these bytes, of any length.
  std::vector<Bytes> send(const Bytes& bytes) {
    std::vector<Bytes> payloads;
    for (const std::uint8_t byte : bytes) {
      if (decoder_.push(byte)) payloads.emplace_back(decoder_.payload().begin(), decoder_.payload().end());
    }
    board.telemetry.clear();
    board.receiver_stays_on = true;
    board.send(bytes);
    return payloads;
  }
  std::vector<Reply> replies() {
    board.run_for(kSecond / 20);
    while (board.pump().self_testing()) board.run_for(kSecond / 20);  // it is answered when it is over
    return replies_in(board.telemetry);
  }

  FakeBoard board;

 private:
  protocol::FrameDecoder decoder_;  // in step with the pump's
};

struct Arrived {
  protocol::EnvelopeHead head;
  protocol::RequestHead request;
  Bytes fields;
};
std::vector<Arrived> requests_in(const std::vector<Bytes>& payloads) {
  std::vector<Arrived> out;
  for (const Bytes& payload : payloads) {
    Arrived arrived;
    std::span<const std::uint8_t> fields;
    if (payload.size() < protocol::kHeadSize || !protocol::decode(payload, arrived.head, protocol::Trailing::kIgnored)) continue;
    if (!protocol::read_body(std::span(payload).subspan(protocol::kHeadSize), arrived.request, fields)) continue;
    arrived.fields.assign(fields.begin(), fields.end());
    out.push_back(arrived);
  }
  return out;
}

// One of the messages that arrived asked for just this program, with a checksum that fits.
bool was_asked_for(const std::vector<Arrived>& arrived, const Program& program) {
  for (const Arrived& one : arrived) {
    protocol::WriteProgram message;
    if (one.request.type != MessageType::kWriteProgram) continue;
    if (!protocol::decode(one.fields, message, protocol::Trailing::kRefused)) continue;
    if (message.program == program && message.crc == protocol::checksum(program)) return true;
  }
  return false;
}

struct Counts {
  std::uint64_t changes = 0;
  std::uint64_t programs = 0;
  std::uint64_t refusals = 0;
};

// While the pump tests itself it says so, and that is all that may have changed.
State but_for_a_self_test(State after, const State& before, const std::vector<Arrived>& arrived) {
  for (const Arrived& one : arrived) {
    const bool asked = one.request.type == MessageType::kSelfTest && protocol::permitted(one.head.role, MessageType::kSelfTest);
    if (asked && after.therapy == TherapyState::kSelfTest) after.therapy = before.therapy;
  }
  return after;
}

void judge(const State& before, const State& after, const std::vector<Arrived>& arrived, const std::vector<Reply>& replies,
           Counts& counts) {
  bool accepted = false, erased = false;
  for (const Reply& reply : replies) {
    if (reply.head.status != StatusCode::kOk) {
      ++counts.refusals;
      continue;
    }
    accepted = accepted || !protocol::reads_only(reply.head.type);
    erased = erased || reply.head.type == MessageType::kEstablishState;
    bool permitted = false;
    for (const Arrived& one : arrived) {
      permitted = permitted || (one.request.type == reply.head.type && protocol::permitted(one.head.role, one.request.type));
    }
    EXPECT_TRUE(permitted) << "done, and nobody asked who may: message " << static_cast<int>(reply.head.type);
  }
  if (before == after) return;
  ++counts.changes;
  EXPECT_TRUE(accepted) << "something has changed, and no reply says so";
  EXPECT_EQ(after.program, after.copy) << "the two copies differ";
  if (before.program == after.program) return;
  ++counts.programs;
  if (erased && after.program == Program{}) return;
  EXPECT_EQ(check(after.program).status, StatusCode::kOk) << "a program that breaks a rule";
  EXPECT_TRUE(was_asked_for(arrived, after.program)) << "a program that nobody wrote";
  EXPECT_EQ(after.revision, before.revision + 1);
}

std::string hex(const Bytes& bytes) {
  std::string out;
  for (const std::uint8_t byte : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

TEST(Frames, AlteredOnesOfEveryKindAndRoleAreTakenWholeOrNotAtAll) {
  const std::uint64_t frames = count_from("PUMPFW_FRAMES", 5'000);
  constexpr std::uint64_t kFramesAPump = 100;
  Random random(17);
  Counts counts;
  std::optional<Line> line;
  Address address;
  for (std::uint64_t i = 0; i < frames; ++i) {
    if (i % kFramesAPump == 0) line.emplace();
    address.session = 1 + static_cast<std::uint32_t>(i);  // the pump takes up a new one, so that no counter stands before the fields
    address.nonce = static_cast<std::uint32_t>(random() % 8 == 0 ? address.nonce : i + 1);
    const Bytes first = any_payload(random, address);
    const Bytes bytes = altered(random, first, any_payload(random, {address.role, address.session, 2, address.nonce + 1'000'000}));
    if (bytes.empty()) continue;
    const State before = state_of(line->board.pump());
    const std::vector<Arrived> arrived = requests_in(line->send(bytes));
    const State after = but_for_a_self_test(state_of(line->board.pump()), before, arrived);
    judge(before, after, arrived, line->replies(), counts);
    ASSERT_FALSE(HasFailure()) << "frame " << i << ": " << hex(bytes);
  }
  // They are about something.
  EXPECT_GT(counts.changes, frames / 50);
  EXPECT_GT(counts.programs, frames / 500);
  EXPECT_GT(counts.refusals, frames / 10);
}

// REQ-602, of the clear suite, whose counters are no proof against a liar but against the same bytes once more. Of the sealed suite:
// rig/security/whole_pump_test.cpp.
TEST(Frames, ARecordedSessionPlayedAgainDoesNothing) {
  Line line;
  const Program other = program_of(2, 600'000, 1);
  std::vector<Bytes> recorded;
  Address address;
  address.session = 9;
  const auto ask = [&](const auto& message) {
    recorded.push_back(request(message, address));
    ++address.counter;
    ++address.nonce;
    line.send(recorded.back());
    const std::vector<Reply> replies = line.replies();
    ASSERT_EQ(replies.size(), 1U);
    EXPECT_EQ(replies[0].head.status, StatusCode::kOk) << recorded.size();
  };
  ask(protocol::StopTherapy{});
  ask(protocol::WriteProgram{other, protocol::checksum(other)});
  ask(protocol::EnterReservoir{10'000'000, true, 0});
  ask(protocol::StartTherapy{});
  ask(protocol::GiveBolus{1'000, 60});
  ask(protocol::SetClock{kCalendarSetTo});
  line.board.run_for(kHour);
  for (const Bytes& frame : recorded) {
    const State before = state_of(line.board.pump());
    line.send(frame);
    EXPECT_EQ(state_of(line.board.pump()), before);
    EXPECT_TRUE(line.replies().empty());
  }
}

}  // namespace
}  // namespace pumpfw::campaign
