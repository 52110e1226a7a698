// SHA-256 of bytes that arrive in pieces (OpenSSL underneath).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "rig/base/bytes.h"

namespace pumprig {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(ByteView bytes);
  void update(std::string_view text);
  // The digest of all that came so far; starts anew after it.
  std::array<std::uint8_t, 32> finish();
  std::string finish_hex();  // 64 lower-case digits

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view text);

}  // namespace pumprig
