// Line faults over a whole run on the virtual bench, held against the same run without them: what they take is missing, and nothing else is
// changed or invented.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "rig/base/rng.h"
#include "rig/bench/bench.h"
#include "rig/exec/executor.h"
#include "rig/record/reader.h"
#include "rig/record/writer.h"
#include "rig/scenario/language/load.h"
#include "rig/scenario/run/run.h"
#include "rig/session/facts.h"

namespace pumprig {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

const std::vector<std::string> kLinks{"flow", "flow_high", "pressure", "witness", "pump"};

struct Channel {
  ChannelInfo info;
  std::vector<Sample> samples;
};

struct Recorded {
  scenario::RunOutcome outcome;
  std::map<std::string, Channel> channels;
  std::vector<record::Event> events;

  std::size_t events_of(std::string_view kind, std::string_view source = {}) const {
    return static_cast<std::size_t>(std::count_if(
        events.begin(), events.end(), [&](const record::Event& e) { return e.kind == kind && (source.empty() || e.source == source); }));
  }
  const scenario::Check* check(const std::string& id) const {
    const auto found =
        std::find_if(outcome.checks.begin(), outcome.checks.end(), [&](const scenario::Check& c) { return c.verdict.check == id; });
    return found == outcome.checks.end() ? nullptr : &*found;
  }
};

void read_back(const fs::path& file, Recorded& out) {
  const auto reader = record::RunReader::open(file);
  ASSERT_TRUE(reader) << reader.error().describe();
  const auto verified = reader->verify();
  ASSERT_TRUE(verified && verified->problems.empty());
  const auto channels = reader->channels();
  for (const auto& stored : *channels) {
    Channel& channel = out.channels[stored.info.name];
    channel.info = stored.info;
    const auto columns = reader->samples(stored.id);
    for (std::size_t i = 0; i < columns->size(); ++i) channel.samples.push_back(columns->at(i));
  }
  const auto events = reader->events();
  for (const auto& stored : *events) out.events.push_back(stored.event);
}

Recorded run(const ordered_json& text, std::uint64_t seed) {
  Recorded out;
  const auto config = bench::load_bench("virtual");
  const auto facts = session::facts_of(*config);
  scenario::LoadOptions options;
  options.bench = &facts;
  const auto loaded = scenario::load_scenario(text.dump(), "line_faults", options).to_result();
  EXPECT_TRUE(loaded) << loaded.error().describe();
  if (!loaded) return out;
  auto executor = exec::Executor::make_virtual();
  bench::BenchOptions bench_options;
  bench_options.seed = seed;
  auto bench = bench::Bench::create(*config, *executor, bench_options);
  const fs::path file = fs::path(::testing::TempDir()) / ("pumprig_line_faults_" + std::to_string(::getpid()) + ".pumprun");
  fs::remove(file);
  record::RunInfo info(record::BenchKind::kVirtual);
  info.scenario = loaded->name;
  auto writer = record::RunWriter::create(file, info);
  scenario::RunOptions run_options;
  run_options.facts = &facts;
  auto outcome = executor->run(scenario::run_scenario(*loaded, **bench, *writer, run_options));
  EXPECT_TRUE(outcome);
  bench->reset();
  EXPECT_TRUE(writer->finish({}));
  if (outcome) out.outcome = std::move(*outcome);
  EXPECT_FALSE(out.outcome.not_run) << out.outcome.reason;
  EXPECT_FALSE(out.outcome.error) << out.outcome.reason;
  read_back(file, out);
  fs::remove(file);
  return out;
}

// Therapy, and between its start and the measurements `middle`, which is one step or more.
ordered_json scenario_with(ordered_json middle) {
  ordered_json text = ordered_json::parse(R"({"scenario": 1, "name": "line_faults", "title": "Therapy on lines that lie",
    "initial": {"reservoir_entered": "20 mL"},
    "record": [{"channel": "flow.flow", "every": "1 s"}, {"channel": "flow.volume", "every": "1 s"},
               {"channel": "flow_high.flow", "every": "1 s"}, {"channel": "pressure.pressure", "every": "1 s"},
               {"channel": "pressure.temperature", "every": "1 s"}, {"channel": "witness.step"}, {"channel": "witness.rotor"},
               {"channel": "witness.steps_total", "every": "10 s"}, {"channel": "pump.steps", "every": "5 s"},
               {"channel": "pump.reservoir", "every": "5 s"}, {"channel": "pump.clock", "every": "5 s"}],
    "steps": [{"step": "program", "rate": "2 mL/day"}, {"step": "start"}, {"step": "wait", "for": "10 min", "as": "before"}]})");
  middle.push_back({{"step", "wait"}, {"for", "1 s"}});
  text["steps"].push_back({{"step", "wait"}, {"for", "5 s"}});  // an edge lies between the first window and the first fault
  text["steps"].push_back({{"step", "phase"}, {"title", "faults"}, {"as", "faults"}, {"during", middle}});
  text["steps"].push_back({{"step", "wait"}, {"for", "10 min"}, {"as", "after"}});
  for (const std::string window : {"before", "faults", "after"}) {
    const auto add = [&](const std::string& what, const std::string& channel) {
      text["steps"].push_back({{"step", "measure"},
                               {"id", window + "." + channel},
                               {"what", what},
                               {"channel", channel},
                               {"window", {{"over", window}, {"settle", "1 min"}}},
                               {"limit", what == "maximum" ? ordered_json{{"at_most", "60 kPa gauge"}}
                                                           : ordered_json{{"at_least", what == "steps" ? "1" : "0.1 mL/day"}}}});
    };
    add("mean_flow", "flow.volume");
    add("maximum", "pressure.pressure");
    add("steps", "witness.step");
  }
  return text;
}

