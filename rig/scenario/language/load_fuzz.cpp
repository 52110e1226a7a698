#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "rig/scenario/language/load.h"
#include "rig/scenario/testing.h"

// Whatever the text is, the loader gives either a scenario that loads again to itself, or mistakes that say where.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pumprig::scenario;
  static const BenchFacts kBench = testing::bench();
  LoadOptions options;
  options.bench = &kBench;
  const auto out = load_scenario(std::string(data, data + size), "fuzz", options);
  if (!out.scenario) {
    if (out.mistakes.empty()) std::abort();
    return 0;
  }
  const auto again = load_scenario(out.scenario->canonical_json, "again", options);
  if (!again.scenario || again.scenario->sha256 != out.scenario->sha256) std::abort();
  return 0;
}
