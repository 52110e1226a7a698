#include "rig/daemon/method.h"

#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "rig/daemon/openrpc.h"
#include "rig/session/run_index.h"

namespace pumprig::daemon {
namespace {

using Json = nlohmann::ordered_json;

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
  std::erase_if(request.key_values,
                [](const auto& pair) { return pair.first == "submitted_by_uid" || pair.first == "submitted_over_tcp"; });
  if (call.peer.tcp.empty()) {
    request.key_values.emplace_back("submitted_by_uid", std::to_string(call.peer.uid));
  } else {
    request.key_values.emplace_back("submitted_over_tcp", call.peer.tcp);
  }
  TRY_ASSIGN(const auto job, call.queue.submit(std::move(request), call.peer.describe()));
  return job_json(job);
}

Result<Json> run_abort(const Call& call) {
  TRY_ASSIGN(const auto id, text_param(call, "run"));
  TRY_ASSIGN(const auto now, flag_param(call, "now"));
  TRY_ASSIGN(const auto job, call.queue.abort(id, now ? session::StopLevel::kNow : session::StopLevel::kAbort));
  return job_json(job);
}

Result<Json> set_pause(const Call& call, bool wanted) {
  TRY_ASSIGN(const auto id, text_param(call, "run"));
  TRY_ASSIGN(const auto job, call.queue.pause(id, wanted));
  return job_json(job);
}

Result<Json> run_pause(const Call& call) {
  return set_pause(call, true);
}

Result<Json> run_resume(const Call& call) {
  return set_pause(call, false);
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

Result<Json> discover(const Call& call) {
  return Json::parse(openrpc_text(call.facts.version));
}

// ---- The table ------------------------------------------------------------------------------------------------------------------------

constexpr std::string_view kText = R"({"type": "string"})";
constexpr std::string_view kFlag = R"({"type": "boolean", "default": false})";
constexpr std::string_view kTexts = R"({"type": "object", "additionalProperties": {"type": "string"}})";
constexpr std::string_view kJobResult = R"({"$ref": "#/components/schemas/Job"})";
constexpr std::string_view kAnyRun = "a job, or a run: its id or the path of its record";

constexpr std::array kSubmit = {
    Parameter{"scenario", kText, true, "a bundled scenario, a file that the daemon can read, or with text its name in messages"},
    Parameter{"text", kText, false, "the scenario itself"},
    Parameter{"bench", kText, false, "if given, the bench that the daemon holds: for a client that must not run on another"},
    Parameter{"set", kTexts, false, "values of the scenario's parameters"},
    Parameter{"seed", R"({"type": "integer", "minimum": 0, "default": 1})", false, "of everything drawn by chance on a virtual bench"},
    Parameter{"speed", R"({"oneOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string"}]})", false,
              "scenario seconds per second, or max: virtual time"},
    Parameter{"gdb", kFlag, false, "ARM firmware in QEMU: wait for a debugger"},
    Parameter{"out", kText, false, "absolute path of the folder for the record, instead of the daemon's"},
    Parameter{"key_values", kTexts, false, "anything else for the record; who submitted it is entered by the daemon"},
    Parameter{"operator", kText, false, "who runs it, for the record"},
};
constexpr std::array kAbort = {Parameter{"run", kText, true, kAnyRun},
                               Parameter{"now", kFlag, false, "wait for nothing but the safe state"}};
constexpr std::array kPause = {Parameter{"run", kText, true, kAnyRun}};
constexpr std::array kStatus = {Parameter{"run", kText, false, kAnyRun}};
constexpr std::array kList = {Parameter{"folder", kText, false, "instead of the daemon's folder of runs"}};
constexpr std::array kShow = {Parameter{"run", kText, true, "a job, or a run: its file, its id, the beginning of its id, or last"}};
constexpr std::array kQueue = {Parameter{"all", kFlag, false, "also those that have ended, as far as they are remembered"}};

constexpr std::array kMayBeFull = {ErrorCode::kUnavailable};
constexpr std::array kMayBeUnknown = {ErrorCode::kNotFound};
constexpr std::array kMayNotPause = {ErrorCode::kNotFound, ErrorCode::kUnavailable, ErrorCode::kUnsupported};
constexpr std::array kMayNotResume = {ErrorCode::kNotFound, ErrorCode::kUnavailable};
constexpr std::array kMayBeUnreadable = {ErrorCode::kNotFound, ErrorCode::kCorrupt, ErrorCode::kUnavailable};

constexpr std::array kMethods = {
    Method{"run.submit", "Queues a run; it goes on when the client has gone.", kSubmit, kJobResult, kMayBeFull, &run_submit},
    Method{"run.abort", "Ends a run in the bench's safe state, kept as aborted; withdraws one that waits.", kAbort, kJobResult,
           kMayBeUnknown, &run_abort},
    Method{"run.pause", "Asks the run at work to stand at the next hold point of its scenario, therapy and sampling as they are.", kPause,
           kJobResult, kMayNotPause, &run_pause},
    Method{"run.resume", "Lets a paused run go on, or takes back a pause that has not taken hold.", kPause, kJobResult, kMayNotResume,
           &run_resume},
    Method{"run.status", "The run at work, and the job that is named.", kStatus,
           R"({"type": "object", "additionalProperties": false, "required": ["running"],
               "properties": {"running": {"oneOf": [{"$ref": "#/components/schemas/Job"}, {"type": "null"}]},
                              "job": {"$ref": "#/components/schemas/Job"}}})",
           kMayBeUnknown, &run_status},
    Method{"run.list",
           "The recorded runs of a folder.",
           kList,
           R"({"type": "object", "additionalProperties": false, "required": ["folder", "runs"],
               "properties": {"folder": {"type": "string"}, "runs": {"type": "array", "items": {"$ref": "#/components/schemas/Report"}}}})",
           {},
           &run_list},
    Method{"run.show", "What came of a run.", kShow, R"({"$ref": "#/components/schemas/Report"})", kMayBeUnreadable, &run_show},
    Method{"queue.list",
           "The jobs that wait or run, in the order of submission.",
           kQueue,
           R"({"type": "object", "additionalProperties": false, "required": ["jobs"],
               "properties": {"jobs": {"type": "array", "items": {"$ref": "#/components/schemas/Job"}}}})",
           {},
           &queue_list},
    Method{"bench.info",
           "The bench that the daemon holds.",
           {},
           R"({"type": "object", "additionalProperties": false, "required": ["bench", "name", "kind", "busy"],
               "properties": {"bench": {"type": "string", "description": "as the daemon was told: virtual, or the path of a bench file"},
                              "name": {"type": "string"}, "kind": {"type": "string"}, "busy": {"type": "boolean"}}})",
           {},
           &bench_info},
    Method{"daemon.info",
           "The daemon itself, and the number of its latest event.",
           {},
           R"({"type": "object", "additionalProperties": false, "required": ["version", "pid", "runs", "last_event"],
               "properties": {"version": {"type": "string"}, "pid": {"type": "integer"}, "runs": {"type": "string"},
                              "last_event": {"type": "integer"}}})",
           {},
           &daemon_info},
    Method{"rpc.discover",
           "This description: every method and event, as OpenRPC.",
           {},
           R"({"type": "object", "required": ["openrpc", "info", "methods"]})",
           {},
           &discover},
};

}  // namespace

std::span<const Method> methods() {
  return kMethods;
}

int error_number(ErrorCode code) {
  // Invalid params as JSON-RPC 2.0 §5.1 numbers it; ours are below -32000, one for each ErrorCode.
  constexpr int kInvalidParams = -32602;
  constexpr int kFirstOwnError = -32000;
  return code == ErrorCode::kInvalidArgument ? kInvalidParams : kFirstOwnError - static_cast<int>(code);
}

}  // namespace pumprig::daemon
