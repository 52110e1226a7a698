#include "rig/session/last_words.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "rig/record/postscript.h"

namespace pumprig::session {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kNotesSuffix = ".notes";

fs::path absolute_path(const fs::path& file) {
  std::error_code ignored;
  const auto path = fs::absolute(file, ignored);
  return (path.empty() ? file : path).lexically_normal();
}

// Beside the run first.
std::vector<fs::path> places_of(const fs::path& run_file) {
  const fs::path name = run_file.filename().string() + kNotesSuffix;
  return {run_file.parent_path() / name, notes_folder() / name};
}

// One line, whole or not at all, on the disk when it returns.
Status append_line(const fs::path& file, const std::string& line) {
  const auto failure = [&] {
    return fail(ErrorCode::kUnavailable, std::string("cannot be written: ") + std::strerror(errno), file.string());
  };
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return failure();
  const off_t before = ::lseek(fd, 0, SEEK_END);
  Status outcome;
  if (::write(fd, line.data(), line.size()) != static_cast<ssize_t>(line.size()) || ::fsync(fd) != 0) {
    outcome = failure();
    if (before >= 0 && ::ftruncate(fd, before) != 0) outcome = failure();
  }
  ::close(fd);
  return outcome;
}

}  // namespace

fs::path notes_folder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return fs::path(state) / "pumprig";
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return fs::path(home) / ".local" / "state" / "pumprig";
  std::error_code ignored;
  return fs::temp_directory_path(ignored) / ("pumprig-" + std::to_string(::getuid()));
}

Result<fs::path> say_last_words(const fs::path& run_file, record::Event event, pid_t given_up_by) {
  const auto run = absolute_path(run_file);
  const Json note{{"run", run.string()}, {"source", event.source}, {"kind", event.kind}, {"text", event.text}};
  const Status recorded = record::add_postscript(run, std::move(event), given_up_by);
  if (recorded) return run;
  const auto line = note.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  Status outcome = recorded;
  for (const auto& place : places_of(run)) {
    std::error_code ignored;
    if (place.parent_path() != run.parent_path()) fs::create_directories(place.parent_path(), ignored);
    outcome = append_line(place, line);
    if (outcome) return place;
  }
  return fail(outcome.error(), "what happened stands nowhere but here", run.string());
}

std::vector<std::string> notes_on(const fs::path& run_file) {
  const auto run = absolute_path(run_file);
  std::vector<std::string> texts;
  for (const auto& place : places_of(run)) {
    std::ifstream in(place);
    for (std::string line; std::getline(in, line);) {
      const auto note = Json::parse(line, nullptr, false);
      if (!note.is_object()) continue;
      const auto whose = note.find("run");
      const auto text = note.find("text");
      if (whose == note.end() || text == note.end() || !whose->is_string() || !text->is_string()) continue;
      // Beside its run a note stays its own when the folder is moved; in the common folder only the path tells.
      if (place.parent_path() != run.parent_path() && whose->get<std::string>() != run.string()) continue;
      texts.push_back(text->get<std::string>());
    }
  }
  return texts;
}

}  // namespace pumprig::session
