#include "rig/daemon/method.h"

#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "rig/daemon/hand_methods.h"
#include "rig/daemon/openrpc.h"
#include "rig/session/run_index.h"

namespace pumprig::daemon {
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

Result<session::RunRequest> request_of(const Call& call, const Json& params, session::RunRequest defaults) {
  defaults.bench = call.facts.bench;
  defaults.out = call.facts.runs;
  TRY_ASSIGN(auto request, session::request_from_json(params.dump(), std::move(defaults)));
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
  return request;
}

namespace {

Json report_json(const session::RunReport& report) {
  return Json::parse(session::to_json(report));
}

Result<Json> run_submit(const Call& call) {
  TRY_ASSIGN(auto request, request_of(call, call.params, {}));
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

// What both ways of making a run take.
constexpr Parameter kSeed{"seed", R"({"type": "integer", "minimum": 0, "default": 1})", false,
                          "of everything drawn by chance on a virtual bench"};
constexpr Parameter kSpeed{"speed", R"({"oneOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string"}]})", false,
                           "scenario seconds per second, or max: virtual time"};
constexpr Parameter kOut{"out", kText, false, "absolute path of the folder for the record, instead of the daemon's"};
constexpr Parameter kKeyValues{"key_values", kTexts, false, "anything else for the record; who submitted it is entered by the daemon"};
constexpr Parameter kOperator{"operator", kText, false, "who runs it, for the record"};

constexpr std::array kSubmit = {
    Parameter{"scenario", kText, true, "a bundled scenario, a file that the daemon can read, or with text its name in messages"},
    Parameter{"text", kText, false, "the scenario itself"},
    Parameter{"bench", kText, false, "if given, the bench that the daemon holds: for a client that must not run on another"},
    Parameter{"set", kTexts, false, "values of the scenario's parameters"},
    kSeed,
    kSpeed,
    Parameter{"gdb", kFlag, false, "ARM firmware in QEMU: wait for a debugger"},
    kOut,
    kKeyValues,
    kOperator,
};
constexpr std::array kAbort = {Parameter{"run", kText, true, kAnyRun},
                               Parameter{"now", kFlag, false, "wait for nothing but the safe state"}};
constexpr std::array kPause = {Parameter{"run", kText, true, kAnyRun}};
constexpr std::array kStatus = {Parameter{"run", kText, false, kAnyRun}};
constexpr std::array kList = {Parameter{"folder", kText, false, "instead of the daemon's folder of runs"}};
constexpr std::array kShow = {Parameter{"run", kText, true, "a job, or a run: its file, its id, the beginning of its id, or last"}};
constexpr std::array kQueue = {Parameter{"all", kFlag, false, "also those that have ended, as far as they are remembered"}};

constexpr std::array kOpen = {
    Parameter{"text", kText, true, "how it starts: a scenario without steps, with its name, title, what to record, the initial state"},
    Parameter{"scenario", kText, false, "its name in messages; by_hand unless given"},
    kSeed,
    kSpeed,
    kOut,
    kKeyValues,
    kOperator,
    Parameter{"script", kText, false, "the text of the script, for the record"},
    Parameter{"script_command", kText, false, "the command that runs the script again, for the record"},
    Parameter{"lease_s", R"({"type": "number", "minimum": 1, "maximum": 3600, "default": 10})", false,
              "the client counts as lost when no request with this run has come for so many seconds"},
    Parameter{"bound", kFlag, false, "the client also counts as lost when the connection ends over which this came"},
};
constexpr std::array kDo = {
    Parameter{"run", kText, true, kAnyRun},
    Parameter{"what", R"({"oneOf": [{"type": "object"}, {"type": "string"}]})", true,
              "step: a step as in a scenario; begin: a step measure with the window { over: now }; judge: id, value, limit; end: the id of "
              "what has begun; latest: a channel"},
    Parameter{"command", R"({"enum": ["step", "begin", "end", "judge", "latest"], "default": "step"})", false,
              "do a step, begin or end a measurement, judge a value that the client worked out, or tell the latest sample"},
};
constexpr std::array kResult = {Parameter{"run", kText, true, kAnyRun},
                                Parameter{"number", R"({"type": "integer", "minimum": 0})", true,
                                          "of the command; 0 asks whether the bench is open and in its initial state"}};
constexpr std::array kKeep = {Parameter{"run", kText, true, kAnyRun}};
constexpr std::array kEnd = {Parameter{"run", kText, true, kAnyRun},
                             Parameter{"reason", kText, false, "why the client gives up: then the run is kept as aborted"}};
constexpr std::array kMayHaveNoHand = {ErrorCode::kNotFound, ErrorCode::kUnsupported};
constexpr std::array kMayTakeNoMore = {ErrorCode::kNotFound, ErrorCode::kUnavailable, ErrorCode::kUnsupported};

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
    Method{"hand.open", "Queues a run whose steps the client gives, one at a time; it ends in the safe state when the client is lost.",
           kOpen, kJobResult, kMayBeFull, &hand_open},
    Method{"hand.do", "Gives it a command, which waits for those before it; the number is that of its answer.", kDo,
           R"({"type": "object", "additionalProperties": false, "required": ["number"], "properties": {"number": {"type": "integer"}}})",
           kMayTakeNoMore, &hand_do},
    Method{"hand.result", "The answer to a command, when it is done. The latest 100 are kept.", kResult,
           R"({"type": "object", "additionalProperties": false, "required": ["number", "done", "answer", "error"],
               "properties": {"number": {"type": "integer"}, "done": {"type": "boolean"},
                              "answer": {"oneOf": [{"$ref": "#/components/schemas/HandAnswer"}, {"type": "null"}]},
                              "error": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Problem"}],
                                        "description": "invalid_argument, not_found, unsupported: nothing was done; any other ended the run"}}})",
           kMayHaveNoHand, &hand_result},
    Method{"hand.keep", "Nothing but a sign of life of the client.", kKeep, kJobResult, kMayHaveNoHand, &hand_keep},
    Method{"hand.end", "No more commands: the pump comes to the safe state, and the run goes to its end without the client.", kEnd,
           kJobResult, kMayTakeNoMore, &hand_end},
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
