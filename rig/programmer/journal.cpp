#include "rig/programmer/journal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "rig/base/calendar.h"
#include "rig/json/build.h"

namespace pumprig::programmer {

std::string_view to_text(Noted noted) {
  switch (noted) {
    case Noted::kPump:
      return "pump";
    case Noted::kAsked:
      return "asked";
    case Noted::kAnswered:
      return "answered";
    case Noted::kReviewed:
      return "reviewed";
    case Noted::kConfirmed:
      return "confirmed";
    case Noted::kWritten:
      return "written";
    case Noted::kReadBack:
      return "read_back";
    case Noted::kRefused:
      return "refused";
    case Noted::kLost:
      return "lost";
    case Noted::kProof:
      return "proof";
  }
  return "";
}

Journal::Journal(std::function<std::int64_t()> utc_now_ns) : utc_now_ns_(std::move(utc_now_ns)) {}

void Journal::note(Noted noted, std::string text, std::vector<Figure> figures) {
  while (text.ends_with('\n')) text.pop_back();
  entries_.push_back({utc_now_ns_(), noted, std::move(text), std::move(figures)});
}

std::string Journal::text() const {
  std::string out = "Session of the physician programmer\n";
  for (const Entry& entry : entries_) {
    std::string head = calendar_text(entry.utc_ns / 1'000'000'000) + " UTC  ";
    std::string kind(programmer::to_text(entry.noted));
    std::replace(kind.begin(), kind.end(), '_', ' ');
    head += kind + std::string(11 - std::min<std::size_t>(kind.size(), 10), ' ');
    std::istringstream lines(entry.text);
    bool first = true;
    for (std::string line; std::getline(lines, line); first = false) {
      out += (first ? head : std::string(head.size(), ' ')) + line + "\n";
    }
    if (first) out += head + "\n";
  }
  return out;
}

std::string Journal::json() const {
  std::vector<json::Node> entries;
  for (const Entry& entry : entries_) {
    json::Node node = json::object_node({{"utc", json::text_node(calendar_text(entry.utc_ns / 1'000'000'000))},
                                         {"noted", json::text_node(programmer::to_text(entry.noted))},
                                         {"text", json::text_node(entry.text)}});
    if (!entry.figures.empty()) {
      json::Node figures = json::object_node();
      for (const Figure& figure : entry.figures) json::add_member(figures, figure.name, json::text_node(figure.value));
      json::add_member(node, "figures", std::move(figures));
    }
    entries.push_back(std::move(node));
  }
  return json::to_text(json::object_node({{"entries", json::list_node(std::move(entries))}}), 2);
}

Status Journal::print(const std::string& file) const {
  errno = 0;
  std::ofstream out(file);
  out << (file.ends_with(".json") ? json() + "\n" : text());
  out.close();
  if (out.good()) return {};
  return fail(ErrorCode::kUnavailable, std::string("the session can not be printed there: ") + std::strerror(errno == 0 ? EIO : errno),
              file);
}

}  // namespace pumprig::programmer
