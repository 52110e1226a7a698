#include <gtest/gtest.h>

#include "rig/twin/faults/catalogue.h"

namespace pumprig::twin {
namespace {

using Given = std::map<std::string, std::string, std::less<>>;

struct SeenBoard : BoardFaults {
  bool stuck = false;
  bool magnet = false;
  double drop_v = 0;
  double discharged = 0;
  double film_ohm = 0;
  std::optional<double> temperature_c;
  double jumped_s = 0;
  int dips = 0;
  double dip_s = 0;
  int hangs = 0;
  bool swapped = false;
  bool silent = false;
  bool reached = true;
  int flips = 0;
  bool code_reached = true;
  bool code_flipped = false;
  bool wired = true;
  int open = 0;
  int shorted = 0;
  double lost = 0;
  double extra = 0;
  std::uint64_t noise_seed = 0;
  bool clock_reached = true;
  double rtc_error = 0;
  double processor_error = 0;
  std::optional<double> short_ohm;
  bool ram_reached = true;
  int ram_flips = 0;
  void set_rotor_sensor_stuck(bool on) override { stuck = on; }
  void set_magnet(bool on) override { magnet = on; }
  void set_link_wired(bool on) override { wired = on; }
  void set_battery_drop_v(double drop) override { drop_v = drop; }
  void set_cell_discharged(TimePoint, double part) override { discharged = part; }
  void set_cell_film_ohm(double ohm) override { film_ohm = ohm; }
  void set_pump_temperature_c(std::optional<double> temperature) override { temperature_c = temperature; }
  void jump_clock(double seconds) override { jumped_s += seconds; }
  void dip_supply(double width_s) override {
    ++dips;
    dip_s = width_s;
  }
  void hang_firmware() override { ++hangs; }
  void set_motor_phases_swapped(bool on) override { swapped = on; }
  void set_motor_driver_silent(bool on) override { silent = on; }
  bool memory_in_reach() const override { return reached; }
  void flip_program_bit(int copy) override { flips += copy; }
  bool code_in_reach() const override { return code_reached; }
  void flip_code_bit() override { code_flipped = !code_flipped; }
  void set_coil_open(int coil) override { open = coil; }
  void set_coil_short(int coil) override { shorted = coil; }
  void set_rotor_sensor_noise(double part_lost, double part_extra, std::uint64_t seed) override {
    lost = part_lost;
    extra = part_extra;
    noise_seed = seed;
  }
  bool clock_in_reach() const override { return clock_reached; }
  void set_clock_errors(TimePoint, double real_time_clock, double processor) override {
    rtc_error = real_time_clock;
    processor_error = processor;
  }
  void set_cell_short_ohm(TimePoint, std::optional<double> ohm) override { short_ohm = ohm; }
  bool ram_in_reach() const override { return ram_reached; }
  void flip_ram_bit() override { ++ram_flips; }
};

class Faults : public testing::Test {
 protected:
  Status inject(std::string_view name, const Given& given = {}) { return active_.inject({*plant_, board_, next()}, name, given); }
  Status clear(std::string_view name) { return active_.clear({*plant_, board_, next()}, name); }
  TimePoint next() { return now_ += Duration{1'000'000'000}; }

  std::unique_ptr<Plant> plant_ = Plant::create(PlantConfig{}).value();
  SeenBoard board_;
  ActiveFaults active_;
  TimePoint now_{};
};

bool same(const Conditions& a, const Conditions& b) {
  return a == b;
}

TEST_F(Faults, EveryDescriptorIsCompleteAndItsDefaultsPassItsOwnCheck) {
  ASSERT_GE(fault_catalogue().size(), 12u);
  for (const auto* fault : fault_catalogue()) {
    EXPECT_EQ(find_fault(fault->name), fault);
    EXPECT_FALSE(fault->summary.empty()) << fault->name;
    for (const auto& parameter : fault->parameters) EXPECT_FALSE(parameter.help.empty()) << fault->name;
    const auto values = check_fault(*fault, {});
    EXPECT_TRUE(values) << (values ? "" : values.error().text);
  }
}

TEST_F(Faults, EveryFaultChangesSomethingAndClearingLeavesNoTrace) {
  for (const auto* fault : fault_catalogue()) {
    const double reservoir = plant_->reservoir_ul(now_);
    const SeenBoard before = board_;
    ASSERT_TRUE(inject(fault->name)) << fault->name;
    const bool board_changed =
        before.stuck != board_.stuck || before.magnet != board_.magnet || before.drop_v != board_.drop_v ||
        before.discharged != board_.discharged || before.film_ohm != board_.film_ohm || before.jumped_s != board_.jumped_s ||
        before.dips != board_.dips || before.hangs != board_.hangs || before.swapped != board_.swapped || before.silent != board_.silent ||
        before.flips != board_.flips || before.code_flipped != board_.code_flipped || before.wired != board_.wired ||
        before.open != board_.open || before.shorted != board_.shorted || before.lost != board_.lost || before.extra != board_.extra ||
        before.rtc_error != board_.rtc_error || before.short_ohm != board_.short_ohm || before.ram_flips != board_.ram_flips;
    const bool misses = fault->name == "missed_steps" && !plant_->step(next()).moved;
    EXPECT_TRUE(misses || board_changed || !same(plant_->conditions(), Conditions{}) || plant_->reservoir_ul(now_) != reservoir)
        << fault->name;
    if (fault->clear == nullptr) continue;
    ASSERT_TRUE(clear(fault->name)) << fault->name;
    EXPECT_TRUE(same(plant_->conditions(), Conditions{})) << fault->name;
    EXPECT_FALSE(board_.stuck || board_.magnet || board_.drop_v != 0 || board_.film_ohm != 0 || board_.temperature_c || board_.swapped ||
                 board_.silent || board_.code_flipped || !board_.wired || board_.open != 0 || board_.shorted != 0 || board_.lost != 0 ||
                 board_.extra != 0 || board_.rtc_error != 0 || board_.processor_error != 0 || board_.short_ohm)
        << fault->name;
    EXPECT_NEAR(plant_->reservoir_ul(now_), reservoir, 0.1) << fault->name;  // free flow took a little
    EXPECT_TRUE(plant_->step(next()).moved) << fault->name;
    plant_->set_reservoir_ul(now_, reservoir);
  }
}

TEST_F(Faults, AFaultOfTheMemoryNeedsABoardWhoseMemoryIsInReach) {
  ASSERT_TRUE(inject("program_bit_flip", {{"copy", "2"}}));
  EXPECT_EQ(board_.flips, 2);
  board_.reached = false;
  const auto refused = inject("program_bit_flip");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(refused.error().text.find("use the bench virtual"), std::string::npos) << refused.error().text;
  EXPECT_EQ(board_.flips, 2);
}

TEST_F(Faults, AFaultOfTheCodeNeedsABoardWhoseCodeIsInReach) {
  board_.code_reached = false;
  const auto refused = inject("code_bit_flip");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
  EXPECT_FALSE(board_.code_flipped);
}

TEST_F(Faults, AFaultOfRamOrClockNeedsABoardWhereTheyAreInReach) {
  board_.ram_reached = board_.clock_reached = false;
  for (const auto& [fault, bench] : {std::pair{"ram_bit_flip", "use the bench virtual"}, {"clock_rate", "or virtual-arm"}}) {
    const auto refused = inject(fault);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(refused.error().text.find(bench), std::string::npos) << refused.error().text;
  }
  EXPECT_EQ(board_.ram_flips, 0);
  EXPECT_EQ(board_.rtc_error, 0);
}

TEST_F(Faults, FaultsOfTheBoardBringItTheirValues) {
  ASSERT_TRUE(inject("supply_dip", {{"width", "250 us"}}));
  EXPECT_DOUBLE_EQ(board_.dip_s, 250e-6);
  ASSERT_TRUE(inject("supply_dip"));
  EXPECT_DOUBLE_EQ(board_.dip_s, 10e-3);
  EXPECT_FALSE(inject("supply_dip", {{"width", "11 ms"}}));
  ASSERT_TRUE(inject("coil_open", {{"coil", "2"}}));
  EXPECT_EQ(board_.open, 2);
  ASSERT_TRUE(inject("coil_short"));
  EXPECT_EQ(board_.shorted, 1);
  EXPECT_FALSE(inject("coil_short", {{"coil", "3"}}));
  ASSERT_TRUE(inject("rotor_sensor_noisy", {{"lost", "12 %"}, {"extra", "3 %"}, {"seed", "9"}}));
  EXPECT_DOUBLE_EQ(board_.lost, 0.12);
  EXPECT_DOUBLE_EQ(board_.extra, 0.03);
  EXPECT_EQ(board_.noise_seed, 9U);
  ASSERT_TRUE(inject("clock_rate", {{"real_time_clock", "-10 %"}, {"processor", "2 %"}}));
  EXPECT_DOUBLE_EQ(board_.rtc_error, -0.1);
  EXPECT_DOUBLE_EQ(board_.processor_error, 0.02);
  ASSERT_TRUE(inject("cell_short", {{"resistance_ohm", "200"}}));
  EXPECT_EQ(board_.short_ohm, 200);
}

TEST_F(Faults, AnOverfilledReservoirPressesByEightKilopascalsAMillilitre) {
  plant_->set_reservoir_ul(now_, 20'000);
  const double full = plant_->inlet_kpa(now_);
  plant_->set_reservoir_ul(now_, 12'000);
  ASSERT_TRUE(inject("reservoir_overfilled", {{"over", "3 mL"}}));
  EXPECT_DOUBLE_EQ(plant_->reservoir_ul(now_), 23'000);
  EXPECT_NEAR(plant_->inlet_kpa(now_) - full, 24, 1e-9);
  ASSERT_TRUE(clear("reservoir_overfilled"));
  EXPECT_DOUBLE_EQ(plant_->reservoir_ul(now_), 12'000);
}

TEST_F(Faults, APocketFillKeepsARefillFromTheReservoir) {
  plant_->set_reservoir_ul(now_, 4'000);
  ASSERT_TRUE(inject("pocket_fill"));
  plant_->refill(now_, 20'000);
  EXPECT_DOUBLE_EQ(plant_->reservoir_ul(now_), 4'000);
  EXPECT_DOUBLE_EQ(plant_->pocket_ul(), 20'000);
  ASSERT_TRUE(inject("pocket_fill", {{"share", "50 %"}}));
  plant_->refill(now_, 20'000);
  EXPECT_DOUBLE_EQ(plant_->reservoir_ul(now_), 12'000);
  ASSERT_TRUE(clear("pocket_fill"));
  plant_->refill(now_, 20'000);
  EXPECT_DOUBLE_EQ(plant_->reservoir_ul(now_), 20'000);
}

TEST_F(Faults, ATorqueRampStartsWhereItIsInjectedAndEndsInAStall) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(plant_->step(next()).moved);
  ASSERT_TRUE(inject("torque_ramp", {{"rise", "200 s"}}));
  int turned = 0;
  for (int i = 0; i < 200; ++i) turned += plant_->step(next()).moved ? 1 : 0;
  EXPECT_NEAR(turned, 100, 2);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(plant_->step(next()).moved);
}

TEST_F(Faults, RollersThatLetBackAreToldTheirPressure) {
  ASSERT_TRUE(inject("roller_back_leak", {{"at", "50 kPa gauge"}}));
  EXPECT_DOUBLE_EQ(plant_->conditions().back_leak_per_kpa, 0.02);
}

TEST_F(Faults, FaultsCombineAndClearOneByOne) {
  ASSERT_TRUE(inject("leak"));
  ASSERT_TRUE(inject("stall"));
  ASSERT_TRUE(inject("gain_error", {{"error", "-10 %"}}));
  EXPECT_EQ(active_.names(), (std::vector<std::string>{"gain_error", "leak", "stall"}));
  ASSERT_TRUE(clear("stall"));
  EXPECT_FALSE(plant_->conditions().stalled);
  EXPECT_GT(plant_->conditions().leak_ul_per_s_per_kpa, 0);
  EXPECT_DOUBLE_EQ(plant_->conditions().gain_factor, 0.9);
}

TEST_F(Faults, ParametersAreReadWithTheirUnits) {
  ASSERT_TRUE(inject("leak", {{"resistance", "2e14 Pa.s/m3"}, {"pressure", "1500 Pa gauge"}}));
  EXPECT_DOUBLE_EQ(plant_->conditions().leak_ul_per_s_per_kpa, 1 / 200.0);
  EXPECT_DOUBLE_EQ(plant_->conditions().leak_kpa, 1.5);
  ASSERT_TRUE(inject("kink", {{"factor", "1000"}}));
  EXPECT_DOUBLE_EQ(plant_->conditions().kink_pa_s_per_m3, 999 * 0.8 * 3.6e11);
}

TEST_F(Faults, ACoughRisesToItsPeakAndIsOverByItself) {
  ASSERT_TRUE(inject("cough", {{"peak", "10 kPa gauge"}, {"width", "0.4 s"}}));
  const TimePoint begin = now_;
  double most = 0;
  TimePoint rises{};
  TimePoint falls{};
  for (std::int64_t ms = 0; ms < 5000; ++ms) {
    const TimePoint t = begin + Duration{ms * 1'000'000};
    const double p = plant_->tip_kpa(t);
    most = std::max(most, p);
    if (p < 5 && most < 5) rises = t;
    if (p > 5) falls = t;
  }
  EXPECT_NEAR(most, 10, 0.001);
  EXPECT_NEAR(to_seconds(falls - rises), 0.4, 0.003);
  EXPECT_NEAR(plant_->tip_kpa(begin + Duration{5'000'000'000}), 0, 1e-6);
}

TEST_F(Faults, TheSpineSwingsWithHeartAndBreathAsMuchAsToldPeakToPeak) {
  ASSERT_TRUE(inject("csf_pulsation", {{"mean", "1.4 kPa gauge"}, {"cardiac", "0.3 kPa gauge"}, {"respiratory", "0 kPa gauge"}}));
  double least = 1e9;
  double most = -1e9;
  for (std::int64_t ms = 0; ms < 10'000; ++ms) {
    const double p = plant_->tip_kpa(now_ + Duration{ms * 1'000'000});
    least = std::min(least, p);
    most = std::max(most, p);
  }
  EXPECT_NEAR(most - least, 0.3, 1e-4);
  EXPECT_NEAR((most + least) / 2, 1.4, 1e-4);
  // 1.2 Hz: the same again after 5 s.
  EXPECT_NEAR(plant_->tip_kpa(now_ + Duration{100'000'000}), plant_->tip_kpa(now_ + Duration{5'100'000'000}), 1e-9);
}

TEST_F(Faults, InjectingAgainReplacesTheFirst) {
  const double full = plant_->reservoir_ul(now_);
  ASSERT_TRUE(inject("drained_reservoir", {{"removed", "5 mL"}}));
  ASSERT_TRUE(inject("drained_reservoir", {{"removed", "1 mL"}}));
  EXPECT_DOUBLE_EQ(plant_->reservoir_ul(now_), full - 1000);
}

TEST_F(Faults, ADrainedReservoirGetsBackNoMoreThanWasThere) {
  plant_->set_reservoir_ul(now_, 1500);
  ASSERT_TRUE(inject("drained_reservoir", {{"removed", "5 mL"}}));
  EXPECT_EQ(plant_->reservoir_ul(now_), 0);
  ASSERT_TRUE(clear("drained_reservoir"));
  EXPECT_EQ(plant_->reservoir_ul(now_), 1500);
}

TEST_F(Faults, RefusesWhatItDoesNotKnowAndSaysWhatItDoes) {
  const auto unknown = inject("oclusion");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(unknown.error().text.find("occlusion"), std::string::npos);

  const auto wrong = inject("leak", {{"resistance", "5 kPa gauge"}, {"pressure", "99 kPa gauge"}, {"size", "3"}});
  ASSERT_FALSE(wrong);
  for (const char* part : {"resistance:", "pressure:", "\"size\"", "it takes resistance, pressure"}) {
    EXPECT_NE(wrong.error().text.find(part), std::string::npos) << part << " in: " << wrong.error().text;
  }
  EXPECT_TRUE(same(plant_->conditions(), Conditions{}));
  EXPECT_FALSE(inject("leak", {{"pressure", "1 kPa"}}));
  EXPECT_FALSE(inject("leak", {{"pressure", "5 kPa absolute"}}));

  const auto not_there = clear("leak");
  ASSERT_FALSE(not_there);
  EXPECT_EQ(not_there.error().code, ErrorCode::kRefused);
}

}  // namespace
}  // namespace pumprig::twin
