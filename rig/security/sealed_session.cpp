#include "rig/security/sealed_session.h"

#include <algorithm>
#include <string_view>

#include "rig/base/sha256.h"

namespace pumprig::security {
namespace {

constexpr std::string_view kLabel = "pumprig suite 1";

ByteView view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

template <typename Number>
void append_number(Bytes& out, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

AeadNonce nonce_of(std::uint32_t session_id, std::uint32_t counter) {
  Bytes bytes;
  append_number(bytes, session_id);
  append_number(bytes, std::uint32_t{0});
  append_number(bytes, counter);
  AeadNonce nonce{};
  std::copy(bytes.begin(), bytes.end(), nonce.begin());
  return nonce;
}

Secret authentication_key(const Secret& key) {
  Secret out;
  hkdf_sha256(view(kLabel), key.view(), view("authentication"), out.fill());
  return out;
}

// What is proven begins with the number of the proof: 1 a request, 2 a replayed counter, 3 an acceptance.
Bytes proven(std::uint8_t proof, const Bytes& transcript) {
  Bytes data{proof};
  append(data, transcript);
  return data;
}

}  // namespace

SealedSession::SealedSession(protocol::Role role, ByteView device, const Secret& key) : role_(role), key_(key) {
  std::copy_n(device.begin(), std::min(device.size(), device_.size()), device_.begin());
}

Bytes SealedSession::transcript() const {
  Bytes out;
  append(out, view(kLabel));
  append(out, device_);
  append_number(out, static_cast<std::uint8_t>(role_));
  append_number(out, request_.session_id);
  append_number(out, nonce_);
  append_number(out, request_.session_counter);
  append(out, request_.ephemeral);
  return out;
}

protocol::OpenSession SealedSession::begin(std::uint32_t session_id, std::uint32_t nonce, std::uint64_t session_counter, Chance& chance) {
  close();
  chance.fill(ephemeral_.fill());
  nonce_ = nonce;
  request_ = {};
  request_.session_id = session_id;
  request_.session_counter = session_counter;
  request_.ephemeral = x25519_public(ephemeral_);
  request_.mac = hmac_sha256(authentication_key(key_).view(), proven(1, transcript()));
  return request_;
}

Status SealedSession::finish(const protocol::OpenSessionReply& reply) {
  if (request_.session_id == 0) return fail(ErrorCode::kInternal, "no session was asked for");
  Secret shared;
  const bool agreed = x25519_shared(ephemeral_, reply.ephemeral, shared);
  ephemeral_ = Secret();
  Bytes accepted = transcript();
  append(accepted, reply.ephemeral);
  Sha256 hash;
  hash.update(accepted);
  const std::array<std::uint8_t, 32> salt = hash.finish();
  std::array<std::uint8_t, 64> input;
  std::copy(shared.view().begin(), shared.view().end(), input.begin());
  std::copy(key_.view().begin(), key_.view().end(), input.begin() + 32);
  std::array<std::uint8_t, 96> keys;
  hkdf_sha256(salt, input, view("session"), keys);
  const Proof expected = hmac_sha256(ByteView(keys).subspan(64), proven(3, accepted));
  const bool proven_right = agreed && equal(expected, reply.mac);
  if (proven_right) {
    to_pump_ = Secret(std::span(keys).first<32>());
    from_pump_ = Secret(std::span(keys).subspan<32, 32>());
    id_ = request_.session_id;
    sent_ = 0;
    received_ = 0;
    open_ = true;
  }
  wipe(input);
  wipe(keys);
  request_ = {};
  if (!proven_right) return fail(ErrorCode::kRefused, "what answers does not prove that it knows this role's key: it may not be the pump");
  return {};
}

Result<std::uint64_t> SealedSession::last_counter(const protocol::OpenSessionReply& reply) const {
  Bytes data = proven(2, transcript());
  append_number(data, reply.session_counter);
  if (request_.session_id == 0 || !equal(hmac_sha256(authentication_key(key_).view(), data), reply.mac)) {
    return fail(ErrorCode::kRefused, "what answers does not prove that it knows this role's key: it may not be the pump");
  }
  return reply.session_counter;
}

void SealedSession::close() {
  open_ = false;
  to_pump_ = Secret();
  from_pump_ = Secret();
}

std::size_t SealedSession::seal(ByteView body, std::span<std::uint8_t> out) {
  const std::size_t size = protocol::kHeadSize + body.size() + protocol::kMaxTag;
  if (!open_ || body.empty() || body.size() > protocol::kMaxBody || out.size() < size || sent_ == 0xFFFFFFFF) return 0;
  protocol::EnvelopeHead head;
  head.suite = protocol::Suite::kSealed;
  head.role = role_;
  head.direction = protocol::Direction::kToPump;
  head.session_id = id_;
  head.counter = ++sent_;
  protocol::encode(head, out);
  const std::span<std::uint8_t> data = out.subspan(protocol::kHeadSize, body.size());
  std::copy(body.begin(), body.end(), data.begin());
  const Tag tag = aead_seal(to_pump_, nonce_of(id_, head.counter), out.first(protocol::kHeadSize), data);
  std::copy(tag.begin(), tag.end(), out.begin() + static_cast<std::ptrdiff_t>(protocol::kHeadSize + body.size()));
  return size;
}

protocol::OpenStatus SealedSession::open(ByteView payload, ByteView& body) {
  using protocol::OpenStatus;
  protocol::EnvelopeHead head;
  if (payload.size() <= protocol::kHeadSize + protocol::kMaxTag || payload.size() > protocol::kMaxPayload) return OpenStatus::kTooShort;
  if (!protocol::decode(payload, head, protocol::Trailing::kIgnored)) return OpenStatus::kTooShort;
  if (!protocol::compatible(head.major)) return OpenStatus::kOtherMajor;
  if (head.suite != protocol::Suite::kSealed) return OpenStatus::kUnknownSuite;
  if (head.direction != protocol::Direction::kFromPump) return OpenStatus::kWrongDirection;
  if (head.role != role_) return OpenStatus::kUnknownRole;
  if (!open_ || head.session_id != id_) return OpenStatus::kOtherSession;
  if (head.counter <= received_) return OpenStatus::kReplayed;
  const std::size_t size = payload.size() - protocol::kHeadSize - protocol::kMaxTag;
  const std::span<std::uint8_t> data = std::span(plain_).first(size);
  std::copy_n(payload.begin() + protocol::kHeadSize, size, data.begin());
  Tag tag{};
  std::copy_n(payload.end() - protocol::kMaxTag, tag.size(), tag.begin());
  if (!aead_open(from_pump_, nonce_of(id_, head.counter), payload.first(protocol::kHeadSize), data, tag)) return OpenStatus::kNotAuthentic;
  received_ = head.counter;
  body = data;
  return OpenStatus::kOk;
}

}  // namespace pumprig::security
