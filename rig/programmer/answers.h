// What programs are told of all this, as JSON: `--json` of the command line and the Python objects say the same.
#pragma once

#include <string_view>

#include "rig/json/document.h"
#include "rig/programmer/desk.h"
#include "rig/programmer/personal_device.h"

namespace pumprig::programmer {

json::Node status_answer(const Desk& desk);
// `outcome`: "reviewed", "programmed".
json::Node review_answer(const Review& review, std::string_view outcome);
json::Node refill_answer(const RefillReview& done, const RefillEntry& entry, const Present& present);
json::Node done_answer(const Done& done);
json::Node proof_answer(const Proof& proof);
// `status` of the same time: by its calendar the entries have dates.
json::Node log_answer(const clients::Programmer::Log& log, const clients::StatusReply& status);
json::Node library_answer();
json::Node shown_answer(const Shown& shown);

}  // namespace pumprig::programmer
