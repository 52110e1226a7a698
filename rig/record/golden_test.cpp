// A run that was written once, with layout 1, opens for ever with the values that it had.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "rig/record/reader.h"
#include "rig/record/testing.h"

namespace pumprig::record {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(PUMPRIG_SOURCE_DIR) / "rig/record/golden/run_v1.pumprun";
constexpr const char* kDigest = "44833f37c3d6eb4136de32c9aa2c5e3596505c703054c3fc5e0dbb29f27068b1";

// What golden/run_v1.pumprun was made of: the small run, and one channel for each other way in which values are kept.
std::string write_golden(const std::filesystem::path& path) {
  auto writer = std::move(RunWriter::create(path, small_info()).value());
  fill_small_run(writer);
  const auto steps =
      *writer.add_channel({"witness.steps", "1", "witness", "virtual witness", SampleKind::kPoint, {0, 0}, true, ClockName::kRig, 1});
  const auto clock =
      *writer.add_channel({"pump.clock", "s", "pump", "telemetry", SampleKind::kPoint, {0.5, 2e-5}, false, ClockName::kPump, 0});
  for (int i = 0; i < 1000; ++i) {
    writer.push(steps, Sample::point(at_ns(i * 1'234'567'891LL), i));
    writer.push(clock, Sample::point(at_ns(i * 1'500'000'000LL), i * std::numbers::pi));
  }
  Sample missing = Sample::point(at_ns(1'500'000'000'000), std::nan(""));
  missing.flags = kSampleGapBefore;
  writer.push(clock, missing);
  writer.event({at_ns(-5), "bench", "port", "flow is /dev/ttyUSB0", "", true});
  writer.verdict(small_verdict("stop", Verdict::kAborted));
  writer.verdict(small_verdict("meter", Verdict::kError));
  return writer.finish({FinishState::kAborted, "golden", 1'700'000'100'000'000'000, at_ns(1'500'000'000'000)}).value();
}

TEST(GoldenRunTest, OpensIsCompleteAndSaysWhatItSaid) {
  const auto run = RunReader::open(kGolden);
  ASSERT_TRUE(run) << run.error().describe();
  const auto report = run->verify().value();
  EXPECT_TRUE(report.complete) << ::testing::PrintToString(report.problems);
  EXPECT_EQ(report.digest, kDigest);
  EXPECT_EQ(run->schema_version(), 1);
  EXPECT_EQ(run->info().bench_kind, BenchKind::kVirtual);
  EXPECT_EQ(run->info().seed, 18446744073709551615ULL);
  EXPECT_EQ(run->info().room, "21.5 °C, 45 % r.h.");
  EXPECT_EQ(run->info().fluid.temperature_c, 21.5);
  EXPECT_EQ(run->state().value(), FinishState::kAborted);
  EXPECT_EQ(run->finish().value()->reason, "golden");
  EXPECT_EQ(run->verdict().value(), Verdict::kError);
}

TEST(GoldenRunTest, EveryKindOfValueComesBack) {
  const auto run = RunReader::open(kGolden);
  ASSERT_TRUE(run) << run.error().describe();
  const auto read = [&](const char* name) { return run->samples(run->channel(name)->id).value(); };
  const auto flow = read("flow.flow");
  ASSERT_EQ(flow.size(), 1500U);
  EXPECT_EQ(flow.value[39], 3.0);
  EXPECT_EQ(flow.value[1], 1 / 13.0);
  EXPECT_TRUE(flow.at(700).saturated());
  EXPECT_FALSE(flow.at(800).valid());
  EXPECT_EQ(flow.at(5).window, std::chrono::milliseconds(20));
  EXPECT_EQ(flow.at(5).replied - flow.at(5).requested, std::chrono::milliseconds(4));
  EXPECT_EQ(read("pressure.pressure").value[0], 3.0);
  const auto steps = read("witness.steps");
  ASSERT_EQ(steps.size(), 1000U);
  EXPECT_EQ(steps.t[999], 999 * 1'234'567'891LL);
  EXPECT_EQ(steps.value[999], 999.0);
  const auto clock = read("pump.clock");
  ASSERT_EQ(clock.size(), 1001U);
  EXPECT_EQ(clock.value[777], 777 * std::numbers::pi);
  EXPECT_TRUE(std::isnan(clock.value[1000]));
  const auto info = run->channel("pump.clock")->info;
  EXPECT_EQ(info.clock, ClockName::kPump);
  EXPECT_FALSE(info.evidence);
  EXPECT_EQ(info.uncertainty, (Uncertainty{0.5, 2e-5}));
}

TEST(GoldenRunTest, EventsChecksAndBytesAreThere) {
  const auto run = RunReader::open(kGolden);
  ASSERT_TRUE(run) << run.error().describe();
  const auto events = run->events().value();
  ASSERT_EQ(events.size(), 6U);
  EXPECT_EQ(to_ns(events[5].event.t), -5);
  EXPECT_TRUE(events[5].event.provenance);
  const auto checks = run->checks().value();
  ASSERT_EQ(checks.size(), 6U);
  EXPECT_EQ(checks[0].verdict->verdict, Verdict::kPass);
  EXPECT_EQ(checks[1].not_run_reason, "needs a meter above 1 mL/min");
  EXPECT_EQ(checks[5].verdict->error, ErrorCode::kTimeout);
  EXPECT_EQ(run->plan().value().size(), 3U);
  const auto bytes = run->transfers(run->links().value()[0].id).value();
  ASSERT_EQ(bytes.size(), 3000U);
  EXPECT_EQ(to_hex(ByteView(bytes.data).last(4)), "7E 05 DB 7E");
}

// Tells when packing, hashing or the digest changes: then digests of old and new runs can no longer be compared.
TEST(GoldenRunTest, TheSameRunWrittenTodayHasTheSameDigest) {
  const TempFolder folder;
  EXPECT_EQ(write_golden(folder / "a.pumprun"), kDigest);
}

// Layout 2 tells beside each channel what a totalizer may be wrong by a minute, and at the end whose board it was.
const std::filesystem::path kGolden2 = std::filesystem::path(PUMPRIG_SOURCE_DIR) / "rig/record/golden/run_v2.pumprun";
constexpr const char* kDigest2 = "cf04cbb2c6035a228171d28c3e89880a4576efab7ba2b570910dd771f7d95f05";

std::string write_golden_2(const std::filesystem::path& path) {
  RunInfo info = small_info();
  info.board_serial.clear();
  auto writer = std::move(RunWriter::create(path, info).value());
  fill_small_run(writer);
  const auto volume = *writer.add_channel(
      {"flow.volume", "uL", "flow", "virtual sensirion_shdlc", SampleKind::kPoint, {0, 0.05, 0.021}, true, ClockName::kRig, 0});
  for (int i = 0; i < 10; ++i) writer.push(volume, Sample::point(at_ns(i * 1'000'000'000LL), 0.25 * i));
  Finish finish{FinishState::kFinished, "", 1'700'000'100'000'000'000, at_ns(1'500'000'000'000)};
  finish.board_serial = "VB-0007";
  return writer.finish(finish).value();
}

TEST(GoldenRunTest, LayoutTwoOpensWithTheDriftOfTotalizersAndTheBoard) {
  const auto run = RunReader::open(kGolden2);
  ASSERT_TRUE(run) << run.error().describe();
  const auto report = run->verify().value();
  EXPECT_TRUE(report.complete) << ::testing::PrintToString(report.problems);
  EXPECT_EQ(report.digest, kDigest2);
  EXPECT_EQ(run->schema_version(), 2);
  EXPECT_EQ(run->info().board_serial, "VB-0007");
  EXPECT_EQ(run->channel("flow.volume")->info.uncertainty, (Uncertainty{0, 0.05, 0.021}));
  EXPECT_EQ(run->channel("flow.flow")->info.uncertainty, (Uncertainty{0.01, 0.05}));
  const TempFolder folder;
  EXPECT_EQ(write_golden_2(folder / "b.pumprun"), kDigest2);
}

// How the files were made, once.
TEST(GoldenRunTest, DISABLED_MakeTheFile) {
  std::printf("%s\n", write_golden(kGolden).c_str());
}
TEST(GoldenRunTest, DISABLED_MakeTheFileOfLayoutTwo) {
  std::printf("%s\n", write_golden_2(kGolden2).c_str());
}

}  // namespace
}  // namespace pumprig::record
