#include "rig/cli/http_parse.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace pumprig::cli {
namespace {

constexpr std::size_t kMaxHead = 16 << 10;
constexpr std::size_t kMaxLine = 16 << 20;

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <typename T>
bool read_number(std::string_view text, T& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

Result<std::optional<HttpHead>> parse_head(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() > kMaxHead) return fail(ErrorCode::kProtocol, "the answer's head does not end");
    return std::optional<HttpHead>();
  }
  HttpHead head;
  head.size = end + 4;
  std::string_view lines = bytes.substr(0, end);
  const auto first = lines.substr(0, lines.find("\r\n"));
  if (!first.starts_with("HTTP/1.") || first.size() < 12 || !read_number(first.substr(9, 3), head.status)) {
    return fail(ErrorCode::kProtocol, "the answer is no HTTP");
  }
  lines.remove_prefix(std::min(lines.size(), first.size() + 2));
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(std::min(lines.size(), line.size() + 2));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !same_name(line.substr(0, colon), "Content-Length")) continue;
    std::size_t length = 0;
    if (!read_number(trimmed(line.substr(colon + 1)), length))
      return fail(ErrorCode::kProtocol, "the answer's Content-Length is no number");
    head.content_length = length;
  }
  return std::optional<HttpHead>(head);
}

Result<std::vector<ServerEvent>> EventParser::feed(std::string_view bytes) {
  std::vector<ServerEvent> events;
  rest_ += bytes;
  std::size_t begin = 0;
  for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
    take_line(std::string_view(rest_).substr(begin, end - begin), events);
    begin = end + 1;
  }
  rest_.erase(0, begin);
  if (rest_.size() > kMaxLine || event_.data.size() > kMaxLine)
    return fail(ErrorCode::kProtocol, "a line of the event stream does not end");
  return events;
}

void EventParser::take_line(std::string_view line, std::vector<ServerEvent>& events) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (line.empty()) {
    event_.number = last_number_;
    if (!event_.data.empty()) events.push_back(std::move(event_));
    event_ = {};
    return;
  }
  const auto colon = line.find(':');
  if (colon == 0 || colon == std::string_view::npos) return;  // a comment, or a field without a value
  auto value = line.substr(colon + 1);
  if (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  const auto field = line.substr(0, colon);
  if (field == "event") event_.kind = value;
  if (field == "data") event_.data += (event_.data.empty() ? "" : "\n") + std::string(value);
  if (field == "id") read_number(value, last_number_);
}

}  // namespace pumprig::cli
