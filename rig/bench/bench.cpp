#include "rig/bench/bench.h"

#include <algorithm>

#include "rig/base/rng.h"
#include "rig/clients/programmer.h"
#include "rig/clients/pump_session.h"
#include "rig/instruments/pump_board/pump_board.h"
#include "rig/link/spec/open_link.h"
#include "rig/twin/assembly/virtual_bench.h"
#include "rig/twin/control/remote_control.h"

namespace pumprig::bench {
namespace {

// How long the pump's link is looked for again before the safe state is given up: five seconds of wall time.
constexpr int kLooksForPump = 20;
constexpr Duration kLookPause = std::chrono::milliseconds(250);

twin::BoardKind board_of(BenchKind kind) {
  if (kind == BenchKind::kVirtualArm) return twin::BoardKind::kArm;
  return kind == BenchKind::kVirtualArmWire ? twin::BoardKind::kArmWire : twin::BoardKind::kHost;
}

// Passes the bytes of one link on, with the number of its instrument.
class MemberCapture final : public link::CaptureSink {
 public:
  MemberCapture(BenchCapture& capture, std::size_t member) : capture_(capture), member_(member) {}
  void captured(link::Direction direction, TimePoint at, ByteView bytes) override { capture_.captured(member_, direction, at, bytes); }

 private:
  BenchCapture& capture_;
  std::size_t member_;
};

class MemberFaults final : public link::LineFaultSink {
 public:
  MemberFaults(BenchLineFaultSink& sink, std::size_t member) : sink_(sink), member_(member) {}
  void struck(link::LineFault::Kind kind, TimePoint at, std::string_view what) override {
    sink_.struck(member_, at, line_fault_name(kind), what);
  }

