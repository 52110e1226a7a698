#include "rig/twin/control/control_lines.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "rig/twin/faults/catalogue.h"

namespace pumprig::twin {
namespace {

using nlohmann::json;

constexpr std::string_view kVerbs = "inject, clear, truth, reservoir, drug, speed, clock, faults, active";

Error wrong(std::string text) {
  return {ErrorCode::kInvalidArgument, std::move(text), "control", nullptr};
}

// Depth is bounded before the parser recurses: requests are flat.
bool too_deep(std::string_view line) {
  int depth = 0;
  for (const char c : line) {
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > 8) return true;
  }
  return false;
}

json parse_object(std::string_view line) {
  if (line.size() > kLongestControlLine || too_deep(line)) return {};
  json parsed = json::parse(line, nullptr, false);
  return parsed.is_object() ? parsed : json();
}

std::string text_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string dump(const json& object) {
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

Status take_parameters(const json& object, ControlRequest& request) {
  const auto with = object.find("with");
  if (with == object.end()) return {};
  if (!with->is_object()) return tl::unexpected<Error>(wrong("\"with\" must be an object of texts with units"));
  for (const auto& [name, value] : with->items()) {
    if (!value.is_string()) return tl::unexpected<Error>(wrong("\"" + name + "\" must be a text with its unit"));
    request.parameters.emplace(name, value.get<std::string>());
  }
  return {};
}

}  // namespace

Result<ControlRequest> parse_control_request(std::string_view line) {
  const json object = parse_object(line);
  if (!object.is_object()) return tl::unexpected<Error>(wrong("a request is one JSON object a line"));
  ControlRequest request;
  request.verb = text_of(object, "do");
  if (request.verb == "inject" || request.verb == "clear") {
    request.name = text_of(object, "fault");
    if (request.name.empty()) return tl::unexpected<Error>(wrong("\"fault\" must name the fault"));
    TRY(take_parameters(object, request));
  } else if (request.verb == "truth") {
    request.name = text_of(object, "name");
    if (request.name.empty()) return tl::unexpected<Error>(wrong("\"name\" must say which value"));
  } else if (request.verb == "reservoir") {
    request.volume = text_of(object, "volume");
    if (request.volume.empty()) return tl::unexpected<Error>(wrong("\"volume\" must be a text with its unit"));
  } else if (request.verb == "drug") {
    request.name = text_of(object, "name");
    request.concentration = text_of(object, "concentration");
    if (request.name.empty()) return tl::unexpected<Error>(wrong("\"name\" must say which drug"));
    if (request.concentration.empty()) return tl::unexpected<Error>(wrong("\"concentration\" must be a text with its unit"));
    if (const auto everywhere = object.find("everywhere"); everywhere != object.end()) {
      if (!everywhere->is_boolean()) return tl::unexpected<Error>(wrong("\"everywhere\" must be true or false"));
      request.everywhere = everywhere->get<bool>();
    }
  } else if (request.verb == "speed") {
    if (const auto to = object.find("to"); to != object.end()) {
      if (!to->is_number()) return tl::unexpected<Error>(wrong("\"to\" must be a number"));
      request.number = to->get<double>();
    }
  } else if (request.verb != "clock" && request.verb != "faults" && request.verb != "active") {
    return tl::unexpected<Error>(wrong("\"do\" must be one of " + std::string(kVerbs)));
  }
  return request;
}

std::string format_control_request(const ControlRequest& request) {
  json object = {{"do", request.verb}};
  if (!request.name.empty()) object[request.verb == "truth" || request.verb == "drug" ? "name" : "fault"] = request.name;
  if (!request.parameters.empty()) object["with"] = request.parameters;
  if (request.number) object["to"] = *request.number;
  if (!request.volume.empty()) object["volume"] = request.volume;
  if (!request.concentration.empty()) object["concentration"] = request.concentration;
  if (request.everywhere) object["everywhere"] = true;
  return dump(object);
}

Result<ControlReply> parse_control_reply(std::string_view line) {
  const json object = parse_object(line);
  const auto ok = object.is_object() ? object.find("ok") : object.end();
  if (!object.is_object() || ok == object.end() || !ok->is_boolean()) {
    return fail(ErrorCode::kProtocol, "the twin answered something that is no reply", "control");
  }
  ControlReply reply;
  if (!ok->get<bool>()) {
    reply.error = Error{ErrorCode::kInternal, text_of(object, "text"), "control", nullptr};
    for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
      if (to_text(static_cast<ErrorCode>(code)) == text_of(object, "code")) reply.error->code = static_cast<ErrorCode>(code);
    }
  }
  if (const auto value = object.find("value"); value != object.end() && value->is_number()) reply.value = value->get<double>();
  return reply;
}

std::string format_done() {
  return R"({"ok":true})";
}

std::string format_value(double value) {
  return dump({{"ok", true}, {"value", value}});
}

std::string format_refusal(const Error& error) {
  return dump({{"ok", false}, {"code", std::string(to_text(error.code))}, {"text", error.text}});
}

std::string format_fault_names(const std::vector<std::string>& names) {
  return dump({{"ok", true}, {"faults", names}});
}

std::string format_fault_catalogue() {
  json list = json::array();
  for (const auto* fault : fault_catalogue()) {
    json parameters = json::array();
    for (const auto& p : fault->parameters) {
      parameters.push_back({{"name", p.name}, {"default", p.fallback}, {"min", p.min}, {"max", p.max}, {"help", p.help}});
    }
    list.push_back({{"name", fault->name}, {"summary", fault->summary}, {"parameters", parameters}});
  }
  return dump({{"ok", true}, {"faults", list}});
}

}  // namespace pumprig::twin
