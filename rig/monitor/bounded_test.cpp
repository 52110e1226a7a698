#include "rig/monitor/bounded.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "rig/base/rng.h"
#include "rig/monitor/monitor_test_support.h"

namespace pumprig::monitor {
namespace {

using testing::at_s;

struct Trace {
  std::vector<double> time_s;
  std::vector<double> margin;
};

std::vector<TemporalValue> evaluate(Temporal which, double a_s, double b_s, const Trace& trace) {
  std::vector<TemporalValue> out;
  BoundedOperator op(which, from_seconds(a_s), from_seconds(b_s), [&out](const TemporalValue& value) { out.push_back(value); });
  for (std::size_t i = 0; i < trace.time_s.size(); ++i) op.push(at_s(trace.time_s[i]), trace.margin[i]);
  op.finish();
  return out;
}

// Straight from the definition: looks at every sample for every instant.
double by_definition(Temporal which, double a_s, double b_s, const Trace& trace, std::size_t i) {
  const bool smallest = which == Temporal::kAlways || which == Temporal::kHistorically;
  const bool ahead = which == Temporal::kAlways || which == Temporal::kEventually;
  double best = smallest ? std::numeric_limits<double>::infinity() : -std::numeric_limits<double>::infinity();
  for (std::size_t j = 0; j < trace.time_s.size(); ++j) {
    const double apart = ahead ? trace.time_s[j] - trace.time_s[i] : trace.time_s[i] - trace.time_s[j];
    if (apart < a_s || apart > b_s) continue;
    best = smallest ? std::min(best, trace.margin[j]) : std::max(best, trace.margin[j]);
  }
  return best;
}

Temporal operator_from(const std::string& word) {
  if (word == "always") return Temporal::kAlways;
  if (word == "eventually") return Temporal::kEventually;
  return word == "once" ? Temporal::kOnce : Temporal::kHistorically;
}

TEST(BoundedOperator, AgreesWithTheMarginsOfAnotherImplementation) {
  std::ifstream file(PUMPRIG_SOURCE_DIR "/rig/monitor/bounded_vectors.json");
  const auto vectors = nlohmann::json::parse(file);
  int compared = 0;
  for (const auto& c : vectors["cases"]) {
    Trace trace;
    trace.time_s = c["time_s"].get<std::vector<double>>();
    for (const double p : c["p"])
      trace.margin.push_back(c["relation"] == ">" ? p - c["level"].get<double>() : c["level"].get<double>() - p);
    const auto values = evaluate(operator_from(c["operator"]), c["a_s"], c["b_s"], trace);
    ASSERT_EQ(values.size(), trace.time_s.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      // That implementation counts samples: with unequal times only by_definition() is an oracle.
      if (c["time_s"][1] != 1) continue;
      EXPECT_EQ(values[i].margin, std::stod(c["margin"][i].get<std::string>())) << c["operator"] << " at " << i;
      ++compared;
    }
  }
  EXPECT_GE(compared, 40);
}

TEST(BoundedOperator, AgreesWithItsDefinitionOnRandomUnequallySampledTraces) {
  Rng rng(11);
  for (int round = 0; round < 400; ++round) {
    Trace trace;
    double t = 0;
    const auto n = 1 + rng.below(40);
    for (std::uint64_t i = 0; i < n; ++i) {
      trace.time_s.push_back(t);
      trace.margin.push_back(std::round(rng.uniform(-5, 5)));  // many equal values
      t += 0.25 * static_cast<double>(1 + rng.below(6));
    }
    const double a = 0.25 * static_cast<double>(rng.below(8));
    const double b = a + 0.25 * static_cast<double>(rng.below(16));
    for (const auto which : {Temporal::kAlways, Temporal::kEventually, Temporal::kHistorically, Temporal::kOnce}) {
      const auto values = evaluate(which, a, b, trace);
      ASSERT_EQ(values.size(), n);
      for (std::size_t i = 0; i < n; ++i) {
        EXPECT_EQ(values[i].t, at_s(trace.time_s[i]));
        EXPECT_EQ(values[i].margin, by_definition(which, a, b, trace, i)) << round << " " << i;
        EXPECT_EQ(values[i].covered,
                  which == Temporal::kHistorically || which == Temporal::kOnce || trace.time_s[i] + b <= trace.time_s.back());
      }
    }
  }
}

TEST(BoundedOperator, NamesTheDecisiveSample) {
  const auto values = evaluate(Temporal::kAlways, 0, 3, {{0, 1, 2, 3, 4}, {5, 4, -2, 3, 1}});
  EXPECT_EQ(values[0].decisive, at_s(2));
  EXPECT_EQ(values[3].decisive, at_s(4));
}

TEST(SlidingExtreme, MemoryFollowsTheWindowNotTheRun) {
  SlidingExtreme window(Extreme::kSmallest);
  Rng rng(3);
  for (int i = 0; i < 100'000; ++i) {
    window.push(at_s(i), rng.uniform());
    window.drop_before(at_s(i - 10));
    ASSERT_GE(window.front().t, at_s(i - 10));
  }
}

}  // namespace
}  // namespace pumprig::monitor
