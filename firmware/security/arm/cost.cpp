// Calls everything that a pump would call, so that the linker keeps it and its size can be read. It is never run.
#include "firmware/security/secure_sessions.h"

namespace {

using namespace pumpfw;

volatile std::uint8_t sink;

void draw(void*, std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) byte = sink;
}

security::SecureSessions sessions({{}, true, &draw, nullptr});
std::array<std::uint8_t, protocol::kMaxPayload> payload;

}  // namespace

// The other roots of the stack that the report knows.
extern "C" void nmi_handler() {}
extern "C" void report_fault() {}

extern "C" [[noreturn]] void reset_handler() {
  security::SecureSessions& link = sessions;
  for (;;) {
    security::SecurityState state;
    link.restore(state, sink);
    protocol::OpenSession request;
    protocol::OpenSessionReply reply;
    protocol::decode(payload, request, protocol::Trailing::kIgnored);
    sink = static_cast<std::uint8_t>(link.open_session(protocol::Role::kService, sink, request, sink, sink, reply));
    protocol::encode(reply, payload);
    const auto opened = link.open(payload, sink);
    sink = static_cast<std::uint8_t>(link.seal(opened.role, opened.body, payload));
    protocol::ProvisionKeys keys;
    protocol::decode(payload, keys, protocol::Trailing::kIgnored);
    sink = static_cast<std::uint8_t>(link.provision(link.keyed(), keys));
    link.run(sink);
    sink = static_cast<std::uint8_t>(link.due() + (link.take_changed() ? 1U : 0U));
  }
}
