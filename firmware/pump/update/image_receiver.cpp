#include "firmware/pump/update/image_receiver.h"

namespace pumpfw {

ImageReceiver::StatusCode ImageReceiver::begin(const protocol::BeginImage& image, std::uint32_t floor) {
  forget();
  next_ = 0;
  // Nothing that anybody but the maker wrote is looked at further.
  const bool authentic = security::image_authentic(key_, image) || mutation_.is(Mutant::kSignatureUnjudged);
  if (!authentic) return StatusCode::kImageNotAuthentic;
  if (!(image.model == model_) && !mutation_.is(Mutant::kModelUnjudged)) return StatusCode::kOtherModel;
  if (image.size == 0 || image.size > hal::kImageBankSize) return StatusCode::kImageTooLarge;
  if (protocol::image_version(image.version_major, image.version_minor, image.version_patch) <= floor) return StatusCode::kImageNotNewer;
  expected_ = image;
  hash_ = {};
  return StatusCode::kOk;
}

std::uint32_t ImageReceiver::part_size() const {
  const std::uint32_t left = expected_.size - next_;
  return left < protocol::kImagePartSize ? left : protocol::kImagePartSize;
}

ImageReceiver::StatusCode ImageReceiver::take(const protocol::ImagePart& part) {
  static_assert(protocol::kImagePartSize <= hal::kImageTransfer);
  if (!under_way()) return StatusCode::kNoImage;
  if (part.offset != next_ || next_ == expected_.size) return StatusCode::kImageOutOfOrder;
  const std::uint32_t size = part_size();
  for (std::size_t i = size; i < part.bytes.size(); ++i) {
    if (part.bytes[i] != 0) return StatusCode::kBadFieldValue;
  }
  const auto bytes = std::span<const std::uint8_t>(part.bytes).first(size);
  hash_.add(bytes);
  hal_.write_image(next_, bytes);
  return StatusCode::kOk;
}

void ImageReceiver::written() {
  if (under_way()) next_ += part_size();
}

ImageReceiver::StatusCode ImageReceiver::activate() {
  if (!under_way()) return StatusCode::kNoImage;
  if (next_ != expected_.size) return StatusCode::kImageIncomplete;
  if (!security::equal(hash_.finish(), expected_.sha256) && !mutation_.is(Mutant::kDamageTaken)) {
    forget();
    return StatusCode::kImageDamaged;
  }
  hal_.activate_image(version(), expected_.size);
  return StatusCode::kOk;
}

}  // namespace pumpfw
