// The pump's cryptography against what its standards publish.
#include "firmware/security/crypto.h"

#include <gtest/gtest.h>

#include "firmware/security/testing/vectors.h"

namespace pumpfw::security {
namespace {

using namespace testing;

TEST(Crypto, Sha256GivesTheDigestsOfFips180) {
  EXPECT_EQ(bytes(sha256(text("abc"))), hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_EQ(bytes(sha256({})), hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
  EXPECT_EQ(bytes(sha256(text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            hex("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
}

TEST(Crypto, Sha256InPartsIsSha256OfTheWhole) {
  Buffer data(1000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  Sha256 hash;
  for (std::size_t at = 0; at < data.size(); at += 13) hash.add(Bytes(data).subspan(at, std::min<std::size_t>(13, data.size() - at)));
  EXPECT_EQ(hash.finish(), sha256(data));
}

TEST(Crypto, HmacGivesTheTagsOfRfc4231) {
  EXPECT_EQ(bytes(hmac_sha256(Buffer(20, 0x0b), text("Hi There"))),
            hex("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"));
  EXPECT_EQ(bytes(hmac_sha256(text("Jefe"), text("what do ya want for nothing?"))),
            hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}

TEST(Crypto, HkdfGivesTheKeysOfRfc5869) {
  for (const Hkdf& vector : kHkdf) {
    Buffer out(42);
    hkdf_sha256(hex(vector.salt), hex(vector.input), hex(vector.info), out);
    EXPECT_EQ(out, hex(vector.output));
  }
}

TEST(Crypto, X25519GivesThePointsOfRfc7748) {
  for (const Agreement& vector : kX25519) {
    Key shared;
    EXPECT_TRUE(x25519_shared(fixed<32>(vector.secret), fixed<32>(vector.point), shared));
    EXPECT_EQ(bytes(shared), hex(vector.shared));
    if (vector.point == kBase) {
      EXPECT_EQ(x25519_public(fixed<32>(vector.secret)), shared);
    }
  }
}

TEST(Crypto, X25519IteratedAThousandTimesGivesTheValueOfRfc7748) {
  Key k = fixed<32>(kBase);
  Key u = k;
  for (int round = 1; round <= 1000; ++round) {
    Key next;
    ASSERT_TRUE(x25519_shared(k, u, next));
    u = k;
    k = next;
    if (round == 1) {
      ASSERT_EQ(bytes(k), hex(kX25519Once));
    }
  }
  EXPECT_EQ(bytes(k), hex(kX25519Thousand));
}

TEST(Crypto, APointOfSmallOrderGivesNoSecret) {
  for (const char* point : kSmallOrder) {
    Key shared;
    EXPECT_FALSE(x25519_shared(fixed<32>(kX25519[0].secret), fixed<32>(point), shared)) << point;
  }
}

TEST(Crypto, ChaCha20Poly1305GivesTheBytesOfRfc8439) {
  Buffer data = text(Aead::kPlain);
  const Tag tag = aead_seal(fixed<32>(Aead::kKey), fixed<12>(Aead::kNonce), hex(Aead::kAssociated), data);
  EXPECT_EQ(data, hex(Aead::kCipher));
  EXPECT_EQ(bytes(tag), hex(Aead::kTag));
  EXPECT_TRUE(aead_open(fixed<32>(Aead::kKey), fixed<12>(Aead::kNonce), hex(Aead::kAssociated), data, tag));
  EXPECT_EQ(data, text(Aead::kPlain));
}

TEST(Crypto, NothingOfADamagedMessageIsLeftAfterItDidNotOpen) {
  Buffer data = hex(Aead::kCipher);
  Tag tag = fixed<16>(Aead::kTag);
  tag[15] ^= 1;
  EXPECT_FALSE(aead_open(fixed<32>(Aead::kKey), fixed<12>(Aead::kNonce), hex(Aead::kAssociated), data, tag));
  EXPECT_EQ(data, Buffer(data.size(), 0));
}

TEST(Crypto, EcdsaTakesTheSignaturesOfRfc6979) {
  const EcdsaPublicKey key = fixed<65>(Ecdsa::kPublic);
  EXPECT_TRUE(ecdsa_p256_verify(key, sha256(text("sample")), fixed<64>(Ecdsa::kSample)));
  EXPECT_TRUE(ecdsa_p256_verify(key, sha256(text("test")), fixed<64>(Ecdsa::kTest)));
  EXPECT_FALSE(ecdsa_p256_verify(key, sha256(text("test")), fixed<64>(Ecdsa::kSample)));
}

TEST(Crypto, EcdsaTakesNoSignatureWithAnyBitChanged) {
  const EcdsaPublicKey key = fixed<65>(Ecdsa::kPublic);
  const Digest digest = sha256(text("sample"));
  for (std::size_t bit = 0; bit < 512; bit += 7) {
    EcdsaSignature signature = fixed<64>(Ecdsa::kSample);
    signature[bit / 8] = static_cast<std::uint8_t>(signature[bit / 8] ^ (1U << (bit % 8)));
    EXPECT_FALSE(ecdsa_p256_verify(key, digest, signature)) << bit;
  }
}

TEST(Crypto, EcdsaRefusesNumbersOutsideTheGroupAndPointsOffTheCurve) {
  const Digest digest = sha256(text("sample"));
  const EcdsaPublicKey key = fixed<65>(Ecdsa::kPublic);
  const std::string zero(64, '0');
  const std::string order = Ecdsa::kOrder;
  const std::string one = std::string(63, '0') + "1";
  for (const std::string& bad : {zero + zero, zero + one, one + zero, order + one, one + order, order + order, std::string(128, 'f')}) {
    EXPECT_FALSE(ecdsa_p256_verify(key, digest, fixed<64>(bad))) << bad;
  }
  EcdsaPublicKey off = key;
  off[64] ^= 1;
  EXPECT_FALSE(ecdsa_p256_verify(off, digest, fixed<64>(Ecdsa::kSample)));
  EcdsaPublicKey form = key;
  form[0] = 6;
  EXPECT_FALSE(ecdsa_p256_verify(form, digest, fixed<64>(Ecdsa::kSample)));
  EXPECT_FALSE(ecdsa_p256_verify(EcdsaPublicKey{}, digest, fixed<64>(Ecdsa::kSample)));
}

TEST(Crypto, EqualLooksAtLengthAndEveryByte) {
  const Buffer value = text("0123456789");
  for (std::size_t i = 0; i < value.size(); ++i) {
    Buffer other = value;
    other[i] ^= 0x80;
    EXPECT_FALSE(equal(value, other));
  }
  EXPECT_TRUE(equal(value, Buffer(value)));
  EXPECT_FALSE(equal(value, text("012345678")));
}

}  // namespace
}  // namespace pumpfw::security
