// The few functions of BearSSL that the pump uses, with sizes that the compiler checks. Nothing of cryptography is invented here.
//
// All in constant time over their secrets on a Cortex-M4 (its multiplier takes one cycle whatever it multiplies). No heap, no I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace pumpfw::security {

using Bytes = std::span<const std::uint8_t>;
using Key = std::array<std::uint8_t, 32>;
using Digest = std::array<std::uint8_t, 32>;
using Tag = std::array<std::uint8_t, 16>;
using AeadNonce = std::array<std::uint8_t, 12>;

// Overwrites with zeros; not optimised away.
void wipe(std::span<std::uint8_t> secret);
// In a time that depends on the sizes only.
bool equal(Bytes a, Bytes b);

Digest sha256(Bytes data);                                                           // FIPS 180-4
Digest hmac_sha256(Bytes key, Bytes data);                                           // RFC 2104
void hkdf_sha256(Bytes salt, Bytes input, Bytes info, std::span<std::uint8_t> out);  // RFC 5869; `out` at most 8160 bytes

// RFC 7748. The second gives false when the result is zero, as points of small order make it: then there is no secret.
Key x25519_public(const Key& secret);
bool x25519_shared(const Key& secret, const Key& peer, Key& shared);

// ChaCha20-Poly1305 of RFC 8439, in place. Opening overwrites `data` also when the tag is wrong: then it holds nothing of use.
Tag aead_seal(const Key& key, const AeadNonce& nonce, Bytes associated, std::span<std::uint8_t> data);
bool aead_open(const Key& key, const AeadNonce& nonce, Bytes associated, std::span<std::uint8_t> data, const Tag& tag);

using EcdsaPublicKey = std::array<std::uint8_t, 65>;  // 04 ‖ x ‖ y
using EcdsaSignature = std::array<std::uint8_t, 64>;  // r ‖ s

// ECDSA over P-256 of a SHA-256 digest (FIPS 186-4).
bool ecdsa_p256_verify(const EcdsaPublicKey& key, const Digest& digest, const EcdsaSignature& signature);

// SHA-256 in parts, for what does not fit into memory at once.
class Sha256 {
 public:
  Sha256();
  void add(Bytes data);
  Digest finish() const;

 private:
  alignas(8) std::array<std::uint8_t, 112> state_{};  // br_sha256_context
};

}  // namespace pumpfw::security
