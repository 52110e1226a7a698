// The security that an image is built with: SecureSessions where the library is linked (PUMPFW_SECURITY), else one that speaks the clear
// suite only. No virtual functions, so that the image's report can bound the stack.
#pragma once

#ifdef PUMPFW_SECURITY
#include "firmware/security/secure_sessions.h"

namespace pumpfw::security {
using LinkSecurity = SecureSessions;
}  // namespace pumpfw::security

#else
#include "firmware/protocol/envelope.h"
#include "firmware/protocol/security_messages.h"
#include "firmware/security/security_config.h"

namespace pumpfw::security {

class LinkSecurity {
 public:
  static constexpr std::uint32_t kSuites = 1;
  explicit LinkSecurity(const Config&) {}
  void restore(const SecurityState&, std::uint64_t) {}
  bool restored() const { return true; }
  bool keyed() const { return false; }
  const SecurityState& state() const { return state_; }
  bool take_changed() { return false; }
  protocol::PumpSessions::Opened open(std::span<const std::uint8_t>, std::uint64_t) {
    protocol::PumpSessions::Opened opened;
    opened.status = protocol::OpenStatus::kUnknownSuite;
    return opened;
  }
  std::size_t seal(protocol::Role, std::span<const std::uint8_t>, std::span<std::uint8_t>) { return 0; }
  protocol::StatusCode open_session(protocol::Role, std::uint32_t, const protocol::OpenSession&, std::uint64_t, std::uint64_t,
                                    protocol::OpenSessionReply&) {
    return protocol::StatusCode::kUnsupportedSuite;
  }
  protocol::StatusCode provision(bool, const protocol::ProvisionKeys&) { return protocol::StatusCode::kUnsupportedSuite; }
  void run(std::uint64_t) {}
  std::uint64_t due() const { return ~std::uint64_t{0}; }

 private:
  SecurityState state_;
};

}  // namespace pumpfw::security
#endif
