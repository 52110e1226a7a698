// The methods hand.*: a run whose steps a client gives, one at a time. Only for the table in methods.cpp.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "rig/daemon/method.h"

namespace pumprig::daemon {

Result<nlohmann::ordered_json> hand_open(const Call& call);
Result<nlohmann::ordered_json> hand_do(const Call& call);
Result<nlohmann::ordered_json> hand_result(const Call& call);
Result<nlohmann::ordered_json> hand_keep(const Call& call);
Result<nlohmann::ordered_json> hand_end(const Call& call);

// Shared by all methods. kInvalidArgument names the parameter.
Result<std::string> text_param(const Call& call, const char* name);
Result<bool> flag_param(const Call& call, const char* name);
// What run.submit and hand.open take, with who asks for it.
Result<session::RunRequest> request_of(const Call& call, const nlohmann::ordered_json& params, session::RunRequest defaults);
nlohmann::ordered_json job_json(const Job& job);

}  // namespace pumprig::daemon
