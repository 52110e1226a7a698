#include <nlohmann/json.hpp>

#include "rig/session/hand_session.h"
#include "rig/session/report.h"
#include "rig/session/run_index.h"

namespace pumprig::session {
namespace {

using Json = nlohmann::ordered_json;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Json number_or_null(const std::optional<double>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json verdict_or_null(const std::optional<Verdict>& verdict) {
  return verdict ? Json(std::string(to_text(*verdict))) : Json(nullptr);
}

Json pairs_to_json(const Pairs& pairs) {
  Json object = Json::object();
  for (const auto& [name, value] : pairs) object[name] = value;
  return object;
}

Json check_to_json(const CheckRow& check) {
  Json json;
  json["id"] = check.id;
  json["requirements"] = check.requirements;
  json["verdict"] = check.verdict ? std::string(to_text(*check.verdict)) : "not run";
  json["limit"] = check.limit;
  json["limit_low"] = number_or_null(check.limit_lo);
  json["limit_high"] = number_or_null(check.limit_hi);
  json["value"] = number_or_null(check.value);
  json["unit"] = check.unit;
  json["margin"] = number_or_null(check.margin);
  json["uncertainty"] = number_or_null(check.uncertainty);
  json["window"] = {{"from_s", to_seconds(check.from)}, {"to_s", to_seconds(check.to)}};
  json["channel"] = check.channel;
  json["clock"] = check.clock;
  json["reason"] = check.reason;
  json["error"] = check.error;
  return json;
}

std::optional<double> optional_number(const Json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return std::nullopt;
  return found->get<double>();
}

std::optional<Verdict> optional_verdict(const Json& json) {
  const auto found = json.find("verdict");
  if (found == json.end() || found->is_null()) return std::nullopt;
  return verdict_from_text(found->get<std::string>());
}

Pairs pairs_from_json(const Json& object) {
  Pairs pairs;
  for (const auto& [name, value] : object.items()) pairs.emplace_back(name, value.get<std::string>());
  return pairs;
}

CheckRow check_from_json(const Json& json) {
  CheckRow check;
  check.id = json.at("id").get<std::string>();
  check.requirements = json.at("requirements").get<std::vector<std::string>>();
  check.verdict = optional_verdict(json);
  check.limit = json.at("limit").get<std::string>();
  check.limit_lo = optional_number(json, "limit_low");
  check.limit_hi = optional_number(json, "limit_high");
  check.value = optional_number(json, "value");
  check.unit = json.at("unit").get<std::string>();
  check.margin = optional_number(json, "margin");
  check.uncertainty = optional_number(json, "uncertainty");
  check.from = TimePoint{from_seconds(json.at("window").at("from_s").get<double>())};
  check.to = TimePoint{from_seconds(json.at("window").at("to_s").get<double>())};
  check.channel = json.at("channel").get<std::string>();
  check.clock = json.at("clock").get<std::string>();
  check.reason = json.at("reason").get<std::string>();
  check.error = json.at("error").get<std::string>();
  return check;
}

Json clock_to_json(const std::optional<PumpClock>& clock) {
  if (!clock) return nullptr;
  Json json;
  json["at_s"] = to_seconds(clock->at);
  json["offset_ns"] = clock->offset_ns;
  json["offset_uncertainty_ns"] = clock->offset_uncertainty_ns;
  json["drift_ppm"] = number_or_null(clock->drift_ppm);
  json["drift_uncertainty_ppm"] = number_or_null(clock->drift_uncertainty_ppm);
  json["exchanges"] = clock->exchanges;
  json["span_s"] = to_seconds(clock->span);
  json["jumps"] = clock->jumps;
  json["drifts"] = clock->drifts;
  json["text"] = clock->text;
  return json;
}

std::optional<PumpClock> clock_from_json(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  PumpClock clock;
  clock.at = TimePoint{from_seconds(json.at("at_s").get<double>())};
  clock.offset_ns = json.at("offset_ns").get<std::int64_t>();
  clock.offset_uncertainty_ns = json.at("offset_uncertainty_ns").get<std::int64_t>();
  clock.drift_ppm = optional_number(json, "drift_ppm");
  clock.drift_uncertainty_ppm = optional_number(json, "drift_uncertainty_ppm");
  clock.exchanges = json.at("exchanges").get<std::uint64_t>();
  clock.span = from_seconds(json.at("span_s").get<double>());
  clock.jumps = json.at("jumps").get<std::uint64_t>();
  clock.drifts = json.at("drifts").get<std::uint64_t>();
  clock.text = json.at("text").get<std::string>();
  return clock;
}

RunReport from_json_object(const Json& json) {
  RunReport report;
  report.id = json.at("run").get<std::string>();
  report.path = json.at("path").get<std::string>();
  report.scenario = json.at("scenario").get<std::string>();
  report.title = json.at("title").get<std::string>();
  report.file = json.at("file").get<std::string>();
  report.state = run_state_from_text(json.at("state").get<std::string>()).value_or(RunState::kUnfinished);
  report.verdict = optional_verdict(json);
  report.reason = json.at("reason").get<std::string>();
  report.requirements = json.at("requirements").get<std::vector<std::string>>();
  report.bench = json.at("bench").get<std::string>();
  report.bench_kind = json.at("bench_kind").get<std::string>();
  report.firmware_sha256 = json.at("firmware_sha256").get<std::string>();
  report.rig_version = json.at("rig_version").get<std::string>();
  report.operator_name = json.at("operator").get<std::string>();
  report.seed = json.at("seed").get<std::uint64_t>();
  report.speed = json.at("speed").get<std::string>();
  report.parameters = pairs_from_json(json.at("parameters"));
  report.key_values = pairs_from_json(json.at("key_values"));
  report.digest = json.at("digest").get<std::string>();
  report.started_utc = json.at("started_utc").get<std::string>();
  report.scenario_time = from_seconds(json.at("scenario_time_s").get<double>());
  report.wall_time = from_seconds(json.at("wall_time_s").get<double>());
  report.speed_reached = json.at("speed_reached").get<double>();
  report.repeat = json.at("repeat").get<std::string>();
  report.pump_clock = clock_from_json(json.at("pump_clock"));
  report.information = json.at("information").get<std::vector<std::string>>();
  for (const auto& check : json.at("checks")) report.checks.push_back(check_from_json(check));
  return report;
}

}  // namespace

std::string to_json(const CheckRow& check) {
  return check_to_json(check).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(const scenario::HandAnswer& answer) {
  Json json;
  json["now_ns"] = to_ns(answer.now);
  json["checks"] = Json::array();
  for (const auto& check : answer.checks) json["checks"].push_back(check_to_json(check_row(check.verdict)));
  json["latest"] = nullptr;
  if (answer.latest) {
    const Sample& sample = *answer.latest;
    json["latest"] = {{"t_ns", to_ns(sample.t)}, {"value", sample.value}, {"unit", answer.unit}, {"flags", sample.flags}};
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(const RunReport& report) {
  Json json;
  json["run"] = report.id;
  json["path"] = report.path;
  json["scenario"] = report.scenario;
  json["title"] = report.title;
  json["file"] = report.file;
  json["state"] = std::string(to_text(report.state));
  json["verdict"] = verdict_or_null(report.verdict);
  json["reason"] = report.reason;
  json["requirements"] = report.requirements;
  json["bench"] = report.bench;
  json["bench_kind"] = report.bench_kind;
  json["firmware_sha256"] = report.firmware_sha256;
  json["rig_version"] = report.rig_version;
  json["operator"] = report.operator_name;
  json["seed"] = report.seed;
  json["speed"] = report.speed;
  json["parameters"] = pairs_to_json(report.parameters);
  json["key_values"] = pairs_to_json(report.key_values);
  json["digest"] = report.digest;
  json["started_utc"] = report.started_utc;
  json["scenario_time_s"] = to_seconds(report.scenario_time);
  json["wall_time_s"] = to_seconds(report.wall_time);
  json["speed_reached"] = report.speed_reached;
  json["repeat"] = report.repeat;
  json["checks"] = Json::array();
  for (const auto& check : report.checks) json["checks"].push_back(check_to_json(check));
  json["pump_clock"] = clock_to_json(report.pump_clock);
  json["information"] = report.information;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<RunReport> report_from_json(std::string_view text) {
  try {
    return from_json_object(Json::parse(text));
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::kProtocol, std::string("this is no report of a run: ") + e.what());
  }
}

}  // namespace pumprig::session