 private:
  BenchLineFaultSink& sink_;
  std::size_t member_;
};

std::vector<ChannelInfo> declared_channels(const InstrumentConfig& config) {
  return config.descriptor->channels_for != nullptr ? config.descriptor->channels_for(config.settings) : config.descriptor->channels;
}

// "flow" and "flow" → "flow.flow".
ChannelInfo named(ChannelInfo info, const std::string& instrument) {
  info.name = instrument + "." + info.name;
  info.instrument = instrument;
  return info;
}

}  // namespace

twin::VirtualBenchConfig twin_config(const BenchConfig& config, const BenchOptions& options) {
  twin::VirtualBenchConfig out;
  for (const auto& instrument : config.instruments)
    out.instruments.push_back({instrument.name, instrument.descriptor, instrument.settings});
  out.board = board_of(config.kind);
  out.firmware_mutant = config.virtual_bench.firmware_mutant;
  out.seed = options.seed;
  out.clock_offset_s = config.virtual_bench.clock_offset_s;
  out.clock_rate_error = config.virtual_bench.clock_rate_error;
  out.restrictor_pa_s_per_m3 = config.wet_path.restrictor_pa_s_per_m3;
  out.compliance_ul_per_kpa = config.wet_path.compliance_ul_per_kpa;
  out.fluid_temperature_c = config.fluid.temperature_c;
  out.reservoir_sensor = config.virtual_bench.reservoir_sensor;
  out.gdb_port = options.gdb_port;
  return out;
}

BenchConfig only_pump(BenchConfig config) {
  std::erase_if(config.instruments, [](const InstrumentConfig& instrument) { return instrument.descriptor->kind != "pump_board"; });
  config.control.clear();
  return config;
}

Bench::Bench(BenchConfig config, exec::Executor& executor, BenchOptions options)
    : config_(std::move(config)), executor_(executor), options_(options) {
  for (const auto& instrument : config_.instruments) {
    Member member;
    member.config = &instrument;
    for (auto& channel : declared_channels(instrument)) member.channels.push_back(named(std::move(channel), instrument.name));
    members_.push_back(std::move(member));
  }
}

Bench::~Bench() = default;

Result<std::unique_ptr<Bench>> Bench::create(BenchConfig config, exec::Executor& executor, BenchOptions options) {
  std::unique_ptr<Bench> bench(new Bench(std::move(config), executor, options));
  const BenchConfig& checked = bench->config_;
  if (is_virtual(checked.kind)) {
    TRY_ASSIGN(bench->twin_, twin::VirtualBench::create(twin_config(checked, options), executor));
  } else if (!checked.control.empty()) {
    TRY_ASSIGN(bench->remote_control_, twin::connect_control(checked.control, executor));
  }
  return bench;
}

void Bench::set_board_events(twin::BoardEvents* events) {
  if (twin_) twin_->set_board_events(events);
}

Task<void> Bench::open_member(Member& member) {
  const InstrumentConfig& config = *member.config;
  std::unique_ptr<link::Link> link;
  if (twin_) {
    CO_TRY_ASSIGN(link, twin_->take_link(config.name));
  } else {
    CO_TRY_ASSIGN(link, link::open_link(config.link, config.line, executor_));
  }
  const auto number = static_cast<std::size_t>(&member - members_.data());
  if (line_fault_sink_ != nullptr) member.fault_sink = std::make_unique<MemberFaults>(*line_fault_sink_, number);
  auto line = std::make_unique<link::FaultyLink>(std::move(link), Rng::stream(options_.seed, "line of " + config.name).next(),
                                                 member.fault_sink.get());
  member.line = line.get();
  link = std::move(line);
  if (capture_ != nullptr) {
    member.capture = std::make_unique<MemberCapture>(*capture_, number);
    link = std::make_unique<link::CapturingLink>(std::move(link), *member.capture);
  }
  member.link = std::move(link);
  const instruments::DriverContext context{config.name, *member.link, config.settings, executor_};
  member.driver = config.descriptor->make_driver(context);
  auto identity = co_await member.driver->open();
  if (!identity) {
    co_return fail(identity.error(), "the instrument \"" + config.name + "\" did not start", member.link->describe());
  }
  member.identity = std::move(*identity);
  member.channels = member.driver->channels();
  if (auto* board = dynamic_cast<instruments::pump_board::PumpBoard*>(member.driver.get()); board != nullptr) pump_ = &board->session();
  co_return Status{};
}

Task<void> Bench::open() {
  if (twin_) CO_TRY(twin_->start());
  for (auto& member : members_) {
    const Status opened = co_await open_member(member);
    if (opened) continue;
    co_await shield(close());
    co_return opened;
  }
  co_return Status{};
}

Task<void> Bench::close() {
  pump_ = nullptr;
  clear_line_faults();
  Status worst;
  for (auto& member : members_) {
    if (!member.driver) continue;
    Status closed = co_await member.driver->close();
    if (!closed && worst) worst = std::move(closed);
    member.driver.reset();
    member.link.reset();
    member.line = nullptr;
  }
  if (twin_) {
    Status stopped = co_await twin_->stop();
    if (!stopped && worst) worst = std::move(stopped);
  }
  co_return worst;
}

std::vector<ChannelInfo> Bench::channels() const {
  std::vector<ChannelInfo> out;
  for (const auto& member : members_) out.insert(out.end(), member.channels.begin(), member.channels.end());
  return out;
}

std::optional<ChannelRef> Bench::find_channel(std::string_view full_name) const {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const auto& channels = members_[i].channels;
    const auto found = std::find_if(channels.begin(), channels.end(), [&](const ChannelInfo& c) { return c.name == full_name; });
    if (found != channels.end()) return ChannelRef{i, static_cast<std::size_t>(found - channels.begin())};
  }
  return std::nullopt;
}

std::optional<instruments::Extremes> Bench::range(std::string_view full_channel_name) const {
  const auto dot = full_channel_name.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const InstrumentConfig* config = config_.find(full_channel_name.substr(0, dot));
  if (config == nullptr || config->descriptor->range == nullptr) return std::nullopt;
  return config->descriptor->range(config->settings, full_channel_name.substr(dot + 1));
}

std::set<std::string> Bench::capabilities() const {
  std::set<std::string> out{"service"};
  if (twin_ || remote_control_) out.insert("faults");
  if (twin_ || remote_control_) out.insert("true_reservoir");
  for (const auto& instrument : config_.instruments) out.insert("instrument:" + instrument.name);
  return out;
}

clients::PumpSession& Bench::pump() {
  return *pump_;
}

twin::TwinControl* Bench::control() {
  return twin_ ? &twin_->control() : remote_control_.get();
}

