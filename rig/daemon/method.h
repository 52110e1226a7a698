// The one table of the daemon's methods and events: what they take, what they give, and which function answers. Whoever is told of the
// API (JSON-RPC, the OpenRPC text, the tests of docs/api.md) is told from here.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "rig/base/result.h"
#include "rig/daemon/rpc.h"

namespace pumprig::daemon {

struct Parameter {
  std::string_view name;
  std::string_view schema;  // JSON Schema, as text
  bool required = false;
  std::string_view summary;
};

// One call, for the function that answers it.
struct Call {
  JobQueue& queue;
  const DaemonFacts& facts;
  const std::function<std::uint64_t()>& last_event;
  const Peer& peer;
  const nlohmann::ordered_json& params;  // an object with no other members than the method's parameters
};

struct Method {
  std::string_view name;
  std::string_view summary;
  std::span<const Parameter> parameters;
  std::string_view result;            // JSON Schema, as text
  std::span<const ErrorCode> errors;  // besides kInvalidArgument, which every method with parameters may answer
  Result<nlohmann::ordered_json> (*run)(const Call&);
};

struct EventKind {
  std::string_view name;
  std::string_view summary;
  std::string_view schema;  // of its data; JSON Schema, as text
};

struct NamedSchema {
  std::string_view name;
  std::string_view schema;
};

std::span<const Method> methods();
std::span<const EventKind> event_kinds();
// What the schemas above refer to as #/components/schemas/NAME.
std::span<const NamedSchema> shared_schemas();

// The code of a JSON-RPC error: one for each ErrorCode.
int error_number(ErrorCode code);

}  // namespace pumprig::daemon
