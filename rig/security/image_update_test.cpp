// REQ-608: which firmware images a pump takes, from whom, in which state, and what is left of one that was cut, altered or refused. The
// maker's end is OpenSSL, the pump's the firmware on a fake board.
#include <gtest/gtest.h>

#include "firmware/boards/lockstep/test_image_key.h"
#include "firmware/pump/campaign/wire.h"
#include "firmware/pump/storage/layout.h"
#include "firmware/pump/testing/programs.h"
#include "firmware/pump/update/image_receiver.h"
#include "rig/security/image_signing.h"
#include "rig/security/test_image_key.h"

namespace pumprig::security {
namespace {

using namespace pumpfw::protocol;
using pumpfw::AlarmId;
using pumpfw::ImageReceiver;
using pumpfw::kSecond;
using pumpfw::testing::FakeBoard;

ImageFacts image_of(std::size_t size, std::uint8_t minor = 2, std::uint16_t patch = 0) {
  ImageFacts image{"PR-20", 0, minor, patch, Bytes(size)};
  for (std::size_t i = 0; i < size; ++i) image.bytes[i] = static_cast<std::uint8_t>(i * 7 + (i >> 8) + minor);
  return image;
}

ImageSignature sign(const ImageFacts& image) {
  const auto signature = sign_image(kTestImageKeyPem, image);
  EXPECT_TRUE(signature) << signature.error().describe();
  return signature.value_or(ImageSignature{});
}

BeginImage signed_begin(const ImageFacts& image) {
  return announce(image, sign(image));
}

pumpfw::Pump::Config image_pump() {
  pumpfw::Pump::Config out;
  out.build.test_image = true;
  out.build.update_key = pumpfw::lockstep::kTestImageKey;
  return out;
}

class ImageUpdate : public ::testing::Test {
 protected:
  void SetUp() override { board_.run_for(2 * kSecond); }

  template <typename Message>
  StatusCode ask(const Message& message, Role role = Role::kClinician) {
    address_.role = role;
    ++address_.session;
    ++address_.nonce;
    return send(pumpfw::campaign::request(message, address_));
  }
  StatusCode send(const Bytes& frame) {
    board_.telemetry.clear();
    board_.send(frame);
    for (int i = 0; i < 600 && board_.telemetry.empty(); ++i) board_.run_for(kSecond / 100);
    replies_ = pumpfw::campaign::replies_in(board_.telemetry);
    EXPECT_EQ(replies_.size(), 1U);
    return replies_.empty() ? StatusCode::kInternalFault : replies_[0].head.status;
  }
  // So many parts, from the first.
  void send_parts(const ImageFacts& image, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_EQ(ask(part_at(image, static_cast<std::uint32_t>(kImagePartSize * i))), StatusCode::kOk) << i;
    }
  }
  void send_whole(const ImageFacts& image) {
    ASSERT_EQ(ask(signed_begin(image)), StatusCode::kOk);
    send_parts(image, (image.bytes.size() + kImagePartSize - 1) / kImagePartSize);
  }
  std::uint32_t version_told() {
    EXPECT_EQ(ask(Identify{}), StatusCode::kOk);
    IdentifyReply told;
    EXPECT_TRUE(decode(replies_[0].fields, told, Trailing::kIgnored));
    return image_version(told.firmware_major, told.firmware_minor, told.firmware_patch);
  }
  void update_to(const ImageFacts& image) {
    send_whole(image);
    ASSERT_EQ(ask(FinishImage{true}), StatusCode::kOk);
    board_.run_for(3 * kSecond);
    ASSERT_EQ(board_.pump().reset_cause(), pumpfw::hal::ResetCause::kSoftware);
  }
  void expect_nothing_changed() {
    EXPECT_FALSE(board_.activated);
    EXPECT_NE(board_.pump().reset_cause(), pumpfw::hal::ResetCause::kSoftware);
    board_.reboot(pumpfw::hal::ResetCause::kBrownOut);
    board_.run_for(2 * kSecond);
    EXPECT_EQ(version_told(), image_version(0, 1, 0));
    const StatusCode then = ask(FinishImage{true});
    EXPECT_TRUE(then == StatusCode::kNoImage || then == StatusCode::kCriticalAlarm);
  }

