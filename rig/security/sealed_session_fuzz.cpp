// Any bytes to the rig's end of sealed telemetry: nothing opens and no pump is believed.
//
// Input: a byte; then, when it is even, the fields of an answer to a request for a session; when it is odd, a sealed payload.
#include <cstdlib>

#include "rig/security/sealed_session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pumprig;
  namespace protocol = pumpfw::protocol;
  if (size < 1) return 0;
  const ByteView input(data + 1, size - 1);
  const std::array<std::uint8_t, 16> device{};
  security::Secret key;
  key.fill()[0] = 1;
  security::SealedSession session(protocol::Role::kClinician, device, key);
  security::Chance chance = security::Chance::seeded(1, "fuzz");
  session.begin(5, 6, 7, chance);
  if (data[0] % 2 == 0) {
    protocol::OpenSessionReply reply;
    if (!protocol::decode(input, reply, protocol::Trailing::kIgnored)) return 0;
    if (session.last_counter(reply) || session.finish(reply) || session.is_open()) std::abort();
  } else {
    ByteView body;
    if (session.open(input, body) == protocol::OpenStatus::kOk) std::abort();
  }
  return 0;
}
