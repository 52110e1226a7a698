// Any bytes at either end of the pins' line: no crash, every frame lies within what came, and a frame that decodes encodes to the same.
#include <algorithm>
#include <cstdlib>

#include "firmware/boards/pins/frames.h"

namespace {

using namespace pumpfw::pins;

template <typename Fields>
void round_trip(const Frame& frame) {
  Fields fields;
  if (!decode(frame.payload, fields)) return;
  std::array<std::uint8_t, kFrameCapacity> again{};
  const std::size_t size = encode(again, frame.boot, fields);
  const auto payload = std::span(again).subspan(kHeadSize, size - kHeadSize - 4);
  if (!std::equal(payload.begin(), payload.end(), frame.payload.begin(), frame.payload.end())) std::abort();
}

void look_at(const Frame& frame) {
  if (frame.payload.size() > kLargestPayload) std::abort();
  Switches switches;
  pumpfw::hal::ResetCause cause{};
  pumpfw::hal::Tick rtc = 0;
  static_cast<void>(decode(frame.payload, switches));
  static_cast<void>(decode_reset(frame.payload, cause));
  static_cast<void>(decode_clock(frame.payload, rtc));
  switch (frame.kind) {
    case Kind::kHello:
      return round_trip<Hello>(frame);
    case Kind::kTurn:
      return round_trip<Turn>(frame);
    case Kind::kStep:
      return round_trip<Step>(frame);
    case Kind::kStart:
      return round_trip<Start>(frame);
    case Kind::kSense:
      return round_trip<Sense>(frame);
    default:
      return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Assembler assembler;
  std::size_t told = 0;
  for (std::size_t i = 0; i < size; ++i) {
    assembler.put(data[i]);
    while (const auto frame = assembler.next()) {
      told += frame->payload.size() + kHeadSize + 4;
      look_at(*frame);
    }
  }
  if (told + assembler.passed_over() > size) std::abort();
  return 0;
}