  FakeBoard board_{image_pump()};
  pumpfw::campaign::Address address_;
  std::vector<pumpfw::campaign::Reply> replies_;
};

// ---- What is signed ----

// Made with Python's struct and hashlib and with `openssl dgst -sha256 -sign`; docs/telemetry_security.md shows it.
TEST(ImageStatement, IsThatOfTheWorkedExampleOnBothEnds) {
  ImageFacts image{"PR-20", 1, 2, 3, Bytes(300)};
  for (std::size_t i = 0; i < 256; ++i) image.bytes[i] = static_cast<std::uint8_t>(i);
  const std::string statement =
      "70756d7072696720696d616765203150522d32300000000000000000000000030002012c010000"
      "4d2746b98a142f34f4e42335eace0932b1ebeea548ab97e8b163c8be6ea989cc";
  const auto signature_bytes = from_hex(
      "ee782a3e21c0ef8d0f34656597257a0837bf188a8f655c5cca432717437e8522"
      "ef79b81dc47a210ba3fcc3e11d22a878272d6d14b6a725f8655ec9c9c3c13cfd");
  ASSERT_TRUE(signature_bytes);
  ImageSignature signature{};
  std::copy(signature_bytes->begin(), signature_bytes->end(), signature.begin());
  const BeginImage begin = announce(image, signature);
  const auto pumps = pumpfw::security::image_statement(begin);
  EXPECT_EQ(Bytes(pumps.begin(), pumps.end()), from_hex(statement));
  EXPECT_EQ(image_statement(image), from_hex(statement));
  EXPECT_TRUE(pumpfw::security::image_authentic(pumpfw::lockstep::kTestImageKey, begin));
  EXPECT_TRUE(image_is_authentic(pumpfw::lockstep::kTestImageKey, image, signature));
}

TEST(ImageStatement, WhatOpenSslSignsThePumpTakesAndWhatIsAlteredNeitherDoes) {
  for (std::uint16_t patch = 0; patch < 20; ++patch) {
    const ImageFacts image = image_of(100U + patch, 2, patch);
    ImageSignature signature = sign(image);
    EXPECT_TRUE(image_is_authentic(pumpfw::lockstep::kTestImageKey, image, signature));
    EXPECT_TRUE(pumpfw::security::image_authentic(pumpfw::lockstep::kTestImageKey, announce(image, signature)));
    signature[patch * 3U] ^= 0x10;
    EXPECT_FALSE(image_is_authentic(pumpfw::lockstep::kTestImageKey, image, signature));
    EXPECT_FALSE(pumpfw::security::image_authentic(pumpfw::lockstep::kTestImageKey, announce(image, signature)));
  }
}

TEST(ImageStatement, ATestImageIsSignedTheSameEachTimeAndTakenByThePump) {
  for (std::uint16_t patch = 0; patch < 20; ++patch) {
    const ImageFacts image = image_of(100U + patch, 2, patch);
    const auto signature = sign_test_image(image);
    ASSERT_TRUE(signature);
    EXPECT_EQ(*signature, *sign_test_image(image));
    EXPECT_NE(*signature, *sign_test_image(image_of(100U + patch, 3, patch)));
    EXPECT_TRUE(image_is_authentic(pumpfw::lockstep::kTestImageKey, image, *signature));
    EXPECT_TRUE(pumpfw::security::image_authentic(pumpfw::lockstep::kTestImageKey, announce(image, *signature)));
  }
}

TEST(ImageStatement, IsSignedWithAKeyOfItsKindOnly) {
  EXPECT_FALSE(sign_image("no key", image_of(10)));
  EXPECT_FALSE(sign_image(kTestImageKeyPem, image_of(0)));
  ImageFacts nameless = image_of(10);
  nameless.model = "a name of more than sixteen characters";
  EXPECT_FALSE(sign_image(kTestImageKeyPem, nameless));
}

// ---- The whole way ----

TEST_F(ImageUpdate, AnImageIsTakenStartedAtTheResetAndReported) {
  const ImageFacts image = image_of(1000);
  update_to(image);
  ASSERT_TRUE(board_.activated);
  EXPECT_EQ(board_.activated->first, image_version(0, 2, 0));
  EXPECT_EQ(board_.activated->second, 1000U);
  EXPECT_TRUE(std::equal(image.bytes.begin(), image.bytes.end(), board_.image_bank.begin()));
  EXPECT_EQ(version_told(), image_version(0, 2, 0));
}

TEST_F(ImageUpdate, AnImageMayFillTheBankAndNoMore) {
  ImageFacts image = image_of(pumpfw::hal::kImageBankSize + 1);
  EXPECT_EQ(ask(signed_begin(image)), StatusCode::kImageTooLarge);
  image.bytes.pop_back();
  update_to(image);
  EXPECT_EQ(board_.image_bank, image.bytes);
  BeginImage empty;
  empty.model = "PR-20";
  EXPECT_EQ(ask(empty), StatusCode::kImageNotAuthentic);
}

// ---- Not the maker's ----

TEST_F(ImageUpdate, AnyFlippedBitOfTheAnnouncementIsRefused) {
  const BeginImage good = signed_begin(image_of(300));
  Bytes bytes(max_size<BeginImage>());
  ASSERT_EQ(encode(good, bytes), bytes.size());
  ImageReceiver receiver(board_, pumpfw::lockstep::kTestImageKey, "PR-20");
  ASSERT_EQ(receiver.begin(good, 0), StatusCode::kOk);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    Bytes altered = bytes;
    altered[bit / 8] = static_cast<std::uint8_t>(altered[bit / 8] ^ 1U << bit % 8);
    BeginImage begin;
    ASSERT_TRUE(decode(altered, begin, Trailing::kRefused));
    ASSERT_EQ(receiver.begin(begin, 0), StatusCode::kImageNotAuthentic) << "bit " << bit;
    ASSERT_FALSE(receiver.under_way());
  }
}

