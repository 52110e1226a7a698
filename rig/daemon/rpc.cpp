#include "rig/daemon/rpc.h"

#include <unistd.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "rig/session/run_index.h"

namespace pumprig::daemon {
namespace {

using Json = nlohmann::ordered_json;

// JSON-RPC 2.0 §5.1; ours are below -32000, one for each ErrorCode.
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kFirstOwnError = -32000;

constexpr std::size_t kMaxBatch = 100;

struct Call {
  JobQueue& queue;
  const DaemonFacts& facts;
  const std::function<std::uint64_t()>& last_event;
  const Peer& peer;
  const Json& params;  // an object
};

int number_of(ErrorCode code) {
  return code == ErrorCode::kInvalidArgument ? kInvalidParams : kFirstOwnError - static_cast<int>(code);
}

Result<std::string> text_param(const Call& call, const char* name) {
  const auto found = call.params.find(name);
  if (found == call.params.end() || !found->is_string()) {
    return fail(ErrorCode::kInvalidArgument, std::string("\"") + name + "\" must be given as a text", std::string("/") + name);
  }
  return found->get<std::string>();
}

Result<bool> flag_param(const Call& call, const char* name) {
  const auto found = call.params.find(name);
  if (found == call.params.end()) return false;
  if (!found->is_boolean()) return fail(ErrorCode::kInvalidArgument, "must be true or false", std::string("/") + name);
  return found->get<bool>();
}

Json job_json(const Job& job) {
  return Json::parse(to_json(job));
}
Json report_json(const session::RunReport& report) {
  return Json::parse(session::to_json(report));
}

Result<Json> run_submit(const Call& call) {
  session::RunRequest defaults;
  defaults.bench = call.facts.bench;
  defaults.out = call.facts.runs;
  TRY_ASSIGN(auto request, session::request_from_json(call.params.dump(), defaults));
  if (request.bench != call.facts.bench) {
    return fail(ErrorCode::kInvalidArgument, "this daemon holds the bench \"" + call.facts.bench + "\", not \"" + request.bench + "\"",
                "/bench");
  }
  if (!request.out.starts_with('/')) return fail(ErrorCode::kInvalidArgument, "\"out\" must be an absolute path", "/out");
  // Who asked is evidence of the kernel, and no one may write another name over it.
  std::erase_if(request.key_values, [](const auto& pair) { return pair.first == "submitted_by_uid"; });
  request.key_values.emplace_back("submitted_by_uid", std::to_string(call.peer.uid));
  TRY_ASSIGN(const auto job, call.queue.submit(std::move(request), "uid " + std::to_string(call.peer.uid)));
  return job_json(job);
}

Result<Json> run_abort(const Call& call) {
  TRY_ASSIGN(const auto id, text_param(call, "run"));
  TRY_ASSIGN(const auto now, flag_param(call, "now"));
  TRY_ASSIGN(const auto job, call.queue.abort(id, now ? session::StopLevel::kNow : session::StopLevel::kAbort));
  return job_json(job);
}

Result<Json> run_status(const Call& call) {
  Json json;
  const auto running = call.queue.running();
  json["running"] = running ? job_json(*running) : Json(nullptr);
  if (!call.params.contains("run")) return json;
  TRY_ASSIGN(const auto id, text_param(call, "run"));
  const auto job = call.queue.find(id);
  if (!job) return fail(ErrorCode::kNotFound, "there is no job or run \"" + id + "\" here; queue.list names them", "/run");
  json["job"] = job_json(*job);
  return json;
}

Result<Json> run_list(const Call& call) {
  std::string folder = call.facts.runs;
  if (call.params.contains("folder")) {
    TRY_ASSIGN(folder, text_param(call, "folder"));
  }
  Json runs = Json::array();
  for (const auto& report : session::list_runs(folder)) runs.push_back(report_json(report));
  return Json{{"folder", folder}, {"runs", std::move(runs)}};
}

Result<Json> run_show(const Call& call) {
  TRY_ASSIGN(const auto id, text_param(call, "run"));
  if (const auto job = call.queue.find(id); job && job->report) return report_json(*job->report);
  TRY_ASSIGN(const auto path, session::find_run(id, call.facts.runs));
  TRY_ASSIGN(const auto report, session::load_report(path));
  return report_json(report);
}

Result<Json> queue_list(const Call& call) {
  TRY_ASSIGN(const auto all, flag_param(call, "all"));
  Json jobs = Json::array();
  for (const auto& job : call.queue.list(all)) jobs.push_back(job_json(job));
  return Json{{"jobs", std::move(jobs)}};
}

Result<Json> bench_info(const Call& call) {
  return Json{{"bench", call.facts.bench},
              {"name", call.facts.bench_name},
              {"kind", call.facts.bench_kind},
              {"busy", call.queue.running().has_value()}};
}

Result<Json> daemon_info(const Call& call) {
  return Json{{"version", call.facts.version}, {"pid", ::getpid()}, {"runs", call.facts.runs}, {"last_event", call.last_event()}};
}

struct Method {
  std::string_view name;
  Result<Json> (*run)(const Call&);
};
constexpr Method kMethods[] = {{"run.submit", run_submit}, {"run.abort", run_abort},    {"run.status", run_status},
                               {"run.list", run_list},     {"run.show", run_show},      {"queue.list", queue_list},
                               {"bench.info", bench_info}, {"daemon.info", daemon_info}};

Json error_response(const Json& id, int code, std::string message) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", std::move(message)}}}};
}

Json error_response(const Json& id, const Error& error) {
  auto response = error_response(id, number_of(error.code), error.text);
  response["error"]["data"] = {{"code", std::string(to_text(error.code))}, {"where", error.where}};
  return response;
}

struct Context {
  JobQueue& queue;
  const DaemonFacts& facts;
  const std::function<std::uint64_t()>& last_event;
  const Peer& peer;
};

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
  for (const auto& method : kMethods) {
    if (method.name != name) continue;
    auto result = method.run(Call{context.queue, context.facts, context.last_event, context.peer, params});
    if (notification) return {};
    if (!result) return error_response(id, result.error());
    Json response{{"jsonrpc", "2.0"}, {"id", id}};
    response["result"] = std::move(*result);
    return response;
  }
  std::string known;
  for (const auto& method : kMethods) known += (known.empty() ? "" : ", ") + std::string(method.name);
  return notification ? Json() : error_response(id, kMethodNotFound, "no method \"" + name + "\"; known are " + known);
}

std::string dump(const Json& json) {
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
  if (request.is_discarded()) return dump(error_response(nullptr, kParseError, "this is not JSON"));
  if (!request.is_array()) {
    const auto response = handle_one(request, context);
    return response.is_null() ? std::string() : dump(response);
  }
  if (request.empty() || request.size() > kMaxBatch) {
    return dump(error_response(nullptr, kInvalidRequest, "a batch has 1 to " + std::to_string(kMaxBatch) + " requests"));
  }
  Json responses = Json::array();
  for (const auto& one : request) {
    auto response = handle_one(one, context);
    if (!response.is_null()) responses.push_back(std::move(response));
  }
  return responses.empty() ? std::string() : dump(responses);
}

}  // namespace pumprig::daemon
