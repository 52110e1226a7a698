// The rig's end (libsodium, OpenSSL) and the pump's end (BearSSL) of suite 1, written apart, talk to each other.
#include <gtest/gtest.h>

#include <random>

#include "rig/security/testing/pair.h"

namespace pumprig::security {
namespace {

using namespace testing;

TEST(Sessions, OpenForEveryRoleAndCarryBodiesOfEverySize) {
  for (const Role role : kRoles) {
    Pair pair(role);
    pair.connect(1);
    for (std::size_t size = 1; size <= protocol::kMaxBody; ++size) {
      const Bytes body(size, static_cast<std::uint8_t>(size));
      const Bytes payload = pair.to_pump(body);
      ASSERT_EQ(payload.size(), protocol::kHeadSize + size + protocol::kMaxTag);
      const auto opened = pair.server.open(payload, pair.now);
      ASSERT_EQ(opened.status, OpenStatus::kOk) << size;
      ASSERT_TRUE(std::ranges::equal(opened.body, body));
    }
    EXPECT_TRUE(pair.to_pump(Bytes(protocol::kMaxBody + 1)).empty());
    EXPECT_TRUE(pair.from_pump(Bytes(protocol::kMaxBody + 1)).empty());
  }
}

TEST(Sessions, HideWhatIsSaid) {
  Pair pair;
  pair.connect(1);
  const Bytes body(64, 0x41);
  const Bytes payload = pair.to_pump(body);
  const Bytes four(4, 0x41);
  EXPECT_EQ(std::search(payload.begin(), payload.end(), four.begin(), four.end()), payload.end());
}

TEST(Sessions, WithAnotherKeyAreRefusedAndTheReplyProvesNothing) {
  Pair pair;
  SealedSession stranger(Role::kClinician, device(), key_of(Role::kPatient));
  protocol::OpenSessionReply reply;
  const auto request = stranger.begin(5, 6, 1, pair.chance);
  EXPECT_EQ(pair.server.open_session(Role::kClinician, 6, request, pair.now, pair.rtc, reply), StatusCode::kNotAuthentic);
  EXPECT_FALSE(stranger.finish(reply));
  EXPECT_FALSE(stranger.is_open());
  EXPECT_FALSE(pair.server.in_session(Role::kClinician));
}

TEST(Sessions, OfOneRoleDoNotOpenForAnother) {
  Pair pair;
  protocol::OpenSessionReply reply;
  const auto request = pair.rig.begin(5, 6, 1, pair.chance);
  EXPECT_EQ(pair.server.open_session(Role::kPatient, 6, request, pair.now, pair.rtc, reply), StatusCode::kNotAuthentic);
}

TEST(Sessions, RecordedOnOnePumpDoNotOpenOnAnotherWithTheSameKeys) {
  Pair pair;
  pump::DeviceId other = device();
  other[10] = '2';
  Chance chance = Chance::seeded(3, "other");
  pump::SecureSessions second({other, false, &Pair::draw, &chance});
  second.restore(keyed_state(), pair.rtc);
  protocol::OpenSessionReply reply;
  const auto request = pair.rig.begin(5, 6, 1, pair.chance);
  EXPECT_EQ(second.open_session(Role::kClinician, 6, request, pair.now, pair.rtc, reply), StatusCode::kNotAuthentic);
}

TEST(Sessions, ThatAreReplayedAreRefusedAlsoAfterAReset) {
  Pair pair;
  protocol::OpenSessionReply reply;
  const auto request = pair.rig.begin(5, 6, 41, pair.chance);
  ASSERT_EQ(pair.server.open_session(Role::kClinician, 6, request, pair.now, pair.rtc, reply), StatusCode::kOk);
  ASSERT_TRUE(pair.server.take_changed());
  EXPECT_EQ(pair.server.open_session(Role::kClinician, 6, request, pair.now, pair.rtc, reply), StatusCode::kSessionReplayed);

  const pump::SecurityState kept = pair.server.state();
  Pair after;
  after.server.restore(kept, pair.rtc);
  EXPECT_EQ(after.server.open_session(Role::kClinician, 6, request, 0, pair.rtc, reply), StatusCode::kSessionReplayed);
  EXPECT_FALSE(after.server.in_session(Role::kClinician));
}

TEST(Sessions, TellARigThatLostCountWhereToGoOnAndProveIt) {
  Pair pair;
  pair.connect(1000);
  protocol::OpenSessionReply reply;
  ASSERT_EQ(pair.ask(1, reply), StatusCode::kSessionReplayed);
  const auto last = pair.rig.last_counter(reply);
  ASSERT_TRUE(last);
  EXPECT_EQ(*last, 1000U);
  reply.session_counter = 5'000'000;
  EXPECT_FALSE(pair.rig.last_counter(reply));
  pair.connect(*last + 1);
  pair.exchange_works();
}

TEST(Sessions, DoNotLetTheCounterBeUsedUpInOneStep) {
  Pair pair;
  protocol::OpenSessionReply reply;
  EXPECT_EQ(pair.ask(~std::uint64_t{0}, reply), StatusCode::kSessionReplayed);
  EXPECT_EQ(pair.ask(pump::kLargestCounterStep, reply), StatusCode::kOk);
}

TEST(Sessions, EndAfterNoMoreThan120SecondsWithoutAnything) {
  Pair pair;
  pair.connect(1);
  pair.now += 109 * kSecond;
  pair.exchange_works();
  const std::uint64_t due = pair.server.due();
  EXPECT_LE(due + 10 * kSecond, pair.now + 120 * kSecond);  // a pump may sleep for 10 s
  const Bytes late = pair.to_pump(Bytes{1});
  EXPECT_EQ(pair.server.open(late, due).status, OpenStatus::kOtherSession);
  pair.server.run(due);
  EXPECT_FALSE(pair.server.in_session(Role::kClinician));
  EXPECT_EQ(pair.server.due(), ~std::uint64_t{0});
  EXPECT_TRUE(pair.from_pump(Bytes{1}).empty());
}

TEST(Sessions, AreNotKeptAliveByWhatIsForged) {
  Pair pair;
  pair.connect(1);
  const std::uint64_t due = pair.server.due();
  Bytes forged = pair.to_pump(Bytes{1, 2, 3});
  forged.back() ^= 1;
  pair.now += 50 * kSecond;
  EXPECT_EQ(pair.server.open(forged, pair.now).status, OpenStatus::kNotAuthentic);
  EXPECT_EQ(pair.server.due(), due);
  EXPECT_EQ(pair.server.forged(), 1U);
}

TEST(Sessions, OfThreeRolesStandBesideEachOther) {
  Pair clinician(Role::kClinician);
  clinician.connect(1);
  SealedSession patient(Role::kPatient, device(), key_of(Role::kPatient));
  protocol::OpenSessionReply reply;
  const auto request = patient.begin(clinician.session_id, 2, 1, clinician.chance);
  ASSERT_EQ(clinician.server.open_session(Role::kPatient, 2, request, clinician.now, clinician.rtc, reply), StatusCode::kOk);
  ASSERT_TRUE(patient.finish(reply));
  clinician.exchange_works();
  Bytes payload(protocol::kMaxPayload);
  payload.resize(patient.seal(Bytes{1}, payload));
  EXPECT_EQ(clinician.server.open(payload, clinician.now).role, Role::kPatient);
}

TEST(Sessions, ANewOneEndsTheOldOneOfItsRole) {
  Pair pair;
  pair.connect(1);
  const Bytes old = pair.to_pump(Bytes{1});
  pair.connect(2);
  EXPECT_EQ(pair.server.open(old, pair.now).status, OpenStatus::kOtherSession);
  pair.exchange_works();
}

TEST(Sessions, RefuseAnEphemeralKeyOfSmallOrder) {
  for (const std::uint8_t low : {std::uint8_t{0}, std::uint8_t{1}}) {
    Pair pair;
    // Only who holds the key can try: so the proof must be right.
    protocol::OpenSession request;
    request.session_id = 5;
    request.session_counter = 1;
    request.ephemeral[0] = low;
    const pump::Transcript transcript(device(), Role::kClinician, 6, request);
    request.mac = pump::request_proof(pump::authentication_key(copy(key_of(Role::kClinician))), transcript);
    protocol::OpenSessionReply reply;
    EXPECT_EQ(pair.server.open_session(Role::kClinician, 6, request, pair.now, pair.rtc, reply), StatusCode::kBadFieldValue);
    EXPECT_FALSE(pair.server.in_session(Role::kClinician));
    EXPECT_EQ(pair.server.state().roles[1].session_counter, 0U);
  }
}

TEST(Sessions, AreRefusedWhenTheChanceOfThePumpIsStuck) {
  struct Stuck {
    static void draw(void*, std::span<std::uint8_t> out) {
      for (std::uint8_t& byte : out) byte = 7;
    }
  };
  pump::SecureSessions server({device(), false, &Stuck::draw, nullptr});
  server.restore(keyed_state(), 0);
  Chance chance = Chance::seeded(1, "rig");
  SealedSession rig(Role::kClinician, device(), key_of(Role::kClinician));
  protocol::OpenSessionReply reply;
  EXPECT_EQ(server.open_session(Role::kClinician, 1, rig.begin(1, 1, 1, chance), 0, 0, reply), StatusCode::kOk);
  EXPECT_EQ(server.open_session(Role::kClinician, 2, rig.begin(2, 2, 2, chance), 0, 0, reply), StatusCode::kInternalFault);
}

// ---- Guessing ----

StatusCode guess(Pair& pair, protocol::OpenSessionReply& reply) {
  ++pair.nonce;
  SealedSession rig(pair.role, device(), key_of(pair.role));
  protocol::OpenSession request = rig.begin(++pair.session_id, pair.nonce, 1'000'000 + pair.nonce, pair.chance);
  request.mac[3] ^= 0x10;
  return pair.server.open_session(pair.role, pair.nonce, request, pair.now, pair.rtc, reply);
}

TEST(Guessing, FiveTimesWrongShutsTheRoleForFiveMinutesAndThenEverLonger) {
  Pair pair;
  std::uint64_t expected = 5 * 60;
  for (int round = 0; round < 12; ++round) {
    protocol::OpenSessionReply reply;
    for (int i = 0; i < 5; ++i) {
      EXPECT_EQ(guess(pair, reply), StatusCode::kNotAuthentic);
      EXPECT_TRUE(pair.server.take_changed());
    }
    EXPECT_EQ(reply.back_off_s, expected);
    EXPECT_EQ(pair.ask(1, reply), StatusCode::kAuthBackOff);  // also with the right key
    EXPECT_FALSE(pair.server.take_changed());
    pair.rtc += (expected - 1) * kSecond;
    EXPECT_EQ(pair.ask(1, reply), StatusCode::kAuthBackOff);
    EXPECT_EQ(reply.back_off_s, 1U);
    pair.rtc += kSecond;
    expected = std::min<std::uint64_t>(2 * expected, 24 * 3600);
  }
  pair.connect(1);
  protocol::OpenSessionReply reply;
  for (int i = 0; i < 5; ++i) guess(pair, reply);
  EXPECT_EQ(reply.back_off_s, 5U * 60);  // the right key has made good
}

TEST(Guessing, IsNotForgivenByAReset) {
  Pair pair;
  protocol::OpenSessionReply reply;
  for (int i = 0; i < 4; ++i) guess(pair, reply);
  Pair after;
  after.server.restore(pair.server.state(), pair.rtc);
  EXPECT_EQ(guess(after, reply), StatusCode::kNotAuthentic);
  EXPECT_EQ(reply.back_off_s, 300U);
  Pair third;
  third.rtc = pair.rtc + 100 * kSecond;
  third.server.restore(after.server.state(), third.rtc);
  EXPECT_EQ(third.ask(1, reply), StatusCode::kAuthBackOff);
  EXPECT_EQ(reply.back_off_s, 200U);
}

TEST(Guessing, CanNotBeShortenedByALostClock) {
  Pair pair;
  protocol::OpenSessionReply reply;
  for (int i = 0; i < 5; ++i) guess(pair, reply);
  Pair after;
  after.rtc = 3 * kSecond;  // begins anew
  after.server.restore(pair.server.state(), after.rtc);
  EXPECT_TRUE(after.server.take_changed());
  EXPECT_EQ(after.ask(1, reply), StatusCode::kAuthBackOff);
  EXPECT_EQ(reply.back_off_s, 300U);
  after.rtc += 300 * kSecond;
  after.connect(1);
}

TEST(Guessing, AtOneRoleShutsNeitherAnotherNorASessionThatIsOpen) {
  Pair pair;
  pair.connect(1);
  protocol::OpenSessionReply reply;
  for (int i = 0; i < 6; ++i) guess(pair, reply);
  pair.exchange_works();
  SealedSession patient(Role::kPatient, device(), key_of(Role::kPatient));
  EXPECT_EQ(pair.server.open_session(Role::kPatient, 1, patient.begin(1, 1, 1, pair.chance), pair.now, pair.rtc, reply), StatusCode::kOk);
}

TEST(Guessing, IsNeitherCountedNorForgivenWhenARecordedRequestIsReplayed) {
  Pair pair;
  protocol::OpenSessionReply reply;
  const auto recorded = pair.rig.begin(5, 6, 1, pair.chance);
  ASSERT_EQ(pair.server.open_session(Role::kClinician, 6, recorded, pair.now, pair.rtc, reply), StatusCode::kOk);
  for (int i = 0; i < 4; ++i) guess(pair, reply);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pair.server.open_session(Role::kClinician, 6, recorded, pair.now, pair.rtc, reply), StatusCode::kSessionReplayed);
  }
  guess(pair, reply);
  EXPECT_EQ(reply.back_off_s, 300U);
}

