// Bytes of the lockstep channel: no decoder reads beyond its input, and what decodes as an idle frame encodes to the same bytes.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "firmware/boards/lockstep/wire.h"

using namespace pumpfw::lockstep;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span in(data, size);
  Header header;
  decode_header(in, header);
  if (size < kHeaderSize) return 0;
  const auto payload = in.subspan(kHeaderSize);
  pumpfw::hal::ResetCause cause{};
  decode_cause(payload, cause);
  GuestFacts facts;
  decode_facts(payload, facts);
  WakeInput wake;
  StartFacts start;
  decode_wake(Kind::kStart, payload, wake, start);
  decode_wake(Kind::kRun, payload, wake, start);
  static TurnOutput turn;
  if (!decode_idle(payload, turn)) return 0;
  static std::array<std::uint8_t, kFrameCapacity> again;
  if (!turn.step_armed && turn.step_at != 0) return 0;  // has no second spelling
  const std::size_t n = encode_idle(again, header, turn);
  if (n != size || !std::equal(payload.begin(), payload.end(), again.begin() + kHeaderSize)) std::abort();
  return 0;
}
