// The pump's side of the key schedule of suite 1: transcripts, proofs and session keys. docs/telemetry_security.md defines every byte.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/protocol/codes.h"
#include "firmware/protocol/security_messages.h"
#include "firmware/security/crypto.h"
#include "firmware/security/security_config.h"

namespace pumpfw::security {

// "pumprig suite 1" ‖ device ‖ role ‖ session id ‖ nonce ‖ session counter ‖ the rig's ephemeral key, then room for the pump's.
inline constexpr std::size_t kRequestTranscript = 15 + 16 + 1 + 4 + 4 + 8 + 32;
inline constexpr std::size_t kAcceptTranscript = kRequestTranscript + 32;

class Transcript {
 public:
  Transcript(const DeviceId& device, protocol::Role role, std::uint32_t nonce, const protocol::OpenSession& request);
  void add_pump_ephemeral(const Key& ephemeral);
  Bytes request() const { return Bytes(bytes_).first(kRequestTranscript); }
  Bytes accept() const { return bytes_; }

 private:
  std::array<std::uint8_t, kAcceptTranscript> bytes_{};
};

struct SessionKeys {
  Key to_pump{};
  Key from_pump{};
  Key confirm{};
  void wipe();
};

// The key that proofs of a role are made with: nothing but proofs is made with it.
Key authentication_key(const Key& role_key);
Digest request_proof(const Key& authentication, const Transcript& transcript);
Digest replayed_proof(const Key& authentication, const Transcript& transcript, std::uint64_t last_counter);
Digest accept_proof(const SessionKeys& keys, const Transcript& transcript);
SessionKeys session_keys(const Key& shared, const Key& role_key, const Transcript& transcript);

// 96 bits that no two messages under one key share: session id ‖ 0 ‖ counter.
AeadNonce aead_nonce(std::uint32_t session_id, std::uint32_t counter);

}  // namespace pumpfw::security
