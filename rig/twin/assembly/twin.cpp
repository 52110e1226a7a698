#include "rig/twin/assembly/twin.h"

#include <cmath>

#include "rig/twin/assembly/mutants.h"
#include "rig/twin/board/host_board.h"
#include "rig/twin/board/qemu_board.h"

namespace pumprig::twin {
namespace {

// The board was first powered on a day before the run, so that its real-time clock does not begin at 0.
constexpr double kAgeOfClock_s = 86'400;

PlantConfig plant_config(const VirtualBenchConfig& config) {
  PlantConfig out;
  out.reservoir.volume_ul = config.reservoir_ul;
  out.wet_path.restrictor_pa_s_per_m3 = config.restrictor_pa_s_per_m3;
  out.wet_path.compliance_ul_per_kpa = config.compliance_ul_per_kpa;
  out.temperature_c = config.fluid_temperature_c;
  return out;
}

Task<void> serve(instruments::VirtualInstrument& device) {
  return device.serve();
}

// Cancellation is how a side ends; everything else is a failure of the twin.
Task<void> watch(Task<void> work, Status& failure, std::string name) {
  Status ended = co_await work;
  if (!ended && ended.error().code != ErrorCode::kCancelled && failure) failure = fail(ended.error(), "the virtual " + name + " failed");
  co_return Status{};
}

}  // namespace

Twin::~Twin() = default;

Status Twin::make_board() {
  if (config_.board == BoardKind::kArm) {
    if (!config_.firmware_mutant.empty()) {
      return fail(ErrorCode::kUnsupported,
                  "the ARM image has no planted defects; use the virtual bench for \"" + config_.firmware_mutant + "\"");
    }
    QemuBoardConfig board;
    TRY_ASSIGN(board.image, find_arm_image());
    board.seed = config_.seed;
    board.gdb_port = static_cast<std::uint16_t>(config_.gdb_port);
    TRY_ASSIGN(board_, make_qemu_board(board));
    return {};
  }
  HostBoardConfig board;
  board.seed = config_.seed;
  if (!config_.firmware_mutant.empty()) {
    TRY_ASSIGN(board.mutant, find_mutant(config_.firmware_mutant));
  }
  board_ = make_host_board(board);
  return {};
}

Result<std::unique_ptr<Twin>> Twin::create(VirtualBenchConfig config, exec::Executor& executor, const DeviceLinkMaker& make_link) {
  std::unique_ptr<Twin> twin(new Twin(std::move(config), executor));
  const VirtualBenchConfig& c = twin->config_;
  TRY_ASSIGN(twin->plant_, Plant::create(plant_config(c)));
  TRY(twin->make_board());
  const PumpClock clock(from_seconds(kAgeOfClock_s + c.clock_offset_s), std::llround(c.clock_rate_error * 1e9));
  // The pump board first: the instruments' virtual sides look at its pins.
  for (const auto& instrument : c.instruments) {
    if (instrument.descriptor->make_virtual != nullptr) continue;
    if (twin->pump_) return fail(ErrorCode::kInvalidArgument, "a virtual bench has one pump, not two", instrument.name);
    TRY_ASSIGN(auto link, make_link(instrument));
    twin->pump_ = std::make_unique<PumpElectronics>(PumpElectronics::Parts{executor, *twin->board_, *twin->plant_, *link, clock});
    twin->sides_.push_back({std::move(link), nullptr});
  }
  if (!twin->pump_) return fail(ErrorCode::kInvalidArgument, "a virtual bench needs an instrument of kind \"pump_board\"");
  twin->world_ = std::make_unique<PlantWorld>(*twin->plant_, *twin->pump_);
  for (const auto& instrument : c.instruments) {
    if (instrument.descriptor->make_virtual == nullptr) continue;
    TRY_ASSIGN(auto link, make_link(instrument));
    const instruments::VirtualContext context{instrument.name, *link, *twin->world_, instrument.settings, executor, c.seed};
    auto device = instrument.descriptor->make_virtual(context);
    twin->sides_.push_back({std::move(link), std::move(device)});
  }
  return twin;
}

Status Twin::start() {
  running_.push_back(executor_.spawn(watch(pump_->run(), failure_, "pump board"), &scope_));
  running_.push_back(executor_.spawn(watch(pump_->listen(), failure_, "pump's telemetry receiver"), &scope_));
  for (auto& side : sides_) {
    if (!side.device) continue;
    running_.push_back(executor_.spawn(watch(serve(*side.device), failure_, side.link->describe()), &scope_));
  }
  return {};
}

Task<void> Twin::stop() {
  scope_.cancel();
  for (auto& handle : running_) CO_TRY(co_await handle.join());
  running_.clear();
  co_return Status{};
}

Status Twin::health() const {
  return failure_;
}

}  // namespace pumprig::twin
