// The pump's end of suite 1: opens sessions, seals and opens frames, counts wrong proofs, takes keys. Bytes in, bytes out: no I/O, no clock
// of its own; it must be told when (run(), due()) and where the chance comes from.
//
// No secret is asked for by anything here but its own keys; none leaves it but through state(), which goes to the memory alone.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/security/key_schedule.h"
#include "firmware/security/secure_link.h"

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

class SecureSessions final : public SecureLink {
 public:
  // Fills `out` with unpredictable bytes.
  using Entropy = void (*)(void* context, std::span<std::uint8_t> out);
  struct Config {
    DeviceId device{};
    bool wired = false;  // the port that it serves is a wire: keys may be given
    Entropy entropy = nullptr;
    void* entropy_context = nullptr;
  };

  explicit SecureSessions(const Config& config) : config_(config) {}
  ~SecureSessions() { end_all(); }
  SecureSessions(const SecureSessions&) = delete;
  SecureSessions& operator=(const SecureSessions&) = delete;

  void restore(const SecurityState& state, std::uint64_t rtc) override;
  const SecurityState& state() const override { return state_; }
  bool take_changed() override;
  bool keyed() const override { return state_.keys != KeyState::kNone; }
  protocol::PumpSessions::Opened open(std::span<const std::uint8_t> payload, std::uint64_t now) override;
  std::size_t seal(protocol::Role role, std::span<const std::uint8_t> body, std::span<std::uint8_t> out) override;
  protocol::StatusCode open_session(protocol::Role role, std::uint32_t nonce, const protocol::OpenSession& request, std::uint64_t now,
                                    std::uint64_t rtc, protocol::OpenSessionReply& reply) override;
  protocol::StatusCode provision(bool sealed, const protocol::ProvisionKeys& request) override;
  void run(std::uint64_t now) override;
  std::uint64_t due() const override;

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
  bool changed_ = false;
  std::uint32_t forged_ = 0;
  Key last_drawn_{};  // public half of the last ephemeral key: a source of chance that repeats itself is broken
  std::array<std::uint8_t, protocol::kMaxBody> plain_{};
};

}  // namespace pumpfw::security
