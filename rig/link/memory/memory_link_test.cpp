#include "rig/link/memory/memory_link.h"

#include <gtest/gtest.h>

#include "rig/link/wrap/capture.h"

namespace pumprig::link {
namespace {

using namespace std::chrono_literals;

Task<void> chunks_arrive_in_line_time(exec::Executor& executor, MemoryPair& pair) {
  const Bytes three{1, 2, 3};
  const Bytes one{4};
  CO_TRY(co_await pair.rig->write_all(three, kNever));
  CO_TRY(co_await pair.rig->write_all(one, kNever));
  std::array<std::uint8_t, 16> into{};
  EXPECT_EQ(pair.device->try_read(into).value(), 0U);
  CO_TRY_ASSIGN(const std::size_t first, co_await pair.device->read_some(into, kNever));
  EXPECT_EQ(first, 3U);
  EXPECT_EQ(executor.now(), at_ns(3 * 10'000'000'000 / 9600 + 1'000'000));  // 3 bytes of 10 bits and the latency
  CO_TRY_ASSIGN(const std::size_t second, co_await pair.device->read_some(into, kNever));
  EXPECT_EQ(second, 1U);
  EXPECT_EQ(into[0], 4);
  EXPECT_NEAR(to_seconds(executor.now()), 4 * 10.0 / 9600 + 0.001, 2e-9);
  co_return Status{};
}

TEST(MemoryLink, ChunksTakeTheirTimeOnTheLineOneAfterTheOther) {
  auto executor = exec::Executor::make_virtual();
  auto pair = make_memory_pair(*executor, {.name = "x", .baud = 9600, .latency = 1ms});
  ASSERT_TRUE(executor->run(chunks_arrive_in_line_time(*executor, pair)));
}

Task<void> too_early(exec::Executor& executor, MemoryPair& pair) {
  const Bytes ten(10, 7);
  CO_TRY(co_await pair.rig->write_all(ten, kNever));  // takes 10.4 ms
  const Status early = co_await pair.device->wait_readable(executor.now() + 5ms);
  EXPECT_EQ(early.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(executor.now(), at_ns(5'000'000));
  CO_TRY(co_await pair.device->wait_readable(executor.now() + 10ms));
  co_return Status{};
}

TEST(MemoryLink, AWaitEndsAtItsDeadlineWhenBytesAreStillUnderWay) {
  auto executor = exec::Executor::make_virtual();
  auto pair = make_memory_pair(*executor, {.baud = 9600});
  ASSERT_TRUE(executor->run(too_early(*executor, pair)));
}

Task<void> read_until_hung_up(MemoryPair& pair) {
  std::array<std::uint8_t, 16> into{};
  const auto got = co_await pair.rig->read_some(into, kNever);
  EXPECT_EQ(got.error().code, ErrorCode::kUnavailable);
  co_return Status{};
}

Task<void> pull_and_insert(exec::Executor& executor, MemoryPair& pair) {
  auto reader = executor.spawn(read_until_hung_up(pair));
  CO_TRY(co_await executor.sleep_for(1s));
  pair.plug.pull();
  CO_TRY(co_await reader.join());
  const Bytes byte{1};
  EXPECT_EQ(pair.rig->try_write(byte).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(pair.rig->reopen().error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(pair.device->try_write(byte).value(), 1U);  // lost, but the device does not notice
  pair.plug.insert();
  EXPECT_EQ(pair.rig->try_write(byte).error().code, ErrorCode::kUnavailable);  // not before it is reopened
  EXPECT_FALSE(pair.rig->is_up());
  CO_TRY(pair.rig->reopen());
  EXPECT_TRUE(pair.rig->is_up());
  std::array<std::uint8_t, 16> into{};
  EXPECT_EQ(pair.rig->try_read(into).value(), 0U);
  CO_TRY(co_await pair.rig->write_all(byte, kNever));
  CO_TRY_ASSIGN(const std::size_t got, co_await pair.device->read_some(into, kNever));
  EXPECT_EQ(got, 1U);
  co_return Status{};
}

TEST(MemoryLink, APulledPlugIsAHangUpAndComesBackByReopening) {
  auto executor = exec::Executor::make_virtual();
  auto pair = make_memory_pair(*executor, {});
  ASSERT_TRUE(executor->run(pull_and_insert(*executor, pair)));
  EXPECT_EQ(pair.rig->counters().hang_ups, 1U);
}

struct Journal : CaptureSink {
  void captured(Direction direction, TimePoint at, ByteView bytes) override {
    text += (direction == Direction::kToDevice ? ">" : "<") + std::to_string(to_ns(at) / 1'000'000) + ":" + to_hex(bytes) + " ";
  }
  std::string text;
};

Task<void> one_each_way(exec::Executor& executor, Link& rig, Link& device) {
  const Bytes request{0xAB};
  const Bytes reply{0xCD, 0xEF};
  CO_TRY(co_await executor.sleep_for(3ms));
  CO_TRY(co_await rig.write_all(request, kNever));
  std::array<std::uint8_t, 4> into{};
  CO_TRY(co_await device.read_some(into, kNever));
  CO_TRY(co_await executor.sleep_for(4ms));
  CO_TRY(co_await device.write_all(reply, kNever));
  CO_TRY(co_await rig.read_some(into, kNever));
  co_return Status{};
}

TEST(CapturingLink, TellsEveryByteWithDirectionAndInstant) {
  auto executor = exec::Executor::make_virtual();
  auto pair = make_memory_pair(*executor, {});
  Journal journal;
  CapturingLink captured(std::move(pair.rig), journal);
  ASSERT_TRUE(executor->run(one_each_way(*executor, captured, *pair.device)));
  EXPECT_EQ(journal.text, ">3:AB <7:CD EF ");
  EXPECT_EQ(captured.counters().bytes_read, 2U);
}

}  // namespace
}  // namespace pumprig::link
