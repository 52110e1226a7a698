// Requests as bytes, and what comes back: for campaigns on the telemetry line.
#pragma once

#include <algorithm>
#include <vector>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/frame.h"
#include "firmware/protocol/messages.h"

namespace pumpfw::campaign {

using Bytes = std::vector<std::uint8_t>;

inline Bytes frame_of(const Bytes& payload) {
  Bytes out(protocol::kMaxFrame);
  out.resize(protocol::encode_frame(payload, out));
  return out;
}

struct Address {
  protocol::Role role = protocol::Role::kClinician;
  std::uint32_t session = 1;
  std::uint32_t counter = 1;
  std::uint32_t nonce = 1;
};

template <typename Message>
Bytes payload_of(const Message& message, const Address& address) {
  protocol::EnvelopeHead head;
  head.role = address.role;
  head.session_id = address.session;
  head.counter = address.counter;
  Bytes out(protocol::kMaxPayload);
  const std::size_t at = protocol::encode(head, out);
  out.resize(at + protocol::write_request(address.nonce, message, std::span(out).subspan(at)));
  return out;
}
template <typename Message>
Bytes request(const Message& message, const Address& address) {
  return frame_of(payload_of(message, address));
}

// The replies in what a pump sent, in order; of those that cannot be read nothing.
struct Reply {
  protocol::ReplyHead head;
  Bytes fields;
};
inline std::vector<Reply> replies_in(const Bytes& bytes) {
  std::vector<Reply> out;
  protocol::FrameDecoder decoder;
  for (const std::uint8_t byte : bytes) {
    if (!decoder.push(byte) || decoder.payload().size() < protocol::kHeadSize) continue;
    Reply reply;
    std::span<const std::uint8_t> fields;
    if (!protocol::read_body(decoder.payload().subspan(protocol::kHeadSize), reply.head, fields)) continue;
    reply.fields.assign(fields.begin(), fields.end());
    out.push_back(reply);
  }
  return out;
}

}  // namespace pumpfw::campaign
