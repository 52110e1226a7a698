// What differs between two runs: for a regression, or for the same scenario on two benches.
#pragma once

#include <string>
#include <vector>

#include "rig/record/reader.h"

namespace pumprig::record {

struct MetadataDifference {
  std::string key;
  std::string a;  // empty where a run does not have it; long texts are cut
  std::string b;
};

struct CheckDifference {
  std::string check;
  std::string a;  // "pass", "not run: needs …", "absent"
  std::string b;
  bool verdict_differs = false;
  std::string unit;
  std::optional<double> value_a, value_b;
  std::optional<double> margin_a, margin_b;
};

struct ChannelStatistics {
  std::uint64_t samples = 0;
  std::uint64_t valid = 0;
  double mean = 0;
  double standard_deviation = 0;
  double min = 0;
  double max = 0;
};

struct ChannelDifference {
  std::string channel;
  std::string unit;
  std::optional<ChannelStatistics> a;  // nothing where the run has no such channel
  std::optional<ChannelStatistics> b;
  bool equal = false;  // same samples, bit by bit
};

struct Comparison {
  bool same_content = false;  // equal content digests, both recomputed
  std::string digest_a;
  std::string digest_b;
  std::vector<MetadataDifference> metadata;  // those that differ; wall dates and hosts are left out
  std::vector<CheckDifference> checks;       // all checks of both
  std::vector<ChannelDifference> channels;   // all channels of both
  std::vector<std::string> other_parts;      // "event", "link flow", …: recorded differently, or by one only
};

// kCorrupt when one of them can not be read; a run that is merely incomplete is compared as far as it goes.
Result<Comparison> compare(const RunReader& a, const RunReader& b);
// The same as text for a terminal, some lines.
std::string describe(const Comparison& comparison);

}  // namespace pumprig::record
