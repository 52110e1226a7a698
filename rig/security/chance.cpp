#include "rig/security/chance.h"

#include <sodium.h>

namespace pumprig::security {

void Chance::fill(std::span<std::uint8_t> out) {
  if (!rng_) return randombytes_buf(out.data(), out.size());
  for (std::size_t at = 0; at < out.size();) {
    const std::uint64_t draw = rng_->next();
    for (unsigned shift = 0; shift < 64 && at < out.size(); shift += 8) out[at++] = static_cast<std::uint8_t>(draw >> shift);
  }
}

}  // namespace pumprig::security
