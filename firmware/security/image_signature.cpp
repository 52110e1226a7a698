#include "firmware/security/image_signature.h"

namespace pumpfw::security {
namespace {

constexpr char kDomain[] = "pumprig image 1";

}  // namespace

std::array<std::uint8_t, kImageStatement> image_statement(const protocol::BeginImage& image) {
  std::array<std::uint8_t, kImageStatement> out{};
  std::size_t at = 0;
  const auto put = [&](std::uint32_t value, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) out[at++] = static_cast<std::uint8_t>(value >> (8 * i));
  };
  for (std::size_t i = 0; i + 1 < sizeof kDomain; ++i) put(static_cast<std::uint8_t>(kDomain[i]), 1);
  for (const char c : image.model.chars) put(static_cast<std::uint8_t>(c), 1);
  put(protocol::image_version(image.version_major, image.version_minor, image.version_patch), 4);
  put(image.size, 4);
  for (const std::uint8_t byte : image.sha256) put(byte, 1);
  return out;
}

bool image_authentic(const EcdsaPublicKey& key, const protocol::BeginImage& image) {
  if (key == EcdsaPublicKey{}) return false;
  return ecdsa_p256_verify(key, sha256(image_statement(image)), image.signature);
}

}  // namespace pumpfw::security
