#include "rig/base/result.h"

namespace pumprig {

std::string_view to_text(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kNotFound:
      return "not_found";
    case ErrorCode::kUnavailable:
      return "unavailable";
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kCorrupt:
      return "corrupt";
    case ErrorCode::kProtocol:
      return "protocol";
    case ErrorCode::kRefused:
      return "refused";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kInternal:
      return "internal";
  }
  return "internal";
}

std::string Error::describe() const {
  std::string out;
  if (!where.empty()) out += where + ": ";
  out += text;
  out += " (";
  out += to_text(code);
  out += ")";
  if (cause) out += "; because " + cause->describe();
  return out;
}

}  // namespace pumprig
