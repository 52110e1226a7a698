#include <cstdlib>

#include "rig/instruments/witness/codec.h"

using namespace pumprig;
using namespace pumprig::instruments::witness;

// The first byte is the size of the pieces; whatever comes, frames that are found keep within their bounds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0] % 64;
  Decoder decoder;
  ByteView rest(data + 1, size - 1);
  while (!rest.empty()) {
    ByteView input = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(input.size());
    for (auto step = decoder.next(input); step != link::Decoded::kNeedMore; step = decoder.next(input)) {
      if (step != link::Decoded::kFrame) continue;
      const ByteView payload = decoder.frame().payload;
      if (payload.size() > kMaxPayload) std::abort();
      Totals totals;
      TimeReply time;
      Identity identity;
      decode(payload, totals);
      decode(payload, time);
      decode(payload, identity);
      for (std::size_t i = 0; i < edge_count(payload); ++i) static_cast<void>(get_edge(payload, i));
    }
  }
  return 0;
}
