#include "rig/daemon/sse.h"

#include <algorithm>
#include <charconv>

namespace pumprig::daemon {

namespace {

// A gap is an event whose number is the last one that is lost.
std::vector<LoggedEvent> with_gap(const EventLog::Batch& batch) {
  std::vector<LoggedEvent> events;
  if (batch.lost) {
    const auto [first, last] = *batch.lost;
    events.push_back({last, "", "gap", "{\"first\":" + std::to_string(first) + ",\"last\":" + std::to_string(last) + "}"});
  }
  events.insert(events.end(), batch.events.begin(), batch.events.end());
  return events;
}

}  // namespace

std::string to_sse(const EventLog::Batch& batch) {
  std::string out;
  for (const auto& event : with_gap(batch)) {
    out += "id: " + std::to_string(event.number) + "\nevent: " + event.kind + "\ndata: " + event.data + "\n\n";
  }
  return out;
}

std::vector<std::string> to_notifications(const EventLog::Batch& batch) {
  std::vector<std::string> texts;
  for (const auto& event : with_gap(batch)) {
    texts.push_back(R"({"jsonrpc":"2.0","method":"event","params":{"number":)" + std::to_string(event.number) + R"(,"event":")" +
                    event.kind + R"(","data":)" + event.data + "}}");
  }
  return texts;
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
