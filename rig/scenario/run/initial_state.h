// The state that a scenario starts from, for the service link of a test image.
#pragma once

#include "rig/base/result.h"
#include "rig/clients/telemetry.h"
#include "rig/scenario/language/settings.h"

namespace pumprig::scenario {

// `rtc_seconds`: of the pump's clock now, so that its calendar shows what the scenario says.
Result<clients::DeviceState> device_state(const Settings& initial, double rtc_seconds);

}  // namespace pumprig::scenario
