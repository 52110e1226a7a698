// Works out the CRC of the code a slice at a time, so that no wake takes long (REQ-105), and begins anew when it is through.
#pragma once

#include <cstdint>

#include "firmware/hal/hal.h"
#include "firmware/protocol/crc32.h"

namespace pumpfw {

class CodeGuard {
 public:
  enum class Finding : std::uint8_t { kUnderWay, kGood, kDamaged };

  void restart() {
    at_ = 0;
    crc_ = 0;
  }
  Finding look(const hal::Code& code, std::size_t slice) {
    const std::size_t left = code.bytes.size() - at_;
    const std::size_t size = left < slice ? left : slice;
    crc_ = protocol::crc32(code.bytes.subspan(at_, size), crc_);
    at_ += size;
    if (at_ < code.bytes.size()) return Finding::kUnderWay;
    const bool good = crc_ == code.crc;
    restart();
    return good ? Finding::kGood : Finding::kDamaged;
  }

 private:
  std::size_t at_ = 0;
  std::uint32_t crc_ = 0;
};

}  // namespace pumpfw
