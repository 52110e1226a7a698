#include <array>

#include "rig/daemon/method.h"

namespace pumprig::daemon {
namespace {

constexpr std::string_view kProgress = R"({"type": "object", "additionalProperties": false,
  "required": ["fraction", "now_s", "expected_s", "step"],
  "properties": {"fraction": {"type": "number", "description": "0 to 1 of the longest expected duration"},
                 "now_s": {"type": "number", "description": "seconds of the bench's time since the run began"},
                 "expected_s": {"type": "number", "description": "the longest expected duration"},
                 "step": {"type": "string", "description": "what it does, in plain words"}}})";

constexpr std::string_view kCheck = R"({"type": "object", "additionalProperties": false,
  "required": ["id", "requirements", "verdict", "limit", "limit_low", "limit_high", "value", "unit", "margin", "uncertainty", "window",
               "channel", "clock", "reason", "error"],
  "properties": {"id": {"type": "string"},
                 "requirements": {"type": "array", "items": {"type": "string"}},
                 "verdict": {"enum": ["pass", "inconclusive", "fail", "aborted", "error", "not run"]},
                 "limit": {"type": "string", "description": "as people read it"},
                 "limit_low": {"type": ["number", "null"]},
                 "limit_high": {"type": ["number", "null"]},
                 "value": {"type": ["number", "null"]},
                 "unit": {"type": "string", "description": "of limit_low, limit_high, value, margin and uncertainty"},
                 "margin": {"type": ["number", "null"], "description": "to the nearest limit; negative outside"},
                 "uncertainty": {"type": ["number", "null"], "description": "half width"},
                 "window": {"type": "object", "required": ["from_s", "to_s"], "additionalProperties": false,
                            "properties": {"from_s": {"type": "number"}, "to_s": {"type": "number"}}},
                 "channel": {"type": "string"},
                 "clock": {"type": "string", "description": "rig or pump; empty where the check has none"},
                 "reason": {"type": "string"},
                 "error": {"type": "string", "description": "with the verdict error: its code"}}})";

constexpr std::string_view kReport = R"({"type": "object", "additionalProperties": false,
  "required": ["run", "path", "scenario", "title", "file", "state", "verdict", "reason", "requirements", "bench", "bench_kind",
               "firmware_sha256", "rig_version", "operator", "seed", "speed", "parameters", "key_values", "digest", "started_utc",
               "scenario_time_s", "wall_time_s", "speed_reached", "repeat", "checks", "pump_clock", "information"],
  "properties": {"run": {"type": "string", "description": "its id"},
                 "path": {"type": "string", "description": "of its record"},
                 "scenario": {"type": "string"},
                 "title": {"type": "string"},
                 "file": {"type": "string", "description": "of the scenario, as it was named"},
                 "state": {"enum": ["running", "finished", "not run", "refused", "unfinished"]},
                 "verdict": {"enum": ["pass", "inconclusive", "fail", "aborted", "error", null]},
                 "reason": {"type": "string"},
                 "requirements": {"type": "array", "items": {"type": "string"}},
                 "bench": {"type": "string"},
                 "bench_kind": {"type": "string"},
                 "firmware_sha256": {"type": "string"},
                 "rig_version": {"type": "string"},
                 "operator": {"type": "string"},
                 "seed": {"type": "integer", "minimum": 0},
                 "speed": {"type": "string", "description": "max, or scenario seconds per second"},
                 "parameters": {"type": "object", "additionalProperties": {"type": "string"}},
                 "key_values": {"type": "object", "additionalProperties": {"type": "string"}},
                 "digest": {"type": "string", "description": "over the content of the record"},
                 "started_utc": {"type": "string"},
                 "scenario_time_s": {"type": "number"},
                 "wall_time_s": {"type": "number"},
                 "speed_reached": {"type": "number"},
                 "repeat": {"type": "string", "description": "the command that does it again"},
                 "checks": {"type": "array", "items": {"$ref": "#/components/schemas/Check"}},
                 "pump_clock": {"type": ["object", "null"], "additionalProperties": false,
                                "description": "how the pump's clock stood against the rig's; null when the pump was not reached",
                                "required": ["at_s", "offset_ns", "offset_uncertainty_ns", "drift_ppm", "drift_uncertainty_ppm", "exchanges",
                                             "span_s", "jumps", "drifts", "text"],
                                "properties": {"at_s": {"type": "number", "description": "instant of the offset"},
                                               "offset_ns": {"type": "integer", "description": "pump minus rig"},
                                               "offset_uncertainty_ns": {"type": "integer", "description": "a bound"},
                                               "drift_ppm": {"type": ["number", "null"], "description": "positive: the pump's clock is fast"},
                                               "drift_uncertainty_ppm": {"type": ["number", "null"], "description": "a bound"},
                                               "exchanges": {"type": "integer", "description": "that the estimate rests on"},
                                               "span_s": {"type": "number", "description": "from the first of them to the last"},
                                               "jumps": {"type": "integer"},
                                               "drifts": {"type": "integer", "description": "changes of its rate"},
                                               "text": {"type": "string", "description": "all of it in a sentence"}}},
                 "information": {"type": "array", "items": {"type": "string"}}}})";

