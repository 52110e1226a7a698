// What a damaged or tampered file does: nothing may crash, and nothing wrong may pass for right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <iterator>

#include "rig/base/rng.h"
#include "rig/record/reader.h"
#include "rig/record/testing.h"

namespace pumprig::record {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void spill(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// Everything that a reader can tell of a run, as text; empty when any part of it can not be read.
std::string everything(const RunReader& run) {
  std::string out;
  const auto rows = run.rows();
  const auto channels = run.channels();
  const auto links = run.links();
  const auto events = run.events();
  const auto checks = run.checks();
  if (!rows || !channels || !links || !events || !checks) return {};
  for (const auto& [key, value] : *rows) out += key + "=" + value + "\n";
  for (const auto& c : *channels) {
    out += c.info.name + c.info.unit + c.info.instrument + c.info.source + std::to_string(c.samples) + "\n";
    const auto samples = run.samples(c.id);
    if (!samples) return {};
    for (std::size_t i = 0; i < samples->size(); ++i) {
      out += std::to_string(samples->t[i]) + " " + std::to_string(samples->value[i]) + " " + std::to_string(samples->flags[i]) + "\n";
    }
  }
  for (const auto& l : *links) {
    const auto transfers = run.transfers(l.id);
    if (!transfers) return {};
    out += l.name + to_hex(transfers->data) + "\n";
  }
  for (const auto& e : *events)
    out += std::to_string(to_ns(e.event.t)) + e.event.source + e.event.kind + e.event.text + e.event.json + "\n";
  for (const auto& c : *checks) {
    out += c.check + c.not_run_reason;
    if (c.verdict) out += std::string(to_text(c.verdict->verdict)) + std::to_string(c.verdict->value.value_or(-1)) + c.verdict->explanation;
    out += "\n";
  }
  return out;
}

void execute(const std::filesystem::path& path, const std::string& sql) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  char* message = nullptr;
  EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message), SQLITE_OK) << message;
  sqlite3_close(db);
}

class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override { small_run(path_); }
  // Changes the file through SQL, as somebody who wants to mend a verdict would.
  std::vector<std::string> problems_after(const std::string& sql) {
    execute(path_, sql);
    const auto run = RunReader::open(path_);
    if (!run) return {run.error().describe()};
    const auto report = run->verify();
    if (!report) return {report.error().describe()};
    EXPECT_EQ(report->complete, report->problems.empty());
    return report->problems;
  }
  TempFolder folder_;
  std::filesystem::path path_ = folder_ / "a.pumprun";
};

TEST_F(DamageTest, AnUntouchedRunIsComplete) {
  const auto run = RunReader::open(path_);
  const auto report = run->verify().value();
  EXPECT_TRUE(report.complete) << ::testing::PrintToString(report.problems);
  EXPECT_EQ(report.digest, run->digest().value());
}

TEST_F(DamageTest, AMendedVerdictIsFound) {
  EXPECT_THAT(problems_after("UPDATE verdict SET verdict='pass' WHERE check_id='ripple'"),
              Contains(HasSubstr("the verdict of check ripple: changed")));
}

TEST_F(DamageTest, AnyChangedColumnIsFound) {
  const char* const changes[] = {
      "UPDATE verdict SET margin=margin+1e-9 WHERE check_id='mean_rate'",
      "UPDATE verdict SET requirements='REQ-1'",
      "UPDATE event SET t_ns=t_ns+1 WHERE text='step 2'",
      "UPDATE event SET provenance=1 WHERE text='step 2'",
      "UPDATE channel SET unit='mL/min' WHERE id=0",
      "UPDATE channel SET evidence=1-evidence WHERE id=1",
      "UPDATE chunk SET t0_ns=t0_ns-1 WHERE seq=(SELECT max(seq) FROM chunk)",
      "UPDATE chunk SET max=max+1 WHERE channel=0",
      "UPDATE chunk SET channel=1 WHERE channel=0",
      "UPDATE chunk SET data=(SELECT data FROM chunk WHERE channel=0 AND t0_ns<1000000000) WHERE channel=0",
      "UPDATE link_chunk SET bytes=bytes+1",
      "UPDATE link SET name='x'",
      "UPDATE plan SET text='x' WHERE kind='step'",
      "UPDATE not_run SET reason='x'",
      "UPDATE run SET value='7' WHERE key='seed'",
      "UPDATE run SET value='somebody' WHERE key='operator'",
      "UPDATE run SET value='1' WHERE key='finish.ended_utc_ns'",
      "UPDATE run SET value='aborted' WHERE key='finish.state'",
      "DELETE FROM run WHERE key='label.ticket'",
      "INSERT INTO run VALUES('label.more','x')",
      "DELETE FROM verdict WHERE check_id='ripple'",
      "DELETE FROM not_run",
      "INSERT INTO tail VALUES(0,0,1500000000000,1.0,1,0,0,0)",
      "INSERT INTO link_tail VALUES(0,0,1500000000000,'sent',x'00')",
      "CREATE TRIGGER more AFTER INSERT ON run BEGIN DELETE FROM event; END",
      "DELETE FROM event WHERE seq=(SELECT max(seq) FROM event)",
      "UPDATE verdict SET seq=seq+1000 WHERE check_id='ripple'",
  };
  const auto original = slurp(path_);
  for (const char* change : changes) {
    spill(path_, original);
    EXPECT_FALSE(problems_after(change).empty()) << change;
  }
}

