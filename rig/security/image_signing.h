// Firmware images: what their maker signs, by OpenSSL and written apart from the pump's end (firmware/security/image_signature.h), so that
// a mistake in one meets the other.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "firmware/protocol/image_messages.h"
#include "rig/base/bytes.h"
#include "rig/base/result.h"

namespace pumprig::security {

using ImageSignature = std::array<std::uint8_t, 64>;  // ECDSA P-256: r, then s, high byte first
using ImageKey = std::array<std::uint8_t, 65>;        // public: 04 ‖ x ‖ y

struct ImageFacts {
  std::string model;  // at most 16 characters
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::uint16_t patch = 0;
  Bytes bytes;
};

// The bytes that are signed.
Bytes image_statement(const ImageFacts& image);

// `private_key`: PEM of a P-256 key; kInvalidArgument when it is none, or when a fact can not be.
Result<ImageSignature> sign_image(std::string_view private_key, const ImageFacts& image);
// With the key of test images. That one is no secret and needs no secret number in its signatures: the same image always gets the same one,
// as a run in virtual time must say the same bytes each time.
Result<ImageSignature> sign_test_image(const ImageFacts& image);
bool image_is_authentic(const ImageKey& key, const ImageFacts& image, const ImageSignature& signature);

// What announces the image to a pump, and its parts in order.
pumpfw::protocol::BeginImage announce(const ImageFacts& image, const ImageSignature& signature);
pumpfw::protocol::ImagePart part_at(const ImageFacts& image, std::uint32_t offset);

}  // namespace pumprig::security
