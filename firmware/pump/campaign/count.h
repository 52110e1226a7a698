// How often a campaign tries: from the environment, so that the optimised test run may ask for more.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

namespace pumpfw::campaign {

inline std::uint64_t count_from(const char* variable, std::uint64_t unless_told) {
  const char* asked = std::getenv(variable);
  if (asked == nullptr) return unless_told;
  const std::uint64_t count = std::strtoull(asked, nullptr, 10);
  if (count == 0) ADD_FAILURE() << variable << " is no number from 1 up: " << asked;
  return count;
}

}  // namespace pumpfw::campaign
