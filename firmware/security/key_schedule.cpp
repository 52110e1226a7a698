#include "firmware/security/key_schedule.h"

namespace pumpfw::security {
namespace {

constexpr std::array<std::uint8_t, 15> kLabel{'p', 'u', 'm', 'p', 'r', 'i', 'g', ' ', 's', 'u', 'i', 't', 'e', ' ', '1'};
constexpr std::array<std::uint8_t, 14> kAuthentication{'a', 'u', 't', 'h', 'e', 'n', 't', 'i', 'c', 'a', 't', 'i', 'o', 'n'};
constexpr std::array<std::uint8_t, 7> kSession{'s', 'e', 's', 's', 'i', 'o', 'n'};

// The first byte under each proof, so that none can be taken for another.
enum class Proof : std::uint8_t { kRequest = 1, kReplayed = 2, kAccept = 3 };

class Writer {
 public:
  explicit Writer(std::span<std::uint8_t> out) : out_(out) {}
  void bytes(Bytes value) {
    for (const std::uint8_t byte : value) out_[at_++] = byte;
  }
  void number(std::uint64_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) out_[at_++] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  Bytes written() const { return Bytes(out_).first(at_); }

 private:
  std::span<std::uint8_t> out_;
  std::size_t at_ = 0;
};

}  // namespace

Transcript::Transcript(const DeviceId& device, protocol::Role role, std::uint32_t nonce, const protocol::OpenSession& request) {
  Writer out(bytes_);
  out.bytes(kLabel);
  out.bytes(device);
  out.number(static_cast<std::uint8_t>(role), 1);
  out.number(request.session_id, 4);
  out.number(nonce, 4);
  out.number(request.session_counter, 8);
  out.bytes(request.ephemeral);
}

void Transcript::add_pump_ephemeral(const Key& ephemeral) {
  for (std::size_t i = 0; i < ephemeral.size(); ++i) bytes_[kRequestTranscript + i] = ephemeral[i];
}

void SessionKeys::wipe() {
  security::wipe(to_pump);
  security::wipe(from_pump);
  security::wipe(confirm);
}

Key authentication_key(const Key& role_key) {
  Key out;
  hkdf_sha256(kLabel, role_key, kAuthentication, out);
  return out;
}

Digest request_proof(const Key& authentication, const Transcript& transcript) {
  std::array<std::uint8_t, 1 + kRequestTranscript> data;
  Writer out(data);
  out.number(static_cast<std::uint8_t>(Proof::kRequest), 1);
  out.bytes(transcript.request());
  return hmac_sha256(authentication, out.written());
}

Digest replayed_proof(const Key& authentication, const Transcript& transcript, std::uint64_t last_counter) {
  std::array<std::uint8_t, 1 + kRequestTranscript + 8> data;
  Writer out(data);
  out.number(static_cast<std::uint8_t>(Proof::kReplayed), 1);
  out.bytes(transcript.request());
  out.number(last_counter, 8);
  return hmac_sha256(authentication, out.written());
}

Digest accept_proof(const SessionKeys& keys, const Transcript& transcript) {
  std::array<std::uint8_t, 1 + kAcceptTranscript> data;
  Writer out(data);
  out.number(static_cast<std::uint8_t>(Proof::kAccept), 1);
  out.bytes(transcript.accept());
  return hmac_sha256(keys.confirm, out.written());
}

SessionKeys session_keys(const Key& shared, const Key& role_key, const Transcript& transcript) {
  std::array<std::uint8_t, 64> input;
  Writer secrets(input);
  secrets.bytes(shared);
  secrets.bytes(role_key);
  const Digest salt = sha256(transcript.accept());
  std::array<std::uint8_t, 96> output;
  hkdf_sha256(salt, input, kSession, output);
  SessionKeys keys;
  for (std::size_t i = 0; i < 32; ++i) {
    keys.to_pump[i] = output[i];
    keys.from_pump[i] = output[32 + i];
    keys.confirm[i] = output[64 + i];
  }
  wipe(input);
  wipe(output);
  return keys;
}

AeadNonce aead_nonce(std::uint32_t session_id, std::uint32_t counter) {
  AeadNonce nonce{};
  Writer out(nonce);
  out.number(session_id, 4);
  out.number(0, 4);
  out.number(counter, 4);
  return nonce;
}

}  // namespace pumpfw::security
