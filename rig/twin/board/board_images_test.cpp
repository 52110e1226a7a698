// A signed image on both boards, from the first frame to the reset and beyond: what the board would start, and what the pump then says.
#include <gtest/gtest.h>

#include "firmware/protocol/image_messages.h"
#include "rig/base/sha256.h"
#include "rig/security/image_signing.h"
#include "rig/security/test_image_key.h"
#include "rig/twin/board/board_player.h"
#include "rig/twin/board/board_testing.h"

namespace pumprig::twin {
namespace {

using namespace pumpfw::protocol;
using pumpfw::hal::kTicksPerSecond;
using pumpfw::lockstep::ImageBanks;
using BoardCause = pumpfw::hal::ResetCause;

security::ImageFacts image_of(std::size_t size, std::uint8_t minor) {
  security::ImageFacts image{"PR-20", 0, minor, 0, Bytes(size)};
  for (std::size_t i = 0; i < size; ++i) image.bytes[i] = static_cast<std::uint8_t>(i * 11 + minor);
  return image;
}

class BoardImages : public testing::TestWithParam<TestedBoard> {
 protected:
  void SetUp() override {
    auto made = make_board(GetParam(), Image::kPump, 3);
    ASSERT_TRUE(made) << made.error().describe();
    board_ = std::move(*made);
    player_ = std::make_unique<BoardPlayer>(*board_);
    start(BoardCause::kPowerOn);
  }
  void start(BoardCause cause) {
    ASSERT_TRUE(player_->reset(cause, 100));
    ASSERT_TRUE(player_->wait(2 * kTicksPerSecond));
  }
  template <typename Message>
  StatusCode ask(const Message& message) {
    const auto answer = player_->ask(Role::kClinician, message);
    EXPECT_TRUE(answer) << answer.error().describe();
    return answer ? answer->status : StatusCode::kInternalFault;
  }
  IdentifyReply identity() {
    const auto answer = player_->ask(Role::kClinician, Identify{});
    EXPECT_TRUE(answer) << answer.error().describe();
    return answer ? answer->fields : IdentifyReply{};
  }
  StatusCode begin(const security::ImageFacts& image) {
    const auto signature = security::sign_image(security::kTestImageKeyPem, image);
    EXPECT_TRUE(signature);
    return ask(security::announce(image, signature.value_or(security::ImageSignature{})));
  }
  void send_parts(const security::ImageFacts& image, std::size_t bytes) {
    for (std::uint32_t offset = 0; offset < bytes; offset += kImagePartSize) {
      ASSERT_EQ(ask(security::part_at(image, offset)), StatusCode::kOk) << offset;
    }
  }
  void update_to(const security::ImageFacts& image) {
    ASSERT_EQ(begin(image), StatusCode::kOk);
    send_parts(image, image.bytes.size());
    ASSERT_EQ(ask(FinishImage{true}), StatusCode::kOk);
    ASSERT_TRUE(player_->wait(kTicksPerSecond));
    ASSERT_TRUE(player_->reset_requested());
    start(BoardCause::kSoftware);
  }
  void expect_runs(const security::ImageFacts& image) {
    const ImageBanks banks(board_->images());
    const auto bytes = banks.bytes_of(banks.active());
    EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), image.bytes.begin(), image.bytes.end()));
    const IdentifyReply who = identity();
    EXPECT_EQ(who.firmware_minor, image.minor);
    Sha256 hasher;
    hasher.update(image.bytes);
    EXPECT_EQ(who.firmware_hash, hasher.finish());
  }

  std::unique_ptr<BoardPort> board_;
  std::unique_ptr<BoardPlayer> player_;
};

TEST_P(BoardImages, AnUpdateIsWhatEveryLaterResetStarts) {
  EXPECT_EQ(identity().firmware_minor, 1);
  const security::ImageFacts first = image_of(5'000, 2);
  update_to(first);
  for (const BoardCause cause : {BoardCause::kPin, BoardCause::kBrownOut, BoardCause::kPowerOn}) {
    start(cause);
    expect_runs(first);
    EXPECT_EQ(begin(first), StatusCode::kImageNotNewer);
  }
  const security::ImageFacts second = image_of(700, 3);
  update_to(second);
  expect_runs(second);
  EXPECT_EQ(begin(first), StatusCode::kImageNotNewer);
}

TEST_P(BoardImages, OneThatIsCutOrAlteredLeavesTheRunningOneAsItIs) {
  const security::ImageFacts first = image_of(5'000, 2);
  update_to(first);
  security::ImageFacts next = image_of(6'000, 3);
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{256}, std::size_t{3'000}, next.bytes.size()}) {
    ASSERT_EQ(begin(next), StatusCode::kOk);
    send_parts(next, bytes);
    start(BoardCause::kBrownOut);
    expect_runs(first);
    EXPECT_EQ(ask(FinishImage{true}), StatusCode::kNoImage);
  }
  ASSERT_EQ(begin(next), StatusCode::kOk);
  next.bytes[4'321] ^= 0x40;
  send_parts(next, next.bytes.size());
  EXPECT_EQ(ask(FinishImage{true}), StatusCode::kImageDamaged);
  start(BoardCause::kPin);
  expect_runs(first);
}

INSTANTIATE_TEST_SUITE_P(OnTheHost, BoardImages, testing::Values(TestedBoard::kHost), [](const auto& i) { return to_text(i.param); });
#ifdef PUMPRIG_HAVE_ARM_IMAGES
INSTANTIATE_TEST_SUITE_P(InQemu, BoardImages, testing::Values(TestedBoard::kQemu), [](const auto& i) { return to_text(i.param); });
#endif

}  // namespace
}  // namespace pumprig::twin
