// The witness's driver against the witness, on lines that lie and lines that keep no baud rate: no edge at a wrong instant, no loss unseen.
#include <gtest/gtest.h>

#include <map>

#include "rig/base/rng.h"
#include "rig/instruments/catalogue.h"
#include "rig/instruments/support/plain_world.h"
#include "rig/instruments/witness/driver.h"
#include "rig/instruments/witness/virtual.h"
#include "rig/link/memory/memory_link.h"
#include "rig/link/wrap/faulty.h"

namespace pumprig::instruments::witness {
namespace {

using namespace std::chrono_literals;
using link::LineFault;

constexpr std::size_t kStep = 0;
constexpr std::size_t kAlarm = 2;

struct Line {
  int baud = 115200;
  Duration latency{0};
};

class Rig final : public SampleSink {
 public:
  explicit Rig(const Line& wire = {}, std::uint64_t seed = 1) : rng_(seed), settings_(plain_settings()) {
    auto pair = link::make_memory_pair(*executor, {.name = "witness", .baud = wire.baud, .latency = wire.latency});
    device_end_ = std::move(pair.device);
    line = std::make_unique<link::FaultyLink>(std::move(pair.rig), seed);
    far_ = make_virtual({"witness", *device_end_, world_, settings_, *executor, seed});
    driver = make_driver({"witness", *line, settings_, *executor});
    serving_ = executor->spawn(far_->serve());
    EXPECT_TRUE(executor->run(driver->open()));
    streaming_ = executor->spawn(driver->stream(*this));
  }
  ~Rig() override {
    serving_.cancel();
    streaming_.cancel();
    static_cast<void>(executor->run(serving_.join()));
    static_cast<void>(executor->run(streaming_.join()));
  }
  void sample(std::size_t channel, const Sample& sample) override { samples[channel].push_back(sample); }
  void event(TimePoint, std::string_view kind, std::string_view text) override {
    events.emplace_back(std::string(kind) + ": " + std::string(text));
  }
  void lost(TimePoint from, TimePoint to) override { losses.emplace_back(from, to); }

  void wait(Duration d) { EXPECT_TRUE(executor->run(sleep(executor.get(), d))); }
  void step() {
    ++steps;
    at_step[steps] = executor->now();
    world_.edge({executor->now(), Pin::kStep, true, 0});
  }
  // Steps at uneven times: alone, and in bursts that keep the line busy.
  void run_steps(Duration time) {
    const TimePoint end = executor->now() + time;
    while (executor->now() < end) {
      const int burst = rng_.below(8) == 0 ? 40 : 1;
      for (int i = 0; i < burst; ++i) {
        step();
        wait(Duration(static_cast<std::int64_t>(rng_.below(3'000'000))));
      }
      wait(Duration(static_cast<std::int64_t>(rng_.below(700'000'000))));
    }
  }
  void set_fault(LineFault::Kind kind, double share, Duration by = Duration{0}) {
    LineFault fault;
    fault.kind = kind;
    fault.share = share;
    fault.delay = by;
    fault.sent = fault.received = true;
    line->set_fault(fault);
  }
  // Each came at its instant within what it says of itself, in order, and one before which others are missing says so. Widest bound.
  Duration expect_truth() const {
    Duration widest{0};
    std::uint64_t before = 0;
    const auto found = samples.find(kStep);
    if (found == samples.end()) return widest;
    for (const Sample& sample : found->second) {
      const auto number = static_cast<std::uint64_t>(sample.value);
      EXPECT_TRUE(at_step.contains(number)) << "invented: " << sample.value;
      if (!at_step.contains(number)) return widest;
      const Duration bound = sample.t - sample.requested;
      EXPECT_LE(std::chrono::abs(sample.t - at_step.at(number)), bound) << "step " << number << " at " << to_seconds(sample.t) << " s";
      EXPECT_GT(number, before);
      if (number != before + 1) {
        EXPECT_TRUE(sample.gap_before()) << number;
      }
      before = number;
      widest = std::max(widest, bound);
    }
    return widest;
  }
  bool was_lost(TimePoint t) const {
    return std::any_of(losses.begin(), losses.end(), [t](const auto& loss) { return loss.first <= t && t <= loss.second; });
  }

  std::unique_ptr<exec::Executor> executor = exec::Executor::make_virtual();
  std::unique_ptr<link::FaultyLink> line;
  std::unique_ptr<Instrument> driver;
  std::map<std::size_t, std::vector<Sample>> samples;
  std::map<std::uint64_t, TimePoint> at_step;
  std::vector<std::string> events;
  std::vector<std::pair<TimePoint, TimePoint>> losses;
  std::uint64_t steps = 0;
  PlainWorld& world() { return world_; }

 private:
  static Task<void> sleep(exec::Executor* executor, Duration d) { co_return co_await executor->sleep_for(d); }
  static Settings plain_settings() {
    std::vector<SettingMistake> mistakes;
    return check_settings(*find_kind("witness"), {}, mistakes);
  }

