// Both ends of suite 1, wired to each other in one test.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "firmware/security/secure_sessions.h"
#include "rig/security/sealed_session.h"

namespace pumprig::security::testing {

namespace pump = pumpfw::security;
using protocol::OpenStatus;
using protocol::Role;
using protocol::StatusCode;

inline constexpr std::uint64_t kSecond = protocol::kTicksPerSecond;
inline constexpr Role kRoles[] = {Role::kPatient, Role::kClinician, Role::kService};

inline pump::DeviceId device() {
  return {'R', 'I', 'G', '-', 'P', 'U', 'M', 'P', '-', '0', '1'};
}
inline Secret key_of(Role role) {
  Secret key;
  for (std::size_t i = 0; i < Secret::kSize; ++i) key.fill()[i] = static_cast<std::uint8_t>(17 * static_cast<unsigned>(role) + i);
  return key;
}
inline pump::Key copy(const Secret& key) {
  pump::Key out;
  std::copy(key.view().begin(), key.view().end(), out.begin());
  return out;
}
inline protocol::ProvisionKeys test_keys() {
  protocol::ProvisionKeys keys;
  keys.patient = copy(key_of(Role::kPatient));
  keys.clinician = copy(key_of(Role::kClinician));
  keys.service = copy(key_of(Role::kService));
  return keys;
}
inline pump::SecurityState keyed_state() {
  pump::SecurityState state;
  state.keys = pump::KeyState::kPresent;
  for (const Role role : kRoles) state.roles[static_cast<std::size_t>(role) - 1].key = copy(key_of(role));
  return state;
}

// A pump, and a rig that speaks for one role.
struct Pair {
  explicit Pair(Role as = Role::kClinician, bool keyed = true, bool wired = false)
      : pump_chance(Chance::seeded(2, "pump")),
        chance(Chance::seeded(1, "rig")),
        role(as),
        server({device(), wired, &draw, &pump_chance}),
        rig(as, device(), keyed ? key_of(as) : Secret()) {
    if (keyed) server.restore(keyed_state(), rtc);
  }

  static void draw(void* context, std::span<std::uint8_t> out) { static_cast<Chance*>(context)->fill(out); }

  // The request that the rig makes, as the pump answers it.
  StatusCode ask(std::uint64_t counter, protocol::OpenSessionReply& reply) {
    ++nonce;
    return server.open_session(role, nonce, rig.begin(++session_id, nonce, counter, chance), now, rtc, reply);
  }
  void connect(std::uint64_t counter) {
    protocol::OpenSessionReply reply;
    ASSERT_EQ(ask(counter, reply), StatusCode::kOk);
    const Status finished = rig.finish(reply);
    ASSERT_TRUE(finished) << finished.error().describe();
  }
  Bytes to_pump(ByteView body) {
    Bytes payload(protocol::kMaxPayload);
    payload.resize(rig.seal(body, payload));
    return payload;
  }
  Bytes from_pump(ByteView body) {
    Bytes payload(protocol::kMaxPayload);
    payload.resize(server.seal(role, body, payload));
    return payload;
  }
  void exchange_works() {
    const Bytes question{1, 2, 3, 4, 5, 6};
    const auto opened = server.open(to_pump(question), now);
    ASSERT_EQ(opened.status, OpenStatus::kOk);
    EXPECT_EQ(Bytes(opened.body.begin(), opened.body.end()), question);
    EXPECT_EQ(opened.role, role);
    const Bytes answer{9, 8, 7, 6, 5, 4, 3};
    ByteView body;
    ASSERT_EQ(rig.open(from_pump(answer), body), OpenStatus::kOk);
    EXPECT_EQ(Bytes(body.begin(), body.end()), answer);
  }

  Chance pump_chance;
  Chance chance;
  Role role;
  pump::SecureSessions server;
  SealedSession rig;
  std::uint64_t now = 100 * kSecond;
  std::uint64_t rtc = 5000 * kSecond;
  std::uint32_t nonce = 1000;
  std::uint32_t session_id = 77;
};

}  // namespace pumprig::security::testing
