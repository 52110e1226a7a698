// Requests and replies between the rig and one pump, over a link: nonces, counters, retries, refusals. Programmer, PersonalTherapyManager
// and ServiceTool speak through it; several may, calls are queued and never interleaved.
//
// A lost or damaged reply is asked for again with the same nonce, so that the pump, which remembers the nonce, does nothing twice. Each
// attempt opens a new session with the pump, so a pump that was reset in between understands it, and a late reply to an earlier attempt is
// told from the answer.
//
// With keys, everything but the first Identify is sealed: a session for each role, opened when it is needed, again when an attempt is lost.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "firmware/protocol/envelope.h"
#include "rig/clients/clock_estimate.h"
#include "rig/clients/telemetry.h"
#include "rig/exec/executor.h"
#include "rig/exec/mutex.h"
#include "rig/link/link.h"
#include "rig/link/transact.h"
#include "rig/security/chance.h"
#include "rig/security/role_keys.h"
#include "rig/security/sealed_session.h"

namespace pumprig::clients {

// Frames of the telemetry for link::Transactor. A damaged frame is counted and the listening goes on: noise may come before the reply.
class TelemetryDecoder {
 public:
  using Frame = ByteView;
  void begin(ByteView) { decoder_.reset(); }
  link::Decoded next(ByteView& input);
  const Frame& frame() const { return frame_; }
  std::string_view fault() const { return {}; }
  const protocol::FrameCounters& counters() const { return decoder_.counters(); }

 private:
  protocol::FrameDecoder decoder_;
  Frame frame_;
};

struct Asking {
  std::optional<std::uint32_t> nonce;  // of an earlier request whose outcome is unknown; none: a new one
  bool refusal_is_answer = false;      // a refusal comes as an Answer with its status instead of an Error kRefused
};
inline constexpr Asking kHearing{.nonce = std::nullopt, .refusal_is_answer = true};  // hears a refusal as an answer

class PumpSession {
 public:
  struct Options {
    std::string name = "pump";                             // in messages
    Duration reply_timeout = std::chrono::seconds(1);      // wall time, of one attempt
    int attempts = 5;                                      // the pump itself gives up after 4 s
    Duration busy_pause = std::chrono::milliseconds(100);  // before asking a busy pump again
    int busy_attempts = 50;
    Duration self_test_pause = std::chrono::milliseconds(100);  // of the pump's own time, so scenario time
    Duration self_test_patience = std::chrono::seconds(15);     // likewise
    int baud = 115200;
    security::RoleKeys keys;  // any: never a word in the clear but Identify
    bool give_keys = false;   // to a pump that has none yet (by wire; it refuses otherwise)
  };

  PumpSession(link::Link& link, Options options);

  // Identifies the pump and readies the nonces; call it first, and after the board was exchanged. kUnsupported with both versions and the
  // remedy when the pump speaks another major; kTimeout when nothing answers.
  Task<IdentifyReply> open();
  const IdentifyReply& identity() const { return identity_; }
  bool is_test_image() const { return identity_.image_kind == protocol::ImageKind::kTest; }
  std::string firmware_hash() const;  // hex

  // For the next open().
  void use_keys(security::RoleKeys keys, bool give_to_blank = false);
  bool sealed() const { return sealing_; }
  // Gives a pump new keys, in a session of its present service key and by wire. The next open() must use them.
  Task<void> give_keys(const security::RoleKeys& keys);

  // kRefused or kUnsupported with the words of the pump's status; kTimeout, kCorrupt (every reply was damaged), kUnavailable, kCancelled:
  // the outcome is then unknown unless the request only reads. kProtocol: an answer that its message does not allow.
  template <protocol::Record Request>
  Task<Answer<typename Request::Reply>> ask(Role role, Request request, Asking asking = {});

  // The same, but a pump in its self test is asked again, each time as a new request, until the test is over or should long be (REQ-701:
  // 10 s). Its refusal then stands.
  template <protocol::Record Request>
  Task<Answer<typename Request::Reply>> ask_after_self_test(Role role, Request request, Asking asking = {});

  // From here on no attempt begins after `when`, whatever Options::attempts says: for who must have an answer, or know that there is none,
  // by then. The last one may take its reply_timeout beyond it.
  void give_up_at(TimePoint when) { give_up_at_ = when; }

  // What a stranger on the line might try, for tests of the pump: the payload that is sent is not this session's. The payload that is
  // answered; none within reply_timeout.
  Task<std::optional<Bytes>> say(Bytes payload);
  // The last sealed payload that asked for a change; empty before the first.
  const Bytes& last_sealed_change() const { return last_sealed_change_; }
  // Asks for the status in the sealed session as it stands, however long nothing was said in it. False: the pump does not answer there.
  Task<bool> answers_in_old_session(Role role);

  // A nonce that no request of this or an earlier run has used.
  std::uint32_t next_nonce();

  // The last status that was read, and when; the first is read by open().
  const StatusReply& last_status() const { return last_status_; }
  TimePoint last_status_at() const { return last_status_at_; }
  // From every status that was read.
  const ClockEstimate& clock() const { return clock_; }
  const link::TransactCounters& counters() const { return transactor_.counters(); }
  const protocol::FrameCounters& frame_counters() { return transactor_.decoder().counters(); }
  link::Link& link() const { return link_; }
  exec::Executor& executor() const { return link_.executor(); }