TEST_F(ImageUpdate, AnyFlippedBitOfTheImageIsFoundAndLeavesTheRunningOne) {
  const ImageFacts image = image_of(300);
  const BeginImage begin = signed_begin(image);
  ImageReceiver receiver(board_, pumpfw::lockstep::kTestImageKey, "PR-20");
  for (std::size_t bit = 0; bit < 8 * image.bytes.size(); bit += 1 + bit % 5) {
    ImageFacts altered = image;
    altered.bytes[bit / 8] = static_cast<std::uint8_t>(altered.bytes[bit / 8] ^ 1U << bit % 8);
    ASSERT_EQ(receiver.begin(begin, 0), StatusCode::kOk);
    for (const std::uint32_t offset : {0U, 256U}) {
      ASSERT_EQ(receiver.take(part_at(altered, offset)), StatusCode::kOk);
      receiver.written();
    }
    ASSERT_EQ(receiver.activate(), StatusCode::kImageDamaged) << "bit " << bit;
    ASSERT_EQ(receiver.activate(), StatusCode::kNoImage) << "bit " << bit;
  }
  EXPECT_FALSE(board_.activated);
}

TEST_F(ImageUpdate, AnotherMakersOrAnotherModelsImageIsRefusedAndSoIsEveryOneByAPumpWithoutAKey) {
  const ImageFacts image = image_of(300);
  ImageReceiver keyless(board_, {}, "PR-20");
  EXPECT_EQ(keyless.begin(signed_begin(image), 0), StatusCode::kImageNotAuthentic);
  auto other_key = pumpfw::lockstep::kTestImageKey;
  std::swap(other_key[10], other_key[11]);  // not even a point of the curve
  ImageReceiver other(board_, other_key, "PR-20");
  EXPECT_EQ(other.begin(signed_begin(image), 0), StatusCode::kImageNotAuthentic);
  ImageFacts other_model = image;
  other_model.model = "PR-40";
  EXPECT_EQ(ask(signed_begin(other_model)), StatusCode::kOtherModel);
  expect_nothing_changed();
}

// ---- Roll-back ----

TEST_F(ImageUpdate, AVersionThatIsNotAboveEveryOneBeforeIsRefusedAlsoAfterResets) {
  EXPECT_EQ(ask(signed_begin(image_of(100, 1))), StatusCode::kImageNotNewer);  // the one that runs
  EXPECT_EQ(ask(signed_begin(image_of(100, 0, 9))), StatusCode::kImageNotNewer);
  update_to(image_of(500, 3));
  for (const auto cause : {pumpfw::hal::ResetCause::kPin, pumpfw::hal::ResetCause::kPowerOn, pumpfw::hal::ResetCause::kBrownOut}) {
    EXPECT_EQ(ask(signed_begin(image_of(100, 2, 9))), StatusCode::kImageNotNewer);
    EXPECT_EQ(ask(signed_begin(image_of(100, 3))), StatusCode::kImageNotNewer);
    EXPECT_EQ(ask(signed_begin(image_of(100, 3, 1))), StatusCode::kOk);
    board_.reboot(cause);
    board_.run_for(2 * kSecond);
  }
  // The bank was exchanged for an older one by hand: what has run once still counts, though one record of it is damaged.
  board_.activated->first = image_version(0, 1, 0);
  board_.nvm[pumpfw::kStateSlots + 20] ^= 0x04;
  board_.reboot(pumpfw::hal::ResetCause::kPowerOn);
  board_.run_for(2 * kSecond);
  EXPECT_EQ(version_told(), image_version(0, 1, 0));
  EXPECT_EQ(ask(signed_begin(image_of(100, 3))), StatusCode::kImageNotNewer);
}

