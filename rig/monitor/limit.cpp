#include "rig/monitor/limit.h"

#include <cmath>

namespace pumprig::monitor {

Verdict decide(double margin, double uncertainty, double guard_band) {
  if (std::isnan(margin) || std::isnan(uncertainty)) return Verdict::kInconclusive;
  if (margin >= uncertainty * (1 - guard_band) && margin >= 0) return Verdict::kPass;
  if (-margin >= uncertainty && margin < 0) return Verdict::kFail;
  return Verdict::kInconclusive;
}

}  // namespace pumprig::monitor
