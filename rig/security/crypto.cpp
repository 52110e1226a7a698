#include "rig/security/crypto.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sodium.h>

#include <cstdlib>
#include <memory>

namespace pumprig::security {
namespace {

// The library wants a place even for no bytes.
std::uint8_t* place_of(std::span<std::uint8_t> data) {
  static std::uint8_t nowhere = 0;
  return data.empty() ? &nowhere : data.data();
}

// Neither library can fail here but for a lack of memory or a build of it without these functions; to go on would be worse than to stop.
void require(bool done) {
  if (!done) std::abort();
}

OSSL_PARAM octets(const char* name, ByteView value) {
  static std::uint8_t nothing = 0;
  return OSSL_PARAM_construct_octet_string(name, value.empty() ? &nothing : const_cast<std::uint8_t*>(value.data()), value.size());
}

}  // namespace

bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || sodium_memcmp(a.data(), b.data(), a.size()) == 0);
}

Proof hmac_sha256(ByteView key, ByteView data) {
  crypto_auth_hmacsha256_state state;
  static constexpr std::uint8_t kNothing = 0;
  crypto_auth_hmacsha256_init(&state, key.empty() ? &kNothing : key.data(), key.size());
  if (!data.empty()) crypto_auth_hmacsha256_update(&state, data.data(), data.size());
  Proof out;
  crypto_auth_hmacsha256_final(&state, out.data());
  sodium_memzero(&state, sizeof state);
  return out;
}

void hkdf_sha256(ByteView salt, ByteView input, ByteView info, std::span<std::uint8_t> out) {
  const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr), &EVP_KDF_free);
  require(kdf != nullptr);
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(kdf.get()), &EVP_KDF_CTX_free);
  require(context != nullptr);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0), octets(OSSL_KDF_PARAM_KEY, input),
                               octets(OSSL_KDF_PARAM_SALT, salt), octets(OSSL_KDF_PARAM_INFO, info), OSSL_PARAM_construct_end()};
  require(EVP_KDF_derive(context.get(), out.data(), out.size(), params) == 1);
}

PublicKey x25519_public(const Secret& secret) {
  PublicKey out;
  require(crypto_scalarmult_curve25519_base(out.data(), secret.view().data()) == 0);
  return out;
}

bool x25519_shared(const Secret& secret, const PublicKey& peer, Secret& shared) {
  return crypto_scalarmult_curve25519(shared.fill().data(), secret.view().data(), peer.data()) == 0;
}

Tag aead_seal(const Secret& key, const AeadNonce& nonce, ByteView associated, std::span<std::uint8_t> data) {
  Tag tag;
  crypto_aead_chacha20poly1305_ietf_encrypt_detached(place_of(data), tag.data(), nullptr, place_of(data), data.size(), associated.data(),
                                                     associated.size(), nullptr, nonce.data(), key.view().data());
  return tag;
}

bool aead_open(const Secret& key, const AeadNonce& nonce, ByteView associated, std::span<std::uint8_t> data, const Tag& tag) {
  const bool good =
      crypto_aead_chacha20poly1305_ietf_decrypt_detached(place_of(data), nullptr, place_of(data), data.size(), tag.data(),
                                                         associated.data(), associated.size(), nonce.data(), key.view().data()) == 0;
  if (!good) wipe(data);
  return good;
}

}  // namespace pumprig::security
