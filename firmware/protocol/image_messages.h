// Messages that bring a signed firmware image. docs/telemetry_security.md has the whole story.
#pragma once

#include <array>
#include <cstdint>

#include "firmware/protocol/codes.h"
#include "firmware/protocol/fields.h"

namespace pumpfw::protocol {

inline constexpr std::size_t kImagePartSize = 256;

// One number that rises with the version.
constexpr std::uint32_t image_version(std::uint8_t major, std::uint8_t minor, std::uint16_t patch) {
  return std::uint32_t{major} << 24 | std::uint32_t{minor} << 16 | patch;
}

struct ImageReply {
  static constexpr const char* kName = "ImageReply";
  std::uint32_t next_offset = 0;  // bytes that the pump has: where the next part begins
  static constexpr void fields(auto& v, auto& m) { v("next_offset", m.next_offset); }
};
struct BeginImage {  // forgets what an earlier one has brought
  static constexpr const char* kName = "BeginImage";
  static constexpr MessageType kType = MessageType::kBeginImage;
  using Reply = ImageReply;
  Text<16> model;
  std::uint8_t version_major = 0;
  std::uint8_t version_minor = 0;
  std::uint16_t version_patch = 0;
  std::uint32_t size = 0;                    // bytes of the image
  std::array<std::uint8_t, 32> sha256{};     // of the image
  std::array<std::uint8_t, 64> signature{};  // by the maker's key, of the prefix in docs/telemetry_security.md: ECDSA P-256, r, s
  static constexpr void fields(auto& v, auto& m) {
    v("model", m.model);
    v("version_major", m.version_major);
    v("version_minor", m.version_minor);
    v("version_patch", m.version_patch);
    v("size", m.size);
    v("sha256", m.sha256);
    v("signature", m.signature);
  }
};
struct ImagePart {  // in order; answered when the bytes stand in the second bank
  static constexpr const char* kName = "ImagePart";
  static constexpr MessageType kType = MessageType::kImagePart;
  using Reply = ImageReply;
  std::uint32_t offset = 0;
  std::array<std::uint8_t, 256> bytes{};  // what lies beyond the image's end is 0
  static constexpr void fields(auto& v, auto& m) {
    v("offset", m.offset);
    v("bytes", m.bytes);
  }
};
struct FinishImage {
  static constexpr const char* kName = "FinishImage";
  static constexpr MessageType kType = MessageType::kFinishImage;
  using Reply = ImageReply;
  bool activate = false;  // true: check it and reset into it; false: forget it
  static constexpr void fields(auto& v, auto& m) { v("activate", m.activate); }
};

}  // namespace pumpfw::protocol
