// Made-up images: what is said to be wrong with one, and nothing else, and none for a pump that runs a product.
#include "rig/clients/image_update.h"

#include <gtest/gtest.h>

namespace pumprig::clients {
namespace {

IdentifyReply running(std::uint8_t major, std::uint8_t minor, std::uint16_t patch) {
  IdentifyReply who;
  who.image_kind = protocol::ImageKind::kTest;
  who.model = "PR-20";
  who.firmware_major = major;
  who.firmware_minor = minor;
  who.firmware_patch = patch;
  return who;
}

TEST(TrialImage, IsForATestImageOnly) {
  IdentifyReply product = running(1, 2, 3);
  product.image_kind = protocol::ImageKind::kProduct;
  const auto refused = trial_image(product, ImageFlaw::kNone, 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kRefused);
}

TEST(TrialImage, AGoodOneIsOfTheNextVersionForThisModel) {
  const auto image = trial_image(running(1, 2, 3), ImageFlaw::kNone, 1000);
  ASSERT_TRUE(image);
  EXPECT_EQ(version_text(image->facts), "1.2.4");
  EXPECT_EQ(image->facts.model, "PR-20");
  EXPECT_EQ(image->facts.bytes.size(), 1000U);
  EXPECT_NE(image->facts.bytes, trial_image(running(1, 2, 4), ImageFlaw::kNone, 1000)->facts.bytes);
}

TEST(TrialImage, AnOlderVersionIsBelowWhereverThatIs) {
  const auto older = [](const IdentifyReply& who) { return version_text(trial_image(who, ImageFlaw::kOlderVersion, 8)->facts); };
  EXPECT_EQ(older(running(1, 2, 3)), "1.2.2");
  EXPECT_EQ(older(running(1, 2, 0)), "1.1.0");
  EXPECT_EQ(older(running(1, 0, 0)), "0.0.0");
  EXPECT_FALSE(trial_image(running(0, 0, 0), ImageFlaw::kOlderVersion, 8));
  EXPECT_EQ(version_text(trial_image(running(1, 2, 3), ImageFlaw::kSameVersion, 8)->facts), "1.2.3");
  EXPECT_NE(trial_image(running(1, 2, 3), ImageFlaw::kOtherModel, 8)->facts.model, "PR-20");
}

}  // namespace
}  // namespace pumprig::clients
