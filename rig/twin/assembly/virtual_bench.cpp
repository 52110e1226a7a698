#include "rig/twin/assembly/virtual_bench.h"

#include <algorithm>
#include <map>

#include "rig/link/memory/memory_link.h"
#include "rig/twin/assembly/twin.h"
#include "rig/twin/control/local_control.h"

namespace pumprig::twin {
namespace {

// A line of the twin keeps pace with its plant: what a pump does in a second of the scenario fits the line in that second, at any speed.
// Without this a fast run clogs the lines, and answers wait behind minutes of edges. A line is never slower than the real one.
int baud_at(double speed, int baud) {
  return static_cast<int>(std::min(baud * std::max(speed, 1.0), 1e9));
}

class MemoryBench final : public VirtualBench {
 public:
  Status make(VirtualBenchConfig config, exec::Executor& executor) {
    const auto make_link = [&](const VirtualBenchConfig::Instrument& instrument) -> Result<std::unique_ptr<link::Link>> {
      const int baud = baud_at(executor.speed(), instrument.descriptor->line.baud);
      auto pair = link::make_memory_pair(executor, {.name = instrument.name, .baud = baud});
      ends_[instrument.name] = std::move(pair.rig);
      return std::move(pair.device);
    };
    TRY_ASSIGN(twin_, Twin::create(std::move(config), executor, make_link));
    control_ = std::make_unique<LocalControl>(*twin_);
    return {};
  }

  Result<std::unique_ptr<link::Link>> take_link(std::string_view instrument) override {
    const auto found = ends_.find(instrument);
    if (found == ends_.end() || !found->second) {
      return fail(ErrorCode::kNotFound, "the virtual bench has no free link of this name", std::string(instrument));
    }
    return std::move(found->second);
  }
  Status start() override { return twin_->start(); }
  Task<void> stop() override { return twin_->stop(); }
  Status health() const override { return twin_->health(); }
  void set_board_events(BoardEvents* events) override { twin_->pump().set_events(events); }
  TwinControl& control() override { return *control_; }
  std::string board_description() const override { return twin_->pump().describe(); }
  std::string firmware_hash() const override { return twin_->pump().firmware_hash(); }
  void set_true_reservoir_ul(double volume) override { twin_->plant().refill(twin_->executor().now(), volume); }

 private:
  std::map<std::string, std::unique_ptr<link::Link>, std::less<>> ends_;
  std::unique_ptr<Twin> twin_;
  std::unique_ptr<LocalControl> control_;
};

}  // namespace

Result<std::unique_ptr<VirtualBench>> VirtualBench::create(VirtualBenchConfig config, exec::Executor& executor) {
  auto bench = std::make_unique<MemoryBench>();
  TRY(bench->make(std::move(config), executor));
  return bench;
}

}  // namespace pumprig::twin
