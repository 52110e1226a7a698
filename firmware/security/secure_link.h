// What the pump's telemetry asks of its security: sealed frames in and out, sessions, keys. The telemetry knows this interface only, so an
// image without cryptography links none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/security_messages.h"
#include "firmware/security/security_state.h"

namespace pumpfw::security {

// All instants in ticks of 1/32768 s. `now` is monotonic since the reset; `rtc` outlives it.
class SecureLink {
 public:
  // What is restored after a reset, before anything else is asked. A back-off that seems longer than any can be begins anew.
  virtual void restore(const SecurityState& state, std::uint64_t rtc) = 0;
  virtual const SecurityState& state() const = 0;
  // True once after each change of the state: it must reach the memory before the answer goes out.
  virtual bool take_changed() = 0;

  // The clear suite is refused, but for Identify and OpenSession.
  virtual bool keyed() const = 0;

  // A payload whose suite is kSealed. What does not open is dropped in silence; the body stays good until the next call.
  virtual protocol::PumpSessions::Opened open(std::span<const std::uint8_t> payload, std::uint64_t now) = 0;
  virtual std::size_t seal(protocol::Role role, std::span<const std::uint8_t> body, std::span<std::uint8_t> out) = 0;

  // `reply` is filled whatever the status.
  virtual protocol::StatusCode open_session(protocol::Role role, std::uint32_t nonce, const protocol::OpenSession& request,
                                            std::uint64_t now, std::uint64_t rtc, protocol::OpenSessionReply& reply) = 0;
  // `sealed`: the request came in a sealed session.
  virtual protocol::StatusCode provision(bool sealed, const protocol::ProvisionKeys& request) = 0;

  // Ends sessions that were idle for too long; due() is when the next one will be.
  virtual void run(std::uint64_t now) = 0;
  virtual std::uint64_t due() const = 0;

 protected:
  ~SecureLink() = default;
};

}  // namespace pumpfw::security
