// The part of a PumpSession that speaks the sealed suite: opening sessions, attempts in them, giving keys.
#include <algorithm>

#include "rig/clients/pump_session.h"

namespace pumprig::clients {
namespace {

// The pump ends a session after 110 s of its own time without anything.
constexpr Duration kIdle = std::chrono::seconds(100);
constexpr std::uint32_t kClearSuite = 1U << static_cast<unsigned>(protocol::Suite::kClear);
constexpr std::uint32_t kSealedSuite = 1U << static_cast<unsigned>(protocol::Suite::kSealed);

std::string name_of(Role role) {
  return std::string(protocol::describe(role).name);
}

ByteView serial_of(const IdentifyReply& identity) {
  return {reinterpret_cast<const std::uint8_t*>(identity.board_serial.chars.data()), identity.board_serial.chars.size()};
}

Bytes encoded(const IdentifyReply& identity) {
  Bytes out(protocol::max_size<IdentifyReply>());
  protocol::encode(identity, out);
  return out;
}

}  // namespace

void PumpSession::use_keys(security::RoleKeys keys, bool give_to_blank) {
  options_.keys = std::move(keys);
  options_.give_keys = give_to_blank;
}

void PumpSession::make_sealed(Role role, const security::Secret& key) {
  sealed_[static_cast<std::size_t>(role) - 1] = std::make_unique<security::SealedSession>(role, serial_of(identity_), key);
}

Task<void> PumpSession::begin_sealing() {
  if ((identity_.suites & kSealedSuite) == 0) {
    co_return fail(ErrorCode::kUnsupported,
                   "the pump does not speak sealed telemetry, and this rig was given keys: it says nothing in the clear", options_.name);
  }
  if ((identity_.suites & kClearSuite) != 0) {
    if (!options_.give_keys) {
      co_return fail(ErrorCode::kRefused, "the pump has no keys yet, and this rig was given some: give them to the pump by wire first",
                     options_.name);
    }
    CO_TRY(co_await give_keys_to_blank());
  }
  Role first = Role::kClinician;
  for (const Role role : {Role::kService, Role::kPatient, Role::kClinician}) {
    const security::Secret* key = options_.keys.find(role);
    if (key == nullptr) continue;
    make_sealed(role, *key);
    first = role;
  }
  opener_ = first;
  sealing_ = true;
  // What was said in the clear could have been anybody's word.
  IdentifyReply claimed = identity_;
  claimed.suites = kSealedSuite;
  CO_TRY_ASSIGN(const Answer<IdentifyReply> proven, co_await ask(opener_, protocol::Identify{}));
  if (encoded(proven.fields) != encoded(claimed)) {
    co_return fail(ErrorCode::kProtocol, "the pump says something else of itself in its session than in the clear: somebody changed it",
                   options_.name);
  }
  identity_ = proven.fields;
  co_return Status{};
}

Task<void> PumpSession::give_keys_to_blank() {
  if (!options_.keys.all()) co_return fail(ErrorCode::kInvalidArgument, "a pump takes the keys of all roles at once", options_.name);
  make_sealed(Role::kService, security::Secret());
  sealing_ = true;
  CO_TRY(co_await give_keys(options_.keys));
  end_sealing();
  co_return Status{};
}

Task<void> PumpSession::give_keys(const security::RoleKeys& keys) {
  CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
  protocol::ProvisionKeys message;
  const auto put = [&keys](Role role, std::array<std::uint8_t, 32>& out) {
    const security::Secret* key = keys.find(role);
    if (key != nullptr) std::copy(key->view().begin(), key->view().end(), out.begin());
  };
  put(Role::kPatient, message.patient);
  put(Role::kClinician, message.clinician);
  put(Role::kService, message.service);
  const protocol::RequestHead head{MessageType::kProvisionKeys, next_nonce()};
  const std::size_t body_size = protocol::write_request(head.nonce, message, body_, minor_);
  security::wipe(message.patient);
  security::wipe(message.clinician);
  security::wipe(message.service);
  Reply reply;
  const Status outcome = co_await exchange(Role::kService, head, body_size, reply);
  security::wipe(body_);
  CO_TRY(outcome);
  if (reply.status != StatusCode::kOk) co_return tl::unexpected<Error>(refusal(head.type, reply.status));
  co_return Status{};
}

void PumpSession::end_sealing() {
  sealing_ = false;
  for (auto& session : sealed_) session.reset();
  session_counters_ = {};
}

Task<void> PumpSession::open_sealed(Role role) {
  const auto index = static_cast<std::size_t>(role) - 1;
  security::SealedSession& session = *sealed_[index];
  for (int tries = 0; tries < options_.busy_attempts; ++tries) {
    renew(sessions_[index]);
    const protocol::RequestHead head{MessageType::kOpenSession, next_nonce()};
    const std::uint64_t counter = session_counters_[index] + 1;
    const protocol::OpenSession request = session.begin(sessions_[index].id(), head.nonce, counter, chance_);
    const std::size_t size = protocol::write_request(head.nonce, request, open_body_, minor_);
    Reply reply;
    CO_TRY(co_await attempt(sessions_[index], head, ByteView(open_body_).first(size), reply));
    CO_TRY(check_heard());
    if (reply.status == StatusCode::kBusy || reply.status == StatusCode::kSelfTest) {
      CO_TRY(co_await executor().sleep_until(executor().after_wall(options_.busy_pause)));
      continue;
    }
    protocol::OpenSessionReply answer;
    if (!protocol::decode(reply.fields, answer, protocol::Trailing::kIgnored)) co_return tl::unexpected<Error>(wrong_fields(head.type));
    if (reply.status == StatusCode::kSessionReplayed) {  // another rig, or an earlier run, was here
      CO_TRY_ASSIGN(session_counters_[index], session.last_counter(answer));
      continue;
    }
    if (reply.status == StatusCode::kAuthBackOff) {
      co_return fail(ErrorCode::kRefused,
                     "after wrong keys the pump opens no session of the role " + name_of(role) + " for another " +
                         std::to_string(answer.back_off_s) + " s",
                     options_.name);
    }
    if (reply.status != StatusCode::kOk) co_return tl::unexpected<Error>(refusal(head.type, reply.status));
    CO_TRY(session.finish(answer));
    session_counters_[index] = counter;
    sealed_used_[index] = executor().now();
    co_return Status{};
  }
  co_return fail(ErrorCode::kTimeout, "the pump opened no session of the role " + name_of(role), link_.describe());
}

Task<void> PumpSession::attempt_sealed(Role role, protocol::RequestHead head, std::size_t body_size, Reply& reply) {
  const auto index = static_cast<std::size_t>(role) - 1;
  if (sealed_[index] == nullptr) {
    co_return fail(ErrorCode::kUnavailable, "this rig was given no key for the role " + name_of(role), options_.name);
  }
  if (++reply.attempts == 1) reply.first_requested = executor().now();
  security::SealedSession& session = *sealed_[index];
  if (!session.is_open() || executor().now() - sealed_used_[index] > kIdle) CO_TRY(co_await open_sealed(role));
  heard_ = Heard::kNothing;
  std::size_t sealed = session.seal(ByteView(body_).first(body_size), payload_);
  if (sealed == 0) {  // the counter is used up
    CO_TRY(co_await open_sealed(role));
    sealed = session.seal(ByteView(body_).first(body_size), payload_);
  }
  if (!protocol::reads_only(head.type))
    last_sealed_change_.assign(payload_.begin(), payload_.begin() + static_cast<std::ptrdiff_t>(sealed));
  const std::size_t framed = protocol::encode_frame(ByteView(payload_).first(sealed), wire_);
  const ByteView request = ByteView(wire_).first(framed);
  const auto accepts = [this, &session, head, &reply](ByteView payload) {
    ByteView body;
    return session.open(payload, body) == protocol::OpenStatus::kOk && take(head, body, reply);
  };
  const auto heard = co_await transactor_.request(request, accepts, reply.exchange);
  if (reply.attempts == 1) reply.first_requested = reply.exchange.requested;
  if (!heard) {
    session.close();
    co_return tl::unexpected<Error>(heard.error());
  }
  sealed_used_[index] = executor().now();
  co_return Status{};
}

Task<std::optional<Bytes>> PumpSession::say(Bytes payload) {
  CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
  const std::size_t framed = protocol::encode_frame(payload, wire_);
  if (framed == 0) co_return fail(ErrorCode::kInternal, "what is said does not fit into a telemetry frame", options_.name);
  std::optional<Bytes> heard;
  const auto accepts = [&heard](ByteView answer) {
    heard.emplace(answer.begin(), answer.end());
    return true;
  };
  link::Exchange exchange;
  const auto answered = co_await transactor_.request(ByteView(wire_).first(framed), accepts, exchange);
  if (!answered && answered.error().code != ErrorCode::kTimeout) co_return tl::unexpected<Error>(answered.error());
  co_return heard;
}

Task<bool> PumpSession::answers_in_old_session(Role role) {
  security::SealedSession* session = sealed_[static_cast<std::size_t>(role) - 1].get();
  if (session == nullptr || !session->is_open()) {
    co_return fail(ErrorCode::kUnavailable, "there is no sealed session of the role " + name_of(role), options_.name);
  }
  Bytes body(protocol::kMaxBody);
  body.resize(protocol::write_request(next_nonce(), protocol::ReadStatus{}, body, minor_));
  Bytes payload(protocol::kMaxPayload);
  payload.resize(session->seal(body, payload));
  CO_TRY_ASSIGN(const auto heard, co_await say(std::move(payload)));
  ByteView answer;
  const bool answered = heard && session->open(*heard, answer) == protocol::OpenStatus::kOk;
  if (!answered) session->close();
  co_return answered;
}

}  // namespace pumprig::clients
