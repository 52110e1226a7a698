// What surrounds every message: version, suite, session, role, direction, counter, and later a tag; and the heads of request and reply.
//
// payload of a frame = head (13 bytes) ‖ body ‖ tag (tag_size(suite) bytes). A later suite encrypts the body and authenticates the head
// with it; nothing moves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/protocol/codes.h"
#include "firmware/protocol/fields.h"
#include "firmware/protocol/frame.h"

namespace pumpfw::protocol {

struct EnvelopeHead {
  static constexpr const char* kName = "EnvelopeHead";
  std::uint8_t major = kMajor;  // stays the first byte of a payload in every version
  std::uint8_t minor = kMinor;
  Suite suite = Suite::kClear;
  Role role = Role::kPatient;
  Direction direction = Direction::kToPump;
  std::uint32_t session_id = 0;
  std::uint32_t counter = 0;  // of this sender in this session, from 1, strictly rising
  static constexpr void fields(auto& v, auto& m) {
    v("major", m.major);
    v("minor", m.minor);
    v("suite", m.suite);
    v("role", m.role);
    v("direction", m.direction);
    v("session_id", m.session_id);
    v("counter", m.counter);
  }
};
inline constexpr std::size_t kHeadSize = max_size<EnvelopeHead>();
inline constexpr std::size_t kMaxTag = 16;
inline constexpr std::size_t kMaxBody = kMaxPayload - kHeadSize - kMaxTag;

enum class OpenStatus : std::uint8_t {
  kOk = 0,
  kTooShort = 1,
  kOtherMajor = 2,
  kUnknownSuite = 3,
  kWrongDirection = 4,
  kUnknownRole = 5,
  kOtherSession = 6,
  kReplayed = 7,      // the counter did not rise
  kNotAuthentic = 8,  // the tag does not fit
};

// The first check of a payload, before any session is looked at.
OpenStatus read_head(std::span<const std::uint8_t> payload, EnvelopeHead& head);

// One side of a session for one role. The rig's side chooses the id; the pump's side of the clear suite takes over any new one.
class Session {
 public:
  constexpr Session() = default;
  // `sends` tells the side. A session of the rig has an id other than 0.
  constexpr Session(Direction sends, Role role, std::uint32_t id = 0) : sends_(sends), role_(role), id_(id) {}

  // Wraps a body into a payload; returns its size, 0 when `out` is too small or the counter is used up.
  std::size_t seal(std::span<const std::uint8_t> body, std::span<std::uint8_t> out);
  // Checks a payload and shows its body, which lies inside the payload. Nothing of the session changes unless the result is kOk.
  OpenStatus open(std::span<const std::uint8_t> payload, std::span<const std::uint8_t>& body);

  std::uint32_t id() const { return id_; }
  Role role() const { return role_; }
  std::uint8_t peer_minor() const { return peer_minor_; }

 private:
  Direction sends_ = Direction::kToPump;
  Role role_ = Role::kPatient;
  std::uint32_t id_ = 0;
  std::uint32_t sent_ = 0;
  std::uint32_t received_ = 0;
  std::uint8_t peer_minor_ = 0;
};

// The pump's sessions, one a role.
class PumpSessions {
 public:
  struct Opened {
    OpenStatus status = OpenStatus::kTooShort;
    Role role = Role::kPatient;
    std::span<const std::uint8_t> body;
  };
  // A payload that does not open is dropped without an answer; only kOtherMajor and kUnknownSuite are answered, by refusal().
  Opened open(std::span<const std::uint8_t> payload);
  std::size_t seal(Role role, std::span<const std::uint8_t> body, std::span<std::uint8_t> out);
  // Tells a stranger why it is not understood: clear, with the session id and the nonce 0, and this side's version in the head.
  static std::size_t refusal(OpenStatus why, std::span<const std::uint8_t> payload, std::span<std::uint8_t> out);

 private:
  std::array<Session, 3> sessions_{Session{Direction::kFromPump, Role::kPatient}, Session{Direction::kFromPump, Role::kClinician},
                                   Session{Direction::kFromPump, Role::kService}};
};

struct RequestHead {
  static constexpr const char* kName = "RequestHead";
  MessageType type{};
  std::uint32_t nonce = 0;  // chosen by the rig for each request, the same for every repetition of it; echoed
  static constexpr void fields(auto& v, auto& m) {
    v("type", m.type);
    v("nonce", m.nonce);
  }
};
struct ReplyHead {
  static constexpr const char* kName = "ReplyHead";
  MessageType type{};
  std::uint32_t nonce = 0;
  StatusCode status = StatusCode::kOk;
  static constexpr void fields(auto& v, auto& m) {
    v("type", m.type);
    v("nonce", m.nonce);
    v("status", m.status);
  }
};
inline constexpr std::size_t kRequestHeadSize = max_size<RequestHead>();
inline constexpr std::size_t kReplyHeadSize = max_size<ReplyHead>();

// Body = head ‖ fields. Returns its size, 0 when `out` is too small.
template <Record Head, Record M>
constexpr std::size_t write_body(const Head& head, const M& message, std::span<std::uint8_t> out, std::uint8_t minor = kMinor) {
  bool fits = false;
  const std::size_t at = encode(head, out);
  if (at == 0) return 0;
  const std::size_t size = encode(message, out.subspan(at), minor, &fits);
  return fits ? at + size : 0;
}
template <Record M>
constexpr std::size_t write_request(std::uint32_t nonce, const M& message, std::span<std::uint8_t> out, std::uint8_t minor = kMinor) {
  return write_body(RequestHead{M::kType, nonce}, message, out, minor);
}
template <Record M>
constexpr std::size_t write_reply(const RequestHead& request, StatusCode status, const M& reply, std::span<std::uint8_t> out,
                                  std::uint8_t minor = kMinor) {
  return write_body(ReplyHead{request.type, request.nonce, status}, reply, out, minor);
}
// Splits a body. False when it is shorter than the head.
template <Record Head>
constexpr bool read_body(std::span<const std::uint8_t> body, Head& head, std::span<const std::uint8_t>& fields) {
  if (!decode(body, head, Trailing::kIgnored)) return false;
  fields = body.subspan(max_size<Head>());
  return true;
}

}  // namespace pumpfw::protocol
