// The worked session of docs/telemetry_security.md, which a third implementation (Python's hmac and hashlib) computed.
#include "firmware/security/key_schedule.h"

#include <gtest/gtest.h>

#include "firmware/security/testing/vectors.h"

namespace pumpfw::security {
namespace {

using namespace testing;

Key counting(std::uint8_t from) {
  Key key;
  for (std::uint8_t& byte : key) byte = from++;
  return key;
}

protocol::OpenSession request() {
  protocol::OpenSession out;
  out.session_id = 0x01020304;
  out.session_counter = 5;
  out.ephemeral = x25519_public(counting(0x20));
  return out;
}

constexpr DeviceId kDevice{'V', 'B', '-', '0', '0', '0', '7'};
constexpr std::uint32_t kNonce = 0x0A0B0C0D;

TEST(KeySchedule, ProofsAreThoseOfTheWorkedSession) {
  const Transcript transcript(kDevice, protocol::Role::kClinician, kNonce, request());
  EXPECT_EQ(bytes(request().ephemeral), hex("358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254"));
  const Key authentication = authentication_key(counting(0));
  EXPECT_EQ(bytes(authentication), hex("b3242b5fd398c17089f2c0608d1403b175a2c31989f27919ac666131dc7582c5"));
  EXPECT_EQ(bytes(request_proof(authentication, transcript)), hex("20d167dd378a7779684d0cf695cff234a56184fb9c223e78d0fd889bbca8396a"));
  EXPECT_EQ(bytes(replayed_proof(authentication, transcript, 9)), hex("76e2f8f562a2bd156ba347447fa7fc8bb6f75cbb6934424784723d338f6ad0e8"));
}

TEST(KeySchedule, SessionKeysAreThoseOfTheWorkedSession) {
  Transcript transcript(kDevice, protocol::Role::kClinician, kNonce, request());
  Key shared;
  ASSERT_TRUE(x25519_shared(counting(0x40), request().ephemeral, shared));
  transcript.add_pump_ephemeral(x25519_public(counting(0x40)));
  const SessionKeys keys = session_keys(shared, counting(0), transcript);
  EXPECT_EQ(bytes(keys.to_pump), hex("bc6432bf5b0812990a4cadebb109cfcadec8f901a123d5495a2b2ae400a02698"));
  EXPECT_EQ(bytes(keys.from_pump), hex("19e7ce6de341e17598f65957f36d8bfae4da267b71eeaf01cf173a4e79ce5eab"));
  EXPECT_EQ(bytes(accept_proof(keys, transcript)), hex("14f2674781223f7aab73180d0c2d340036a1070da75284b3d2f574cc27235be9"));

  Buffer frame = hex("02000102000403020101000000020e0c0b0a");  // head of version 2.0, then the body of a read_status
  const Tag tag = aead_seal(keys.to_pump, aead_nonce(0x01020304, 1), Bytes(frame).first(13), std::span(frame).subspan(13));
  frame.insert(frame.end(), tag.begin(), tag.end());
  EXPECT_EQ(frame, hex("02000102000403020101000000ee4b2daf9ae17562f097d3e2878fd93335cf5e34ee"));
}

}  // namespace
}  // namespace pumpfw::security
