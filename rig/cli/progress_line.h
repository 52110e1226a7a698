// How a run goes, on stderr: one line that is written over on a terminal, a few plain lines elsewhere.
#pragma once

#include <cstdio>
#include <string>

#include "rig/session/request.h"

namespace pumprig::cli {

// "[#######             ]  35 %   8 h 24 min of 1 day  wait 24 h", cut to `width` columns.
std::string progress_text(const session::Progress& progress, std::size_t width);

class ProgressLine : public session::RunObserver {
 public:
  // `out` is stderr outside of tests.
  ProgressLine(std::string scenario, std::FILE* out, bool terminal, std::size_t width);
  // A line of this width on stderr when that is a terminal, plain lines otherwise.
  static ProgressLine on_stderr(std::string scenario);
  ~ProgressLine() override { clear(); }

  void on_started(const session::RunReport& so_far) override;
  void on_progress(const session::Progress& progress) override;
  // Takes the line away, so that something else can be printed.
  void clear();

 private:
  std::string scenario_;
  std::FILE* out_;
  bool terminal_;
  std::size_t width_;
  bool shown_ = false;
  int next_quarter_ = 1;
};

bool colour_on_stdout();

}  // namespace pumprig::cli
