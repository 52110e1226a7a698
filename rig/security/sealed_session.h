// The rig's end of suite 1 for one role: opens a session with the pump, seals and opens frames. Bytes in, bytes out.
//
//   security::SealedSession session(Role::kClinician, identity.board_serial.chars, key);
//   OpenSession request = session.begin(session_id, nonce, counter, chance);      // → the pump, in the clear
//   TRY(session.finish(reply));                                                    // the pump knows the key too
//   size = session.seal(body, payload);  …  session.open(payload, body);
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/security_messages.h"
#include "rig/base/bytes.h"
#include "rig/base/result.h"
#include "rig/security/chance.h"
#include "rig/security/crypto.h"
#include "rig/security/secret.h"

namespace pumprig::security {

namespace protocol = pumpfw::protocol;

class SealedSession {
 public:
  // `device`: the board's serial number as Identify gives it, 16 bytes.
  SealedSession(protocol::Role role, ByteView device, const Secret& key);
  SealedSession(const SealedSession&) = delete;
  SealedSession& operator=(const SealedSession&) = delete;

  // A request with a fresh ephemeral key; what was open is closed. `session_id` is not 0.
  protocol::OpenSession begin(std::uint32_t session_id, std::uint32_t nonce, std::uint64_t session_counter, Chance& chance);
  // The answer `ok` to it. kRefused when the pump does not prove that it knows the key; nothing is open then.
  Status finish(const protocol::OpenSessionReply& reply);
  // The answer `session_replayed` to it: the last counter that the pump took. kRefused when that is not proven.
  Result<std::uint64_t> last_counter(const protocol::OpenSessionReply& reply) const;
  void close();
  bool is_open() const { return open_; }
  std::uint32_t id() const { return id_; }

  // The payload's size; 0 when nothing is open, `out` is too small, or the counter is used up.
  std::size_t seal(ByteView body, std::span<std::uint8_t> out);
  // The body stays good until the next call. Nothing changes unless the result is kOk.
  protocol::OpenStatus open(ByteView payload, ByteView& body);

 private:
  Bytes transcript() const;

  protocol::Role role_;
  std::array<std::uint8_t, 16> device_{};
  Secret key_;
  Secret ephemeral_;
  protocol::OpenSession request_;
  std::uint32_t nonce_ = 0;
  Secret to_pump_;
  Secret from_pump_;
  bool open_ = false;
  std::uint32_t id_ = 0;
  std::uint32_t sent_ = 0;
  std::uint32_t received_ = 0;
  std::array<std::uint8_t, protocol::kMaxBody> plain_{};
};

}  // namespace pumprig::security
