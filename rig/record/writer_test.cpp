#include "rig/record/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <fstream>
#include <thread>

#include "rig/record/reader.h"
#include "rig/record/testing.h"

namespace pumprig::record {
namespace {

using std::chrono::milliseconds;

TEST(RunWriterTest, WhatWasRecordedIsReadBack) {
  const TempFolder folder;
  const auto digest = small_run(folder / "a.pumprun");
  const auto run = RunReader::open(folder / "a.pumprun");
  ASSERT_TRUE(run) << run.error().describe();
  EXPECT_EQ(run->state().value(), FinishState::kFinished);
  EXPECT_EQ(run->digest().value(), digest);
  const auto channels = run->channels().value();
  ASSERT_EQ(channels.size(), 2U);
  EXPECT_EQ(channels[0].info.name, "flow.flow");
  EXPECT_EQ(channels[0].info.unit, "uL/min");
  EXPECT_EQ(channels[0].info.kind, SampleKind::kMean);
  EXPECT_TRUE(channels[0].info.evidence);
  EXPECT_EQ(channels[0].info.uncertainty, (Uncertainty{0.01, 0.05}));
  EXPECT_EQ(channels[0].samples, 1500U);
  EXPECT_EQ(channels[0].valid, 1499U);
  EXPECT_EQ(channels[0].max, 3.0);
  const auto flow = run->samples(channels[0].id).value();
  ASSERT_EQ(flow.size(), 1500U);
  for (int i = 0; i < kSmallRunSeconds; ++i) {
    const auto s = flow.at(static_cast<std::size_t>(i));
    EXPECT_EQ(to_ns(s.t), i * 1'000'000'000LL + 2'000'000);
    EXPECT_EQ(s.value, (i % 40) / 13.0);
    EXPECT_EQ(s.window, milliseconds(20));
    EXPECT_EQ(to_ns(s.requested), i * 1'000'000'000LL);
    EXPECT_EQ(s.replied - s.requested, milliseconds(4));
    EXPECT_EQ(s.saturated(), i == 700);
    EXPECT_EQ(s.gap_before(), i == 800);
    EXPECT_EQ(s.valid(), i != 800);
  }
  const auto part = run->samples(channels[0].id, at_ns(599'000'000'000), at_ns(602'000'000'000)).value();
  ASSERT_EQ(part.size(), 3U);
  EXPECT_EQ(part.t.front(), 599'002'000'000);
}

TEST(RunWriterTest, MetadataEventsVerdictsAndPlanAreReadBack) {
  const TempFolder folder;
  small_run(folder / "a.pumprun");
  const auto run = RunReader::open(folder / "a.pumprun");
  ASSERT_TRUE(run) << run.error().describe();
  const auto& info = run->info();
  const auto want = small_info();
  EXPECT_EQ(info.bench_kind, BenchKind::kVirtual);
  EXPECT_EQ(info.seed, want.seed);
  EXPECT_EQ(info.operator_name, want.operator_name);
  EXPECT_EQ(info.fluid.density_g_per_ml, 0.998);
  EXPECT_EQ(info.labels, want.labels);
  EXPECT_EQ(info.versions, want.versions);
  EXPECT_EQ(info.started_utc_ns, want.started_utc_ns);
  // printf '{"name": "virtual"}' | sha256sum
  EXPECT_EQ(run->rows().value().at("bench_hash"), "788bd16aaa3c474518a24b562c35f1e5773e0ed44f9a7c763552f6cd8e499669");
  const auto events = run->events().value();
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(events[1].event.text, "step 1");
  EXPECT_EQ(to_ns(events[1].event.t), 300'000'000'000);
  EXPECT_EQ(run->events(events[3].seq).value().size(), 1U);
  EXPECT_EQ(run->events(0, 2).value().size(), 2U);
  const auto checks = run->checks().value();
  ASSERT_EQ(checks.size(), 4U);
  EXPECT_EQ(checks[0].check, "mean_rate");
  EXPECT_EQ(checks[0].verdict->limit_hi, 0.5725);
  EXPECT_EQ(checks[0].verdict->requirements, (std::vector<std::string>{"REQ-103", "REQ-104"}));
  EXPECT_EQ(checks[1].check, "high_rate");
  EXPECT_FALSE(checks[1].verdict);
  EXPECT_EQ(checks[1].not_run_reason, "needs a meter above 1 mL/min");
  EXPECT_EQ(run->verdict().value(), Verdict::kFail);
  EXPECT_EQ(exit_code(run->verdict().value(), checks), 1);
}

TEST(RunWriterTest, LinkBytesAreReadBackWithDirectionAndInstant) {
  const TempFolder folder;
  small_run(folder / "a.pumprun");
  const auto run = RunReader::open(folder / "a.pumprun");
  ASSERT_TRUE(run);
  const auto links = run->links().value();
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0].name, "flow");
  EXPECT_EQ(links[0].transfers, 3000U);
  EXPECT_EQ(links[0].bytes, 12000U);
  const auto part = run->transfers(links[0].id, at_ns(700'000'000'000), at_ns(700'500'000'000)).value();
  ASSERT_EQ(part.size(), 2U);
  EXPECT_EQ(part.direction(0), Direction::kSent);
  EXPECT_EQ(part.direction(1), Direction::kReceived);
  EXPECT_EQ(part.data, (Bytes{0x7E, 0x00, 0x35, 700 & 0xFF, 0x7E, 700 >> 8, 700 & 0xFF, 0x7E}));
}

TEST(RunWriterTest, TheDigestDependsOnTheContentAndNotOnDatesHostsOrCommits) {
  const TempFolder folder;
  const auto digest = small_run(folder / "a.pumprun");
  auto info = small_info();
  info.started_utc_ns += 1;
  info.host = "elsewhere";
  EXPECT_EQ(small_run(folder / "b.pumprun", info), digest);
  {
    auto writer = RunWriter::create(folder / "c.pumprun", small_info());
    ASSERT_TRUE(writer->flush());
    fill_small_run(*writer);
    ASSERT_TRUE(writer->flush());                                          // another commit rhythm, with a tail in the file
    writer->event({kRunStart, "exec", "overrun", "1 ms late", "", true});  // about this machine
    EXPECT_EQ(writer->finish({}).value(), digest);
  }
  {
    auto writer = RunWriter::create(folder / "d.pumprun", small_info());
    fill_small_run(*writer);
    writer->event({kRunStart, "runner", "step", "one more", "", false});
    EXPECT_NE(writer->finish({}).value(), digest);
  }
  EXPECT_NE(small_run(folder / "e.pumprun", small_info(BenchKind::kVirtualArm)), digest);
}

TEST(RunWriterTest, ChannelsMayInterleaveInAnotherOrderWithoutChangingTheDigest) {
  const TempFolder folder;
  const auto record = [&](const std::string& name, bool swapped) {
    auto writer = RunWriter::create(folder / name, small_info());
    const auto a = *writer->add_channel({"a", "1", "", "", SampleKind::kPoint, {}, false});
    const auto b = *writer->add_channel({"b", "1", "", "", SampleKind::kPoint, {}, false});
    for (int i = 0; i < 10000; ++i) {
      const auto t = at_ns(i * 1'000'000'000LL);
      writer->push(swapped ? b : a, Sample::point(t, swapped ? i * 2 : i));
      writer->push(swapped ? a : b, Sample::point(t, swapped ? i : i * 2));
    }
    return *writer->finish({});
  };
  EXPECT_EQ(record("x.pumprun", false), record("y.pumprun", true));
}

TEST(RunWriterTest, ALiveRunIsReadableUpToTheLastCommit) {
  const TempFolder folder;
  auto writer = RunWriter::create(folder / "a.pumprun", small_info());
  ASSERT_TRUE(writer);
  fill_small_run(*writer);
  ASSERT_TRUE(writer->flush());
  const auto run = RunReader::open(folder / "a.pumprun");
  ASSERT_TRUE(run) << run.error().describe();
  EXPECT_EQ(run->state().value(), FinishState::kRunning);
  const auto channel = run->channel("pressure.pressure").value();
  EXPECT_EQ(channel.samples, 1500U);
  const auto live = run->samples(channel.id).value();
  EXPECT_EQ(run->transfers(LinkId{0}).value().size(), 3000U);
  EXPECT_FALSE(run->verify()->complete);
  ASSERT_TRUE(writer->finish({}));
  const auto sealed = run->samples(channel.id).value();
  EXPECT_EQ(live.t, sealed.t);
  EXPECT_EQ(live.value, sealed.value);
  EXPECT_TRUE(run->verify()->complete) << ::testing::PrintToString(run->verify()->problems);
}

TEST(RunWriterTest, OfManyThatWantTheSameNameAtOnceOneGetsItAndNoneHarmsIt) {
  const TempFolder folder;
  for (int round = 0; round < 20; ++round) {
    const auto path = folder / (std::to_string(round) + ".pumprun");
    std::atomic<int> made{0};
    std::vector<std::thread> rivals;
    for (int i = 0; i < 4; ++i) {
      rivals.emplace_back([&] {
        auto writer = RunWriter::create(path, small_info());
        if (!writer) return;
        ++made;
        EXPECT_TRUE(writer->finish({}));
      });
    }
    for (auto& rival : rivals) rival.join();
    EXPECT_EQ(made, 1);
    const auto run = RunReader::open(path);
    ASSERT_TRUE(run) << run.error().describe();
    EXPECT_TRUE(run->verify()->complete);
  }
}

TEST(RunWriterTest, ARunWhoseWriterLetGoIsInterruptedAndKeepsItsSamples) {
  const TempFolder folder;
  {
    auto writer = RunWriter::create(folder / "a.pumprun", small_info());
    fill_small_run(*writer);
  }
  const auto run = RunReader::open(folder / "a.pumprun");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->state().value(), FinishState::kInterrupted);
  EXPECT_EQ(run->verdict().value(), Verdict::kError);
  EXPECT_EQ(run->samples(ChannelId{0}).value().size(), 1500U);
  const auto report = run->verify().value();
  EXPECT_FALSE(report.complete);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_THAT(report.problems[0], ::testing::HasSubstr("interrupted"));
}

TEST(RunWriterTest, ARunWhoseProcessWasKilledKeepsWhatWasCommitted) {
  const TempFolder folder;
  const auto path = folder / "a.pumprun";
  const pid_t child = fork();
  if (child == 0) {
    auto writer = RunWriter::create(path, small_info(BenchKind::kReal));
    fill_small_run(*writer);
    const bool flushed = writer->flush().has_value();
    writer->event({kRunStart, "runner", "step", "after the flush", "", false});
    if (flushed) kill(getpid(), SIGKILL);
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto run = RunReader::open(path);
  ASSERT_TRUE(run) << run.error().describe();
  EXPECT_EQ(run->state().value(), FinishState::kInterrupted);
  EXPECT_EQ(run->samples(ChannelId{0}).value().size(), 1500U);
  EXPECT_EQ(run->transfers(LinkId{0}).value().size(), 3000U);
  EXPECT_EQ(run->verdicts().value().size(), 3U);
}

TEST(RunWriterTest, AChunkEndsWhereTenMinutesEndOrWhenItIsFull) {
  const TempFolder folder;
  auto writer = RunWriter::create(folder / "a.pumprun", small_info());
  const auto slow = *writer->add_channel({"slow", "1", "", "", SampleKind::kPoint, {}, false});
  const auto fast = *writer->add_channel({"fast", "1", "", "", SampleKind::kPoint, {}, false});
  for (int i = 0; i < 30; ++i) writer->push(slow, Sample::point(at_ns(i * 60'000'000'000LL), i));
  for (int i = 0; i < 10000; ++i) writer->push(fast, Sample::point(at_ns(i), i));
  ASSERT_TRUE(writer->finish({}));
  const auto run = RunReader::open(folder / "a.pumprun");
  EXPECT_EQ(run->samples(slow).value().size(), 30U);
  EXPECT_EQ(run->samples(fast).value().size(), 10000U);
  const auto report = run->verify().value();
  EXPECT_TRUE(report.complete);
  EXPECT_EQ(report.items, 2 + 3 + 3);
}

TEST(RunWriterTest, InstantsAtTheEndsOfTimeAreKept) {
  const TempFolder folder;
  auto writer = std::move(RunWriter::create(folder / "a.pumprun", small_info()).value());
  const auto channel = writer.add_channel({"a", "1", "", "", SampleKind::kPoint, {}, false}).value();
  const std::vector<TimePoint> instants{TimePoint::min(), TimePoint::min() + Duration{1}, at_ns(-1),
                                        kRunStart,        kNever - Duration{1},           kNever};
  for (const auto t : instants) writer.push(channel, Sample::point(t, 1));
  ASSERT_TRUE(writer.finish({}));
  const auto run = RunReader::open(folder / "a.pumprun");
  const auto samples = run->samples(channel).value();
  ASSERT_EQ(samples.size(), instants.size());
  for (std::size_t i = 0; i < instants.size(); ++i) EXPECT_EQ(samples.at(i).t, instants[i]);
  EXPECT_TRUE(run->verify()->complete);
}

TEST(RunWriterTest, NamesAreUniqueAndAFileIsNeverOverwritten) {
  const TempFolder folder;
  auto writer = RunWriter::create(folder / "a.pumprun", small_info());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->add_channel({"a", "1", "", "", SampleKind::kPoint, {}, false}));
  EXPECT_FALSE(writer->add_channel({"a", "1", "", "", SampleKind::kPoint, {}, false}));
  EXPECT_FALSE(writer->add_channel({"b", "", "", "", SampleKind::kPoint, {}, false}));
  ASSERT_TRUE(writer->add_link("l"));
  EXPECT_FALSE(writer->add_link("l"));
  EXPECT_EQ(RunWriter::create(folder / "a.pumprun", small_info()).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(RunWriter::create(folder / "nowhere/a.pumprun", small_info()).error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(writer->finish({FinishState::kAborted, "Ctrl-C", 5, kRunStart}));
  EXPECT_FALSE(writer->finish({}));
  const auto run = RunReader::open(folder / "a.pumprun");
  EXPECT_EQ(run->state().value(), FinishState::kAborted);
  EXPECT_EQ(run->finish().value()->reason, "Ctrl-C");
  EXPECT_EQ(run->verdict().value(), Verdict::kAborted);
  EXPECT_EQ(exit_code(run->verdict().value(), run->checks().value()), 2);
}

TEST(RunWriterTest, TheExtremesOfAnEnvelopeAreThoseOfTheSamples) {
  const TempFolder folder;
  small_run(folder / "a.pumprun");
  const auto run = RunReader::open(folder / "a.pumprun");
  const auto samples = run->samples(ChannelId{0}).value();
  for (const std::size_t parts : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{100}, std::size_t{5000}}) {
    const auto envelope = run->envelope(ChannelId{0}, parts).value();
    ASSERT_LE(envelope.size(), parts);
    std::size_t covered = 0;
    for (const auto& part : envelope) {
      double lo = 1e9;
      double hi = -1e9;
      for (std::size_t i = 0; i < samples.size(); ++i) {
        if ((samples.flags[i] & kSampleValid) == 0 || samples.t[i] < part.t0_ns || samples.t[i] > part.t1_ns) continue;
        lo = std::min(lo, samples.value[i]);
        hi = std::max(hi, samples.value[i]);
        ++covered;
      }
      EXPECT_EQ(part.min, lo);
      EXPECT_EQ(part.max, hi);
    }
    EXPECT_EQ(covered, 1499U) << parts;
  }
}

// Runs in a child: a limit on the size of files stands for a disk that is full.
int record_beyond_the_limit(const std::filesystem::path& path) {
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1'500'000, 1'500'000};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 10;
  auto writer = RunWriter::create(path, small_info());
  if (!writer) return 11;
  const auto channel = *writer->add_channel({"a", "1", "", "", SampleKind::kPoint, {}, false});
  for (int i = 0; i < 400000; ++i) writer->push(channel, Sample::point(at_ns(i * 1'000'000'000LL), std::sqrt(i)));
  for (int i = 0; i < 10000; ++i) writer->event({kRunStart, "a", "b", "c", "", false});
  if (writer->flush()) return 12;
  if (writer->status()) return 13;
  if (writer->finish({})) return 14;
  return 0;
}

TEST(RunWriterTest, AFullDiskIsReportedNobodyHangsAndTheFirstPartStaysReadable) {
  const TempFolder folder;
  const pid_t child = fork();
  if (child == 0) _exit(record_beyond_the_limit(folder / "a.pumprun"));
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
  const auto run = RunReader::open(folder / "a.pumprun");
  ASSERT_TRUE(run) << run.error().describe();
  EXPECT_EQ(run->state().value(), FinishState::kInterrupted);
  EXPECT_FALSE(run->verify()->complete);
}

// Runs in a child until it is killed.
[[noreturn]] void record_one_run_after_another(const TempFolder& folder, int round) {
  for (int n = 0;; ++n) {
    auto writer = RunWriter::create(folder / (std::to_string(round) + "-" + std::to_string(n) + ".pumprun"), small_info());
    if (!writer) _exit(1);
  }
}

bool has_ended(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

// Lets the child of round 0 make its first run, and tells how long that took: a busy machine takes longer.
std::chrono::microseconds time_of_first_run(const TempFolder& folder, pid_t child) {
  const auto begun = std::chrono::steady_clock::now();
  while (!std::filesystem::exists(folder / "0-1.pumprun") && !has_ended(child)) poll(nullptr, 0, 1);
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begun);
}

TEST(RunWriterTest, KilledAtWhateverInstantThereIsARunThatOpensOrNone) {
  const TempFolder folder;
  constexpr int kRounds = 30;
  std::chrono::microseconds span{};
  for (int round = 0; round < kRounds; ++round) {
    const pid_t child = fork();
    if (child == 0) record_one_run_after_another(folder, round);
    if (round == 0) {
      span = time_of_first_run(folder, child);
    } else {
      std::this_thread::sleep_for(span * round / (kRounds / 2));
    }
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it could not make a run";
  }
  int runs = 0;
  for (const auto& entry : std::filesystem::directory_iterator((folder / "x").parent_path())) {
    if (entry.path().extension() != ".pumprun") continue;
    const auto run = RunReader::open(entry.path());
    ASSERT_TRUE(run) << run.error().describe();
    EXPECT_EQ(run->state().value(), FinishState::kInterrupted);
    ++runs;
  }
  EXPECT_GT(runs, 0);
}

TEST(RunReaderTest, WhatIsNoRunIsRefusedWithAReason) {
  const TempFolder folder;
  EXPECT_EQ(RunReader::open(folder / "none.pumprun").error().code, ErrorCode::kNotFound);
  std::ofstream(folder / "text.pumprun") << "hello, this is text and no database at all";
  EXPECT_EQ(RunReader::open(folder / "text.pumprun").error().code, ErrorCode::kCorrupt);
  std::ofstream(folder / "empty.pumprun");
  EXPECT_EQ(RunReader::open(folder / "empty.pumprun").error().code, ErrorCode::kCorrupt);
}

TEST(ExitCodeTest, FollowsTheTable) {
  CheckResult judged{"a", {}, small_verdict("a", Verdict::kPass), {}};
  const CheckResult skipped{"b", {}, std::nullopt, "needs x"};
  EXPECT_EQ(exit_code(Verdict::kPass, {judged}), 0);
  EXPECT_EQ(exit_code(Verdict::kPass, {judged, skipped}), 3);
  EXPECT_EQ(exit_code(Verdict::kInconclusive, {judged}), 3);
  EXPECT_EQ(exit_code(Verdict::kFail, {judged, skipped}), 1);
  EXPECT_EQ(exit_code(Verdict::kAborted, {judged}), 2);
  EXPECT_EQ(exit_code(Verdict::kError, {judged}), 2);
  EXPECT_EQ(exit_code(std::nullopt, {}), 3);
}

}  // namespace
}  // namespace pumprig::record
