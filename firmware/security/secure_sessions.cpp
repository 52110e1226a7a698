#include "firmware/security/secure_sessions.h"

namespace pumpfw::security {

using protocol::OpenStatus;
using protocol::Role;
using protocol::StatusCode;

namespace {

constexpr std::uint64_t kNever = ~std::uint64_t{0};

bool known(Role role) {
  return role == Role::kPatient || role == Role::kClinician || role == Role::kService;
}

std::uint64_t back_off_left(const RoleState& role, std::uint64_t rtc) {
  return role.back_off_until > rtc ? role.back_off_until - rtc : 0;
}

std::uint32_t whole_seconds(std::uint64_t ticks) {
  return static_cast<std::uint32_t>((ticks + kTicks - 1) / kTicks);
}

}  // namespace

std::uint64_t back_off_length(unsigned nth) {
  std::uint64_t length = kFirstBackOff;
  for (unsigned i = 1; i < nth && length < kLongestBackOff; ++i) length *= 2;
  return length < kLongestBackOff ? length : kLongestBackOff;
}

void SecureSessions::end(Session& session) {
  wipe(session.to_pump);
  wipe(session.from_pump);
  session.id = 0;
}

void SecureSessions::end_all() {
  for (Session& session : sessions_) end(session);
}

void SecureSessions::restore(const SecurityState& state, std::uint64_t rtc) {
  end_all();
  state_ = state;
  restored_ = true;
  changed_ = false;
  for (RoleState& role : state_.roles) {
    if (role.back_off_until == 0) continue;
    const std::uint64_t whole = back_off_length(role.back_offs);
    if (back_off_left(role, rtc) <= whole) continue;
    role.back_off_until = rtc + whole;  // the clock was lost
    changed_ = true;
  }
}

bool SecureSessions::take_changed() {
  const bool changed = changed_;
  changed_ = false;
  return changed;
}

// A blank pump on a wire has a session with the service tool under a key that is no secret: it hides the keys that are then given from
// whoever only listens or reads a record.
bool SecureSessions::has_key(Role role) const {
  if (state_.keys == KeyState::kNone) return config_.wired && role == Role::kService;
  return state_.keys == KeyState::kPresent;
}

protocol::PumpSessions::Opened SecureSessions::open(std::span<const std::uint8_t> payload, std::uint64_t now) {
  protocol::PumpSessions::Opened opened;
  protocol::EnvelopeHead head;
  if (payload.size() <= protocol::kHeadSize + protocol::kMaxTag || !protocol::decode(payload, head, protocol::Trailing::kIgnored)) {
    return opened;
  }
  if (!protocol::compatible(head.major)) return opened.status = OpenStatus::kOtherMajor, opened;
  if (head.suite != protocol::Suite::kSealed) return opened.status = OpenStatus::kUnknownSuite, opened;
  if (head.direction != protocol::Direction::kToPump) return opened.status = OpenStatus::kWrongDirection, opened;
  if (!known(head.role)) return opened.status = OpenStatus::kUnknownRole, opened;
  Session& session = sessions_[index(head.role)];
  if (session.id == 0 || head.session_id != session.id || now >= session.ends) return opened.status = OpenStatus::kOtherSession, opened;
  if (head.counter <= session.received) return opened.status = OpenStatus::kReplayed, opened;
  const std::size_t size = payload.size() - protocol::kHeadSize - protocol::kMaxTag;
  if (size > plain_.size()) return opened;
  for (std::size_t i = 0; i < size; ++i) plain_[i] = payload[protocol::kHeadSize + i];
  Tag tag;
  for (std::size_t i = 0; i < tag.size(); ++i) tag[i] = payload[protocol::kHeadSize + size + i];
  if (!aead_open(session.to_pump, aead_nonce(session.id, head.counter), payload.first(protocol::kHeadSize), std::span(plain_).first(size),
                 tag)) {
    ++forged_;
    return opened.status = OpenStatus::kNotAuthentic, opened;
  }
  session.received = head.counter;
  session.ends = now + kIdle;
  opened.status = OpenStatus::kOk;
  opened.role = head.role;
  opened.body = std::span<const std::uint8_t>(plain_).first(size);
  return opened;
}

std::size_t SecureSessions::seal(Role role, std::span<const std::uint8_t> body, std::span<std::uint8_t> out) {
  if (!known(role)) return 0;
  Session& session = sessions_[index(role)];
  const std::size_t size = protocol::kHeadSize + body.size() + protocol::kMaxTag;
  if (session.id == 0 || body.empty() || body.size() > protocol::kMaxBody || out.size() < size || session.sent == 0xFFFFFFFF) return 0;
  protocol::EnvelopeHead head;
  head.suite = protocol::Suite::kSealed;
  head.role = role;
  head.direction = protocol::Direction::kFromPump;
  head.session_id = session.id;
  head.counter = ++session.sent;
  protocol::encode(head, out);
  const std::span<std::uint8_t> data = out.subspan(protocol::kHeadSize, body.size());
  for (std::size_t i = 0; i < body.size(); ++i) data[i] = body[i];
  const Tag tag = aead_seal(session.from_pump, aead_nonce(session.id, head.counter), out.first(protocol::kHeadSize), data);
  for (std::size_t i = 0; i < tag.size(); ++i) out[protocol::kHeadSize + body.size() + i] = tag[i];
  return size;
}

void SecureSessions::note_failure(RoleState& role, std::uint64_t rtc) {
  changed_ = true;
  if (++role.failures < kFailuresAllowed) return;
  role.failures = 0;
  if (role.back_offs < 255) ++role.back_offs;
  role.back_off_until = rtc + back_off_length(role.back_offs);
}

bool SecureSessions::draw_secret(Key& secret) {
  if (config_.entropy == nullptr) return false;
  config_.entropy(config_.entropy_context, secret);
  const Key drawn = x25519_public(secret);
  if (equal(secret, Key{}) || equal(drawn, last_drawn_)) return false;
  last_drawn_ = drawn;
  return true;
}

protocol::StatusCode SecureSessions::open_session(Role role, std::uint32_t nonce, const protocol::OpenSession& request, std::uint64_t now,
                                                  std::uint64_t rtc, protocol::OpenSessionReply& reply) {
  reply = {};
  if (!known(role)) return StatusCode::kNotPermitted;
  if (request.suite != protocol::Suite::kSealed) return StatusCode::kUnsupportedSuite;
  if (request.session_id == 0) return StatusCode::kBadFieldValue;
  if (!has_key(role)) return StatusCode::kNoKeys;
  RoleState& known_role = state_.roles[index(role)];
  reply.back_off_s = whole_seconds(back_off_left(known_role, rtc));
  if (reply.back_off_s != 0) return StatusCode::kAuthBackOff;

  Transcript transcript(config_.device, role, nonce, request);
  Key authentication = authentication_key(known_role.key);
  StatusCode status = StatusCode::kOk;
  if (!equal(request_proof(authentication, transcript), request.mac)) {
    note_failure(known_role, rtc);
    reply.back_off_s = whole_seconds(back_off_left(known_role, rtc));
    status = StatusCode::kNotAuthentic;
  } else if (request.session_counter <= known_role.session_counter ||
             request.session_counter - known_role.session_counter > kLargestCounterStep) {
    // Only who holds the key gets here, or who repeats what a holder sent: no guess, so it is not counted, and it forgives none.
    reply.session_counter = known_role.session_counter;
    reply.mac = replayed_proof(authentication, transcript, known_role.session_counter);
    status = StatusCode::kSessionReplayed;
  }
  wipe(authentication);
  if (status != StatusCode::kOk) return status;

  Session fresh;
  fresh.id = request.session_id;
  fresh.ends = now + kIdle;
  status = agree(fresh, known_role, transcript, request, reply);
  if (status == StatusCode::kOk) {
    known_role.session_counter = request.session_counter;
    known_role.failures = 0;
    known_role.back_offs = 0;
    known_role.back_off_until = 0;
    changed_ = true;
    reply.session_counter = request.session_counter;
    sessions_[index(role)] = fresh;
  }
  end(fresh);
  return status;
}

protocol::StatusCode SecureSessions::agree(Session& session, const RoleState& role, Transcript& transcript,
                                           const protocol::OpenSession& request, protocol::OpenSessionReply& reply) {
  Key secret{};
  if (!draw_secret(secret)) return StatusCode::kInternalFault;
  Key shared{};
  const bool agreed = x25519_shared(secret, request.ephemeral, shared);
  wipe(secret);
  if (agreed) {
    reply.ephemeral = last_drawn_;
    transcript.add_pump_ephemeral(reply.ephemeral);
    SessionKeys keys = session_keys(shared, role.key, transcript);
    reply.mac = accept_proof(keys, transcript);
    session.to_pump = keys.to_pump;
    session.from_pump = keys.from_pump;
    keys.wipe();
  }
  wipe(shared);
  return agreed ? StatusCode::kOk : StatusCode::kBadFieldValue;
}

protocol::StatusCode SecureSessions::provision(bool sealed, const protocol::ProvisionKeys& request) {
  if (!sealed || !config_.wired) return StatusCode::kByWireOnly;
  const std::array<Key, 4> keys{request.patient, request.clinician, request.service, Key{}};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = i + 1; j < 4; ++j) {
      if (equal(keys[i], keys[j])) return StatusCode::kBadFieldValue;
    }
  }
  // The service session stays for the answer, and to try a new session beside it; the others were opened under keys of before.
  end(sessions_[index(Role::kPatient)]);
  end(sessions_[index(Role::kClinician)]);
  state_.keys = KeyState::kPresent;
  for (std::size_t i = 0; i < 3; ++i) {
    state_.roles[i] = {};
    state_.roles[i].key = keys[i];
  }
  changed_ = true;
  return StatusCode::kOk;
}

void SecureSessions::run(std::uint64_t now) {
  for (Session& session : sessions_) {
    if (session.id != 0 && now >= session.ends) end(session);
  }
}

std::uint64_t SecureSessions::due() const {
  std::uint64_t due = kNever;
  for (const Session& session : sessions_) {
    if (session.id != 0 && session.ends < due) due = session.ends;
  }
  return due;
}

}  // namespace pumpfw::security
