// Whole scenarios over sealed telemetry: what passes in the clear passes sealed, a run gives the same bytes twice, and its record holds
// neither a key nor a word of what was said.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/frame.h"
#include "rig/bench/bench.h"
#include "rig/exec/executor.h"
#include "rig/record/reader.h"
#include "rig/record/writer.h"
#include "rig/scenario/language/load.h"
#include "rig/scenario/run/run.h"
#include "rig/security/role_keys.h"
#include "rig/session/facts.h"

namespace pumprig {
namespace {

namespace fs = std::filesystem;
namespace protocol = pumpfw::protocol;

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct Recorded {
  scenario::RunOutcome outcome;
  fs::path file;
};

Recorded run(const std::string& scenario_name, const std::string& bench_file, const std::string& name) {
  Recorded out;
  out.file = fs::path(::testing::TempDir()) / ("pumprig_sealed_" + std::to_string(::getpid()) + "_" + name + ".pumprun");
  fs::remove(out.file);
  const fs::path scenarios = fs::path(PUMPRIG_SOURCE_DIR) / "scenarios";
  const auto config = bench::load_bench((scenarios / "benches" / bench_file).string());
  EXPECT_TRUE(config) << config.error().describe();
  if (!config) return out;
  const auto facts = session::facts_of(*config);
  scenario::LoadOptions options;
  options.bench = &facts;
  const fs::path path = scenarios / "suite" / scenario_name;
  const auto loaded = scenario::load_scenario(read_text(path), path.string(), options).to_result();
  EXPECT_TRUE(loaded) << loaded.error().describe();
  if (!loaded) return out;
  auto executor = exec::Executor::make_virtual();
  bench::BenchOptions bench_options;
  bench_options.seed = 5;
  auto bench = bench::Bench::create(*config, *executor, bench_options);
  EXPECT_TRUE(bench) << bench.error().describe();
  record::RunInfo info(record::BenchKind::kVirtual);
  info.scenario = loaded->name;
  auto writer = record::RunWriter::create(out.file, info);
  scenario::RunOptions run_options;
  run_options.facts = &facts;
  auto outcome = executor->run(scenario::run_scenario(*loaded, **bench, *writer, run_options));
  EXPECT_TRUE(outcome) << outcome.error().describe();
  bench->reset();
  EXPECT_TRUE(writer->finish({}));
  if (outcome) out.outcome = std::move(*outcome);
  return out;
}

// The payloads of all frames on the pump's line, both ways.
std::vector<Bytes> payloads(const fs::path& file) {
  std::vector<Bytes> out;
  const auto reader = record::RunReader::open(file);
  EXPECT_TRUE(reader) << reader.error().describe();
  const auto links = reader->links();
  for (const auto& link : *links) {
    if (link.name != "pump") continue;
    const auto transfers = reader->transfers(link.id);
    std::map<int, protocol::FrameDecoder> decoders;
    std::size_t at = 0;
    for (std::size_t i = 0; i < transfers->size(); ++i) {
      protocol::FrameDecoder& decoder = decoders[static_cast<int>(transfers->direction(i))];
      for (const std::uint8_t byte : ByteView(transfers->data).subspan(at, transfers->length(i))) {
        if (decoder.push(byte)) out.emplace_back(decoder.payload().begin(), decoder.payload().end());
      }
      at += transfers->length(i);
    }
  }
  return out;
}

class SealedRun : public ::testing::TestWithParam<const char*> {};

TEST_P(SealedRun, PassesAsInTheClearAndSaysNothingInTheClear) {
  const Recorded recorded = run(GetParam(), "virtual-sealed.json", "one");
  EXPECT_EQ(recorded.outcome.verdict, Verdict::kPass) << recorded.outcome.reason;
  std::size_t sealed = 0;
  for (const Bytes& payload : payloads(recorded.file)) {
    protocol::EnvelopeHead head;
    ASSERT_TRUE(protocol::decode(payload, head, protocol::Trailing::kIgnored));
    if (head.suite == protocol::Suite::kSealed) {
      ++sealed;
      continue;
    }
    const auto type = static_cast<protocol::MessageType>(payload[protocol::kHeadSize]);
    EXPECT_TRUE(type == protocol::MessageType::kIdentify || type == protocol::MessageType::kOpenSession) << static_cast<int>(type);
  }
  EXPECT_GT(sealed, 20U);
  fs::remove(recorded.file);
}
INSTANTIATE_TEST_SUITE_P(Scenarios, SealedRun,
                         ::testing::Values("bolus/lockout_before_and_after.json", "therapy/stop_means_stop.json",
                                           "board/hung_firmware.json"));

TEST(SealedRuns, GiveTheSameBytesTwiceAndHoldNoKey) {
  const Recorded first = run("therapy/stop_means_stop.json", "virtual-sealed.json", "first");
  const Recorded second = run("therapy/stop_means_stop.json", "virtual-sealed.json", "second");
  const auto a = record::RunReader::open(first.file);
  const auto b = record::RunReader::open(second.file);
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(a->digest()->empty());
  const auto events = a->events();
  ASSERT_TRUE(events);
  EXPECT_EQ(*a->digest(), *b->digest());
  EXPECT_EQ(payloads(first.file), payloads(second.file));
  const security::RoleKeys keys = security::test_keys();
  const std::string store = read_text(first.file);
  const std::vector<Bytes> said = payloads(first.file);
  for (const auto& key : keys.of) {
    const std::string text(key->view().begin(), key->view().end());
    EXPECT_EQ(store.find(text), std::string::npos);
    // Nor as the key files spell it, in whatever of the record is text; the bytes above are those of the file, which packs some of it.
    std::string digits;
    for (const std::uint8_t byte : key->view()) {
      char two[3];
      std::snprintf(two, sizeof(two), "%02x", byte);
      digits += two;
    }
    EXPECT_EQ(store.find(digits), std::string::npos);
    for (const auto& event : *events) {
      EXPECT_EQ(event.event.text.find(digits.substr(0, 16)), std::string::npos);
      EXPECT_EQ(event.event.json.find(digits.substr(0, 16)), std::string::npos);
    }
    for (const Bytes& payload : said) {
      EXPECT_EQ(std::search(payload.begin(), payload.end(), text.begin(), text.begin() + 8), payload.end());
    }
  }
  fs::remove(first.file);
  fs::remove(second.file);
}

TEST(SealedRuns, ABenchWithoutKeysSpeaksInTheClear) {
  const Recorded recorded = run("therapy/stop_means_stop.json", "virtual.json", "clear");
  EXPECT_EQ(recorded.outcome.verdict, Verdict::kPass) << recorded.outcome.reason;
  const std::vector<Bytes> said = payloads(recorded.file);
  EXPECT_GT(said.size(), 20U);
  for (const Bytes& payload : said) EXPECT_EQ(payload[2], 0U);
  fs::remove(recorded.file);
}

}  // namespace
}  // namespace pumprig