// ---- Keys ----

TEST(Keys, AreGivenToABlankPumpByWireInASealedSessionOnly) {
  Pair air(Role::kService, false, false);
  protocol::OpenSessionReply reply;
  EXPECT_EQ(air.ask(1, reply), StatusCode::kNoKeys);
  EXPECT_EQ(air.server.provision(true, test_keys()), StatusCode::kByWireOnly);

  Pair wire(Role::kService, false, true);
  EXPECT_FALSE(wire.server.keyed());
  EXPECT_EQ(wire.server.provision(false, test_keys()), StatusCode::kByWireOnly);
  wire.connect(1);
  wire.exchange_works();
  EXPECT_EQ(wire.server.provision(true, test_keys()), StatusCode::kOk);
  EXPECT_TRUE(wire.server.take_changed());
  EXPECT_TRUE(wire.server.keyed());
  wire.exchange_works();  // the answer goes out in the session of the request

  protocol::OpenSessionReply after;
  EXPECT_EQ(wire.ask(2, after), StatusCode::kNotAuthentic);  // the blank key is no key any more
  SealedSession service(Role::kService, device(), key_of(Role::kService));
  EXPECT_EQ(wire.server.open_session(Role::kService, 1, service.begin(1, 1, 1, wire.chance), wire.now, wire.rtc, after), StatusCode::kOk);
  EXPECT_TRUE(service.finish(after));
}

