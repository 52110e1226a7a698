// Which pump a session began with, so that another one that answers on the same link later is not taken for it.
#pragma once

#include <string>

#include "rig/json/document.h"

namespace pumprig::clients {
class PumpSession;
}

namespace pumprig::programmer {

class KnownPump {
 public:
  // Why the pump of this session, by its identity and the status read last, is another than before, or has begun anew; empty: it is the
  // same. From then on this one is known.
  std::string meet(const clients::PumpSession& session);

 private:
  bool met_ = false;
  std::string serial_;
  json::Node life_;
};

}  // namespace pumprig::programmer
