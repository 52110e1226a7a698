// Messages of suite 1 (sealed): how a session is opened, and how the pump gets its keys. docs/telemetry_security.md has the whole story.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/protocol/codes.h"
#include "firmware/protocol/messages.h"

namespace pumpfw::protocol {

// Carried with every status.
struct OpenSessionReply {
  static constexpr const char* kName = "OpenSessionReply";
  std::uint64_t session_counter = 0;         // last one that the pump took; proven by `mac` when the status is session_replayed
  std::uint32_t back_off_s = 0;              // until the role may try again; not proven by anything
  std::array<std::uint8_t, 32> ephemeral{};  // the pump's X25519 public key of this session
  std::array<std::uint8_t, 32> mac{};        // proof that the pump knows the role's key; zeros when it gives none
  static constexpr void fields(auto& v, auto& m) {
    v("session_counter", m.session_counter);
    v("back_off_s", m.back_off_s);
    v("ephemeral", m.ephemeral);
    v("mac", m.mac);
  }
};
// Goes in the clear suite; the session that it begins is of the sealed one.
struct OpenSession {
  static constexpr const char* kName = "OpenSession";
  static constexpr MessageType kType = MessageType::kOpenSession;
  using Reply = OpenSessionReply;
  Suite suite = Suite::kSealed;
  std::uint32_t session_id = 0;              // of the session to be; not 0
  std::uint64_t session_counter = 0;         // above every one that the pump took for this role before
  std::array<std::uint8_t, 32> ephemeral{};  // the rig's X25519 public key of this session
  std::array<std::uint8_t, 32> mac{};        // proof that the rig knows the role's key
  static constexpr void fields(auto& v, auto& m) {
    v("suite", m.suite);
    v("session_id", m.session_id);
    v("session_counter", m.session_counter);
    v("ephemeral", m.ephemeral);
    v("mac", m.mac);
  }
};

// By wire and in a sealed session only. All or none: neither zeros nor one key for two roles.
struct ProvisionKeys {
  static constexpr const char* kName = "ProvisionKeys";
  static constexpr MessageType kType = MessageType::kProvisionKeys;
  using Reply = Empty;
  std::array<std::uint8_t, 32> patient{};
  std::array<std::uint8_t, 32> clinician{};
  std::array<std::uint8_t, 32> service{};
  static constexpr void fields(auto& v, auto& m) {
    v("patient", m.patient);
    v("clinician", m.clinician);
    v("service", m.service);
  }
};

}  // namespace pumpfw::protocol
