// JSON texts of jobs and of what happens to them.
#pragma once

#include <string>
#include <string_view>

#include "rig/daemon/job_queue.h"

namespace pumprig::daemon {

std::string progress_event(const Job& job);
std::string value_event(const Job& job, std::string_view channel, TimePoint at, double value, std::string_view unit);
std::string check_event(const Job& job, const session::CheckRow& check);

}  // namespace pumprig::daemon
