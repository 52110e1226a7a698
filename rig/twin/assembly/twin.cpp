#include "rig/twin/assembly/twin.h"

#include <cmath>

#include "rig/twin/assembly/mutants.h"
#include "rig/twin/assembly/pump_electronics.h"
#include "rig/twin/assembly/wire_pump.h"
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

Status check_real_time(const exec::Executor& executor, const VirtualBenchConfig& config) {
  if (config.gdb_port != 0) {
    return fail(ErrorCode::kInvalidArgument, "a debugger would stop a board that runs in real time: use --bench virtual-arm with --gdb");
  }
  if (!executor.is_virtual() && executor.speed() == 1.0) return {};
  return fail(ErrorCode::kInvalidArgument,
              "this bench's ARM board drives its own lines in real time, so it runs at speed 1 only: leave --speed out, or use --bench "
              "virtual-arm, which runs the firmware at any speed and in virtual time");
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
  if (config_.board != BoardKind::kHost && !config_.firmware_mutant.empty()) {
    return fail(ErrorCode::kUnsupported,
                "the ARM image has no planted defects; use the virtual bench for \"" + config_.firmware_mutant + "\"");
  }
  if (runs_in_real_time()) return check_real_time(executor_, config_);
  if (config_.board == BoardKind::kArm) {
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

Status Twin::make_pump(link::Link& telemetry) {
  const VirtualBenchConfig& c = config_;
  const PumpClock clock(from_seconds(kAgeOfClock_s + c.clock_offset_s), std::llround(c.clock_rate_error * 1e9));
  if (!runs_in_real_time()) {
    pump_ = std::make_unique<PumpElectronics>(PumpElectronics::Parts{executor_, *board_, *plant_, telemetry, clock, c.reservoir_sensor});
    return {};
  }
  WireEmulatorConfig emulator;
  TRY_ASSIGN(emulator.image, find_arm_image(ArmImage::kWire));
  TRY_ASSIGN(pump_, WirePump::create({executor_, *plant_, telemetry, clock, c.seed, emulator, c.reservoir_sensor}));
  return {};
}

Result<std::unique_ptr<Twin>> Twin::create(VirtualBenchConfig config, exec::Executor& executor, const DeviceLinkMaker& make_link) {
  std::unique_ptr<Twin> twin(new Twin(std::move(config), executor));
  const VirtualBenchConfig& c = twin->config_;
  TRY_ASSIGN(twin->plant_, Plant::create(plant_config(c)));
  TRY(twin->make_board());
  // The pump board first: the instruments' virtual sides look at its pins.
  for (const auto& instrument : c.instruments) {
    if (instrument.descriptor->make_virtual != nullptr) continue;
    if (twin->pump_) return fail(ErrorCode::kInvalidArgument, "a virtual bench has one pump, not two", instrument.name);
    TRY_ASSIGN(auto link, make_link(instrument));
    TRY(twin->make_pump(*link));
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
