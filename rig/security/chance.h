// Where the rig's secret bytes come from: the system, or a seed where a run must give the same bytes twice.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "rig/base/rng.h"

namespace pumprig::security {

class Chance {
 public:
  // The operating system's generator: for every pump that is not simulated.
  static Chance system() { return Chance(std::nullopt); }
  // For virtual runs only: whoever knows the seed knows every byte.
  static Chance seeded(std::uint64_t seed, std::string_view name) { return Chance(Rng::stream(seed, name)); }

  void fill(std::span<std::uint8_t> out);
  bool is_seeded() const { return rng_.has_value(); }

 private:
  explicit Chance(std::optional<Rng> rng) : rng_(rng) {}
  std::optional<Rng> rng_;
};

}  // namespace pumprig::security