TEST_F(DamageTest, AVirtualRunRelabelledAsARealOneIsRefused) {
  execute(path_, "UPDATE run SET value='real' WHERE key='bench_kind'");
  EXPECT_EQ(RunReader::open(path_).error().code, ErrorCode::kCorrupt);
  execute(path_, "PRAGMA application_id=1347564898");  // "PRb1" turned to fit: the chain still tells
  const auto run = RunReader::open(path_);
  EXPECT_FALSE(run && run->verify()->complete);
}

TEST_F(DamageTest, ARemovedChunkIsNamed) {
  const auto problems = problems_after("DELETE FROM chunk WHERE channel=0 AND t0_ns > 600000000000 AND t0_ns < 700000000000");
  EXPECT_THAT(problems, Contains(HasSubstr("is lost")));
  const auto run = RunReader::open(path_);
  EXPECT_EQ(run->samples(ChannelId{0}).value().size(), 900U);
}

TEST_F(DamageTest, ADamagedChunkIsNamedWithItsTimeAndTheOthersStayReadable) {
  const auto problems = problems_after("UPDATE chunk SET data=zeroblob(40) WHERE channel=0 AND t0_ns > 1200000000000");
  EXPECT_THAT(problems, Contains(HasSubstr("300 samples of flow.flow from 1200.002 s to 1499.002 s")));
  const auto run = RunReader::open(path_);
  EXPECT_EQ(run->samples(ChannelId{0}).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(run->samples(ChannelId{0}, kRunStart, at_ns(1'000'000'000'000)).value().size(), 1000U);
  EXPECT_EQ(run->samples(ChannelId{1}).value().size(), 1500U);
}

TEST_F(DamageTest, ATruncatedFileIsNeverTakenForComplete) {
  const auto original = slurp(path_);
  for (std::size_t tenth = 0; tenth < 10; ++tenth) {
    spill(path_, original.substr(0, original.size() * tenth / 10));
    const auto run = RunReader::open(path_);
    if (!run) continue;
    const auto report = run->verify();
    if (!report) continue;
    EXPECT_FALSE(report->complete) << tenth;
    EXPECT_FALSE(report->problems.empty());
  }
}

TEST_F(DamageTest, ARunOfALaterLayoutIsRefusedWithThatReason) {
  execute(path_, "PRAGMA user_version=99");
  EXPECT_EQ(RunReader::open(path_).error().code, ErrorCode::kUnsupported);
}

TEST_F(DamageTest, RandomDamageNeverCrashesAndNeverGoesUnnoticed) {
  const auto original = slurp(path_);
  const auto truth = everything(*RunReader::open(path_));
  ASSERT_FALSE(truth.empty());
  Rng rng(2024);
  int noticed = 0;
  for (int round = 0; round < 150; ++round) {
    auto damaged = original;
    // Mostly empty pages make up the file: aim at bytes that say something.
    for (std::uint64_t flips = 0; flips <= rng.below(3); ++flips) {
      auto at = rng.below(damaged.size());
      while (damaged[at] == 0) at = rng.below(damaged.size());
      damaged[at] = static_cast<char>(rng.next());
    }
    spill(path_, damaged);
    const auto run = RunReader::open(path_);
    const auto report = run ? run->verify() : Result<VerifyReport>(tl::unexpected(run.error()));
    const auto read = run ? everything(*run) : std::string();
    if (!report || !report->complete) {
      ++noticed;
    } else {
      EXPECT_TRUE(read == truth) << "round " << round << ": damage went unnoticed";
    }
  }
  EXPECT_GT(noticed, 50);
}

}  // namespace
}  // namespace pumprig::record
