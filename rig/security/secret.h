// 32 secret bytes: kept out of swap where the system allows, zeroed when they are no longer needed, never printed.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "rig/base/bytes.h"
#include "rig/base/result.h"

namespace pumprig::security {

class Secret {
 public:
  static constexpr std::size_t kSize = 32;

  Secret();  // zeros
  explicit Secret(std::span<const std::uint8_t, kSize> bytes);
  ~Secret();
  Secret(const Secret& other) : Secret(std::span<const std::uint8_t, kSize>(other.bytes_)) {}
  Secret& operator=(const Secret& other);

  std::span<const std::uint8_t, kSize> view() const { return bytes_; }
  std::span<std::uint8_t, kSize> fill() { return bytes_; }

 private:
  std::array<std::uint8_t, kSize> bytes_{};
};

// Zeroes what held a secret; not optimised away.
void wipe(std::span<std::uint8_t> bytes);

// A file with one key: 64 hexadecimal digits and nothing else but white space at the ends. Refused (kRefused) when anybody but its owner
// may read or write it, or when it belongs to somebody else; kNotFound, kCorrupt. The text of an error never holds a part of the key.
Result<Secret> read_key_file(const std::string& path);
// Makes a new file (0600); kRefused when it exists: a key is not overwritten by mistake.
Status write_key_file(const std::string& path, const Secret& key);

}  // namespace pumprig::security
