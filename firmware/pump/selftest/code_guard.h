// Works out the CRC of the code a slice at a time, so that no wake takes long (REQ-105), and begins anew when it is through. The number of
// slices does not depend on the size of the code: boards whose code differs wake at the same times.
#pragma once

#include <cstdint>

#include "firmware/hal/hal.h"
#include "firmware/protocol/crc32.h"

namespace pumpfw {

class CodeGuard {
 public:
  enum class Finding : std::uint8_t { kUnderWay, kGood, kDamaged };

  void restart() {
    slice_ = 0;
    crc_ = 0;
  }
  Finding look(const hal::Code& code, std::size_t slices) {
    const std::size_t from = code.bytes.size() * slice_ / slices;
    const std::size_t to = code.bytes.size() * (slice_ + 1) / slices;
    crc_ = protocol::crc32(code.bytes.subspan(from, to - from), crc_);
    if (++slice_ < slices) return Finding::kUnderWay;
    const bool good = crc_ == code.crc;
    restart();
    return good ? Finding::kGood : Finding::kDamaged;
  }

 private:
  std::size_t slice_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace pumpfw
