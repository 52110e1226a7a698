// Somebody on the line who has no right to: asks a pump with keys in the clear, guesses keys, says again what was overheard. For tests of
// the pump (REQ-601, 602, 607); the rig's own sessions are not touched.
#pragma once

#include <optional>

#include "rig/clients/pump_session.h"

namespace pumprig::clients {

class Stranger {
 public:
  explicit Stranger(PumpSession& session) : session_(session) {}

  // What the pump answered; none: it did not answer.
  using Heard = std::optional<StatusCode>;
  Task<Heard> stop_in_the_clear(Role role);
  Task<Heard> try_wrong_key(Role role);
  // kUnavailable before anything sealed was said that asks for a change.
  Task<Heard> replay();
  // In the service's own session: keys of zero, which no pump takes, so that one that looks at them at all harms nobody.
  Task<Heard> give_keys();
  // So many bytes at random in each second. Whatever the pump says to them is heard as kOk.
  Task<Heard> noise(Duration span, std::size_t bytes);

 private:
  PumpSession& session_;
};

}  // namespace pumprig::clients
