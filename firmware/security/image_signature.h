// Whose firmware image it is: what the maker signs, and whether he did. docs/telemetry_security.md defines every byte.
#pragma once

#include "firmware/protocol/image_messages.h"
#include "firmware/security/crypto.h"

namespace pumpfw::security {

// "pumprig image 1" ‖ model (16) ‖ version u32 ‖ size u32 ‖ SHA-256 of the image: nothing else that a key signs begins so.
inline constexpr std::size_t kImageStatement = 15 + 16 + 4 + 4 + 32;
std::array<std::uint8_t, kImageStatement> image_statement(const protocol::BeginImage& image);

// False for a key of zeros, which says that the build takes no images.
bool image_authentic(const EcdsaPublicKey& key, const protocol::BeginImage& image);

}  // namespace pumpfw::security
