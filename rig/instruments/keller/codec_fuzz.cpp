// The first byte is the size of the pieces and which side listens; for a reply the second is the function that was asked for. Whatever
// comes: no crash, and a frame that is found is encoded back to bytes that decode to the same frame.
#include <algorithm>
#include <cstdlib>

#include "rig/instruments/keller/codec.h"

using namespace pumprig;
using namespace pumprig::instruments::keller;

template <typename Decoder>
void feed(ByteView rest, std::size_t piece, ByteView request) {
  Decoder decoder;
  decoder.begin(request);
  Bytes again;
  while (!rest.empty()) {
    ByteView input = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(input.size());
    for (auto step = decoder.next(input); step != link::Decoded::kNeedMore; step = decoder.next(input)) {
      if (step == link::Decoded::kBad && decoder.fault().empty()) std::abort();
      if (step != link::Decoded::kFrame) continue;
      encode(decoder.frame(), again);
      Decoder second;
      second.begin(request);
      ByteView echo(again);
      if (second.next(echo) != link::Decoded::kFrame || !echo.empty()) std::abort();
      if (second.frame().function != decoder.frame().function || second.frame().address != decoder.frame().address) std::abort();
    }
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = std::size_t{1} + data[0] % 32;
  if ((data[0] & 0x80) != 0) {
    feed<RequestDecoder>(ByteView(data + 1, size - 1), piece, {});
  } else {
    const Bytes request{1, data[1]};
    feed<ReplyDecoder>(ByteView(data + 2, size - 2), piece, request);
  }
  return 0;
}
