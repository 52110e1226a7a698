#include <nlohmann/json.hpp>

#include "rig/session/request.h"

namespace pumprig::session {
namespace {

using Json = nlohmann::ordered_json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Status read_text(const Json& value, const std::string& name, std::string& into) {
  if (!value.is_string()) return fail(ErrorCode::kInvalidArgument, "\"" + name + "\" must be a text", "/" + name);
  into = value.get<std::string>();
  return {};
}

Status read_pairs(const Json& value, const std::string& name, Pairs& into) {
  if (!value.is_object()) return fail(ErrorCode::kInvalidArgument, "\"" + name + "\" must be an object of texts", "/" + name);
  into.clear();
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) return fail(ErrorCode::kInvalidArgument, "must be a text", "/" + name + "/" + key);
    into.emplace_back(key, text.get<std::string>());
  }
  return {};
}

Status read_speed(const Json& value, RunRequest& request) {
  if (value.is_number() && value.get<double>() > 0) {
    request.speed = value.get<double>();
    return {};
  }
  if (!value.is_string()) return fail(ErrorCode::kInvalidArgument, "\"speed\" must be \"max\" or a number above 0", "/speed");
  TRY_ASSIGN(request.speed, parse_speed(value.get<std::string>()));
  return {};
}

Status read_member(const std::string& name, const Json& value, RunRequest& request) {
  if (name == "scenario") return read_text(value, name, request.scenario);
  if (name == "bench") return read_text(value, name, request.bench);
  if (name == "out") return read_text(value, name, request.out);
  if (name == "operator") return read_text(value, name, request.operator_name);
  if (name == "script") return read_text(value, name, request.script);
  if (name == "script_command") return read_text(value, name, request.script_command);
  if (name == "text") return read_text(value, name, request.scenario_text.emplace());
  if (name == "set") return read_pairs(value, name, request.sets);
  if (name == "key_values") return read_pairs(value, name, request.key_values);
  if (name == "speed") return read_speed(value, request);
  if (name == "seed") {
    if (!value.is_number_unsigned()) return fail(ErrorCode::kInvalidArgument, "\"seed\" must be a whole number from 0", "/seed");
    request.seed = value.get<std::uint64_t>();
    return {};
  }
  if (name == "gdb") {
    if (!value.is_boolean()) return fail(ErrorCode::kInvalidArgument, "\"gdb\" must be true or false", "/gdb");
    request.gdb = value.get<bool>();
    return {};
  }
  return fail(ErrorCode::kInvalidArgument,
              "unknown member \"" + name +
                  "\"; known are scenario, text, bench, set, seed, speed, gdb, out, key_values, operator, script, script_command",
              "/" + name);
}

}  // namespace

std::string to_json(const RunRequest& request) {
  Json json;
  json["scenario"] = request.scenario;
  if (request.scenario_text) json["text"] = *request.scenario_text;
  json["bench"] = request.bench;
  json["set"] = Json::object();
  for (const auto& [name, value] : request.sets) json["set"][name] = value;
  json["seed"] = request.seed;
  if (request.speed) json["speed"] = speed_text(*request.speed);
  json["gdb"] = request.gdb;
  json["out"] = request.out;
  json["key_values"] = Json::object();
  for (const auto& [name, value] : request.key_values) json["key_values"][name] = value;
  json["operator"] = request.operator_name;
  if (!request.script.empty()) json["script"] = request.script;
  if (!request.script_command.empty()) json["script_command"] = request.script_command;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<RunRequest> request_from_json(std::string_view text, RunRequest defaults) {
  const auto json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return fail(ErrorCode::kInvalidArgument, "a run is asked for with a JSON object");
  for (const auto& [name, value] : json.items()) TRY(read_member(name, value, defaults));
  if (defaults.scenario.empty())
    return fail(ErrorCode::kInvalidArgument, "\"scenario\" is missing: name a bundled scenario or a file", "/scenario");
  return defaults;
}

}  // namespace pumprig::session
