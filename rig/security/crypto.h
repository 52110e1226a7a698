// The rig's cryptography: libsodium and OpenSSL, so that the pump's library is met by others. Nothing of cryptography is invented here.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "rig/base/bytes.h"
#include "rig/security/secret.h"

namespace pumprig::security {

using PublicKey = std::array<std::uint8_t, 32>;
using Proof = std::array<std::uint8_t, 32>;
using Tag = std::array<std::uint8_t, 16>;
using AeadNonce = std::array<std::uint8_t, 12>;

// In a time that depends on the sizes only.
bool equal(ByteView a, ByteView b);

Proof hmac_sha256(ByteView key, ByteView data);                                               // RFC 2104; libsodium
void hkdf_sha256(ByteView salt, ByteView input, ByteView info, std::span<std::uint8_t> out);  // RFC 5869; OpenSSL

PublicKey x25519_public(const Secret& secret);                                    // RFC 7748; libsodium
bool x25519_shared(const Secret& secret, const PublicKey& peer, Secret& shared);  // false: a point of small order, no secret

// RFC 8439, in place; libsodium. When it does not open, `data` holds nothing of use.
Tag aead_seal(const Secret& key, const AeadNonce& nonce, ByteView associated, std::span<std::uint8_t> data);
bool aead_open(const Secret& key, const AeadNonce& nonce, ByteView associated, std::span<std::uint8_t> data, const Tag& tag);

}  // namespace pumprig::security
