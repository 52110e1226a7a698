// Two banks for firmware images in the board's memory, and the record that says which one starts: nothing until an image was activated,
// then the board starts what it was built with. Shared by the boards and by the rig, which stands in for the boot loader.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/hal/board_facts.h"

namespace pumpfw::lockstep {

inline constexpr std::uint32_t kBootRecordSize = 16;
inline constexpr std::uint32_t kImageMemory = 2 * hal::kImageBankSize + kBootRecordSize;

// What the next reset starts.
struct ActiveImage {
  std::uint32_t version = 0;  // 0: what the board was built with
  std::uint32_t bank = 0;
  std::uint32_t size = 0;
};

// Record: "PIMG", bank, version, size, each four bytes, little-endian.
class ImageBanks {
 public:
  static constexpr std::array<std::uint8_t, 4> kMark{'P', 'I', 'M', 'G'};

  // `memory` has kImageMemory bytes and outlives the object.
  explicit ImageBanks(std::span<std::uint8_t> memory) : memory_(memory) {}

  ActiveImage active() const {
    const auto record = memory_.subspan(2 * std::size_t{hal::kImageBankSize});
    if (!std::equal(kMark.begin(), kMark.end(), record.begin())) return {};
    const ActiveImage image{get(record, 8), get(record, 4), get(record, 12)};
    return image.bank > 1 || image.size > hal::kImageBankSize ? ActiveImage{} : image;
  }
  std::span<const std::uint8_t> bytes_of(const ActiveImage& image) const { return bank(image.bank).first(image.size); }

  // The bank that does not run.
  std::span<std::uint8_t> second() const { return bank(second_index()); }
  void activate(std::uint32_t version, std::uint32_t size) const {
    const std::uint32_t index = second_index();
    const auto record = memory_.subspan(2 * std::size_t{hal::kImageBankSize});
    put(record, 4, index);
    put(record, 8, version);
    put(record, 12, size);
    std::copy(kMark.begin(), kMark.end(), record.begin());
  }

 private:
  std::span<std::uint8_t> bank(std::uint32_t index) const {
    return memory_.subspan(std::size_t{index} * hal::kImageBankSize, hal::kImageBankSize);
  }
  std::uint32_t second_index() const {
    const ActiveImage image = active();
    return image.version == 0 ? 0 : 1 - image.bank;
  }
  static std::uint32_t get(std::span<const std::uint8_t> in, std::size_t at) {
    std::uint32_t v = 0;
    for (std::size_t i = 0; i < 4; ++i) v |= std::uint32_t{in[at + i]} << (8 * i);
    return v;
  }
  static void put(std::span<std::uint8_t> out, std::size_t at, std::uint32_t v) {
    for (std::size_t i = 0; i < 4; ++i) out[at + i] = static_cast<std::uint8_t>(v >> (8 * i));
  }

  std::span<std::uint8_t> memory_;
};

}  // namespace pumpfw::lockstep
