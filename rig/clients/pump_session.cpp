#include "rig/clients/pump_session.h"

#include <algorithm>

#include "rig/base/rng.h"

namespace pumprig::clients {
namespace {

protocol::Session new_session(Role role, std::uint64_t draw) {
  const auto id = static_cast<std::uint32_t>(draw >> 32);
  return {protocol::Direction::kToPump, role, id == 0 ? 1U : id};
}

link::TransactPolicy policy_of(const PumpSession::Options& options) {
  link::TransactPolicy policy;
  policy.reply_timeout = options.reply_timeout;
  policy.attempts = 1;  // each attempt is sealed anew, so the repetition is ours
  policy.baud = options.baud;
  return policy;
}

std::string version(unsigned major, unsigned minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

}  // namespace

link::Decoded TelemetryDecoder::next(ByteView& input) {
  while (!input.empty()) {
    const std::uint8_t byte = input.front();
    input = input.subspan(1);
    if (!decoder_.push(byte)) continue;
    frame_ = decoder_.payload();
    return link::Decoded::kFrame;
  }
  return link::Decoded::kNeedMore;
}

PumpSession::PumpSession(link::Link& link, Options options)
    : link_(link),
      options_(std::move(options)),
      transactor_(link, policy_of(options_)),
      draws_(Rng::stream(0, "telemetry sessions of " + options_.name).next()),
      chance_(link.executor().is_virtual() ? security::Chance::seeded(0, "sealed sessions of " + options_.name)
                                           : security::Chance::system()),
      mutex_(link.executor()) {
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    sessions_[i] = protocol::Session(protocol::Direction::kToPump, static_cast<Role>(i + 1));
    renew(sessions_[i]);
  }
  nonce_ = static_cast<std::uint32_t>(draws_);
}

void PumpSession::renew(protocol::Session& session) {
  draws_ = Rng(draws_).next();
  session = new_session(session.role(), draws_);
}

std::uint32_t PumpSession::next_nonce() {
  return ++nonce_;
}

Task<IdentifyReply> PumpSession::open() {
  identified_ = false;
  minor_ = 0;
  end_sealing();
  opener_ = Role::kClinician;
  CO_TRY_ASSIGN(const Answer<IdentifyReply> who, co_await ask(Role::kClinician, protocol::Identify{}));
  identity_ = who.fields;
  if (!protocol::compatible(identity_.protocol_major)) {
    stranger_major_ = identity_.protocol_major;
    heard_ = Heard::kOtherMajor;
    CO_TRY(check_heard());
  }
  minor_ = std::min(identity_.protocol_minor, protocol::kMinor);
  if (identity_.ticks_per_second != protocol::kTicksPerSecond) {
    co_return fail(ErrorCode::kProtocol, "the pump counts " + std::to_string(identity_.ticks_per_second) + " ticks a second, not 32768",
                   options_.name);
  }
  if (options_.keys.any()) CO_TRY(co_await begin_sealing());
  CO_TRY_ASSIGN(const Answer<StatusReply> how, co_await ask(opener_, protocol::ReadStatus{}));
  // The pump remembers the last nonce beyond a reset, so no run may repeat one of an earlier run: the real-time clock never stands still.
  Rng rng = Rng::stream(how.fields.rtc_ticks, to_text(identity_.board_serial));
  draws_ = rng.next();
  nonce_ = static_cast<std::uint32_t>(rng.next());
  for (protocol::Session& session : sessions_) renew(session);
  identified_ = true;
  co_return identity_;
}

std::string PumpSession::firmware_hash() const {
  std::string hex;
  for (const std::uint8_t byte : identity_.firmware_hash) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

Task<void> PumpSession::exchange(Role role, protocol::RequestHead head, std::size_t body_size, Reply& reply) {
  if (!identified_ && !sealing_ && !protocol::permitted(Role::kPatient, head.type)) {
    co_return fail(ErrorCode::kUnavailable, "the pump must be identified before anything is asked of it", options_.name);
  }
  if (body_size == 0) co_return fail(ErrorCode::kInternal, "the request does not fit into a telemetry body", options_.name);
  protocol::Session& session = sessions_[static_cast<std::size_t>(role) - 1];
  reply = Reply{};
  int busy = 0;
  for (int tries = 0;;) {
    const std::uint32_t damaged_before = frame_counters().errors();
    Status outcome;
    if (sealing_) {
      outcome = co_await attempt_sealed(role, head, body_size, reply);
    } else {
      outcome = co_await attempt(session, head, ByteView(body_).first(body_size), reply);
    }
    if (outcome && reply.status == StatusCode::kBusy && ++busy < options_.busy_attempts && executor().now() < give_up_at_) {
      CO_TRY(co_await executor().sleep_until(executor().after_wall(options_.busy_pause)));
      continue;
    }
    if (outcome) co_return check_heard();
    if (outcome.error().code != ErrorCode::kTimeout) co_return outcome;
    renew(session);
    if (++tries < options_.attempts && executor().now() < give_up_at_) continue;
    const std::string often = " after " + std::to_string(reply.attempts) + " attempts";
    if (frame_counters().errors() != damaged_before) {
      co_return fail(ErrorCode::kCorrupt, "only damaged replies came from the pump" + often + ": look for noise or a wrong baud rate",
                     link_.describe());
    }
    co_return fail(ErrorCode::kTimeout, "the pump did not answer " + std::string(protocol::describe(head.type).name) + often,
                   link_.describe());
  }
}

Task<void> PumpSession::attempt(protocol::Session& session, protocol::RequestHead head, ByteView body, Reply& reply) {
  heard_ = Heard::kNothing;
  std::size_t sealed = session.seal(body, payload_);
  if (sealed == 0) {  // the counter is used up
    renew(session);
    sealed = session.seal(body, payload_);
  }
  const std::size_t framed = protocol::encode_frame(ByteView(payload_).first(sealed), wire_);
  ++reply.attempts;
  const ByteView request = ByteView(wire_).first(framed);
  const auto accepts = [this, &session, head, &reply](ByteView payload) { return accept(session, head, payload, reply); };
  const auto heard = co_await transactor_.request(request, accepts, reply.exchange);
  if (reply.attempts == 1) reply.first_requested = reply.exchange.requested;
  if (!heard) co_return tl::unexpected<Error>(heard.error());
  co_return Status{};
}

bool PumpSession::accept(protocol::Session& session, protocol::RequestHead head, ByteView payload, Reply& reply) {
  protocol::EnvelopeHead envelope;
  const protocol::OpenStatus first = protocol::read_head(payload, envelope);
  if (first == protocol::OpenStatus::kOtherMajor) {
    stranger_major_ = envelope.major;
    heard_ = Heard::kOtherMajor;
    return true;
  }
  if (first != protocol::OpenStatus::kOk || envelope.direction != protocol::Direction::kFromPump) return false;
  protocol::ReplyHead answer;
  ByteView fields;
  if (envelope.session_id == session.id() && envelope.counter == 0) {  // a refusal to understand us at all
    if (!protocol::read_body(payload.subspan(protocol::kHeadSize), answer, fields)) return false;
    if (answer.status == StatusCode::kUnsupportedSuite) heard_ = Heard::kRefusedSuite;
    if (answer.status == StatusCode::kUnsupportedVersion) heard_ = Heard::kRefusedVersion;
    return heard_ != Heard::kNothing;
  }
  ByteView body;
  return session.open(payload, body) == protocol::OpenStatus::kOk && take(head, body, reply);
}

bool PumpSession::take(protocol::RequestHead head, ByteView body, Reply& reply) {
  protocol::ReplyHead answer;
  ByteView fields;
  if (!protocol::read_body(body, answer, fields)) return false;
  if (answer.nonce != head.nonce || answer.type != head.type) return false;
  heard_ = Heard::kReply;
  reply.status = answer.status;
  reply.fields = fields;
  return true;
}

Status PumpSession::check_heard() const {
  const std::string ours = version(protocol::kMajor, protocol::kMinor);
  switch (heard_) {
    case Heard::kNothing:
    case Heard::kReply:
      return {};
    case Heard::kOtherMajor:
      return fail(
          ErrorCode::kUnsupported,
          "the pump speaks telemetry protocol " + std::to_string(stranger_major_) + ".x and this rig speaks " + ours +
              (stranger_major_ > protocol::kMajor ? ": update the rig"
                                                  : ": put firmware with protocol " + std::to_string(protocol::kMajor) + ".x on the board"),
          options_.name);
    case Heard::kRefusedVersion:
      return fail(ErrorCode::kUnsupported,
                  "the pump does not understand telemetry protocol " + ours + " that this rig speaks: update the rig or the firmware",
                  options_.name);
    case Heard::kRefusedSuite:
      return fail(ErrorCode::kUnsupported, "the pump refuses unprotected telemetry: it has keys that this rig was not given",
                  options_.name);
  }
  return {};
}

Error PumpSession::wrong_fields(MessageType type) const {
  return Error{ErrorCode::kProtocol,
               "the pump's reply to " + std::string(protocol::describe(type).name) + " does not have the fields of its message",
               options_.name, nullptr};
}

}  // namespace pumprig::clients
