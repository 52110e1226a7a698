// A judge with its window: opened and closed by the step that it is named after, fed with the samples of one channel.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rig/monitor/judge.h"
#include "rig/monitor/level.h"

namespace pumprig::scenario {

struct MeasurementWindow {
  std::string label;
  bool over = true;  // ends with the step; false: open until asked
  Duration settle{0};
  std::optional<Duration> length;
};

class Measurement {
 public:
  Measurement(std::unique_ptr<monitor::Judge> judge, MeasurementWindow window) : judge_(std::move(judge)), window_(std::move(window)) {}

  // The window begins only when this condition has come true after `settle`.
  void count_from(std::unique_ptr<monitor::FirstTimeJudge> condition) { from_ = std::move(condition); }

  const MeasurementWindow& window() const { return window_; }
  void open(TimePoint at);
  void close(TimePoint at);
  void feed(const Sample& sample);
  void feed_from(const Sample& sample);
  // Some of what should have been fed between these two instants never came.
  void lost(TimePoint from, TimePoint to);
  // Whatever comes out, it decides nothing: `why`. Only while the window is open.
  void doubt(std::string why);
  // When the window ends as far as is known; kNever while it is open without a length.
  TimePoint end() const { return end_; }
  std::optional<double> live() const { return begun_ ? judge_->live() : std::nullopt; }

  struct Result {
    monitor::Outcome outcome;
    TimePoint begin{};
    TimePoint end{};
  };
  Result finish(TimePoint now);

 private:
  void set_begin(TimePoint begin);

  std::unique_ptr<monitor::Judge> judge_;
  std::unique_ptr<monitor::FirstTimeJudge> from_;
  MeasurementWindow window_;
  TimePoint opened_ = kNever;
  TimePoint begin_ = kNever;
  TimePoint end_ = kNever;
  TimePoint from_begin_ = kNever;
  bool from_begun_ = false;
  bool begun_ = false;
  std::vector<std::pair<TimePoint, TimePoint>> lost_;  // until the window's ends are known
  std::string doubt_;
};

}  // namespace pumprig::scenario
