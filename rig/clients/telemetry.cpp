#include "rig/clients/telemetry.h"

#include "firmware/protocol/print.h"

namespace pumprig::clients {
namespace {

template <protocol::Record M>
std::string printed(const M& message) {
  std::string out;
  protocol::print(message, [&](const char* text, std::size_t size) { out.append(text, size); });
  return out;
}

}  // namespace

Error refusal(MessageType asked, StatusCode status) {
  const auto& why = protocol::describe(status);
  std::string code = why.name;
  if (why.code == 0xFFFF) code += " " + std::to_string(static_cast<unsigned>(status));
  const ErrorCode kind =
      status == StatusCode::kUnknownMessage || status == StatusCode::kTestImageOnly ? ErrorCode::kUnsupported : ErrorCode::kRefused;
  return Error{kind, "the pump refused " + std::string(protocol::describe(asked).name) + ": " + why.text + " [" + code + "]", {}, nullptr};
}

std::string to_text(const StatusReply& message) {
  return printed(message);
}
std::string to_text(const Program& message) {
  return printed(message);
}
std::string to_text(const LogEntry& message) {
  return printed(message);
}
std::string to_text(const DeviceState& message) {
  return printed(message);
}

}  // namespace pumprig::clients