TEST(Keys, OfABlankPumpOpenNothingForPatientAndClinician) {
  for (const Role role : {Role::kPatient, Role::kClinician}) {
    Pair pair(role, false, true);
    protocol::OpenSessionReply reply;
    EXPECT_EQ(pair.ask(1, reply), StatusCode::kNoKeys);
  }
}

TEST(Keys, ThatAreZeroOrEqualAreRefusedWhole) {
  Pair pair(Role::kService, true, true);
  pair.connect(1);
  pair.server.take_changed();
  for (int which = 0; which < 4; ++which) {
    protocol::ProvisionKeys keys = test_keys();
    keys.patient[0] ^= 1;
    if (which == 0) keys.patient = {};
    if (which == 1) keys.service = {};
    if (which == 2) keys.clinician = keys.patient;
    if (which == 3) keys.service = keys.clinician;
    EXPECT_EQ(pair.server.provision(true, keys), StatusCode::kBadFieldValue);
    EXPECT_FALSE(pair.server.take_changed());
    EXPECT_EQ(pair.server.state().roles[0].key, keyed_state().roles[0].key);
  }
}

TEST(Keys, ThatAreNewEndTheSessionsUnderTheOldOnes) {
  Pair pair(Role::kService, true, true);
  pair.connect(1);
  SealedSession patient(Role::kPatient, device(), key_of(Role::kPatient));
  protocol::OpenSessionReply reply;
  ASSERT_EQ(pair.server.open_session(Role::kPatient, 1, patient.begin(1, 1, 1, pair.chance), pair.now, pair.rtc, reply), StatusCode::kOk);
  protocol::ProvisionKeys keys = test_keys();
  keys.patient[0] ^= 1;
  ASSERT_EQ(pair.server.provision(true, keys), StatusCode::kOk);
  EXPECT_FALSE(pair.server.in_session(Role::kPatient));
  EXPECT_EQ(pair.server.open_session(Role::kPatient, 2, patient.begin(2, 2, 2, pair.chance), pair.now, pair.rtc, reply),
            StatusCode::kNotAuthentic);
}

TEST(Keys, ThatWereLostKeepThePumpShut) {
  Pair pair(Role::kService, true, true);
  pump::SecurityState lost;
  lost.keys = pump::KeyState::kLost;
  pair.server.restore(lost, pair.rtc);
  EXPECT_TRUE(pair.server.keyed());
  protocol::OpenSessionReply reply;
  EXPECT_EQ(pair.ask(1, reply), StatusCode::kNoKeys);
}

}  // namespace
}  // namespace pumprig::security
