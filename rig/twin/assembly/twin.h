// The twin itself, whatever carries its links: plant, pump board and the virtual side of every instrument. VirtualBench puts it behind
// memory links in this process; the ports runner puts it behind ptys for other processes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rig/exec/executor.h"
#include "rig/twin/assembly/plant_world.h"
#include "rig/twin/assembly/pump_side.h"
#include "rig/twin/assembly/virtual_bench.h"
#include "rig/twin/board/board_port.h"

namespace pumprig::twin {

// Gives the device's end of the link of an instrument.
using DeviceLinkMaker = std::function<Result<std::unique_ptr<link::Link>>(const VirtualBenchConfig::Instrument&)>;

class Twin {
 public:
  static Result<std::unique_ptr<Twin>> create(VirtualBenchConfig config, exec::Executor& executor, const DeviceLinkMaker& make_link);
  ~Twin();

  Status start();
  Task<void> stop();
  Status health() const;

  exec::Executor& executor() { return executor_; }
  Plant& plant() { return *plant_; }
  PumpSide& pump() { return *pump_; }
  const PumpSide& pump() const { return *pump_; }
  // Its board cannot be hurried, so neither can time.
  bool runs_in_real_time() const { return config_.board == BoardKind::kArmWire; }
  const VirtualBenchConfig& config() const { return config_; }

 private:
  Twin(VirtualBenchConfig config, exec::Executor& executor) : config_(std::move(config)), executor_(executor) {}
  Status make_board();
  Status make_pump(link::Link& telemetry);

  struct Side {
    std::unique_ptr<link::Link> link;
    std::unique_ptr<instruments::VirtualInstrument> device;  // null: the pump board
  };

  VirtualBenchConfig config_;
  exec::Executor& executor_;
  exec::CancelScope scope_;
  std::unique_ptr<Plant> plant_;
  std::unique_ptr<BoardPort> board_;  // null: the pump drives its own
  std::unique_ptr<PumpSide> pump_;
  std::unique_ptr<PlantWorld> world_;
  std::vector<Side> sides_;
  std::vector<exec::JoinHandle<void>> running_;
  Status failure_;
};

}  // namespace pumprig::twin
