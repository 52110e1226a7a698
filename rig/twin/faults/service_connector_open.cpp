#include "rig/twin/faults/fault.h"

namespace pumprig::twin::faults::service_connector_open {

const FaultDescriptor& descriptor() {
  static const FaultDescriptor fault{
      .name = "service_connector_open",
      .summary = "the service connector is not plugged: what comes by telemetry comes over the radio",
      .parameters = {},
      .inject = [](const FaultTarget& target, FaultValues&) { target.board.set_link_wired(false); },
      .clear = [](const FaultTarget& target, const FaultValues&) { target.board.set_link_wired(true); },
  };
  return fault;
}

}  // namespace pumprig::twin::faults::service_connector_open
