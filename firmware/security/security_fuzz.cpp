// Any bytes to the pump's end of sealed telemetry: nothing opens, no session begins, and the one that stands is not harmed.
//
// Input: parts of [kind, size, bytes…]. Kind 0: a sealed payload as it stands. 1: the bytes XORed over the head and body of a good frame.
// 2: the fields of an OpenSession. 3: the fields of a ProvisionKeys, in the clear. 4: a pause of `size` seconds.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "firmware/security/secure_sessions.h"

namespace {

using namespace pumpfw;
using security::SecureSessions;

constexpr std::uint64_t kSecond = protocol::kTicksPerSecond;

void draw(void* context, std::span<std::uint8_t> out) {
  auto& state = *static_cast<std::uint8_t*>(context);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(state = static_cast<std::uint8_t>(state * 5 + 1));
}

security::SecurityState keyed() {
  security::SecurityState state;
  state.keys = security::KeyState::kPresent;
  for (std::uint8_t i = 0; i < 3; ++i) state.roles[i].key.fill(static_cast<std::uint8_t>(i + 1));
  return state;
}

// Opens the clinician's session as a rig would; gives the keys of it.
security::SessionKeys connect(SecureSessions& server) {
  protocol::OpenSession request;
  request.session_id = 5;
  request.session_counter = 1;
  const security::Key secret{9};
  request.ephemeral = security::x25519_public(secret);
  security::Transcript transcript({}, protocol::Role::kClinician, 1, request);
  request.mac = security::request_proof(security::authentication_key(keyed().roles[1].key), transcript);
  protocol::OpenSessionReply reply;
  if (server.open_session(protocol::Role::kClinician, 1, request, 0, 0, reply) != protocol::StatusCode::kOk) std::abort();
  security::Key shared;
  security::x25519_shared(secret, reply.ephemeral, shared);
  transcript.add_pump_ephemeral(reply.ephemeral);
  return security::session_keys(shared, keyed().roles[1].key, transcript);
}

std::vector<std::uint8_t> good_frame(const security::SessionKeys& keys, std::uint32_t counter) {
  std::vector<std::uint8_t> out(protocol::kHeadSize + 24 + protocol::kMaxTag);
  protocol::EnvelopeHead head;
  head.suite = protocol::Suite::kSealed;
  head.role = protocol::Role::kClinician;
  head.session_id = 5;
  head.counter = counter;
  protocol::encode(head, out);
  const security::Tag tag = security::aead_seal(keys.to_pump, security::aead_nonce(5, counter), std::span(out).first(protocol::kHeadSize),
                                                std::span(out).subspan(protocol::kHeadSize, 24));
  std::copy(tag.begin(), tag.end(), out.end() - protocol::kMaxTag);
  return out;
}

std::uint32_t counter_of(std::span<const std::uint8_t> payload) {
  protocol::EnvelopeHead head;
  return protocol::decode(payload, head, protocol::Trailing::kIgnored) ? head.counter : 0;
}

// Whether a holder of the session's key made it.
bool authentic(std::span<const std::uint8_t> payload, const security::SessionKeys& keys) {
  const auto head = payload.first(protocol::kHeadSize);
  std::vector<std::uint8_t> body(payload.begin() + protocol::kHeadSize, payload.end() - protocol::kMaxTag);
  security::Tag tag;
  std::copy(payload.end() - protocol::kMaxTag, payload.end(), tag.begin());
  return security::aead_open(keys.to_pump, security::aead_nonce(5, counter_of(payload)), head, body, tag);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint8_t chance = 3;
  SecureSessions server({{}, false, &draw, &chance});
  server.restore(keyed(), 0);
  const security::SessionKeys keys = connect(server);
  std::uint64_t now = 0;
  const std::span<const std::uint8_t> input(data, size);
  std::size_t at = 0;
  std::uint32_t received = 0;
  for (std::uint32_t part = 1; at + 2 <= input.size() && part < 20; ++part) {
    const std::uint8_t kind = input[at] % 5;
    const std::size_t wanted = input[at + 1];
    const auto bytes = kind == 4 ? std::span<const std::uint8_t>{} : input.subspan(at + 2, std::min(wanted, input.size() - at - 2));
    at += 2 + bytes.size();
    if (kind == 0 && server.open(bytes, now).status == protocol::OpenStatus::kOk) {
      // The fuzzer sees what this program compares, and so learns good frames.
      if (!authentic(bytes, keys)) std::abort();
      received = counter_of(bytes);
    }
    if (kind == 1) {
      const std::vector<std::uint8_t> good = good_frame(keys, part);
      std::vector<std::uint8_t> bad = good;
      for (std::size_t i = 0; i < std::min(bytes.size(), bad.size()); ++i) bad[i] = static_cast<std::uint8_t>(bad[i] ^ bytes[i]);
      if (bad != good && server.open(bad, now).status == protocol::OpenStatus::kOk) std::abort();
      const bool stands = server.in_session(protocol::Role::kClinician) && now < server.due();
      const bool opened = server.open(good, now).status == protocol::OpenStatus::kOk;
      if (opened != (stands && part > received)) std::abort();
      if (opened) received = part;
    }
    if (kind == 2) {
      protocol::OpenSession request;
      protocol::OpenSessionReply reply;
      if (protocol::decode(bytes, request, protocol::Trailing::kRefused) &&
          server.open_session(static_cast<protocol::Role>(1 + part % 3), part, request, now, now, reply) == protocol::StatusCode::kOk) {
        std::abort();
      }
    }
    if (kind == 3) {
      protocol::ProvisionKeys request;
      if (protocol::decode(bytes, request, protocol::Trailing::kRefused) && server.provision(false, request) == protocol::StatusCode::kOk) {
        std::abort();
      }
    }
    if (kind == 4) now += wanted * kSecond;
    server.run(now);
  }
  return 0;
}
