// The decoder takes any bytes, in any pieces; what it takes for values comes back the same.
#include "rig/instruments/patient/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pumprig;
  using namespace pumprig::instruments::patient;
  AnswerDecoder decoder;
  decoder.begin({});
  ByteView input(data, size);
  for (auto step = decoder.next(input); step != link::Decoded::kNeedMore; step = decoder.next(input)) {
    if (step != link::Decoded::kFrame) continue;
    const auto values = parse_values(decoder.frame().text);
    if (values && parse_values(values_text(*values)) != values) __builtin_trap();
  }
  return 0;
}
