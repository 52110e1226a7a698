// Whatever a bench file holds, it is read, or it is refused in words.
#include <cstdlib>
#include <string>

#include "rig/bench/config/bench_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pumprig::bench;
  const std::string text(data, data + size);
  const auto bench = parse_bench(text, "fuzz.json");
  if (!bench && bench.error().text.empty()) std::abort();
  if (bench && (bench->text != text || bench->sha256.size() != 64)) std::abort();
  return 0;
}
