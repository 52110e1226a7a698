#include "firmware/protocol/envelope.h"

namespace pumpfw::protocol {
namespace {

void append(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> out) {
  for (std::size_t i = 0; i < bytes.size(); ++i) out[i] = bytes[i];
}

bool known(Role role) {
  return role == Role::kPatient || role == Role::kClinician || role == Role::kService;
}

}  // namespace

OpenStatus read_head(std::span<const std::uint8_t> payload, EnvelopeHead& head) {
  if (!payload.empty() && !compatible(payload[0])) {
    decode(payload, head, Trailing::kIgnored);  // as much as can be understood of it, for the refusal
    head.major = payload[0];
    return OpenStatus::kOtherMajor;
  }
  if (!decode(payload, head, Trailing::kIgnored)) return OpenStatus::kTooShort;
  if (head.suite != Suite::kClear) return OpenStatus::kUnknownSuite;
  if (!known(head.role)) return OpenStatus::kUnknownRole;
  return OpenStatus::kOk;
}

std::size_t Session::seal(std::span<const std::uint8_t> body, std::span<std::uint8_t> out) {
  if (body.empty() || body.size() > kMaxBody || out.size() < kHeadSize + body.size() || sent_ == 0xFFFFFFFF) return 0;
  EnvelopeHead head;
  head.role = role_;
  head.direction = sends_;
  head.session_id = id_;
  head.counter = ++sent_;
  const std::size_t at = encode(head, out);
  append(body, out.subspan(at));
  return at + body.size();
}

OpenStatus Session::open(std::span<const std::uint8_t> payload, std::span<const std::uint8_t>& body) {
  EnvelopeHead head;
  const OpenStatus status = read_head(payload, head);
  if (status != OpenStatus::kOk) return status;
  if (head.direction == sends_) return OpenStatus::kWrongDirection;
  if (head.role != role_) return OpenStatus::kUnknownRole;
  const bool takes_over = sends_ == Direction::kFromPump && head.session_id != id_;
  if (head.session_id == 0 || (head.session_id != id_ && !takes_over)) return OpenStatus::kOtherSession;
  if (head.counter == 0 || (!takes_over && head.counter <= received_)) return OpenStatus::kReplayed;
  if (takes_over) {
    id_ = head.session_id;
    sent_ = 0;
  }
  received_ = head.counter;
  peer_minor_ = head.minor;
  body = payload.subspan(kHeadSize);
  return OpenStatus::kOk;
}

PumpSessions::Opened PumpSessions::open(std::span<const std::uint8_t> payload) {
  Opened opened;
  EnvelopeHead head;
  opened.status = read_head(payload, head);
  if (opened.status != OpenStatus::kOk) return opened;
  opened.role = head.role;
  opened.status = sessions_[static_cast<std::size_t>(head.role) - 1].open(payload, opened.body);
  return opened;
}

std::size_t PumpSessions::seal(Role role, std::span<const std::uint8_t> body, std::span<std::uint8_t> out) {
  return sessions_[static_cast<std::size_t>(role) - 1].seal(body, out);
}

std::size_t PumpSessions::refusal(OpenStatus why, std::span<const std::uint8_t> payload, std::span<std::uint8_t> out) {
  if (why != OpenStatus::kOtherMajor && why != OpenStatus::kUnknownSuite) return 0;
  EnvelopeHead head;
  read_head(payload, head);
  if (head.direction == Direction::kFromPump) return 0;  // never answers an answer
  EnvelopeHead answer;
  answer.role = head.role;
  answer.direction = Direction::kFromPump;
  answer.session_id = head.session_id;
  const ReplyHead reply{MessageType{}, 0, why == OpenStatus::kOtherMajor ? StatusCode::kUnsupportedVersion : StatusCode::kUnsupportedSuite};
  return write_body(answer, reply, out);
}

}  // namespace pumpfw::protocol
