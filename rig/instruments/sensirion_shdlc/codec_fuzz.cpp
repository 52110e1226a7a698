// The first byte is the size of the pieces and which side listens. Whatever comes: no crash, and a frame that is found is encoded back to
// bytes that decode to the same frame.
#include <algorithm>
#include <cstdlib>

#include "rig/instruments/sensirion_shdlc/codec.h"

using namespace pumprig;
using namespace pumprig::instruments::sensirion_shdlc;

template <typename Decoder>
void feed(ByteView rest, std::size_t piece) {
  Decoder decoder;
  Bytes again;
  while (!rest.empty()) {
    ByteView input = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(input.size());
    for (auto step = decoder.next(input); step != link::Decoded::kNeedMore; step = decoder.next(input)) {
      if (step == link::Decoded::kBad && decoder.fault().empty()) std::abort();
      if (step != link::Decoded::kFrame) continue;
      encode(decoder.frame(), again);
      Decoder second;
      ByteView echo(again);
      if (second.next(echo) != link::Decoded::kFrame || !echo.empty()) std::abort();
      if (!std::ranges::equal(second.frame().data, decoder.frame().data) || second.frame().command != decoder.frame().command) std::abort();
    }
  }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const ByteView rest(data + 1, size - 1);
  const std::size_t piece = std::size_t{1} + data[0] % 64;
  if ((data[0] & 0x80) != 0) {
    feed<RequestDecoder>(rest, piece);
  } else {
    feed<ReplyDecoder>(rest, piece);
  }
  return 0;
}
