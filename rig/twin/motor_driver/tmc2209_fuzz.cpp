// Whatever the master sends, in transmissions of any length (the first byte is their size): the chip answers in whole, sound datagrams, and
// a good read after all of it is answered, for a pause has ended what was out of step.
#include <algorithm>
#include <cstdlib>

#include "rig/twin/motor_driver/tmc2209.h"

using namespace pumprig;

namespace {

void check(ByteView reply) {
  if (reply.size() % 8 != 0) std::abort();
  for (; !reply.empty(); reply = reply.subspan(8)) {
    if (reply[0] != 0x05 || reply[1] != 0xFF || twin::Tmc2209::crc(reply.first(7)) != reply[7]) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = std::size_t{1} + data[0] % 64;
  twin::Tmc2209 chip;
  for (ByteView rest(data + 1, size - 1); !rest.empty();) {
    const ByteView part = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(part.size());
    Bytes reply;
    chip.receive(part, reply);
    check(reply);
  }
  Bytes request{0x05, 0x00, twin::Tmc2209::kIfcnt};
  request.push_back(twin::Tmc2209::crc(request));
  Bytes reply;
  chip.receive(request, reply);
  check(reply);
  if (reply.size() != 8) std::abort();
  return 0;
}