std::string instrument_of(const std::string& channel) {
  return channel.substr(0, channel.find('.'));
}

// Pulses have a number of their own; each must be one that truly came, at its true instant, and what lies before one that is missing is
// said.
void expect_true_edges(const std::string& name, const Channel& clean, const Channel& faulty) {
  std::size_t next = 0;
  for (const Sample& sample : faulty.samples) {
    const std::size_t first = next;
    while (next < clean.samples.size() && clean.samples[next].value != sample.value) ++next;
    ASSERT_LT(next, clean.samples.size()) << name << ": invented or out of order, " << sample.value << " at " << to_seconds(sample.t)
                                          << " s";
    const Sample& truth = clean.samples[next];
    const Duration stated = std::chrono::microseconds(10) + (sample.t - sample.requested) + (truth.t - truth.requested);
    EXPECT_LE(std::chrono::abs(sample.t - truth.t), stated) << name << " pulse " << sample.value;
    EXPECT_LE(stated, std::chrono::milliseconds(1)) << name << " pulse " << sample.value;
    if (next != first) {
      EXPECT_TRUE(sample.gap_before()) << name << ": a gap that nobody sees before " << to_seconds(sample.t) << " s";
    }
    ++next;
  }
}

// A value lies where the clean run says that the quantity was at that instant: between its neighbours there, and uncertainty about them.
void expect_true_values(const std::string& name, const Channel& clean, const Channel& faulty) {
  ASSERT_FALSE(clean.samples.empty());
  for (const Sample& sample : faulty.samples) {
    EXPECT_LE(sample.requested, sample.t) << name;
    EXPECT_LE(sample.t, sample.replied) << name;
    const auto after =
        std::lower_bound(clean.samples.begin(), clean.samples.end(), sample.t, [](const Sample& s, TimePoint t) { return s.t < t; });
    const auto from = after - std::min<std::ptrdiff_t>(2, after - clean.samples.begin());
    const auto to = after + std::min<std::ptrdiff_t>(2, clean.samples.end() - after);
    const auto [low, high] = std::minmax_element(from, to, [](const Sample& a, const Sample& b) { return a.value < b.value; });
    const double slack = 2 * clean.info.uncertainty.of_difference(sample.value, std::chrono::minutes(1)) + 2 * clean.info.resolution + 1e-9;
    EXPECT_GE(sample.value, low->value - slack) << name << " at " << to_seconds(sample.t) << " s";
    EXPECT_LE(sample.value, high->value + slack) << name << " at " << to_seconds(sample.t) << " s";
  }
}

void expect_in_order(const std::string& name, const Channel& channel) {
  for (std::size_t i = 1; i < channel.samples.size(); ++i) {
    ASSERT_LE(channel.samples[i - 1].t, channel.samples[i].t) << name << " sample " << i;
  }
}

// Where more than two and a half intervals lie between two samples, the later one says that something is missing before it.
void expect_holes_marked(const std::string& name, const Channel& clean, const Channel& faulty) {
  ASSERT_GE(clean.samples.size(), 2U) << name;
  const Duration interval = std::chrono::round<std::chrono::seconds>(clean.samples[1].t - clean.samples[0].t);
  ASSERT_GT(interval, Duration{0}) << name;
  for (std::size_t i = 1; i < faulty.samples.size(); ++i) {
    if (faulty.samples[i].t - faulty.samples[i - 1].t <= interval * 5 / 2) continue;
    EXPECT_TRUE(faulty.samples[i].gap_before()) << name << ": a hole of " << to_seconds(faulty.samples[i].t - faulty.samples[i - 1].t)
                                                << " s that nobody sees before " << to_seconds(faulty.samples[i].t) << " s";
  }
}

