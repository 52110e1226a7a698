#include "firmware/protocol/envelope.h"

#include <gtest/gtest.h>

#include "firmware/protocol/messages.h"

namespace pumpfw::protocol {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes seal(Session& session, const Bytes& body) {
  Bytes out(kMaxPayload);
  out.resize(session.seal(body, out));
  return out;
}

class Envelope : public ::testing::Test {
 protected:
  Session rig{Direction::kToPump, Role::kClinician, 0x1234};
  PumpSessions pump;
  std::span<const std::uint8_t> body;
};

TEST_F(Envelope, RequestArrivesAndTheReplyComesBackInTheSameSession) {
  const Bytes request = seal(rig, {1, 2, 3});
  const auto opened = pump.open(request);
  ASSERT_EQ(opened.status, OpenStatus::kOk);
  EXPECT_EQ(opened.role, Role::kClinician);
  EXPECT_EQ(Bytes(opened.body.begin(), opened.body.end()), (Bytes{1, 2, 3}));
  Bytes reply(kMaxPayload);
  reply.resize(pump.seal(opened.role, Bytes{4, 5}, reply));
  ASSERT_EQ(rig.open(reply, body), OpenStatus::kOk);
  EXPECT_EQ(Bytes(body.begin(), body.end()), (Bytes{4, 5}));
}

TEST_F(Envelope, SameFrameAgainOrAnOlderOneIsReplayed) {
  const Bytes first = seal(rig, {1}), second = seal(rig, {2});
  EXPECT_EQ(pump.open(second).status, OpenStatus::kOk);
  EXPECT_EQ(pump.open(second).status, OpenStatus::kReplayed);
  EXPECT_EQ(pump.open(first).status, OpenStatus::kReplayed);
  EXPECT_EQ(pump.open(seal(rig, {3})).status, OpenStatus::kOk);
}

TEST_F(Envelope, RigTakesNoReplyOfAnotherSessionAndNoneTwice) {
  Session stranger(Direction::kToPump, Role::kClinician, 0x9999);
  pump.open(seal(stranger, {1}));
  Bytes reply(kMaxPayload);
  reply.resize(pump.seal(Role::kClinician, Bytes{4}, reply));
  EXPECT_EQ(rig.open(reply, body), OpenStatus::kOtherSession);
  EXPECT_EQ(stranger.open(reply, body), OpenStatus::kOk);
  EXPECT_EQ(stranger.open(reply, body), OpenStatus::kReplayed);
}

TEST_F(Envelope, RolesHaveCountersOfTheirOwn) {
  Session patient(Direction::kToPump, Role::kPatient, 0x77);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(pump.open(seal(rig, {1})).status, OpenStatus::kOk);
  const auto opened = pump.open(seal(patient, {2}));
  EXPECT_EQ(opened.status, OpenStatus::kOk);
  EXPECT_EQ(opened.role, Role::kPatient);
}

TEST_F(Envelope, EveryKindOfWrongHeadIsNamed) {
  const Bytes good = seal(rig, {1});
  const auto with = [&](std::size_t at, std::uint8_t value) {
    Bytes changed = good;
    changed[at] = value;
    return pump.open(changed).status;
  };
  EXPECT_EQ(with(0, kMajor + 1), OpenStatus::kOtherMajor);
  EXPECT_EQ(with(2, 1), OpenStatus::kUnknownSuite);
  EXPECT_EQ(with(3, 0), OpenStatus::kUnknownRole);
  EXPECT_EQ(with(3, 4), OpenStatus::kUnknownRole);
  EXPECT_EQ(with(4, 1), OpenStatus::kWrongDirection);
  EXPECT_EQ(pump.open(Bytes(kHeadSize - 1, kMajor)).status, OpenStatus::kTooShort);
  EXPECT_EQ(with(1, 200), OpenStatus::kOk) << "a newer minor is accepted";
}

TEST_F(Envelope, ReflectedRequestIsNoReply) {
  const Bytes request = seal(rig, {1});
  EXPECT_EQ(rig.open(request, body), OpenStatus::kWrongDirection);
}

TEST_F(Envelope, PumpOfAnotherMajorIsToldApartByItsRefusal) {
  Bytes request = seal(rig, {1, 2, 3});
  request[0] = 9;
  Bytes out(kMaxPayload);
  out.resize(PumpSessions::refusal(pump.open(request).status, request, out));
  EnvelopeHead head;
  EXPECT_EQ(read_head(out, head), OpenStatus::kOk);
  EXPECT_EQ(head.session_id, 0x1234U);
  ReplyHead reply;
  std::span<const std::uint8_t> fields;
  ASSERT_TRUE(read_body(std::span<const std::uint8_t>(out).subspan(kHeadSize), reply, fields));
  EXPECT_EQ(reply.status, StatusCode::kUnsupportedVersion);
  EXPECT_EQ(PumpSessions::refusal(OpenStatus::kReplayed, request, out), 0U) << "nothing else is answered";
}

TEST_F(Envelope, LargestBodyFitsAndOneByteMoreDoesNot) {
  EXPECT_EQ(seal(rig, Bytes(kMaxBody, 7)).size(), kHeadSize + kMaxBody);
  EXPECT_TRUE(seal(rig, Bytes(kMaxBody + 1, 7)).empty());
  EXPECT_TRUE(seal(rig, {}).empty());
  Bytes small(kHeadSize + 2);
  EXPECT_EQ(rig.seal(Bytes{1, 2, 3}, small), 0U);
}

}  // namespace
}  // namespace pumpfw::protocol
