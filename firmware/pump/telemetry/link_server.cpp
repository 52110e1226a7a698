#include "firmware/pump/telemetry/link_server.h"

#include "firmware/protocol/permissions.h"
#include "firmware/pump/log/event_log.h"
#include "firmware/pump/pump.h"

namespace pumpfw {
namespace {

using protocol::MessageType;
using protocol::OpenStatus;
using protocol::StatusCode;

bool is_sealed(std::span<const std::uint8_t> payload) {
  protocol::EnvelopeHead head;
  return protocol::decode(payload, head, protocol::Trailing::kIgnored) && protocol::compatible(head.major) &&
         head.suite == protocol::Suite::kSealed;
}

// The bytes lie ready when they are asked for: no call of the board from inside the security, so that the stack has a bound.
void take_fresh(void* fresh, std::span<std::uint8_t> out) {
  security::Key& key = *static_cast<security::Key*>(fresh);
  for (std::size_t i = 0; i < out.size() && i < key.size(); ++i) out[i] = key[i];
  security::wipe(key);
}

security::Config security_config(security::Key& fresh, const protocol::Text<16>& board_serial) {
  security::Config config;
  for (std::size_t i = 0; i < config.device.size(); ++i) config.device[i] = static_cast<std::uint8_t>(board_serial.chars[i]);
  config.entropy = &take_fresh;
  config.entropy_context = &fresh;
  return config;
}

}  // namespace

LinkServer::LinkServer(hal::Hal& hal, Pump& pump, const BuildInfo& build)
    : hal_(hal),
      pump_(pump),
      security_(security_config(fresh_, build.board_serial)),
      image_(hal, build.update_key, build.model, pump.mutation()) {}

bool LinkServer::minds_lost_links() const {
  return pump_.mutation().is(Mutant::kCutUpdateTaken) || pump_.mutation().is(Mutant::kLostLinkStops);
}

void LinkServer::receive(Tick now, std::span<const std::uint8_t> bytes, bool wired) {
  security_.set_wired(wired || pump_.mutation().is(Mutant::kKeysByRadio));
  air_.count(bytes.size());
  pump_.spend_air(bytes.size());
  for (const std::uint8_t byte : bytes) {
    ++unread_;
    if (decoder_.push(byte)) {
      const std::size_t frame = protocol::frame_size(decoder_.payload().size());
      const bool own = handle(now, decoder_.payload());
      strangers_ += !own ? unread_ : unread_ > frame ? unread_ - frame : 0;
      unread_ = 0;
    } else if (unread_ > protocol::kMaxFrame) {
      strangers_ += unread_;
      unread_ = 0;
    }
  }
  if (minds_lost_links()) lost_at_ = unread_ != 0 ? now + kPatience : kNever;
  switch_receiver(now);
}

bool LinkServer::handle(Tick now, std::span<const std::uint8_t> payload) {
  const bool sealed = is_sealed(payload);
  const bool never_idle = pump_.mutation().is(Mutant::kIdleForever);
  protocol::PumpSessions::Opened opened = sealed ? security_.open(payload, never_idle ? 0 : now) : sessions_.open(payload);
  if (opened.status == OpenStatus::kReplayed && pump_.mutation().is(Mutant::kReplayTaken)) {
    ++request_.nonce;
    dispatch(now, {});
    return true;
  }
  protocol::RequestHead request;
  std::span<const std::uint8_t> fields;
  const bool readable = opened.status == OpenStatus::kOk && protocol::read_body(opened.body, request, fields);
  if (readable && !sealed && security_.restored() && refused_in_clear(request.type)) opened.status = OpenStatus::kUnknownSuite;
  if (opened.status != OpenStatus::kOk) {
    std::array<std::uint8_t, protocol::kMaxPayload> answer;
    transmit_payload(std::span(answer).first(protocol::PumpSessions::refusal(opened.status, payload, answer)), false);
    return false;
  }
  const bool own = sealed || !security_.keyed();
  if (!readable) return own;
  if (wait_ != Wait::kNothing) {
    const bool repeated = opened.role == role_ && sealed == sealed_ && request.nonce == request_.nonce && request.type == request_.type;
    if (repeated) return own;  // while under way
    std::array<std::uint8_t, protocol::kReplyHeadSize> busy;
    protocol::write_reply(request, StatusCode::kBusy, protocol::Empty{}, busy);
    transmit(opened.role, sealed, busy, own);
    return own;
  }
  role_ = opened.role;
  sealed_ = sealed;
  opened_ = false;
  request_ = request;
  body_size_ = 0;
  const std::span<const std::uint8_t> before = cache_.find(role_, request_);
  if (!before.empty()) {
    for (const std::uint8_t byte : before) body_[body_size_++] = byte;
    send();
    return own;
  }
  dispatch(now, fields);
  if (wait_ == Wait::kNothing && protocol::reads_only(request_.type)) {
    send();
    return own;
  }
  // The change, if there was one, is under way to the memory; run() sends.
  if (wait_ == Wait::kNothing) {
    wait_ = Wait::kSettled;
    timeout_ = now + kPatience;
  }
  return in_session();
}

bool LinkServer::in_session() const {
  return sealed_ || opened_ || !security_.keyed();
}

bool LinkServer::refused_in_clear(MessageType type) const {
  return security_.keyed() && !pump_.mutation().is(Mutant::kClearAllowed) && type != MessageType::kIdentify &&
         type != MessageType::kOpenSession;
}

void LinkServer::dispatch(Tick now, std::span<const std::uint8_t> fields) {
  const bool always = request_.type == MessageType::kIdentify || request_.type == MessageType::kReadStatus;
  if (!security_.restored() && !always) return refuse(StatusCode::kSelfTest);
  if (protocol::test_image_only(request_.type) && !pump_.build().test_image) return refuse(StatusCode::kTestImageOnly);
  switch (request_.type) {
    case MessageType::kIdentify:
      return handle_as<protocol::Identify>(now, fields);
    case MessageType::kReadStatus:
      return handle_as<protocol::ReadStatus>(now, fields);
    case MessageType::kSelfTest:
      return handle_as<protocol::SelfTest>(now, fields);
    case MessageType::kReadProgram:
      return handle_as<protocol::ReadProgram>(now, fields);
    case MessageType::kWriteProgram:
      return handle_as<protocol::WriteProgram>(now, fields);
    case MessageType::kStartTherapy:
      return handle_as<protocol::StartTherapy>(now, fields);
    case MessageType::kStopTherapy:
      return handle_as<protocol::StopTherapy>(now, fields);
    case MessageType::kRequestBolus:
      return handle_as<protocol::RequestBolus>(now, fields);
    case MessageType::kPrime:
      return handle_as<protocol::Prime>(now, fields);
    case MessageType::kCancelPrime:
      return handle_as<protocol::CancelPrime>(now, fields);
    case MessageType::kGiveBolus:
      return handle_as<protocol::GiveBolus>(now, fields);
    case MessageType::kCancelBolus:
      return handle_as<protocol::CancelBolus>(now, fields);
    case MessageType::kSetClock:
      return handle_as<protocol::SetClock>(now, fields);
    case MessageType::kTestAlarm:
      return handle_as<protocol::TestAlarm>(now, fields);
    case MessageType::kEnterReservoir:
      return handle_as<protocol::EnterReservoir>(now, fields);
    case MessageType::kReadLog:
      return handle_as<protocol::ReadLog>(now, fields);
    case MessageType::kClearAlarm:
      return handle_as<protocol::ClearAlarm>(now, fields);
    case MessageType::kSilenceAlarm:
      return handle_as<protocol::SilenceAlarm>(now, fields);
    case MessageType::kEstablishState:
      return handle_as<protocol::EstablishState>(now, fields);
    case MessageType::kReadState:
      return handle_as<protocol::ReadState>(now, fields);
    case MessageType::kResetDevice:
      return handle_as<protocol::ResetDevice>(now, fields);
    case MessageType::kOpenSession:
      return handle_as<protocol::OpenSession>(now, fields);
    case MessageType::kProvisionKeys:
      return handle_as<protocol::ProvisionKeys>(now, fields);
    case MessageType::kBeginImage:
      return handle_as<protocol::BeginImage>(now, fields);
    case MessageType::kImagePart:
      return handle_as<protocol::ImagePart>(now, fields);
    case MessageType::kFinishImage:
      return handle_as<protocol::FinishImage>(now, fields);
  }
  refuse(StatusCode::kUnknownMessage);
}

template <typename Message>
void LinkServer::handle_as(Tick now, std::span<const std::uint8_t> fields) {
  const bool permitted = protocol::permitted(role_, Message::kType) || pump_.mutation().is(Mutant::kRolesIgnored);
  if (!permitted) return refuse(StatusCode::kNotPermitted);
  Message message;
  if (!protocol::decode(fields, message, protocol::Trailing::kRefused)) return refuse(StatusCode::kBadLength);
  on(now, message);
}

void LinkServer::refuse(StatusCode status) {
  reply(status, protocol::Empty{});
}

void LinkServer::send() {
  wait_ = Wait::kNothing;
  timeout_ = kNever;
  const std::span<const std::uint8_t> body = std::span<const std::uint8_t>(body_).first(body_size_);
  cache_.keep(role_, request_, body);
  transmit(role_, sealed_, body, in_session());
}

void LinkServer::transmit(protocol::Role role, bool sealed, std::span<const std::uint8_t> body, bool in_session) {
  std::array<std::uint8_t, protocol::kMaxPayload> payload;
  const std::size_t size = sealed ? security_.seal(role, body, payload) : sessions_.seal(role, body, payload);
  transmit_payload(std::span(payload).first(size), in_session);
}

void LinkServer::transmit_payload(std::span<const std::uint8_t> payload, bool in_session) {
  std::array<std::uint8_t, protocol::kMaxFrame> frame;
  const std::size_t size = protocol::encode_frame(payload, frame);
  if (size == 0) return;
  hal_.send_telemetry(std::span<const std::uint8_t>(frame).first(size));
  air_.count(size);
  pump_.spend_air(size);
  if (!in_session) strangers_ += size;
}

Tick LinkServer::due() const {
  Tick waiting = timeout_ < reset_at_ ? timeout_ : reset_at_;
  if (minds_lost_links() && lost_at_ < waiting) waiting = lost_at_;
  const bool never = pump_.mutation().is(Mutant::kIdleForever);
  const Tick due = (never || waiting < security_.due()) ? waiting : security_.due();
  return receiver_on_ || due < air_.next_bin() ? due : air_.next_bin();
}

void LinkServer::run(Tick now) {
  if (minds_lost_links() && now >= lost_at_) link_lost(now);
  run_wait(now);
  switch_receiver(now);
}

void LinkServer::run_wait(Tick now) {
  if (now >= reset_at_) {
    reset_at_ = kNever;
    hal_.reset();
  }
  if (!pump_.mutation().is(Mutant::kIdleForever)) security_.run(now);
  if (wait_ == Wait::kNothing) return;
  const bool early = pump_.mutation().is(Mutant::kUpdateAnsweredEarly) && request_.type == MessageType::kWriteProgram;
  if (wait_ == Wait::kSettled && (early || pump_.settled())) return send();
  if (wait_ == Wait::kSenses && (pump_.senses_fresh(now) || now >= timeout_)) {
    answer_status(now);  // with the last readings, if the converter does not answer
    return send();
  }
  if (wait_ == Wait::kSelfTest && !pump_.starting()) return answer_self_test(now);
  if (now < timeout_) return;
  if (wait_ == Wait::kImage) image_.forget();  // nobody knows what stands in the bank
  refuse(StatusCode::kMemoryFault);
  send();
}

// ---- Sessions and keys ----

void LinkServer::restore_security(Tick now, const security::SecurityState& state) {
  security_.restore(state, pump_.rtc_ticks(now));
  keep_security();
}

void LinkServer::keep_security() {
  if (security_.take_changed()) pump_.keep_security(security_.state());
}

void LinkServer::on(Tick now, const protocol::OpenSession& message) {
  protocol::OpenSessionReply out;
  hal_.entropy(fresh_);
  if (pump_.mutation().is(Mutant::kBackOffNever)) {
    security::SecurityState forgetful = security_.state();
    for (security::RoleState& role : forgetful.roles) role.failures = 0;
    security_.restore(forgetful, pump_.rtc_ticks(now));
  }
  const StatusCode status = security_.open_session(role_, request_.nonce, message, now, pump_.rtc_ticks(now), out);
  keep_security();
  opened_ = status == StatusCode::kOk;
  if (status == StatusCode::kNotAuthentic && out.back_off_s != 0) {
    pump_.note_security(now, protocol::LogCode::kAuthBackOff, static_cast<std::int64_t>(role_), out.back_off_s);
  }
  reply(status, out);
}

void LinkServer::on(Tick now, const protocol::ProvisionKeys& message) {
  const StatusCode status = security_.provision(sealed_, message);
  if (status == StatusCode::kOk) pump_.note_security(now, protocol::LogCode::kKeysProvisioned, 0, 0);
  keep_security();
  refuse(status);
}

// ---- The log comes out of the memory in parts ----

void LinkServer::on(Tick now, const protocol::ReadLog& message) {
  if (pump_.self_testing()) return refuse(StatusCode::kSelfTest);  // the memory is under test
  const EventLog& log = pump_.log();
  log_ = {};
  log_.oldest_seq = log.oldest();
  log_.newest_seq = log.newest();
  log_next_ = message.from_seq > log_.oldest_seq ? message.from_seq : log_.oldest_seq;
  const std::uint32_t wanted = message.count < protocol::kMaxLogEntries ? message.count : protocol::kMaxLogEntries;
  log_end_ = log_.newest_seq + 1;
  if (log_next_ >= log_end_ || log_.oldest_seq == 0 || wanted == 0) return reply(StatusCode::kOk, log_);
  if (log_end_ - log_next_ > wanted) log_end_ = log_next_ + wanted;
  wait_ = Wait::kLog;
  timeout_ = now + kPatience;
  read_log();
}

void LinkServer::read_log() {
  std::uint32_t count = EventLog::run_from(log_next_);
  if (count > log_end_ - log_next_) count = log_end_ - log_next_;
  hal_.read_nvm(EventLog::offset_of(log_next_), count * kLogEntrySize);
}

void LinkServer::receive_log(Tick, std::span<const std::uint8_t> bytes) {
  if (wait_ != Wait::kLog) return;
  for (std::size_t at = 0; at + kLogEntrySize <= bytes.size(); at += kLogEntrySize) {
    LogEntry entry;
    const std::uint32_t crc = decode_log(std::span<const std::uint8_t, kLogEntrySize>(bytes.subspan(at, kLogEntrySize)), entry);
    const bool left_out = pump_.mutation().is(Mutant::kLogGap) && entry.seq % 4 == 0;
    if (pump_.mutation().is(Mutant::kLogAltered) && entry.seq % 4 == 0) ++entry.argument_2;
    if (entry.seq == log_next_ && !left_out) {
      if (log_.entries.count == 0) log_.first_crc = crc;
      log_.last_crc = crc;
      log_.entries.push(entry);
    }
    ++log_next_;
  }
  if (log_next_ < log_end_) return read_log();
  reply(StatusCode::kOk, log_);
  send();
}

}  // namespace pumpfw