  Rng rng_;
  Settings settings_;
  PlainWorld world_;
  std::unique_ptr<link::Link> device_end_;
  std::unique_ptr<VirtualInstrument> far_;
  exec::JoinHandle<void> serving_;
  exec::JoinHandle<void> streaming_;
};

TEST(WitnessDriver, EdgesLieWithinMicrosecondsOnALineThatKeepsItsRate) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Rig rig({}, seed);
    rig.wait(5s);
    rig.run_steps(5min);
    rig.wait(1s);
    EXPECT_LE(rig.expect_truth(), 10us);
    EXPECT_EQ(rig.samples[kStep].size(), rig.steps);
    EXPECT_TRUE(rig.losses.empty());
  }
}

// The line is busy with bursts of edges, so that replies wait behind them, and it lies: the instants stay true.
TEST(WitnessDriver, NoFaultOfTheLineMovesAnEdge) {
  using Kind = LineFault::Kind;
  for (const Kind kind : {Kind::kFlipBit, Kind::kDrop, Kind::kCut, Kind::kRepeat, Kind::kDelay}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      Rig rig({}, seed);
      rig.wait(2s);
      rig.set_fault(kind, 0.3, kind == Kind::kDelay ? Duration(3ms) : Duration{0});
      rig.run_steps(5min);
      rig.set_fault(Kind::kNone, 0);
      rig.run_steps(30s);
      rig.wait(1s);
      EXPECT_LE(rig.expect_truth(), 200us) << static_cast<int>(kind);
      EXPECT_GT(rig.samples[kStep].size(), rig.steps / 4);
    }
  }
}

// A pty passes bytes at once whatever its baud rate says, and how long a turn takes nobody knows: the bound must say so.
TEST(WitnessDriver, LineThatKeepsNoRateGivesTrueInstantsWithWiderBounds) {
  for (const Duration latency : {Duration(50us), Duration(400us), Duration(3ms)}) {
    Rig rig({.baud = 0, .latency = latency});
    rig.wait(2s);
    rig.run_steps(3min);
    rig.wait(1s);
    const Duration widest = rig.expect_truth();
    EXPECT_GE(widest, latency / 2);
    EXPECT_LE(widest, 3 * latency + 50us);
    EXPECT_EQ(rig.samples[kStep].size(), rig.steps);
  }
}

TEST(WitnessDriver, LossOfTheLastFrameShowsAtTheNextHeartbeat) {
  Rig rig;
  rig.run_steps(1min);
  rig.wait(1s);
  ASSERT_TRUE(rig.losses.empty());
  rig.set_fault(LineFault::Kind::kDrop, 1);
  rig.step();
  rig.wait(100ms);
  rig.set_fault(LineFault::Kind::kNone, 0);
  rig.wait(11s);  // no edge comes any more
  EXPECT_TRUE(rig.was_lost(rig.at_step[rig.steps]));
  EXPECT_EQ(rig.losses.size(), 1U) << "one loss is told once";
  rig.wait(1min);
  EXPECT_EQ(rig.losses.size(), 1U);
  rig.step();
  rig.wait(1s);
  EXPECT_TRUE(rig.samples[kStep].back().gap_before());
  rig.expect_truth();
}

TEST(WitnessDriver, CatchingUpBringsWhatIsOnItsWayAndTellsWhatIsLost) {
  Rig rig;
  rig.wait(1s);
  for (int i = 0; i < 200; ++i) rig.step();
  ASSERT_TRUE(rig.executor->run(rig.driver->catch_up()));
  EXPECT_EQ(rig.samples[kStep].size(), 200U);
  EXPECT_TRUE(rig.losses.empty());
  rig.set_fault(LineFault::Kind::kDrop, 1);
  rig.step();
  rig.wait(50ms);
  rig.set_fault(LineFault::Kind::kNone, 0);
  ASSERT_TRUE(rig.executor->run(rig.driver->catch_up()));
  EXPECT_TRUE(rig.was_lost(rig.at_step[201]));
  const auto told = rig.losses.size();
  ASSERT_TRUE(rig.executor->run(rig.driver->catch_up()));
  EXPECT_EQ(rig.losses.size(), told);
  rig.set_fault(LineFault::Kind::kDrop, 1);
  EXPECT_FALSE(rig.executor->run(rig.driver->catch_up())) << "a silent witness has not been caught up with";
}

TEST(WitnessDriver, AlarmOnItsWayIsWaitedFor) {
  Rig rig;
  rig.wait(1s);
  rig.world().edge({rig.executor->now(), Pin::kAlarmHigh, true, 0});
  ASSERT_TRUE(rig.executor->run(rig.driver->catch_up()));
  ASSERT_EQ(rig.samples[kAlarm].size(), 1U);
  EXPECT_EQ(rig.samples[kAlarm][0].value, 2);
}

}  // namespace
}  // namespace pumprig::instruments::witness
