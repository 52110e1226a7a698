// REQ-607: strangers have the radio for 1 % of any hour at most, a session has it as it needs, and the cell's account knows of both.
#include <gtest/gtest.h>

#include <algorithm>

#include "firmware/pump/campaign/wire.h"
#include "firmware/pump/testing/programs.h"

namespace pumpfw {
namespace {

using campaign::Address;
using protocol::LogCode;
using testing::FakeBoard;

constexpr std::size_t kChunk = 256;
constexpr Tick kChunkTime = kChunk * kSecond / AirTime::kBytesPerSecond;

struct Heard {
  Tick at;
  std::size_t bytes;
};

std::vector<std::uint8_t> noise_of(std::size_t bytes) {
  std::vector<std::uint8_t> noise(bytes);
  std::uint32_t chance = 7;
  for (std::uint8_t& byte : noise) {
    chance = chance * 1664525 + 1013904223;
    byte = static_cast<std::uint8_t>(chance >> 24);
  }
  return noise;
}

// Noise without a pause for `span`: what of it found the receiver on.
std::vector<Heard> drown(FakeBoard& board, Tick span) {
  const std::vector<std::uint8_t> noise = noise_of(kChunk);
  std::vector<Heard> out;
  const Tick until = board.now() + span;
  while (board.now() < until) {
    if (board.receiver_on) out.push_back({board.now(), kChunk});
    board.send(noise);
    board.run_for(board.receiver_on ? kChunkTime : kSecond);
  }
  return out;
}

std::uint64_t most_in_an_hour(const std::vector<Heard>& heard) {
  std::uint64_t most = 0, sum = 0;
  std::size_t first = 0;
  for (const Heard& one : heard) {
    sum += one.bytes;
    while (one.at - heard[first].at >= kHour) sum -= heard[first++].bytes;
    most = std::max(most, sum);
  }
  return most;
}

protocol::StatusReply status_of(FakeBoard& board, std::uint32_t session) {
  protocol::StatusReply out;
  Address address;
  address.session = session;
  board.telemetry.clear();
  board.send(campaign::request(protocol::ReadStatus{}, address));
  board.run_for(kSecond);
  const auto replies = campaign::replies_in(board.telemetry);
  EXPECT_EQ(replies.size(), 1U);
  if (replies.empty()) return out;
  EXPECT_TRUE(protocol::decode(replies[0].fields, out, protocol::Trailing::kIgnored));
  return out;
}

TEST(AirTime, NoiseHasOnePercentOfAnyHourAndTherapyGoesOn) {
  FakeBoard board;
  testing::begin(board, testing::program_at(500'000));
  board.run_for(10 * kMinute);
  const std::uint64_t steps = board.step_count;
  const auto heard = drown(board, 5 * kHour);
  const std::uint64_t most = most_in_an_hour(heard);
  EXPECT_GE(most, AirTime::kStrangersPerHour - kChunk);
  EXPECT_LE(most, AirTime::kStrangersPerHour + protocol::kMaxFrame + kChunk);
  EXPECT_NEAR(static_cast<double>(board.step_count - steps), 40'000.0 * 5 / 24, 2);
  std::uint32_t off_s = 5 * 3600 - static_cast<std::uint32_t>(heard.size() * kChunkTime / kSecond);
  for (; !board.receiver_on; ++off_s) board.run_for(kSecond);
  board.run_for(70 * kMinute);
  ASSERT_TRUE(board.receiver_on);
  const protocol::StatusReply told = status_of(board, 5);
  EXPECT_EQ(told.therapy_state, TherapyState::kRunning);
  EXPECT_NEAR(told.radio_strangers_ms, 5 * 36'000, 300);
  EXPECT_GE(told.radio_ms, told.radio_strangers_ms);
  EXPECT_NEAR(told.receiver_off_s, off_s, 10);
}

// As much in each bin as an hour's share allows: the receiver is at the edge all day.
TEST(AirTime, NoiseThatIsDoledOutDoesNotFillTheLog) {
  FakeBoard board;
  testing::begin(board, testing::program_at(500'000));
  board.run_for(kSecond);
  const std::uint32_t logged = board.pump().log().newest();
  const std::vector<std::uint8_t> noise = noise_of(AirTime::kStrangersPerHour / 13 / 16);
  for (Tick at = 0; at < kDay; at += 5 * kMinute) {
    for (int part = 0; part < 16; ++part) {
      board.send(noise);
      board.run_for(kSecond);
    }
    board.run_for(5 * kMinute - 16 * kSecond);
  }
  const std::uint32_t written = board.pump().log().newest() - logged;
  EXPECT_GT(written, 0U);
  EXPECT_LE(written, 48U);
}

TEST(AirTime, ASessionHasTheRadioAsItNeeds) {
  FakeBoard board;
  testing::begin(board, testing::program_at(500'000));
  Address address;
  std::uint64_t bytes = 0;
  while (bytes < 3 * AirTime::kStrangersPerHour) {
    const auto frame = campaign::request(protocol::ReadStatus{}, address);
    ++address.counter;
    ++address.nonce;
    board.telemetry.clear();
    board.send(frame);
    board.run_for(100);
    ASSERT_FALSE(board.telemetry.empty());
    bytes += frame.size() + board.telemetry.size();
  }
  EXPECT_TRUE(board.receiver_on);
  EXPECT_EQ(status_of(board, 9).radio_strangers_ms, 0U);
}

TEST(AirTime, AMagnetOpensTheReceiverAndSoDoesAReset) {
  FakeBoard board;
  testing::begin(board, testing::program_at(500'000));
  board.run_for(kSecond);
  const std::uint32_t logged = board.pump().log().newest();
  drown(board, kMinute);
  ASSERT_FALSE(board.receiver_on);
  board.hold_magnet();
  EXPECT_TRUE(board.receiver_on);
  EXPECT_EQ(status_of(board, 3).therapy_state, TherapyState::kRunning);
  EXPECT_EQ(board.pump().log().newest(), logged + 2);  // off, and opened
  drown(board, kMinute);
  ASSERT_FALSE(board.receiver_on);
  board.reboot();
  board.run_for(5 * kSecond);
  EXPECT_TRUE(board.receiver_on);
  EXPECT_EQ(status_of(board, 4).therapy_state, TherapyState::kRunning);
}

TEST(AirTime, TheCellPaysForEveryByte) {
  FakeBoard quiet, drowned;
  for (FakeBoard* board : {&quiet, &drowned}) testing::begin(*board, testing::program_at(500'000));
  quiet.run_for(2 * kMinute);
  drown(drowned, 2 * kMinute);
  const std::uint64_t air_uc = drowned.pump().cell_used_uc(drowned.now()) - quiet.pump().cell_used_uc(quiet.now());
  EXPECT_NEAR(static_cast<double>(air_uc), 36 * 5'000.0, 1'000);  // 36 s of 5 mA
}

TEST(AirTime, WhatTheCellPaidIsKnownAfterAResetThoughTherapyStands) {
  FakeBoard board;
  board.run_for(2 * kSecond);
  const std::uint64_t before_uc = board.pump().cell_used_uc(board.now());
  drown(board, kMinute);
  board.reboot(hal::ResetCause::kBrownOut);
  board.run_for(5 * kSecond);
  EXPECT_GE(board.pump().cell_used_uc(board.now()) - before_uc, 165'000U);  // of 180 mC
}

}  // namespace
}  // namespace pumpfw