void expect_same(const std::string& name, const Channel& clean, const Channel& other) {
  ASSERT_EQ(clean.samples.size(), other.samples.size()) << name;
  for (std::size_t i = 0; i < clean.samples.size(); ++i) {
    ASSERT_EQ(clean.samples[i].t, other.samples[i].t) << name << " sample " << i;
    ASSERT_EQ(clean.samples[i].value, other.samples[i].value) << name << " sample " << i;
    ASSERT_EQ(clean.samples[i].flags, other.samples[i].flags) << name << " sample " << i;
  }
}

void expect_true(const Recorded& clean, const Recorded& faulty) {
  for (const auto& [name, channel] : faulty.channels) {
    expect_in_order(name, channel);
    if (name == "witness.step" || name == "witness.rotor") {
      expect_true_edges(name, clean.channels.at(name), channel);
    } else {
      expect_true_values(name, clean.channels.at(name), channel);
      expect_holes_marked(name, clean.channels.at(name), channel);
    }
  }
}

// The value, too, where nothing touched the link: a device that was asked at other instants draws other noise.
void expect_same_verdict(const Recorded& clean, const Recorded& other, const std::string& id, bool same_value = true) {
  ASSERT_NE(clean.check(id), nullptr) << id;
  ASSERT_NE(other.check(id), nullptr) << id;
  EXPECT_EQ(clean.check(id)->verdict.verdict, other.check(id)->verdict.verdict) << id;
  if (same_value) {
    EXPECT_EQ(clean.check(id)->verdict.value, other.check(id)->verdict.value) << id;
  }
}

struct Case {
  std::string fault;
  std::string link;
};

void PrintTo(const Case& one, std::ostream* out) {
  *out << one.fault << " on " << one.link;
}

std::vector<Case> cases() {
  std::vector<Case> out;
  for (const auto& kind : bench::line_fault_catalogue()) {
    for (const auto& link : kLinks) out.push_back({std::string(kind.name), link});
  }
  return out;
}

class EachLineFault : public ::testing::TestWithParam<Case> {
 protected:
  static const Recorded& clean() {
    static const Recorded recorded = run(scenario_with({{{"step", "wait"}, {"for", "10 min"}}}), 5);
    return recorded;
  }
};

TEST_P(EachLineFault, TakesSamplesOfItsOwnLinkOnlyAndInventsNone) {
  const auto& [fault, link] = GetParam();
  ordered_json with{{"link", link}, {"share", "20 %"}};
  if (fault == "line_delay") with["by"] = "700 ms";
  if (fault == "line_hang_up") with["for"] = "20 s", with["count"] = "5";
  const auto faulty = run(scenario_with({{{"step", "inject"}, {"fault", fault}, {"with", with}},
                                         {{"step", "wait"}, {"for", "10 min"}},
                                         {{"step", "clear"}, {"fault", fault}}}),
                          5);
  EXPECT_GT(faulty.events_of("line_fault", link), 2U);
  EXPECT_EQ(faulty.events_of("line_fault", link), faulty.events_of("line_fault"));
  expect_true(clean(), faulty);
  for (const auto& [name, channel] : clean().channels) {
    const std::string of = instrument_of(name);
    if (of != link && link != "pump") expect_same(name, channel, faulty.channels.at(name));
  }
  for (const std::string channel : {"flow.volume", "pressure.pressure", "witness.step"}) {
    expect_same_verdict(clean(), faulty, "before." + channel);
    expect_same_verdict(clean(), faulty, "after." + channel, instrument_of(channel) != link);
    ASSERT_NE(faulty.check("faults." + channel), nullptr);
    const auto verdict = faulty.check("faults." + channel)->verdict.verdict;
    if (instrument_of(channel) != link) expect_same_verdict(clean(), faulty, "faults." + channel);
    EXPECT_NE(verdict, Verdict::kFail) << channel;
  }
}

INSTANTIATE_TEST_SUITE_P(All, EachLineFault, ::testing::ValuesIn(cases()),
                         [](const auto& param) { return param.param.fault + "_on_" + param.param.link; });

