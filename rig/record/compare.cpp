#include "rig/record/compare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "rig/record/chain.h"

namespace pumprig::record {
namespace {

std::string cut(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "…";
}

bool about_the_machine(std::string_view key) {
  static constexpr std::string_view kKeys[] = {"id",          "host",          "started_utc_ns", "chain.genesis", "finish.ended_utc_ns",
                                               "finish.seal", "finish.digest", "command"};
  return key.starts_with("writer.") || std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

std::vector<MetadataDifference> compare_metadata(const std::map<std::string, std::string>& a, const std::map<std::string, std::string>& b) {
  std::set<std::string> keys;
  for (const auto& row : a) keys.insert(row.first);
  for (const auto& row : b) keys.insert(row.first);
  std::vector<MetadataDifference> out;
  for (const auto& key : keys) {
    const auto in_a = a.find(key);
    const auto in_b = b.find(key);
    const std::string text_a = in_a == a.end() ? "" : in_a->second;
    const std::string text_b = in_b == b.end() ? "" : in_b->second;
    if (text_a != text_b && !about_the_machine(key)) out.push_back({key, cut(text_a), cut(text_b)});
  }
  return out;
}

std::string outcome(const CheckResult* check) {
  if (check == nullptr) return "absent";
  return check->verdict ? std::string(to_text(check->verdict->verdict)) : "not run: " + check->not_run_reason;
}

std::vector<CheckDifference> compare_checks(const std::vector<CheckResult>& a, const std::vector<CheckResult>& b) {
  std::vector<CheckDifference> out;
  const auto find = [](const std::vector<CheckResult>& in, const std::string& id) -> const CheckResult* {
    const auto it = std::find_if(in.begin(), in.end(), [&](const CheckResult& c) { return c.check == id; });
    return it == in.end() ? nullptr : &*it;
  };
  const auto add = [&](const std::string& id) {
    const auto* in_a = find(a, id);
    const auto* in_b = find(b, id);
    CheckDifference d{id, outcome(in_a), outcome(in_b), false, {}, {}, {}, {}, {}};
    d.verdict_differs = d.a != d.b;
    if (in_a != nullptr && in_a->verdict) {
      d.unit = in_a->verdict->unit;
      d.value_a = in_a->verdict->value;
      d.margin_a = in_a->verdict->margin;
    }
    if (in_b != nullptr && in_b->verdict) {
      d.unit = in_b->verdict->unit;
      d.value_b = in_b->verdict->value;
      d.margin_b = in_b->verdict->margin;
    }
    out.push_back(std::move(d));
  };
  for (const auto& check : a) add(check.check);
  for (const auto& check : b) {
    if (find(a, check.check) == nullptr) add(check.check);
  }
  return out;
}

Result<ChannelStatistics> statistics(const RunReader& run, ChannelId id) {
  TRY_ASSIGN(const auto samples, run.samples(id));
  ChannelStatistics s;
  s.samples = samples.size();
  double squares = 0;  // running mean and squares after Welford (Technometrics 4, 1962)
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double v = samples.value[i];
    if ((samples.flags[i] & kSampleValid) == 0 || std::isnan(v)) continue;
    s.min = s.valid == 0 ? v : std::min(s.min, v);
    s.max = s.valid == 0 ? v : std::max(s.max, v);
    ++s.valid;
    const double off = v - s.mean;
    s.mean += off / static_cast<double>(s.valid);
    squares += off * (v - s.mean);
  }
  if (s.valid > 1) s.standard_deviation = std::sqrt(squares / static_cast<double>(s.valid - 1));
  return s;
}

using Streams = std::map<std::string, std::string>;

bool same_stream(const Streams& a, const Streams& b, const std::string& name) {
  const auto in_a = a.find(name);
  const auto in_b = b.find(name);
  return in_a != a.end() && in_b != b.end() && in_a->second == in_b->second;
}

Status compare_channels(const RunReader& a, const RunReader& b, const Streams& streams_a, const Streams& streams_b, Comparison& out) {
  const auto add = [&](const RunReader& run, bool first) -> Status {
    TRY_ASSIGN(const auto channels, run.channels());
    for (const auto& channel : channels) {
      auto it = std::find_if(out.channels.begin(), out.channels.end(),
                             [&](const ChannelDifference& d) { return d.channel == channel.info.name; });
      if (it == out.channels.end()) it = out.channels.insert(out.channels.end(), {channel.info.name, channel.info.unit, {}, {}, false});
      TRY_ASSIGN(auto stats, statistics(run, channel.id));
      (first ? it->a : it->b) = stats;
      it->equal = same_stream(streams_a, streams_b, channel_stream(channel.info.name));
    }
    return {};
  };
  TRY(add(a, true));
  return add(b, false);
}

std::string number(const std::optional<double>& v) {
  if (!v) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", *v);
  return text;
}

}  // namespace

Result<Comparison> compare(const RunReader& a, const RunReader& b) {
  Comparison out;
  TRY_ASSIGN(const auto report_a, a.verify());
  TRY_ASSIGN(const auto report_b, b.verify());
  out.digest_a = report_a.digest;
  out.digest_b = report_b.digest;
  out.same_content = out.digest_a == out.digest_b;
  TRY_ASSIGN(const auto rows_a, a.rows());
  TRY_ASSIGN(const auto rows_b, b.rows());
  out.metadata = compare_metadata(rows_a, rows_b);
  TRY_ASSIGN(const auto checks_a, a.checks());
  TRY_ASSIGN(const auto checks_b, b.checks());
  out.checks = compare_checks(checks_a, checks_b);
  TRY_ASSIGN(const auto streams_a, a.streams());
  TRY_ASSIGN(const auto streams_b, b.streams());
  TRY(compare_channels(a, b, streams_a, streams_b, out));
  std::set<std::string> names;
  for (const auto& stream : streams_a) names.insert(stream.first);
  for (const auto& stream : streams_b) names.insert(stream.first);
  for (const auto& name : names) {
    if (!name.starts_with("channel ") && !same_stream(streams_a, streams_b, name)) out.other_parts.push_back(name);
  }
  return out;
}

std::string describe(const Comparison& c) {
  std::string out = c.same_content
                        ? "same content (digest " + c.digest_a.substr(0, 16) + "…)\n"
                        : "different content (digests " + c.digest_a.substr(0, 16) + "… and " + c.digest_b.substr(0, 16) + "…)\n";
  for (const auto& m : c.metadata) out += "  " + m.key + ": " + (m.a.empty() ? "-" : m.a) + " | " + (m.b.empty() ? "-" : m.b) + "\n";
  out += "checks\n";
  for (const auto& d : c.checks) {
    out += std::string(d.verdict_differs ? "! " : "  ") + d.check + ": " + d.a + " | " + d.b + "   value " + number(d.value_a) + " | " +
           number(d.value_b) + " " + d.unit + ", margin " + number(d.margin_a) + " | " + number(d.margin_b) + "\n";
  }
  out += "channels\n";
  for (const auto& d : c.channels) {
    const auto side = [](const std::optional<ChannelStatistics>& s) {
      return s ? std::to_string(s->samples) + " samples, mean " + number(s->mean) + ", sd " + number(s->standard_deviation) + ", " +
                     number(s->min) + " … " + number(s->max)
               : std::string("absent");
    };
    out += std::string(d.equal ? "= " : "  ") + d.channel + " [" + d.unit + "]: " + side(d.a) + (d.equal ? "" : " | " + side(d.b)) + "\n";
  }
  for (const auto& part : c.other_parts) out += "  differs: " + part + "\n";
  return out;
}

}  // namespace pumprig::record
