#include "firmware/security/crypto.h"

#include <bearssl_aead.h>
#include <bearssl_block.h>
#include <bearssl_ec.h>
#include <bearssl_hash.h>
#include <bearssl_hmac.h>
#include <bearssl_kdf.h>

namespace pumpfw::security {

void wipe(std::span<std::uint8_t> secret) {
  volatile std::uint8_t* at = secret.data();
  for (std::size_t i = 0; i < secret.size(); ++i) at[i] = 0;
}

bool equal(Bytes a, Bytes b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

Digest sha256(Bytes data) {
  Sha256 hash;
  hash.add(data);
  return hash.finish();
}

Digest hmac_sha256(Bytes key, Bytes data) {
  br_hmac_key_context prepared;
  br_hmac_key_init(&prepared, &br_sha256_vtable, key.data(), key.size());
  br_hmac_context context;
  br_hmac_init(&context, &prepared, 0);
  br_hmac_update(&context, data.data(), data.size());
  Digest out;
  br_hmac_out(&context, out.data());
  wipe({reinterpret_cast<std::uint8_t*>(&prepared), sizeof prepared});
  wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
  return out;
}

void hkdf_sha256(Bytes salt, Bytes input, Bytes info, std::span<std::uint8_t> out) {
  br_hkdf_context context;
  br_hkdf_init(&context, &br_sha256_vtable, salt.data(), salt.size());
  br_hkdf_inject(&context, input.data(), input.size());
  br_hkdf_flip(&context);
  br_hkdf_produce(&context, info.data(), info.size(), out.data(), out.size());
  wipe({reinterpret_cast<std::uint8_t*>(&context), sizeof context});
}

Key x25519_public(const Key& secret) {
  Key out;
  br_ec_c25519_m31.mulgen(out.data(), secret.data(), secret.size(), BR_EC_curve25519);
  return out;
}

bool x25519_shared(const Key& secret, const Key& peer, Key& shared) {
  shared = peer;
  br_ec_c25519_m31.mul(shared.data(), shared.size(), secret.data(), secret.size(), BR_EC_curve25519);
  return !equal(shared, Key{});
}

Tag aead_seal(const Key& key, const AeadNonce& nonce, Bytes associated, std::span<std::uint8_t> data) {
  Tag tag;
  br_poly1305_ctmul_run(key.data(), nonce.data(), data.data(), data.size(), associated.data(), associated.size(), tag.data(),
                        &br_chacha20_ct_run, 1);
  return tag;
}

bool aead_open(const Key& key, const AeadNonce& nonce, Bytes associated, std::span<std::uint8_t> data, const Tag& tag) {
  Tag computed;
  br_poly1305_ctmul_run(key.data(), nonce.data(), data.data(), data.size(), associated.data(), associated.size(), computed.data(),
                        &br_chacha20_ct_run, 0);
  const bool good = equal(computed, tag);
  if (!good) wipe(data);
  return good;
}

bool ecdsa_p256_verify(const EcdsaPublicKey& key, const Digest& digest, const EcdsaSignature& signature) {
  EcdsaPublicKey point = key;
  const br_ec_public_key public_key{BR_EC_secp256r1, point.data(), point.size()};
  return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest.data(), digest.size(), &public_key, signature.data(), signature.size()) == 1;
}

namespace {
static_assert(sizeof(br_sha256_context) <= 112);
br_sha256_context* context_of(std::array<std::uint8_t, 112>& state) {
  return reinterpret_cast<br_sha256_context*>(state.data());
}
}  // namespace

Sha256::Sha256() {
  br_sha256_init(context_of(state_));
}

void Sha256::add(Bytes data) {
  br_sha256_update(context_of(state_), data.data(), data.size());
}

Digest Sha256::finish() const {
  std::array<std::uint8_t, 112> copy = state_;
  Digest out;
  br_sha256_out(context_of(copy), out.data());
  return out;
}

}  // namespace pumpfw::security