// One fault of a random kind on a random line of `links`, then a pause; up to three are on at a time. Each is cleared, which says how often
// it struck.
ordered_json random_faults(Rng& rng, const std::vector<std::string>& links, int injections) {
  ordered_json steps = ordered_json::array();
  const auto kinds = bench::line_fault_catalogue();
  std::vector<std::string> on;
  const auto clear = [&](std::size_t which) {
    steps.push_back({{"step", "clear"}, {"fault", on[which]}});
    on.erase(on.begin() + static_cast<std::ptrdiff_t>(which));
  };
  for (int i = 0; i < injections; ++i) {
    const std::string kind(kinds[rng.below(kinds.size())].name);
    const auto same = std::find(on.begin(), on.end(), kind);
    if (same != on.end()) clear(static_cast<std::size_t>(same - on.begin()));
    if (on.size() == 3) clear(0);
    ordered_json with{{"link", links[rng.below(links.size())]}, {"share", std::to_string(5 + rng.below(60)) + " %"}, {"count", "12"}};
    if (kind == "line_delay") with["by"] = std::to_string(1 + rng.below(900)) + " ms";
    if (kind == "line_hang_up") with["for"] = std::to_string(1 + rng.below(8)) + " s", with["count"] = "2";
    steps.push_back({{"step", "inject"}, {"fault", kind}, {"with", with}});
    on.push_back(kind);
    steps.push_back({{"step", "wait"}, {"for", std::to_string(5 + rng.below(40)) + " s"}});
  }
  while (!on.empty()) clear(0);
  return steps;
}

// As often as the lines themselves say that they were struck.
void expect_all_told(const Recorded& faulty) {
  std::size_t struck = 0;
  const std::string before = ", which struck ";
  for (const auto& event : faulty.events) {
    const auto at = event.text.find(before);
    if (event.kind == "fault" && at != std::string::npos) struck += std::stoul(event.text.substr(at + before.size()));
  }
  EXPECT_EQ(struck, faulty.events_of("line_fault"));
}

std::string length_of(const ordered_json& steps) {
  int seconds = 0;
  for (const auto& step : steps) {
    if (step["step"] == "wait") seconds += std::stoi(step["for"].get<std::string>());
  }
  return std::to_string(seconds) + " s";
}

class RandomLineFaults : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(RandomLineFaults, AThousandOfThemInventNothingAndSpareWhatTheyDoNotTouch) {
  Rng rng = Rng::stream(GetParam(), "random line faults");
  std::vector<std::string> links = kLinks;
  const std::string spared = std::vector<std::string>{"flow", "pressure", "witness"}[GetParam() % 3];
  std::erase(links, spared);
  const auto middle = random_faults(rng, links, 400);
  const auto clean = run(scenario_with({{{"step", "wait"}, {"for", length_of(middle)}}}), GetParam());
  const auto faulty = run(scenario_with(middle), GetParam());
  EXPECT_GE(faulty.events_of("line_fault"), 1000U);
  EXPECT_EQ(faulty.events_of("line_fault", spared), 0U);
  expect_all_told(faulty);
  expect_true(clean, faulty);
  for (const auto& [name, channel] : clean.channels) {
    if (instrument_of(name) == spared) expect_same(name, channel, faulty.channels.at(name));
  }
  for (const std::string channel : {"flow.volume", "pressure.pressure", "witness.step"}) {
    expect_same_verdict(clean, faulty, "before." + channel);
    if (instrument_of(channel) == spared) expect_same_verdict(clean, faulty, "faults." + channel);
    if (instrument_of(channel) != spared) {
      EXPECT_EQ(faulty.check("faults." + channel)->verdict.verdict, Verdict::kInconclusive) << channel;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomLineFaults, ::testing::Values(1, 2, 3, 4, 5, 6));

// ---- single faults, whose consequence is known -----------------------------------------------------------------------------------------

ordered_json scenario_of(ordered_json record, ordered_json steps) {
  return {{"scenario", 1},    {"name", "one_fault"}, {"title", "One fault"}, {"initial", {{"reservoir_entered", "20 mL"}}},
          {"record", record}, {"steps", steps}};
}

// The last edges of the window are lost, and no edge comes before the window is judged.
TEST(OneLineFault, LossOfTheLastEdgesOfAWindowDecidesNothing) {
  const auto text = [](bool faulty) {
    ordered_json steps = ordered_json::parse(R"([{"step": "program", "rate": "0.2 mL/day"}, {"step": "start"},
        {"step": "phase", "title": "window", "as": "window", "during": [{"step": "wait", "for": "10 min"}]},
        {"step": "measure", "id": "steps", "what": "steps", "channel": "witness.step", "window": {"over": "window", "settle": "1 s"},
         "limit": {"at_least": "1"}},
        {"step": "measure", "id": "last", "what": "last_step", "channel": "witness.step", "window": {"over": "window", "settle": "1 s"},
         "limit": {"at_most": "20 min"}}])");
    if (faulty) {
      steps[2]["during"] = ordered_json::parse(R"([{"step": "wait", "for": "9 min"},
          {"step": "inject", "fault": "line_silence", "with": {"link": "witness"}}, {"step": "wait", "for": "58 s"},
          {"step": "clear", "fault": "line_silence"}, {"step": "wait", "for": "2 s"}])");
    }
    return scenario_of(ordered_json::parse(R"([{"channel": "witness.step"}])"), steps);
  };
  const auto clean = run(text(false), 3);
  EXPECT_EQ(clean.check("steps")->verdict.verdict, Verdict::kPass);
  EXPECT_EQ(clean.check("last")->verdict.verdict, Verdict::kPass);
  const auto faulty = run(text(true), 3);
  EXPECT_LT(*faulty.check("steps")->verdict.value, *clean.check("steps")->verdict.value);
  for (const std::string id : {"steps", "last"}) {
    EXPECT_EQ(faulty.check(id)->verdict.verdict, Verdict::kInconclusive) << id;
    EXPECT_NE(faulty.check(id)->verdict.explanation.find("lost"), std::string::npos) << faulty.check(id)->verdict.explanation;
  }
  EXPECT_EQ(faulty.events_of("gap", "witness"), 1U);
}