 private:
  // One attempt series; the fields of the reply stay in the transactor's buffer until the next one.
  struct Reply {
    StatusCode status = StatusCode::kOk;
    ByteView fields;
    link::Exchange exchange;
    TimePoint first_requested{};
    int attempts = 0;
  };
  enum class Heard : std::uint8_t { kNothing, kReply, kOtherMajor, kRefusedVersion, kRefusedSuite };

  Task<void> exchange(Role role, protocol::RequestHead head, std::size_t body_size, Reply& reply);
  Task<void> attempt(protocol::Session& session, protocol::RequestHead head, ByteView body, Reply& reply);
  bool accept(protocol::Session& session, protocol::RequestHead head, ByteView payload, Reply& reply);
  bool take(protocol::RequestHead head, ByteView body, Reply& reply);
  // sealed_exchange.cpp
  Task<void> begin_sealing();
  void end_sealing();
  Task<void> give_keys_to_blank();
  void make_sealed(Role role, const security::Secret& key);
  Task<void> open_sealed(Role role);
  Task<void> attempt_sealed(Role role, protocol::RequestHead head, std::size_t body_size, Reply& reply);

  Status check_heard() const;
  void renew(protocol::Session& session);
  void note(const StatusReply& status, const Reply& reply) {
    clock_.add(status.rtc_ticks, reply.exchange.requested, reply.exchange.replied);
    last_status_ = status;
    last_status_at_ = reply.exchange.replied;
  }
  template <typename Fields>
  void note(const Fields&, const Reply&) {}
  Error wrong_fields(MessageType type) const;

  link::Link& link_;
  Options options_;
  link::Transactor<TelemetryDecoder> transactor_;
  IdentifyReply identity_;
  StatusReply last_status_;
  TimePoint last_status_at_{};
  ClockEstimate clock_;
  std::array<protocol::Session, 3> sessions_;
  std::uint64_t draws_;  // state of the generator of session ids
  std::uint32_t nonce_ = 0;
  TimePoint give_up_at_ = kNever;
  Bytes last_sealed_change_;
  std::uint8_t minor_ = 0;  // spoken with this pump
  bool identified_ = false;
  Heard heard_ = Heard::kNothing;
  std::uint8_t stranger_major_ = 0;
  security::Chance chance_;  // of the sealed sessions
  std::array<std::unique_ptr<security::SealedSession>, 3> sealed_;
  std::array<std::uint64_t, 3> session_counters_{};  // last one used
  std::array<TimePoint, 3> sealed_used_{};
  Role opener_ = Role::kClinician;  // a role that there is a key for
  bool sealing_ = false;
  exec::Mutex mutex_;
  std::array<std::uint8_t, protocol::kMaxBody> body_{};
  std::array<std::uint8_t, protocol::kRequestHeadSize + protocol::max_size<protocol::OpenSession>()> open_body_{};
  std::array<std::uint8_t, protocol::kMaxPayload> payload_{};
  std::array<std::uint8_t, protocol::kMaxFrame> wire_{};
};

template <protocol::Record Request>
Task<Answer<typename Request::Reply>> PumpSession::ask(Role role, Request request, Asking asking) {
  CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
  const protocol::RequestHead head{Request::kType, asking.nonce ? *asking.nonce : next_nonce()};
  const std::size_t body_size = protocol::write_request(head.nonce, request, body_, minor_);
  Reply reply;
  CO_TRY(co_await exchange(role, head, body_size, reply));
  Answer<typename Request::Reply> answer;
  answer.status = reply.status;
  answer.first_requested = reply.first_requested;
  answer.requested = reply.exchange.requested;
  answer.replied = reply.exchange.replied;
  answer.attempts = reply.attempts;
  const bool decoded = protocol::decode(reply.fields, answer.fields, protocol::Trailing::kIgnored);
  if (!decoded && !answer.refused()) co_return tl::unexpected<Error>(wrong_fields(Request::kType));
  if (answer.refused() && !asking.refusal_is_answer) co_return tl::unexpected<Error>(refusal(Request::kType, reply.status));
  if (decoded && !answer.refused()) note(answer.fields, reply);
  co_return answer;
}

template <protocol::Record Request>
Task<Answer<typename Request::Reply>> PumpSession::ask_after_self_test(Role role, Request request, Asking asking) {
  const Asking hearing{.nonce = std::nullopt, .refusal_is_answer = true};
  // At a high speed the pump's seconds are short, and its twin in another process may be late: then at least some of ours.
  const TimePoint until = std::max(executor().now() + options_.self_test_patience, executor().after_wall(options_.reply_timeout));
  for (;;) {
    CO_TRY_ASSIGN(const auto answer, co_await ask(role, request, hearing));
    const bool testing = answer.status == StatusCode::kSelfTest && executor().now() < until;
    if (testing) {
      CO_TRY(co_await executor().sleep_for(options_.self_test_pause));
      continue;
    }
    if (answer.refused() && !asking.refusal_is_answer) co_return tl::unexpected<Error>(refusal(Request::kType, answer.status));
    co_return answer;
  }
}

}  // namespace pumprig::clients
