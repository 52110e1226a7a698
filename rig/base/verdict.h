// A verdict about the device under test. Not an error of the rig: those are Error, and become kError only at the edge of a check.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace pumprig {

// Ordered: a larger value is worse, and the worst of its checks is the verdict of a run. "Not run" is a state of the plan, never a verdict.
enum class Verdict : std::uint8_t {
  kPass = 0,
  kInconclusive = 1,  // the evidence does not decide: margin below the uncertainty, a gap, a meter out of range
  kFail = 2,
  kAborted = 3,
  kError = 4,  // the rig could not do its work
};

constexpr Verdict worse(Verdict a, Verdict b) {
  return std::max(a, b);
}

// The one spelling that JSON, database, JUnit and Python use: pass, inconclusive, fail, aborted, error.
constexpr std::string_view to_text(Verdict v) {
  switch (v) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kInconclusive:
      return "inconclusive";
    case Verdict::kFail:
      return "fail";
    case Verdict::kAborted:
      return "aborted";
    case Verdict::kError:
      return "error";
  }
  return "error";
}

constexpr std::optional<Verdict> verdict_from_text(std::string_view text) {
  for (auto v : {Verdict::kPass, Verdict::kInconclusive, Verdict::kFail, Verdict::kAborted, Verdict::kError}) {
    if (to_text(v) == text) return v;
  }
  return std::nullopt;
}

}  // namespace pumprig
