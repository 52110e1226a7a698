// Random numbers for noise, tolerances and faults: always from a seed, the same on every machine and in every build.
#pragma once

#include <cstdint>
#include <string_view>

namespace pumprig {

// xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64.
class Rng {
 public:
  explicit Rng(std::uint64_t seed);
  // An independent stream for one purpose: the same seed and name give the same numbers whatever else draws from the seed.
  static Rng stream(std::uint64_t seed, std::string_view name);

  std::uint64_t next();
  double uniform();                      // [0, 1)
  double uniform(double lo, double hi);  // [lo, hi)
  double normal();                       // mean 0, standard deviation 1 (polar method of Marsaglia)
  std::uint64_t below(std::uint64_t n);  // 0 … n-1, n > 0

 private:
  std::uint64_t state_[4];
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace pumprig
