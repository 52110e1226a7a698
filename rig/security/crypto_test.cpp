// The rig's cryptography against what its standards publish: the same vectors that the pump's is held to.
#include "rig/security/crypto.h"

#include <gtest/gtest.h>

#include "firmware/security/crypto.h"
#include "firmware/security/testing/vectors.h"
#include "rig/security/chance.h"

namespace pumprig::security {
namespace {

namespace pump = pumpfw::security;
using namespace pumpfw::security::testing;

Secret secret(std::string_view digits) {
  return Secret(fixed<32>(digits));
}

TEST(RigCrypto, X25519GivesThePointsOfRfc7748) {
  for (const Agreement& vector : kX25519) {
    Secret shared;
    EXPECT_TRUE(x25519_shared(secret(vector.secret), fixed<32>(vector.point), shared));
    EXPECT_EQ(bytes(shared.view()), hex(vector.shared));
    if (vector.point == kBase) {
      EXPECT_EQ(bytes(x25519_public(secret(vector.secret))), hex(vector.shared));
    }
  }
  for (const char* point : kSmallOrder) {
    Secret shared;
    EXPECT_FALSE(x25519_shared(secret(kX25519[0].secret), fixed<32>(point), shared)) << point;
  }
}

TEST(RigCrypto, HkdfGivesTheKeysOfRfc5869) {
  for (const Hkdf& vector : kHkdf) {
    Buffer out(42);
    hkdf_sha256(hex(vector.salt), hex(vector.input), hex(vector.info), out);
    EXPECT_EQ(out, hex(vector.output));
  }
}

TEST(RigCrypto, HmacGivesTheTagsOfRfc4231) {
  EXPECT_EQ(bytes(hmac_sha256(text("Jefe"), text("what do ya want for nothing?"))),
            hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}

TEST(RigCrypto, ChaCha20Poly1305GivesTheBytesOfRfc8439) {
  Buffer data = text(Aead::kPlain);
  const Tag tag = aead_seal(secret(Aead::kKey), fixed<12>(Aead::kNonce), hex(Aead::kAssociated), data);
  EXPECT_EQ(data, hex(Aead::kCipher));
  EXPECT_EQ(bytes(tag), hex(Aead::kTag));
  EXPECT_TRUE(aead_open(secret(Aead::kKey), fixed<12>(Aead::kNonce), hex(Aead::kAssociated), data, tag));
  EXPECT_EQ(data, text(Aead::kPlain));
}

TEST(RigCrypto, BothLibrariesAgreeOnRandomInputsOfEveryLength) {
  Chance chance = Chance::seeded(1, "both libraries");
  for (std::size_t size = 0; size <= 200; ++size) {
    Secret key;
    chance.fill(key.fill());
    pump::Key same;
    std::copy(key.view().begin(), key.view().end(), same.begin());
    AeadNonce nonce;
    chance.fill(nonce);
    Buffer data(size);
    chance.fill(data);
    Buffer associated(size % 40);
    chance.fill(associated);
    Buffer theirs = data;
    const Tag tag = aead_seal(key, nonce, associated, data);
    EXPECT_EQ(pump::aead_seal(same, nonce, associated, theirs), tag) << size;
    EXPECT_EQ(theirs, data) << size;
    EXPECT_EQ(hmac_sha256(associated, data), pump::hmac_sha256(associated, data)) << size;
    Buffer ours(size + 1);
    Buffer pumps(size + 1);
    hkdf_sha256(associated, data, nonce, ours);
    pump::hkdf_sha256(associated, data, nonce, pumps);
    EXPECT_EQ(ours, pumps) << size;
    EXPECT_EQ(x25519_public(key), pump::x25519_public(same)) << size;
  }
}

TEST(RigCrypto, ASeedGivesTheSameBytesAgainAndTheSystemDoesNot) {
  std::array<std::uint8_t, 37> a;
  std::array<std::uint8_t, 37> b;
  Chance::seeded(7, "x").fill(a);
  Chance::seeded(7, "x").fill(b);
  EXPECT_EQ(a, b);
  Chance::seeded(8, "x").fill(b);
  EXPECT_NE(a, b);
  Chance::system().fill(a);
  Chance::system().fill(b);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace pumprig::security