// A stop while the pump's line is unplugged: it is done when the line is back, and what was measured over the step decides nothing.
TEST(OneLineFault, StopWaitsForTheLineAndTheOutageIsNotThePumps) {
  const auto text = [](bool faulty) {
    ordered_json steps =
        ordered_json::parse(R"([{"step": "program", "rate": "2 mL/day"}, {"step": "start"}, {"step": "wait", "for": "5 min"},
        {"step": "stop", "as": "stop"}, {"step": "wait", "for": "1 min", "as": "stopped"},
        {"step": "measure", "id": "end", "what": "last_step", "channel": "witness.step", "window": {"since": "stop", "settle": "0 s"},
         "limit": {"at_most": "2 s"}},
        {"step": "measure", "id": "after", "what": "steps", "channel": "witness.step", "window": {"over": "stopped", "settle": "1 s"},
         "limit": {"at_most": "0"}}])");
    if (faulty) {
      steps.insert(steps.begin() + 3,
                   ordered_json::parse(R"({"step": "inject", "fault": "line_hang_up", "with": {"link": "pump", "for": "20 s"}})"));
    }
    return scenario_of(ordered_json::parse(R"([{"channel": "witness.step"}, {"channel": "pump.state", "every": "5 s"}])"), steps);
  };
  const auto clean = run(text(false), 3);
  EXPECT_EQ(clean.check("end")->verdict.verdict, Verdict::kPass) << clean.check("end")->verdict.explanation;
  const auto faulty = run(text(true), 3);
  EXPECT_EQ(faulty.outcome.state, record::FinishState::kFinished);
  EXPECT_FALSE(faulty.outcome.error);
  EXPECT_EQ(faulty.check("end")->verdict.verdict, Verdict::kInconclusive) << "the pump went on because nobody told it";
  EXPECT_GT(*faulty.check("end")->verdict.value, 15);
  EXPECT_EQ(faulty.check("after")->verdict.verdict, Verdict::kPass);
}

TEST(OneLineFault, OutageIsToldOnceAtItsBeginAndOnceAtItsEnd) {
  const auto recorded =
      run(scenario_of(ordered_json::parse(R"([{"channel": "flow.flow", "every": "1 s"}, {"channel": "flow.volume", "every": "2 s"}])"),
                      ordered_json::parse(R"([{"step": "wait", "for": "1 min"},
          {"step": "inject", "fault": "line_silence", "with": {"link": "flow"}}, {"step": "wait", "for": "1 min"},
          {"step": "clear", "fault": "line_silence"}, {"step": "wait", "for": "1 min"}])")),
          3);
  EXPECT_EQ(recorded.events_of("no_answer", "flow"), 1U);
  EXPECT_EQ(recorded.events_of("answers_again", "flow"), 1U);
}

}  // namespace
}  // namespace pumprig
