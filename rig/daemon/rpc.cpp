#include "rig/daemon/rpc.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "rig/daemon/method.h"

namespace pumprig::daemon {
namespace {

using Json = nlohmann::ordered_json;

// JSON-RPC 2.0 §5.1.
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;

constexpr std::size_t kMaxBatch = 100;

Json error_response(const Json& id, int code, std::string message) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", std::move(message)}}}};
}

Json error_response(const Json& id, const Error& error) {
  auto response = error_response(id, error_number(error.code), error.text);
  response["error"]["data"] = {{"code", std::string(to_text(error.code))}, {"where", error.where}};
  return response;
}

struct Context {
  JobQueue& queue;
  const DaemonFacts& facts;
  const std::function<std::uint64_t()>& last_event;
  const Peer& peer;
};

Result<Json> answer(const Method& method, const Call& call) {
  for (const auto& [name, value] : call.params.items()) {
    const auto is_named = [&name = name](const Parameter& parameter) { return parameter.name == name; };
    if (std::any_of(method.parameters.begin(), method.parameters.end(), is_named)) continue;
    std::string known;
    for (const auto& parameter : method.parameters) known += (known.empty() ? "" : ", ") + std::string(parameter.name);
    return fail(ErrorCode::kInvalidArgument,
                std::string(method.name) + " has no parameter \"" + name + "\"" + (known.empty() ? "" : "; known are " + known),
                "/" + name);
  }
  return method.run(call);
}

// Null for a notification.
Json handle_one(const Json& request, const Context& context) {
  static const Json no_params = Json::object();
  if (!request.is_object()) return error_response(nullptr, kInvalidRequest, "a request is a JSON object");
  const auto id_found = request.find("id");
  const bool notification = id_found == request.end();
  const Json id = notification ? Json(nullptr) : *id_found;
  const auto method_found = request.find("method");
  if (request.value("jsonrpc", Json()) != "2.0" || method_found == request.end() || !method_found->is_string() ||
      !(id.is_null() || id.is_string() || id.is_number())) {
    return error_response(nullptr, kInvalidRequest, "a request has \"jsonrpc\": \"2.0\", \"id\" and \"method\"");
  }
  const auto params_found = request.find("params");
  const Json& params = params_found == request.end() ? no_params : *params_found;
  if (!params.is_object()) return notification ? Json() : error_response(id, kInvalidParams, "\"params\" must be an object");

  const auto name = method_found->get<std::string>();
  for (const auto& method : methods()) {
    if (method.name != name) continue;
    auto result = answer(method, Call{context.queue, context.facts, context.last_event, context.peer, params});
    if (notification) return {};
    if (!result) return error_response(id, result.error());
    Json response{{"jsonrpc", "2.0"}, {"id", id}};
    response["result"] = std::move(*result);
    return response;
  }
  std::string known;
  for (const auto& method : methods()) known += (known.empty() ? "" : ", ") + std::string(method.name);
  return notification ? Json() : error_response(id, kMethodNotFound, "no method \"" + name + "\"; known are " + known);
}

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// What lies deeper than this is no request of ours and is left out, which makes its request a wrong one.
bool shallow(int depth, Json::parse_event_t, const Json&) {
  return depth <= 16;
}

}  // namespace

Rpc::Rpc(JobQueue& queue, DaemonFacts facts, std::function<std::uint64_t()> last_event)
    : queue_(queue), facts_(std::move(facts)), last_event_(std::move(last_event)) {}

std::string Rpc::handle(std::string_view text, const Peer& peer) const {
  const Context context{queue_, facts_, last_event_, peer};
  const auto request = Json::parse(text, &shallow, false);
  if (request.is_discarded()) return line_of(error_response(nullptr, kParseError, "this is not JSON"));
  if (!request.is_array()) {
    const auto response = handle_one(request, context);
    return response.is_null() ? std::string() : line_of(response);
  }
  if (request.empty() || request.size() > kMaxBatch) {
    return line_of(error_response(nullptr, kInvalidRequest, "a batch has 1 to " + std::to_string(kMaxBatch) + " requests"));
  }
  Json responses = Json::array();
  for (const auto& one : request) {
    auto response = handle_one(one, context);
    if (!response.is_null()) responses.push_back(std::move(response));
  }
  return responses.empty() ? std::string() : line_of(responses);
}

}  // namespace pumprig::daemon
