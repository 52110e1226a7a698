// Whatever is changed on the way, nothing opens, nothing breaks, and what is said next still gets through.
#include <gtest/gtest.h>

#include <random>

#include "rig/security/testing/pair.h"

namespace pumprig::security {
namespace {

using namespace testing;

template <protocol::Record M>
Bytes encoded(const M& message) {
  Bytes out(protocol::max_size<M>());
  protocol::encode(message, out);
  return out;
}

// Every byte in turn, each with every bit and some whole values.
template <typename Try>
void for_each_flip(const Bytes& good, Try attempt) {
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (unsigned change = 1; change < 256; change <<= 1) {
      Bytes bad = good;
      bad[at] = static_cast<std::uint8_t>(bad[at] ^ change);
      attempt(bad, at);
    }
    Bytes bad = good;
    bad[at] = static_cast<std::uint8_t>(~bad[at]);
    attempt(bad, at);
  }
}

TEST(Mutations, OfARequestForASessionOpenNone) {
  Pair pair;
  const Bytes good = encoded(pair.rig.begin(5, 6, 7, pair.chance));
  for_each_flip(good, [&](const Bytes& bad, std::size_t at) {
    pair.server.restore(keyed_state(), pair.rtc);  // no back-off here
    protocol::OpenSession request;
    if (!protocol::decode(bad, request, protocol::Trailing::kRefused)) return;
    protocol::OpenSessionReply reply;
    EXPECT_NE(pair.server.open_session(Role::kClinician, 6, request, pair.now, pair.rtc, reply), StatusCode::kOk) << at;
    EXPECT_FALSE(pair.server.in_session(Role::kClinician)) << at;
    EXPECT_EQ(pair.server.state().roles[1].session_counter, 0U);
  });
  protocol::OpenSession request;
  ASSERT_TRUE(protocol::decode(good, request, protocol::Trailing::kRefused));
  protocol::OpenSessionReply reply;
  EXPECT_EQ(pair.server.open_session(Role::kClinician, 7, request, pair.now, pair.rtc, reply), StatusCode::kNotAuthentic);  // other nonce
  EXPECT_EQ(pair.server.open_session(Role::kClinician, 6, request, pair.now, pair.rtc, reply), StatusCode::kOk);
}

TEST(Mutations, OfTheAnswerProveNothing) {
  Pair pair;
  protocol::OpenSessionReply reply;
  std::uint64_t counter = 0;
  ASSERT_EQ(pair.ask(++counter, reply), StatusCode::kOk);
  const Bytes good = encoded(reply);
  constexpr std::size_t kEphemeral = 12;  // behind the counter and the seconds, which an `ok` does not need
  for_each_flip(good, [&](const Bytes& bad, std::size_t at) {
    if (at < kEphemeral) return;
    ASSERT_EQ(pair.ask(++counter, reply), StatusCode::kOk);
    Bytes fresh = encoded(reply);
    fresh[at] = static_cast<std::uint8_t>(fresh[at] ^ bad[at] ^ good[at]);
    protocol::OpenSessionReply changed;
    ASSERT_TRUE(protocol::decode(fresh, changed, protocol::Trailing::kIgnored));
    EXPECT_FALSE(pair.rig.finish(changed)) << at;
    EXPECT_FALSE(pair.rig.is_open()) << at;
  });
}

TEST(Mutations, OfASealedFrameOpenOnNeitherSide) {
  Pair pair;
  pair.connect(1);
  const Bytes question = pair.to_pump(Bytes(40, 3));
  const Bytes answer = pair.from_pump(Bytes(40, 4));
  for_each_flip(question,
                [&](const Bytes& bad, std::size_t at) { EXPECT_NE(pair.server.open(bad, pair.now).status, OpenStatus::kOk) << at; });
  for_each_flip(answer, [&](const Bytes& bad, std::size_t at) {
    ByteView body;
    EXPECT_NE(pair.rig.open(bad, body), OpenStatus::kOk) << at;
  });
  ByteView body;
  EXPECT_EQ(pair.server.open(question, pair.now).status, OpenStatus::kOk);
  EXPECT_EQ(pair.rig.open(answer, body), OpenStatus::kOk);
}

TEST(Mutations, CutOrLengthenedFramesDoNotOpen) {
  Pair pair;
  pair.connect(1);
  const Bytes question = pair.to_pump(Bytes(40, 3));
  const Bytes answer = pair.from_pump(Bytes(40, 4));
  ByteView body;
  for (std::size_t size = 0; size < question.size(); ++size) {
    EXPECT_NE(pair.server.open(ByteView(question).first(size), pair.now).status, OpenStatus::kOk);
    EXPECT_NE(pair.rig.open(ByteView(answer).first(size), body), OpenStatus::kOk);
  }
  for (std::size_t more = 1; more < 450; more += 7) {
    Bytes longer = question;
    longer.resize(longer.size() + more);
    EXPECT_NE(pair.server.open(longer, pair.now).status, OpenStatus::kOk);
    longer = answer;
    longer.resize(longer.size() + more);
    EXPECT_NE(pair.rig.open(longer, body), OpenStatus::kOk);
  }
}

TEST(Mutations, RepeatedAndReorderedFramesDoNotOpenAndLostOnesDoNoHarm) {
  Pair pair;
  pair.connect(1);
  std::vector<Bytes> questions;
  std::vector<Bytes> answers;
  for (std::uint8_t i = 0; i < 30; ++i) {
    questions.push_back(pair.to_pump(Bytes{i}));
    answers.push_back(pair.from_pump(Bytes{i}));
  }
  std::mt19937 rng(5);
  int newest_question = -1;
  int newest_answer = -1;
  for (int round = 0; round < 500; ++round) {
    const int i = static_cast<int>(rng() % questions.size()) * round / 500;
    EXPECT_EQ(pair.server.open(questions[static_cast<std::size_t>(i)], pair.now).status == OpenStatus::kOk, i > newest_question);
    newest_question = std::max(newest_question, i);
    const int j = static_cast<int>(rng() % answers.size()) * round / 500;
    ByteView body;
    EXPECT_EQ(pair.rig.open(answers[static_cast<std::size_t>(j)], body) == OpenStatus::kOk, j > newest_answer);
    newest_answer = std::max(newest_answer, j);
  }
}

TEST(Mutations, AFrameIsNotTakenBackByItsSenderNorByAnotherSession) {
  Pair pair;
  pair.connect(1);
  const Bytes question = pair.to_pump(Bytes{1, 2, 3});
  const Bytes answer = pair.from_pump(Bytes{1, 2, 3});
  ByteView body;
  EXPECT_EQ(pair.rig.open(question, body), OpenStatus::kWrongDirection);
  EXPECT_EQ(pair.server.open(answer, pair.now).status, OpenStatus::kWrongDirection);
  Bytes turned = answer;
  turned[4] = 0;  // the direction: now it claims to come from the rig
  EXPECT_EQ(pair.server.open(turned, pair.now).status, OpenStatus::kNotAuthentic);

  pair.session_id = 77;  // the same id, another session: other keys
  pair.connect(2);
  EXPECT_EQ(pair.server.open(question, pair.now).status, OpenStatus::kNotAuthentic);
}

TEST(Mutations, AHundredThousandRandomFramesOpenNothingAndShutNobodyOut) {
  Pair pair;
  pair.connect(1);
  std::mt19937 rng(9);
  const Bytes good = pair.to_pump(Bytes(30, 1));
  for (int round = 0; round < 100'000; ++round) {
    Bytes bytes = good;
    const int changes = 1 + static_cast<int>(rng() % 4);
    for (int i = 0; i < changes; ++i) bytes[rng() % bytes.size()] = static_cast<std::uint8_t>(rng());
    if (rng() % 8 == 0) bytes.resize(rng() % (bytes.size() + 20));
    if (bytes == good) continue;
    ASSERT_NE(pair.server.open(bytes, pair.now).status, OpenStatus::kOk) << round;
  }
  EXPECT_FALSE(pair.server.state().roles[1].failures);
  EXPECT_EQ(pair.server.open(good, pair.now).status, OpenStatus::kOk);
  pair.exchange_works();
}

}  // namespace
}  // namespace pumprig::security
