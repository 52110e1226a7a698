#include "rig/instruments/support/contract_rig.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "rig/instruments/catalogue.h"

namespace pumprig::instruments {
namespace {

using namespace std::chrono_literals;

Settings checked(const ContractCase& one) {
  std::vector<SettingMistake> mistakes;
  Settings settings = check_settings(*one.descriptor, one.given, mistakes);
  for (const auto& mistake : mistakes) ADD_FAILURE() << one.name << ": " << mistake.setting << " " << mistake.text;
  return settings;
}

std::string word(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return text;
}

std::string quantity_of(const ChannelInfo& info) {
  return info.name.substr(info.name.find('.') + 1);
}

}  // namespace

std::vector<ContractCase> contract_cases(const Descriptor& descriptor) {
  std::vector<ContractCase> cases{{std::string(descriptor.kind), &descriptor, {}, !descriptor.streams}};
  for (const Setting& setting : descriptor.settings) {
    if (setting.fallback || setting.type != Setting::Type::kChoice) continue;
    std::vector<ContractCase> more;
    for (const ContractCase& one : cases) {
      for (const auto choice : setting.choices) {
        ContractCase next = one;
        next.name += "_" + word(std::string(choice));
        next.given.insert_or_assign(std::string(setting.name), std::string(choice));
        more.push_back(std::move(next));
      }
    }
    cases = std::move(more);
  }
  return cases;
}

ContractRig::ContractRig(const ContractCase& one, const LineFault& fault, const ContractCase& far_end)
    : executor_(exec::Executor::make_virtual()) {
  const ContractCase& far = far_end.descriptor != nullptr ? far_end : one;
  settings_ = checked(one);
  far_settings_ = checked(far);
  double flow = 1;
  if (one.descriptor->range != nullptr) {
    if (const auto range = one.descriptor->range(settings_, "flow")) flow = 0.3 * range->max;
  }
  world_.set_flow(kRunStart, flow);
  pair_ = link::make_memory_pair(*executor_, {.name = "contract", .baud = one.descriptor->line.baud, .latency = 1ms});
  line_ = std::make_unique<link::FaultyLink>(std::move(pair_.device), 1);
  line_->set_fault(fault);
  far_ = far.descriptor->make_virtual({"dut", *line_, world_, far_settings_, *executor_, 42});
  driver_ = one.descriptor->make_driver({"dut", *pair_.rig, settings_, *executor_});
  tasks_.push_back(executor_->spawn(far_->serve()));
  tasks_.push_back(executor_->spawn(move_world()));
}

ContractRig::~ContractRig() {
  for (auto& task : tasks_) task.cancel();
}

// A step every 0.4 s with its rotor count, and now and then an alarm.
Task<void> ContractRig::move_world() {
  for (int n = 1;; ++n) {
    CO_TRY(co_await executor_->sleep_for(400ms));
    edges_.push_back({executor_->now(), Pin::kStep, true, 0});
    world_.edge(edges_.back());
    edges_.push_back({executor_->now(), Pin::kRotor, true, n});
    world_.edge(edges_.back());
    if (n % 10 != 0) continue;
    edges_.push_back({executor_->now(), Pin::kAlarmHigh, n % 20 == 0, 0});
    world_.edge(edges_.back());
  }
}

Result<Identity> ContractRig::try_open() {
  return executor_->run(driver_->open());
}

Identity ContractRig::open() {
  auto opened = try_open();
  EXPECT_TRUE(opened) << opened.error().describe();
  return opened ? *opened : Identity{};
}

void ContractRig::open_or_fail_cleanly() {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const auto opened = try_open();
    if (opened) return;
    const ErrorCode code = opened.error().code;
    EXPECT_TRUE(code == ErrorCode::kTimeout || code == ErrorCode::kCorrupt) << opened.error().describe();
  }
  ADD_FAILURE() << "never opened";
}

Task<void> ContractRig::sample_all(Duration time, Duration interval) {
  std::vector<std::size_t> all(driver_->channels().size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  exec::JoinHandle<void> stream = executor_->spawn(driver_->stream(*this));
  const TimePoint end = executor_->now() + time;
  while (executor_->now() < end) {
    const TimePoint next = executor_->now() + interval;
    const Status sampled = co_await driver_->sample(all, *this);
    if (!sampled) errors_.push_back(sampled.error());
    CO_TRY(co_await executor_->sleep_until(next));
  }
  stream.cancel();
  static_cast<void>(co_await stream.join());
  co_return Status{};
}

void ContractRig::run_for(Duration time, Duration interval) {
  EXPECT_TRUE(executor_->run(sample_all(time, interval)));
}

void ContractRig::silence(bool on) {
  line_->set_fault({.kind = on ? LineFault::Kind::kDrop : LineFault::Kind::kNone});
}

bool ContractRig::had_event(std::string_view kind) const {
  return std::find(events_.begin(), events_.end(), kind) != events_.end();
}

std::optional<double> ContractRig::truth(const ChannelInfo& info, const Sample& sample) const {
  const std::string quantity = quantity_of(info);
  const auto count = [&](Pin pin) {
    return static_cast<double>(
        std::count_if(edges_.begin(), edges_.end(), [&](const Edge& e) { return e.pin == pin && e.at <= sample.t + 1ms; }));
  };
  if (quantity == "flow") return world_.metered_flow_ul_per_min(sample.t);
  if (quantity == "temperature" && info.unit == "degC") return world_.temperature_c;
  if (quantity == "pressure" && info.unit == "kPa gauge") return world_.pressure_kpa;
  if (quantity == "pressure" && info.unit == "kPa absolute") return world_.pressure_kpa + world_.ambient_kpa;
  if (quantity == "concentration_a") return world_.mg_per_ml;
  if (quantity == "csf_pressure") return world_.pressure_kpa;
  if (quantity == "step" || quantity == "rotor") return count(quantity == "step" ? Pin::kStep : Pin::kRotor);
  return std::nullopt;
}

// A cumulative volume is judged by its differences; after a gap a new count may begin.
void ContractRig::expect_true_volume(const ChannelInfo& info, const Sample& from, const Sample& sample) const {
  const double passed = world_.metered_volume_ul(sample.t) - world_.metered_volume_ul(from.t);
  const double one_interval = 0.11 / 60 * world_.metered_flow_ul_per_min(sample.t);
  EXPECT_NEAR(sample.value - from.value, passed,
              info.uncertainty.of_difference(passed, sample.t - from.t) + one_interval + 2 * info.resolution)
      << info.name << " at " << to_seconds(sample.t) << " s";
}

void ContractRig::expect_true_values() const {
  const auto infos = driver_->channels();
  std::optional<Sample> first_volume;
  for (const auto& [channel, sample] : samples_) {
    const ChannelInfo& info = infos.at(channel);
    if (quantity_of(info) == "volume") {
      if (first_volume && !sample.gap_before()) {
        expect_true_volume(info, *first_volume, sample);
      } else {
        first_volume = sample;
      }
    }
    const auto expected = truth(info, sample);
    if (!expected || !sample.valid()) continue;
    EXPECT_NEAR(sample.value, *expected, info.uncertainty.at(*expected) + 2 * info.resolution)
        << info.name << " at " << to_seconds(sample.t) << " s";
  }
}

}  // namespace pumprig::instruments
