// Whatever the master sends, in whatever pieces (the first byte is their size): the chip answers in whole, sound datagrams, and the same to
// the same bytes however they were cut.
#include <algorithm>
#include <cstdlib>

#include "rig/twin/motor_driver/tmc2209.h"

using namespace pumprig;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = std::size_t{1} + data[0] % 16;
  const ByteView sent(data + 1, size - 1);
  twin::Tmc2209 whole;
  Bytes reply;
  whole.receive(sent, reply);
  if (reply.size() % 8 != 0) std::abort();
  for (std::size_t at = 0; at < reply.size(); at += 8) {
    const ByteView datagram = ByteView(reply).subspan(at, 8);
    if (datagram[0] != 0x05 || datagram[1] != 0xFF || twin::Tmc2209::crc(datagram.first(7)) != datagram[7]) std::abort();
  }
  twin::Tmc2209 cut;
  Bytes pieces;
  for (ByteView rest = sent; !rest.empty();) {
    const ByteView part = rest.first(std::min(piece, rest.size()));
    rest = rest.subspan(part.size());
    cut.receive(part, pieces);
  }
  if (pieces != reply) std::abort();
  for (const auto which : {twin::Tmc2209::kGconf, twin::Tmc2209::kIfcnt, twin::Tmc2209::kChopconf, twin::Tmc2209::kIholdIrun}) {
    if (cut.reg(which) != whole.reg(which)) std::abort();
  }
  return 0;
}
