// What the security of the pump must remember over a reset. The store writes it; nobody else reads the keys.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/security/crypto.h"

namespace pumpfw::security {

// kLost: there were keys, and no copy of them can be read. Then nothing opens, and the clear suite stays refused.
enum class KeyState : std::uint8_t { kNone = 0, kPresent = 1, kLost = 2 };

struct RoleState {
  static constexpr const char* kName = "RoleState";
  Key key{};
  std::uint64_t session_counter = 0;  // last one taken
  std::uint8_t failures = 0;          // wrong proofs since the last right one or back-off
  std::uint8_t back_offs = 0;         // since the last right proof
  std::uint64_t back_off_until = 0;   // in ticks of the real-time clock; 0: none
  static constexpr void fields(auto& v, auto& m) {
    v("key", m.key);
    v("session_counter", m.session_counter);
    v("failures", m.failures);
    v("back_offs", m.back_offs);
    v("back_off_until", m.back_off_until);
  }
};

struct SecurityState {
  static constexpr const char* kName = "SecurityState";
  KeyState keys = KeyState::kNone;
  std::array<RoleState, 3> roles{};  // by Role - 1
  static constexpr void fields(auto& v, auto& m) {
    v("keys", m.keys);
    v("patient", m.roles[0]);
    v("clinician", m.roles[1]);
    v("service", m.roles[2]);
  }
};

}  // namespace pumpfw::security
