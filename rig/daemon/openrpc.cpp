#include "rig/daemon/openrpc.h"

#include <nlohmann/json.hpp>

#include "rig/daemon/method.h"

namespace pumprig::daemon {
namespace {

using Json = nlohmann::ordered_json;

Json parameter_json(const Parameter& parameter) {
  return {{"name", parameter.name},
          {"summary", parameter.summary},
          {"required", parameter.required},
          {"schema", Json::parse(parameter.schema)}};
}

Json error_json(ErrorCode code) {
  return {{"code", error_number(code)}, {"message", to_text(code)}};
}

Json method_json(const Method& method) {
  Json json;
  json["name"] = method.name;
  json["summary"] = method.summary;
  json["paramStructure"] = "by-name";
  json["params"] = Json::array();
  for (const auto& parameter : method.parameters) json["params"].push_back(parameter_json(parameter));
  json["result"] = {{"name", "result"}, {"schema", Json::parse(method.result)}};
  json["errors"] = Json::array({error_json(ErrorCode::kInvalidArgument)});
  for (const auto code : method.errors) json["errors"].push_back(error_json(code));
  return json;
}

}  // namespace

std::string openrpc_text(std::string_view version) {
  Json json;
  json["openrpc"] = "1.3.2";
  json["info"] = {{"title", "rigd"},
                  {"version", version},
                  {"description", "One bench: its queue of runs, and how they go. JSON-RPC 2.0 at POST /rpc; events at GET /events."},
                  {"license", {{"name", "Apache-2.0"}}}};
  json["methods"] = Json::array();
  for (const auto& method : methods()) json["methods"].push_back(method_json(method));
  json["components"]["schemas"] = Json::object();
  for (const auto& [name, schema] : shared_schemas()) json["components"]["schemas"][std::string(name)] = Json::parse(schema);
  json["x-events"] = Json::array();
  for (const auto& event : event_kinds()) {
    json["x-events"].push_back({{"name", event.name}, {"summary", event.summary}, {"schema", Json::parse(event.schema)}});
  }
  return json.dump(2) + "\n";
}

}  // namespace pumprig::daemon
