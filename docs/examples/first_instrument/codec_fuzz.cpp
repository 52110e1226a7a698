// Whatever comes, in pieces of the size that the first byte says: no crash, and a line that is found is written again to the same line.
#include <algorithm>
#include <cstdlib>

#include "docs/examples/first_instrument/codec.h"

using namespace pumprig;
using namespace pumprig::instruments::thermometer;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{1} + data[0] % 32;
  ByteView rest(data + 1, size - 1);
  AnswerDecoder decoder;
  Bytes again;
  while (!rest.empty()) {
    ByteView input = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(input.size());
    for (auto step = decoder.next(input); step != link::Decoded::kNeedMore; step = decoder.next(input)) {
      if (step == link::Decoded::kBad) {
        if (decoder.fault().empty()) std::abort();
        continue;
      }
      encode_answer(decoder.frame().word, decoder.frame().text, again);
      AnswerDecoder second;
      ByteView echo(again);
      if (second.next(echo) != link::Decoded::kFrame || second.frame().text != decoder.frame().text) std::abort();
    }
  }
  return 0;
}