// ---- Who, and when ----

TEST_F(ImageUpdate, OnlyTheClinicianMay) {
  const ImageFacts image = image_of(300);
  for (const Role role : {Role::kPatient, Role::kService}) {
    EXPECT_EQ(ask(signed_begin(image), role), StatusCode::kNotPermitted);
    EXPECT_EQ(ask(part_at(image, 0), role), StatusCode::kNotPermitted);
    EXPECT_EQ(ask(FinishImage{true}, role), StatusCode::kNotPermitted);
  }
  send_whole(image);
  for (const Role role : {Role::kPatient, Role::kService}) EXPECT_EQ(ask(FinishImage{true}, role), StatusCode::kNotPermitted);
  expect_nothing_changed();
}

TEST_F(ImageUpdate, ThePumpMustBeStoppedAndStayStopped) {
  pumpfw::testing::begin(board_, pumpfw::testing::bolus_program());
  const ImageFacts image = image_of(300);
  EXPECT_EQ(ask(signed_begin(image)), StatusCode::kTherapyRuns);
  EXPECT_EQ(ask(part_at(image, 0)), StatusCode::kTherapyRuns);
  EXPECT_EQ(ask(FinishImage{true}), StatusCode::kTherapyRuns);
  board_.rotor_blocked = true;
  board_.run_for(30 * kSecond);
  ASSERT_EQ(board_.pump().therapy_state(), TherapyState::kStallPause);
  EXPECT_EQ(ask(signed_begin(image)), StatusCode::kTherapyRuns);
  board_.rotor_blocked = false;
  ASSERT_EQ(ask(StopTherapy{}), StatusCode::kOk);
  // Started again in the middle: nothing more is taken.
  ASSERT_EQ(ask(signed_begin(image)), StatusCode::kOk);
  ASSERT_EQ(ask(part_at(image, 0)), StatusCode::kOk);
  ASSERT_EQ(ask(StartTherapy{}), StatusCode::kOk);
  EXPECT_EQ(ask(part_at(image, 256)), StatusCode::kTherapyRuns);
  EXPECT_EQ(ask(FinishImage{true}), StatusCode::kTherapyRuns);
  ASSERT_EQ(ask(StopTherapy{}), StatusCode::kOk);
  EXPECT_EQ(ask(part_at(image, 256)), StatusCode::kOk);
  EXPECT_EQ(ask(FinishImage{true}), StatusCode::kOk);
  EXPECT_TRUE(board_.activated);
}

TEST_F(ImageUpdate, AHaltedPumpTakesNone) {
  pumpfw::testing::begin(board_, pumpfw::testing::bolus_program());
  board_.outlet_counts = 4000;
  board_.run_for(20 * kSecond);
  ASSERT_EQ(board_.pump().therapy_state(), TherapyState::kHalted);
  EXPECT_EQ(ask(signed_begin(image_of(300))), StatusCode::kCriticalAlarm);
  expect_nothing_changed();
}

TEST_F(ImageUpdate, TheBatteryMustBeAboveItsNotice) {
  const ImageFacts image = image_of(300);
  DeviceState old_cell;
  old_cell.battery_used_permille = 960;
  ASSERT_EQ(ask(EstablishState{old_cell, true}, Role::kService), StatusCode::kOk);
  board_.run_for(20 * pumpfw::kMinute);
  ASSERT_TRUE(board_.pump().alarms().active(AlarmId::kBatteryReplace));
  EXPECT_EQ(ask(signed_begin(image)), StatusCode::kBatteryTooLow);
}

// ---- Cut, out of order, repeated ----

TEST_F(ImageUpdate, AResetAfterAnyPartForgetsItAndTheNextUpdateIsWhole) {
  const ImageFacts image = image_of(1500);
  for (std::size_t parts = 0; parts <= 6; ++parts) {
    ASSERT_EQ(ask(signed_begin(image)), StatusCode::kOk);
    send_parts(image, parts);
    if (parts < 6) {
      EXPECT_EQ(ask(FinishImage{true}), StatusCode::kImageIncomplete) << parts;
    }
    expect_nothing_changed();
  }
  // While a part is on its way to the bank.
  ASSERT_EQ(ask(signed_begin(image)), StatusCode::kOk);
  address_.nonce += 1;
  address_.session += 1;
  board_.send(pumpfw::campaign::request(part_at(image, 0), address_));
  expect_nothing_changed();
  update_to(image);
  EXPECT_EQ(version_told(), image_version(0, 2, 0));
}

