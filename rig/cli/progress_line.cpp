#include "rig/cli/progress_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "rig/base/quantity.h"
#include "rig/cli/table.h"

namespace pumprig::cli {
namespace {

constexpr std::size_t kBar = 20;

std::string cut(std::string text, std::size_t width) {
  while (display_width(text) > width) {
    do {
      text.pop_back();
    } while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U);
  }
  return text;
}

Duration whole_minutes(Duration d) {
  using std::chrono::minutes;
  return d < minutes(10) ? std::chrono::duration_cast<std::chrono::seconds>(d) : std::chrono::duration_cast<minutes>(d);
}

}  // namespace

std::string progress_text(const session::Progress& progress, std::size_t width) {
  const double fraction = std::clamp(progress.fraction, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(fraction * static_cast<double>(kBar));
  std::array<char, 16> percent{};
  std::snprintf(percent.data(), percent.size(), "%3d %%", static_cast<int>(fraction * 100));
  std::string text = "[" + std::string(full, '#') + std::string(kBar - full, ' ') + "] " + percent.data() + "  " +
                     format_duration(whole_minutes(progress.now.time_since_epoch()));
  if (progress.expected > Duration{0}) text += " of " + format_duration(progress.expected);
  if (!progress.step.empty()) text += "  " + progress.step;
  return cut(std::move(text), width);
}

ProgressLine::ProgressLine(std::string scenario, std::FILE* out, bool terminal, std::size_t width)
    : scenario_(std::move(scenario)), out_(out), terminal_(terminal), width_(width) {}

ProgressLine ProgressLine::on_stderr(std::string scenario) {
  winsize size{};
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const bool known = terminal && ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
  return ProgressLine(std::move(scenario), stderr, terminal, known ? size.ws_col - 1U : 79U);
}

void ProgressLine::on_started(const session::RunReport& so_far) {
  clear();
  std::fprintf(out_, "%s on bench %s (%s)\n", scenario_.c_str(), so_far.bench.c_str(), so_far.bench_kind.c_str());
  std::fflush(out_);
}

void ProgressLine::on_progress(const session::Progress& progress) {
  if (terminal_) {
    std::fprintf(out_, "\r%s\033[K", progress_text(progress, width_).c_str());
    shown_ = true;
  } else {
    if (progress.fraction < 0.25 * next_quarter_) return;
    next_quarter_ = static_cast<int>(std::floor(progress.fraction * 4)) + 1;
    std::fprintf(out_, "%s %s\n", scenario_.c_str(), progress_text(progress, width_).c_str());
  }
  std::fflush(out_);
}

void ProgressLine::clear() {
  if (shown_) std::fputs("\r\033[K", out_);
  std::fflush(out_);
  shown_ = false;
}

bool colour_on_stdout() {
  const char* no_colour = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

}  // namespace pumprig::cli