// The one whose turn comes next on the bench and that is of another kind: between two of the same kind and address no protocol can tell.
std::shared_ptr<const Bytes> Bench::stranger_to(const Member& member) {
  const auto number = static_cast<std::size_t>(&member - members_.data());
  for (std::size_t i = 1; i < members_.size(); ++i) {
    Member& other = members_[(number + i) % members_.size()];
    // A model is no device that could be plugged in wrongly.
    if (other.line == nullptr || other.config->descriptor->model) continue;
    if (other.config->descriptor->kind != member.config->descriptor->kind) return other.line->heard();
  }
  return nullptr;
}

Status Bench::inject_line_fault(std::string_view fault, const LineFaultParameters& parameters) {
  TRY_ASSIGN(LineFaultRequest request, parse_line_fault(fault, parameters));
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.config->name == request.link; });
  if (found == members_.end()) return fail(ErrorCode::kInvalidArgument, "the bench has no instrument \"" + request.link + "\"");
  if (found->line == nullptr) return fail(ErrorCode::kUnavailable, "the link of \"" + request.link + "\" is not open");
  if (request.fault.kind == link::LineFault::Kind::kStranger) {
    request.fault.stranger = stranger_to(*found);
    if (request.fault.stranger == nullptr) {
      return fail(ErrorCode::kUnsupported,
                  "the bench has no other kind of device that could answer on the link of \"" + request.link + "\"");
    }
  }
  found->line->set_fault(request.fault);
  return {};
}

Result<std::uint64_t> Bench::clear_line_fault(std::string_view fault) {
  const LineFaultKind* kind = find_line_fault(fault);
  if (kind == nullptr) return fail(ErrorCode::kInvalidArgument, "there is no line fault \"" + std::string(fault) + "\"");
  std::uint64_t struck = 0;
  bool found = false;
  for (auto& member : members_) {
    if (member.line == nullptr || !member.line->has_fault(kind->kind)) continue;
    found = true;
    struck += member.line->clear_fault(kind->kind);
  }
  if (!found) return fail(ErrorCode::kInvalidArgument, "the fault \"" + std::string(fault) + "\" is on no link");
  return struck;
}

std::vector<std::string> Bench::clear_line_faults() {
  std::vector<std::string> cleared;
  for (const auto& kind : line_fault_catalogue()) {
    if (clear_line_fault(kind.name)) cleared.emplace_back(kind.name);
  }
  return cleared;
}

Task<void> Bench::set_true_reservoir_ul(double volume) {
  if (remote_control_) co_return co_await remote_control_->set_reservoir_ul(volume);
  if (!twin_) co_return fail(ErrorCode::kUnsupported, "only a virtual bench can set what really is in the reservoir");
  twin_->set_true_reservoir_ul(volume);
  co_return Status{};
}

Task<void> Bench::set_true_drug(twin::DrugContent content) {
  if (control() == nullptr) co_return fail(ErrorCode::kUnsupported, "only a virtual bench can set which drug really is in the reservoir");
  co_return co_await control()->set_drug(std::move(content));
}

Status Bench::health() const {
  return twin_ ? twin_->health() : Status{};
}

Task<void> Bench::to_safe_state() {
  if (pump_ == nullptr) co_return fail(ErrorCode::kUnavailable, "the pump was not reached, so its safe state could not be established");
  clear_line_faults();
  if (config_.safe_state == SafeState::kTherapyAsFound) co_return Status{};
  clients::Programmer programmer(*pump_);
  auto stopped = co_await programmer.stop();
  // A plug that was pulled may come back: a pump must not run on because of it.
  for (int look = 0; look < kLooksForPump && !stopped && stopped.error().code == ErrorCode::kUnavailable; ++look) {
    CO_TRY(co_await executor_.sleep_until(executor_.after_wall(kLookPause)));
    if (pump_->link().is_up() || pump_->link().reopen()) stopped = co_await programmer.stop();
  }
  if (!stopped) co_return fail(stopped.error(), "therapy could not be stopped: check the pump by hand");
  co_return Status{};
}

std::string Bench::board_description() const {
  return twin_ ? twin_->board_description() : "a board on a real link";
}

std::string Bench::firmware_hash() const {
  return twin_ ? twin_->firmware_hash() : pump_ != nullptr ? pump_->firmware_hash() : std::string();
}

}  // namespace pumprig::bench