TEST_F(ImageUpdate, AFrameCutAtAnyByteTakesNothing) {
  const ImageFacts image = image_of(300);
  ASSERT_EQ(ask(signed_begin(image)), StatusCode::kOk);
  address_.role = Role::kClinician;
  const Bytes frame = pumpfw::campaign::request(part_at(image, 0), {Role::kClinician, 5000, 1, 5000});
  for (std::size_t cut = 0; cut + 1 < frame.size(); cut += 7) {
    board_.send(std::span(frame).first(cut));
    board_.run_for(kSecond / 10);
    // The next frame shows where the pump stands.
    ASSERT_EQ(ask(part_at(image, 256)), StatusCode::kImageOutOfOrder) << cut;
  }
}

TEST_F(ImageUpdate, PartsOutOfOrderAreRefusedAndThoseInOrderStillTaken) {
  const ImageFacts image = image_of(600);
  EXPECT_EQ(ask(part_at(image, 0)), StatusCode::kNoImage);
  ASSERT_EQ(ask(signed_begin(image)), StatusCode::kOk);
  EXPECT_EQ(ask(part_at(image, 256)), StatusCode::kImageOutOfOrder);
  send_parts(image, 2);
  EXPECT_EQ(ask(part_at(image, 0)), StatusCode::kImageOutOfOrder);
  EXPECT_EQ(ask(part_at(image, 256)), StatusCode::kImageOutOfOrder);
  ImagePart beyond = part_at(image, 512);
  beyond.bytes[200] = 1;  // the image ends before it
  EXPECT_EQ(ask(beyond), StatusCode::kBadFieldValue);
  EXPECT_EQ(ask(part_at(image, 512)), StatusCode::kOk);
  EXPECT_EQ(ask(ImagePart{600, {}}), StatusCode::kImageOutOfOrder);
  EXPECT_EQ(ask(FinishImage{true}), StatusCode::kOk);
  EXPECT_TRUE(board_.activated);
}

TEST_F(ImageUpdate, APartAskedForAgainIsTakenOnce) {
  const ImageFacts image = image_of(300);
  ASSERT_EQ(ask(signed_begin(image)), StatusCode::kOk);
  const Bytes first = pumpfw::campaign::request(part_at(image, 0), {Role::kClinician, 6000, 1, 6000});
  const Bytes again = pumpfw::campaign::request(part_at(image, 0), {Role::kClinician, 6001, 1, 6000});
  EXPECT_EQ(send(first), StatusCode::kOk);
  EXPECT_EQ(send(again), StatusCode::kOk);
  EXPECT_EQ(ask(part_at(image, 256)), StatusCode::kOk);
  EXPECT_EQ(ask(FinishImage{true}), StatusCode::kOk);
}

TEST_F(ImageUpdate, AnImageIsForgottenOnRequestAndByAnotherAnnouncement) {
  const ImageFacts image = image_of(300);
  EXPECT_EQ(ask(FinishImage{false}), StatusCode::kNoImage);
  send_whole(image);
  EXPECT_EQ(ask(FinishImage{false}), StatusCode::kOk);
  EXPECT_EQ(ask(FinishImage{true}), StatusCode::kNoImage);
  send_whole(image);
  EXPECT_EQ(ask(BeginImage{}), StatusCode::kImageNotAuthentic);
  EXPECT_EQ(ask(FinishImage{true}), StatusCode::kNoImage);
  expect_nothing_changed();
}

TEST_F(ImageUpdate, ABankThatDoesNotAnswerIsAFaultAndTheImageIsForgotten) {
  const ImageFacts image = image_of(300);
  ASSERT_EQ(ask(signed_begin(image)), StatusCode::kOk);
  board_.bank_silent = true;
  EXPECT_EQ(ask(part_at(image, 0)), StatusCode::kMemoryFault);
  board_.bank_silent = false;
  EXPECT_EQ(ask(part_at(image, 0)), StatusCode::kNoImage);
  expect_nothing_changed();
}

}  // namespace
}  // namespace pumprig::security
