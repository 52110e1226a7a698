#include "rig/programmer/known_pump.h"

#include "rig/programmer/request_memory.h"

namespace pumprig::programmer {

std::string KnownPump::meet(const clients::PumpSession& session) {
  const std::string serial = clients::to_text(session.identity().board_serial);
  json::Node life = life_of(session);
  std::string why;
  if (met_) why = serial == serial_ ? other_life(life_, life, 0) : "its serial number was " + serial_ + " and is " + serial;
  met_ = true;
  serial_ = serial;
  life_ = std::move(life);
  return why;
}

}  // namespace pumprig::programmer
