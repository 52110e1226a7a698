// The pump's end of suite 1: opens sessions, seals and opens frames, counts wrong proofs, takes keys. Bytes in, bytes out: no I/O, no clock
// of its own. Keys leave it through state() only, which goes to the memory and nowhere else.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/security_messages.h"
#include "firmware/security/key_schedule.h"

namespace pumpfw::security {

inline constexpr std::uint64_t kTicks = protocol::kTicksPerSecond;
inline constexpr std::uint64_t kIdle = 110 * kTicks;  // with a pump that may sleep 10 s: ended by 120 s
inline constexpr unsigned kFailuresAllowed = 5;
inline constexpr std::uint64_t kFirstBackOff = 5 * 60 * kTicks;
inline constexpr std::uint64_t kLongestBackOff = 24 * 3600 * kTicks;
// A session counter may leave a gap, but not use up all that there are in one go.
inline constexpr std::uint64_t kLargestCounterStep = std::uint64_t{1} << 32;

// 5 min, 10 min … 24 h: the n-th back-off in a row, from 1.
std::uint64_t back_off_length(unsigned nth);

// All instants in ticks of 1/32768 s. `now` is monotonic since the reset; `rtc` outlives it.
class SecureSessions {
 public:
  static constexpr std::uint32_t kSuites = 3;  // bits of the suites that it speaks while there are no keys

  explicit SecureSessions(const Config& config) : config_(config) {}
  ~SecureSessions() { end_all(); }
  SecureSessions(const SecureSessions&) = delete;
  SecureSessions& operator=(const SecureSessions&) = delete;

  // What outlived the reset, as soon as it is read: before, nothing but Identify may be answered. A back-off that seems longer than it can
  // be begins anew: the clock was lost.
  void restore(const SecurityState& state, std::uint64_t rtc);
  bool restored() const { return restored_; }
  // True once after each change of the state: it must be in the memory before the answer goes out.
  bool take_changed();
  const SecurityState& state() const { return state_; }

  // There are keys: the clear suite is refused, but for Identify and OpenSession.
  bool keyed() const { return state_.keys != KeyState::kNone; }

  // A payload whose suite is kSealed. What does not open is dropped in silence; the body stays good until the next call.
  protocol::PumpSessions::Opened open(std::span<const std::uint8_t> payload, std::uint64_t now);
  // The payload's size; 0 when the role has no session, `out` is too small, or the counter is used up.
  std::size_t seal(protocol::Role role, std::span<const std::uint8_t> body, std::span<std::uint8_t> out);

  // `reply` is filled whatever the status: not_authentic, auth_back_off, session_replayed, no_keys, unsupported_suite, bad_field_value (a
  // session id 0, or an ephemeral key that gives no secret), internal_fault (no chance to be had).
  protocol::StatusCode open_session(protocol::Role role, std::uint32_t nonce, const protocol::OpenSession& request, std::uint64_t now,
                                    std::uint64_t rtc, protocol::OpenSessionReply& reply);
  // What comes now comes by the wire of the service connector.
  void set_wired(bool wired) { config_.wired = wired; }
  // `sealed`: the request came in a sealed session. by_wire_only, bad_field_value.
  protocol::StatusCode provision(bool sealed, const protocol::ProvisionKeys& request);

  // Ends sessions that were idle for too long; due() is when the next one will be.
  void run(std::uint64_t now);
  std::uint64_t due() const;

  bool in_session(protocol::Role role) const { return sessions_[index(role)].id != 0; }
  std::uint32_t forged() const { return forged_; }  // sealed frames of a session whose tag was wrong

 private:
  struct Session {
    std::uint32_t id = 0;  // 0: none
    std::uint32_t sent = 0;
    std::uint32_t received = 0;
    std::uint64_t ends = 0;  // unless something comes before
    Key to_pump{};
    Key from_pump{};
  };

  static std::size_t index(protocol::Role role) { return static_cast<std::size_t>(role) - 1; }
  static void end(Session& session);
  void end_all();
  bool has_key(protocol::Role role) const;
  void note_failure(RoleState& role, std::uint64_t rtc);
  bool draw_secret(Key& secret);
  protocol::StatusCode agree(Session& session, const RoleState& role, Transcript& transcript, const protocol::OpenSession& request,
                             protocol::OpenSessionReply& reply);

  Config config_;
  SecurityState state_;
  std::array<Session, 3> sessions_{};
  bool restored_ = false;
  bool changed_ = false;
  std::uint32_t forged_ = 0;
  Key last_drawn_{};  // public half of the last ephemeral key: a source of chance that repeats itself is broken
  std::array<std::uint8_t, protocol::kMaxBody> plain_{};
};

}  // namespace pumpfw::security
