#include "rig/exec/utc.h"

#include <chrono>

namespace pumprig::exec {

std::int64_t utc_now_ns() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count();
}

}  // namespace pumprig::exec
