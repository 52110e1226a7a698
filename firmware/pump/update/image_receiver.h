// Takes a firmware image in parts into the board's second bank, and says whether what came is what was signed. Nothing of the running
// firmware changes before activate_image().
#pragma once

#include <cstdint>

#include "firmware/hal/board_facts.h"
#include "firmware/hal/hal.h"
#include "firmware/protocol/image_messages.h"
#include "firmware/pump/mutant.h"
#include "firmware/security/image_signature.h"

namespace pumpfw {

class ImageReceiver {
 public:
  using StatusCode = protocol::StatusCode;

  ImageReceiver(hal::Hal& hal, const security::EcdsaPublicKey& key, const protocol::Text<16>& model, Mutation mutation = {})
      : hal_(hal), key_(key), model_(model), mutation_(mutation) {}

  // `floor`: no version up to this one is taken. Whatever the answer, an image that was under way is forgotten.
  StatusCode begin(const protocol::BeginImage& image, std::uint32_t floor);
  // kOk: on its way to the bank; written() when it stands there.
  StatusCode take(const protocol::ImagePart& part);
  void written();
  // kOk: the board starts it from the next reset on. kImageDamaged forgets it.
  StatusCode activate();
  void forget() { expected_ = {}; }

  bool under_way() const { return expected_.size != 0; }
  std::uint32_t next_offset() const { return next_; }
  std::uint32_t version() const {
    return protocol::image_version(expected_.version_major, expected_.version_minor, expected_.version_patch);
  }

 private:
  std::uint32_t part_size() const;

  hal::Hal& hal_;
  security::EcdsaPublicKey key_;
  protocol::Text<16> model_;
  [[no_unique_address]] Mutation mutation_;
  protocol::BeginImage expected_;  // size 0: none
  std::uint32_t next_ = 0;         // bytes that stand in the bank
  security::Sha256 hash_;          // of them
};

}  // namespace pumpfw
