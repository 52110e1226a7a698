#include "rig/daemon/job_json.h"

#include <nlohmann/json.hpp>

namespace pumprig::daemon {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json progress_of(const session::Progress& progress) {
  return {{"fraction", progress.fraction},
          {"now_s", to_seconds(progress.now)},
          {"expected_s", to_seconds(progress.expected)},
          {"step", progress.step}};
}

Json head(const Job& job) {
  Json json;
  json["job"] = job.id;
  json["run"] = job.report ? job.report->id : "";
  return json;
}

}  // namespace

std::string to_json(const Job& job) {
  Json json = head(job);
  json["scenario"] = job.scenario;
  json["submitted_by"] = job.submitted_by;
  json["by_hand"] = job.by_hand;
  json["state"] = std::string(to_text(job.state));
  json["position"] = job.position;
  json["pause"] = std::string(to_text(job.pause));
  json["hold_points_ahead"] = job.hold_points_ahead;
  if (job.state == JobState::kRunning) json["progress"] = progress_of(job.progress);
  json["report"] = job.report ? Json::parse(session::to_json(*job.report)) : Json(nullptr);
  json["error"] = nullptr;
  if (job.error) json["error"] = {{"code", std::string(to_text(job.error->code))}, {"text", job.error->text}, {"where", job.error->where}};
  return dump(json);
}

std::string progress_event(const Job& job) {
  Json json = head(job);
  json.update(progress_of(job.progress));
  return dump(json);
}

std::string value_event(const Job& job, std::string_view channel, TimePoint at, double value, std::string_view unit) {
  Json json = head(job);
  json["channel"] = std::string(channel);
  json["t_ns"] = to_ns(at);
  json["value"] = value;
  json["unit"] = std::string(unit);
  return dump(json);
}

std::string check_event(const Job& job, const session::CheckRow& check) {
  Json json = head(job);
  json["check"] = Json::parse(session::to_json(check));
  return dump(json);
}

}  // namespace pumprig::daemon
