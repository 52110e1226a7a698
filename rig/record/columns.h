// Samples of one channel, laid out column by column.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rig/base/sample.h"

namespace pumprig::record {

// All vectors have the same length. Times in ns of scenario time.
struct Columns {
  std::vector<std::int64_t> t;
  std::vector<double> value;
  std::vector<std::uint8_t> flags;        // SampleFlag bits
  std::vector<std::int64_t> window;       // length of the window of a mean; 0 for a point
  std::vector<std::int64_t> ask_before;   // t - requested
  std::vector<std::int64_t> reply_after;  // replied - t

  std::size_t size() const { return t.size(); }
  bool empty() const { return t.empty(); }
  void clear();
  void reserve(std::size_t n);
  void push(const Sample& s) {
    t.push_back(to_ns(s.t));
    value.push_back(s.value);
    flags.push_back(s.flags);
    window.push_back(s.window.count());
    ask_before.push_back(
        static_cast<std::int64_t>(static_cast<std::uint64_t>(to_ns(s.t)) - static_cast<std::uint64_t>(to_ns(s.requested))));
    reply_after.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(to_ns(s.replied)) - static_cast<std::uint64_t>(to_ns(s.t))));
  }
  Sample at(std::size_t i) const {
    const auto time = static_cast<std::uint64_t>(t[i]);
    return {at_ns(t[i]),
            Duration{window[i]},
            value[i],
            at_ns(static_cast<std::int64_t>(time - static_cast<std::uint64_t>(ask_before[i]))),
            at_ns(static_cast<std::int64_t>(time + static_cast<std::uint64_t>(reply_after[i]))),
            flags[i]};
  }
  // Adds the rows of `other` whose t is in [from, to].
  void append(const Columns& other, TimePoint from, TimePoint to);
};

// What stands beside a chunk, so that a coarse view needs no decoding.
struct Range {
  std::int64_t t0 = 0;
  std::int64_t t1 = 0;
  std::size_t valid = 0;
  std::optional<double> min;  // of the valid values; none if there are none
  std::optional<double> max;
};
// `samples` is not empty.
Range range_of(const Columns& samples);

}  // namespace pumprig::record
