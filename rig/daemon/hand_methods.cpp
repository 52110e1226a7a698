#include "rig/daemon/hand_methods.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace pumprig::daemon {
namespace {

using Json = nlohmann::ordered_json;
using scenario::HandCommand;

constexpr double kShortestLease = 1;  // seconds
constexpr double kLongestLease = 3600;

struct CommandKind {
  std::string_view name;
  HandCommand::Kind kind;
  bool takes_object;  // else a text
};
constexpr std::array kCommands = {
    CommandKind{"step", HandCommand::Kind::kStep, true},      CommandKind{"begin", HandCommand::Kind::kBegin, true},
    CommandKind{"end", HandCommand::Kind::kEnd, false},       CommandKind{"judge", HandCommand::Kind::kJudge, true},
    CommandKind{"latest", HandCommand::Kind::kLatest, false},
};

Result<HandTerms> terms_of(const Call& call) {
  HandTerms terms;
  TRY_ASSIGN(const bool bound, flag_param(call, "bound"));
  if (bound) terms.connection = call.peer.connection;
  const auto lease = call.params.find("lease_s");
  if (lease == call.params.end()) return terms;
  const double seconds = lease->is_number() ? lease->get<double>() : 0;
  if (!(seconds >= kShortestLease && seconds <= kLongestLease))
    return fail(ErrorCode::kInvalidArgument, "\"lease_s\" must be a number of seconds from 1 to 3600", "/lease_s");
  terms.lease = from_seconds(seconds);
  return terms;
}

Result<HandCommand> command_of(const Call& call) {
  std::string name = "step";
  if (call.params.contains("command")) {
    TRY_ASSIGN(name, text_param(call, "command"));
  }
  const auto what = call.params.find("what");
  for (const auto& known : kCommands) {
    if (known.name != name) continue;
    if (known.takes_object && what != call.params.end() && what->is_object()) return HandCommand{known.kind, what->dump()};
    if (!known.takes_object && what != call.params.end() && what->is_string()) return HandCommand{known.kind, what->get<std::string>()};
    return fail(ErrorCode::kInvalidArgument,
                "\"what\" must be " + std::string(known.takes_object ? "an object" : "a text") + " for " + name, "/what");
  }
  return fail(ErrorCode::kInvalidArgument, "\"command\" must be step, begin, end, judge or latest", "/command");
}

Result<Json> job_of(const Call& call) {
  TRY_ASSIGN(const auto id, text_param(call, "run"));
  const auto job = call.queue.find(id);
  if (!job) return fail(ErrorCode::kNotFound, "it is remembered no longer", "/run");
  return job_json(*job);
}

Result<std::shared_ptr<HandDesk>> desk_of(const Call& call) {
  TRY_ASSIGN(const auto id, text_param(call, "run"));
  return call.queue.hand(id);
}

}  // namespace

Result<Json> hand_open(const Call& call) {
  TRY_ASSIGN(const auto terms, terms_of(call));
  TRY_ASSIGN(const auto text, text_param(call, "text"));
  Json params = call.params;
  params.erase("lease_s");
  params.erase("bound");
  session::RunRequest defaults;
  defaults.scenario = "by_hand";
  TRY_ASSIGN(auto request, request_of(call, params, std::move(defaults)));
  TRY_ASSIGN(const auto job, call.queue.open_by_hand(std::move(request), call.peer.describe(), terms));
  return job_json(job);
}

Result<Json> hand_do(const Call& call) {
  TRY_ASSIGN(auto command, command_of(call));
  TRY_ASSIGN(const auto desk, desk_of(call));
  TRY_ASSIGN(const auto number, desk->give(std::move(command)));
  return Json{{"number", number}};
}

Result<Json> hand_result(const Call& call) {
  const auto number = call.params.find("number");
  if (number == call.params.end() || !number->is_number_unsigned())
    return fail(ErrorCode::kInvalidArgument, "\"number\" must be a whole number from 0", "/number");
  TRY_ASSIGN(const auto desk, desk_of(call));
  TRY_ASSIGN(const auto answer, desk->answer(number->get<std::uint64_t>()));
  Json json{{"number", *number}, {"done", answer.has_value()}, {"answer", nullptr}, {"error", nullptr}};
  if (answer && *answer) json["answer"] = Json::parse(**answer);
  if (answer && !*answer) {
    const auto& error = answer->error();
    json["error"] = {{"code", std::string(to_text(error.code))}, {"text", error.text}, {"where", error.where}};
  }
  return json;
}

Result<Json> hand_keep(const Call& call) {
  TRY_ASSIGN(const auto desk, desk_of(call));
  static_cast<void>(desk);  // asked for is heard of
  return job_of(call);
}

Result<Json> hand_end(const Call& call) {
  HandCommand command{HandCommand::Kind::kFinish, ""};
  if (call.params.contains("reason")) {
    command.kind = HandCommand::Kind::kGiveUp;
    TRY_ASSIGN(command.text, text_param(call, "reason"));
  }
  TRY_ASSIGN(const auto desk, desk_of(call));
  TRY(desk->end(std::move(command)));
  return job_of(call);
}

}  // namespace pumprig::daemon
