#include "rig/link/transact.h"

#include <gtest/gtest.h>

#include <deque>

#include "rig/link/memory/memory_link.h"

namespace pumprig::link {
namespace {

using namespace std::chrono_literals;

// A toy protocol: a frame is a letter and its lower-case twin ("Aa").
class TwinLetters {
 public:
  using Frame = char;
  void begin(ByteView) { first_ = 0; }
  Decoded next(ByteView& input) {
    while (!input.empty()) {
      const char c = static_cast<char>(input.front());
      input = input.subspan(1);
      if (first_ == 0) {
        first_ = c;
        continue;
      }
      frame_ = first_;
      first_ = 0;
      return c == frame_ + ('a' - 'A') ? Decoded::kFrame : Decoded::kBad;
    }
    return Decoded::kNeedMore;
  }
  const char& frame() const { return frame_; }
  std::string_view fault() const { return "the letters differ"; }

 private:
  char first_ = 0;
  char frame_ = 0;
};

// What the far end sends for each request, one after the other: text after a delay.
struct Answer {
  Duration delay{0};
  std::string text;
};

Task<void> far_end(exec::Executor& executor, Link& link, std::deque<Answer>& answers) {
  std::array<std::uint8_t, 64> into{};
  for (;;) {
    CO_TRY(co_await link.read_some(into, kNever));
    if (answers.empty()) continue;
    const Answer answer = answers.front();
    answers.pop_front();
    CO_TRY(co_await executor.sleep_for(answer.delay));
    const Bytes bytes(answer.text.begin(), answer.text.end());
    CO_TRY(co_await link.write_all(bytes, kNever));
  }
}

bool is_q(const char& letter) {
  return letter == 'Q';
}

struct Outcome {
  Result<char> letter = 'x';
  Exchange exchange;
  TransactCounters counters;
  TimePoint ended;
};

Task<void> ask_once(exec::Executor& executor, Link& rig, Link& device, std::deque<Answer>& answers, Outcome& outcome) {
  auto server = executor.spawn(far_end(executor, device, answers));
  TransactPolicy policy;
  policy.reply_timeout = 100ms;
  policy.drain = 100ms;
  policy.attempts = 3;
  policy.baud = 0;
  Transactor<TwinLetters> transactor(rig, policy);
  const Bytes request{'?'};
  const auto got = co_await transactor.request(request, is_q, outcome.exchange);
  if (got) {
    outcome.letter = **got;
  } else {
    outcome.letter = tl::unexpected<Error>(got.error());
  }
  outcome.counters = transactor.counters();
  outcome.ended = executor.now();
  server.cancel();
  co_return Status{};
}

Outcome ask(std::deque<Answer> answers, bool stale = false) {
  auto executor = exec::Executor::make_virtual();
  auto pair = make_memory_pair(*executor, {});
  if (stale) {
    EXPECT_TRUE(pair.device->try_write(Bytes{'Q', 'q'}));
  }
  Outcome outcome;
  EXPECT_TRUE(executor->run(ask_once(*executor, *pair.rig, *pair.device, answers, outcome)));
  return outcome;
}

TEST(Transactor, StampsRequestAndReply) {
  const Outcome outcome = ask({{30ms, "Qq"}});
  EXPECT_EQ(outcome.letter.value(), 'Q');
  EXPECT_EQ(outcome.exchange.requested, kRunStart);
  EXPECT_EQ(outcome.exchange.replied, at_ns(30'000'000));
  EXPECT_EQ(outcome.exchange.attempts, 1);
}

TEST(Transactor, InputFromBeforeTheRequestIsNoAnswer) {
  const Outcome outcome = ask({{30ms, "Qq"}}, true);
  EXPECT_EQ(outcome.counters.stale_bytes, 2U);
  EXPECT_EQ(outcome.exchange.replied, at_ns(30'000'000));
}

TEST(Transactor, FramesOfOthersArePassedOver) {
  const Outcome outcome = ask({{10ms, "AaBbQq"}});
  EXPECT_EQ(outcome.letter.value(), 'Q');
  EXPECT_EQ(outcome.counters.foreign_frames, 2U);
}

TEST(Transactor, ADamagedReplyIsAskedForAgain) {
  const Outcome outcome = ask({{10ms, "Qx"}, {10ms, "Qq"}});
  EXPECT_EQ(outcome.letter.value(), 'Q');
  EXPECT_EQ(outcome.exchange.attempts, 2);
  EXPECT_EQ(outcome.exchange.requested, at_ns(110'000'000));
}

TEST(Transactor, ALateReplyIsNotTakenForTheNextOnes) {
  const Outcome outcome = ask({{150ms, "Qq"}, {20ms, "Qq"}});
  EXPECT_EQ(outcome.exchange.attempts, 2);
  EXPECT_EQ(outcome.counters.stale_bytes, 2U);
  EXPECT_EQ(outcome.exchange.requested, at_ns(200'000'000));
  EXPECT_EQ(outcome.exchange.replied, at_ns(220'000'000));
}

TEST(Transactor, GivesUpAfterItsAttempts) {
  const Outcome outcome = ask({});
  EXPECT_EQ(outcome.letter.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(outcome.ended, at_ns(500'000'000));
  EXPECT_EQ(ask({{0ms, "Qx"}, {0ms, "Qx"}, {0ms, "Qx"}}).letter.error().code, ErrorCode::kCorrupt);
}

TEST(Transactor, AHangUpEndsItAtOnce) {
  auto executor = exec::Executor::make_virtual();
  auto pair = make_memory_pair(*executor, {});
  pair.plug.pull();
  std::deque<Answer> none;
  Outcome outcome;
  EXPECT_TRUE(executor->run(ask_once(*executor, *pair.rig, *pair.device, none, outcome)));
  EXPECT_EQ(outcome.letter.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(outcome.ended, kRunStart);
}

}  // namespace
}  // namespace pumprig::link