constexpr std::string_view kJob = R"({"type": "object", "additionalProperties": false,
  "required": ["job", "run", "scenario", "submitted_by", "by_hand", "state", "position", "pause", "hold_points_ahead",
               "report", "error"],
  "properties": {"job": {"type": "string"},
                 "run": {"type": "string", "description": "id of its run; empty until that begins"},
                 "scenario": {"type": "string"},
                 "submitted_by": {"type": "string", "description": "uid 1000, as the kernel says it, or tcp 127.0.0.1:51234"},
                 "by_hand": {"type": "boolean", "description": "its steps come from a client, one at a time"},
                 "state": {"enum": ["queued", "running", "finished", "refused", "withdrawn"],
                           "description": "refused: the input was wrong, nothing ran; withdrawn: aborted before it began"},
                 "position": {"type": "integer", "minimum": 0, "description": "of a queued job: how many are before it"},
                 "pause": {"enum": ["none", "asked", "held"], "description": "asked: it will stand at its next hold point"},
                 "hold_points_ahead": {"type": "integer", "minimum": 0, "description": "of a running job: where it may be paused"},
                 "progress": {"$ref": "#/components/schemas/Progress"},
                 "report": {"oneOf": [{"$ref": "#/components/schemas/Report"}, {"type": "null"}]},
                 "error": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Problem"}]}}})";

constexpr std::string_view kProblem = R"({"type": "object", "additionalProperties": false, "required": ["code", "text", "where"],
  "properties": {"code": {"type": "string"}, "text": {"type": "string"}, "where": {"type": "string"}}})";

constexpr std::string_view kHandAnswer = R"({"type": "object", "additionalProperties": false,
  "properties": {"now_ns": {"type": "integer", "description": "the bench's time when it was done"},
                 "checks": {"type": "array", "items": {"$ref": "#/components/schemas/Check"}, "description": "that it decided"},
                 "latest": {"oneOf": [{"type": "null"},
                                      {"type": "object", "additionalProperties": false, "required": ["t_ns", "value", "unit", "flags"],
                                       "properties": {"t_ns": {"type": "integer"}, "value": {"type": ["number", "null"]},
                                                      "unit": {"type": "string"}, "flags": {"type": "integer"}}}]}}})";

constexpr std::array kShared = {NamedSchema{"Job", kJob},         NamedSchema{"Report", kReport},
                                NamedSchema{"Check", kCheck},     NamedSchema{"Progress", kProgress},
                                NamedSchema{"Problem", kProblem}, NamedSchema{"HandAnswer", kHandAnswer}};

constexpr std::array kEvents = {
    EventKind{"job", "A job was queued, began, got its run, was paused or resumed, or ended: the whole job.",
              R"({"$ref": "#/components/schemas/Job"})"},
    EventKind{"progress", "How far the run is: about 200 times a run in virtual time, once a second on a wall clock.",
              R"({"type": "object", "additionalProperties": false, "required": ["job", "run", "fraction", "now_s", "expected_s", "step"],
                  "properties": {"job": {"type": "string"}, "run": {"type": "string"}, "fraction": {"type": "number"},
                                 "now_s": {"type": "number"}, "expected_s": {"type": "number"}, "step": {"type": "string"}}})"},
    EventKind{"value", "The latest sample of a recorded channel, with each progress. All samples are in the record.",
              R"({"type": "object", "additionalProperties": false, "required": ["job", "run", "channel", "t_ns", "value", "unit"],
                  "properties": {"job": {"type": "string"}, "run": {"type": "string"}, "channel": {"type": "string"},
                                 "t_ns": {"type": "integer"}, "value": {"type": ["number", "null"]}, "unit": {"type": "string"}}})"},
    EventKind{"check", "A check was decided.",
              R"({"type": "object", "additionalProperties": false, "required": ["job", "run", "check"],
                  "properties": {"job": {"type": "string"}, "run": {"type": "string"},
                                 "check": {"$ref": "#/components/schemas/Check"}}})"},
    EventKind{"gap", "Events with these numbers are no longer there: the subscriber was too slow, or away for too long.",
              R"({"type": "object", "additionalProperties": false, "required": ["first", "last"],
                  "properties": {"first": {"type": "integer"}, "last": {"type": "integer"}}})"},
};

}  // namespace

std::span<const EventKind> event_kinds() {
  return kEvents;
}

std::span<const NamedSchema> shared_schemas() {
  return kShared;
}

}  // namespace pumprig::daemon
