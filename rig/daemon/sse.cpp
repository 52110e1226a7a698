#include "rig/daemon/sse.h"

#include <algorithm>
#include <charconv>

namespace pumprig::daemon {

std::string to_sse(const EventLog::Batch& batch, std::string_view job) {
  std::string out;
  if (batch.lost) {
    const auto [first, last] = *batch.lost;
    out += "id: " + std::to_string(last) + "\nevent: gap\ndata: {\"first\":" + std::to_string(first) + ",\"last\":" + std::to_string(last) +
           "}\n\n";
  }
  for (const auto& event : batch.events) {
    if (!job.empty() && event.job != job) continue;
    out += "id: " + std::to_string(event.number) + "\nevent: " + event.kind + "\ndata: " + event.data + "\n\n";
  }
  return out;
}

std::optional<std::string_view> query_value(std::string_view target, std::string_view name) {
  const auto mark = target.find('?');
  if (mark == std::string_view::npos) return std::nullopt;
  for (auto rest = target.substr(mark + 1); !rest.empty();) {
    const auto one = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    const auto equals = one.find('=');
    if (equals != std::string_view::npos && one.substr(0, equals) == name) return one.substr(equals + 1);
  }
  return std::nullopt;
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace pumprig::daemon
