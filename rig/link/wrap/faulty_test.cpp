#include "rig/link/wrap/faulty.h"

#include <gtest/gtest.h>

#include <array>

#include "rig/link/memory/memory_link.h"

namespace pumprig::link {
namespace {

using namespace std::chrono_literals;
using Kind = LineFault::Kind;

class Told final : public LineFaultSink {
 public:
  void struck(Kind, TimePoint, std::string_view what) override { all.emplace_back(what); }
  std::vector<std::string> all;
};

// The rig's end of a wire with faults around it, and the device's end as it is.
struct Wire {
  std::unique_ptr<exec::Executor> executor = exec::Executor::make_virtual();
  MemoryPair pair = make_memory_pair(*executor, {.name = "wire", .baud = 0, .latency = 1ms});
  Told told;
  FaultyLink line;

  explicit Wire(std::uint64_t seed = 1) : line(std::move(pair.rig), seed, &told) {}

  void device_sends(Bytes bytes) { EXPECT_TRUE(pair.device->try_write(bytes)); }
  // What the rig reads until nothing more comes for a second.
  Bytes rig_reads() {
    Bytes out;
    std::array<std::uint8_t, 64> buffer{};
    for (;;) {
      const auto got = executor->run(line.read_some(buffer, executor->now() + 1s));
      if (!got) return out;
      out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*got));
    }
  }
};

LineFault from_device(Kind kind) {
  LineFault fault;
  fault.kind = kind;
  fault.sent = false;
  fault.received = true;
  return fault;
}

TEST(FaultyLink, WithoutAFaultHandsEverythingOn) {
  Wire wire;
  wire.device_sends({1, 2, 3});
  EXPECT_EQ(wire.rig_reads(), (Bytes{1, 2, 3}));
  EXPECT_EQ(wire.line.faults_done(), 0U);
}

TEST(FaultyLink, NoiseFlipsOneBitAndTellsWhich) {
  Wire wire;
  wire.line.set_fault(from_device(Kind::kFlipBit));
  const Bytes sent{0, 0, 0, 0};
  wire.device_sends(sent);
  const Bytes read = wire.rig_reads();
  ASSERT_EQ(read.size(), sent.size());
  int bits = 0;
  for (const auto byte : read) bits += __builtin_popcount(byte);
  EXPECT_EQ(bits, 1);
  ASSERT_EQ(wire.told.all.size(), 1U);
}

TEST(FaultyLink, RepeatsCutsAndDropsWhatTheDeviceSends) {
  Wire wire;
  wire.line.set_fault(from_device(Kind::kRepeat));
  wire.device_sends({1, 2});
  EXPECT_EQ(wire.rig_reads(), (Bytes{1, 2, 1, 2}));
  wire.line.clear_fault(Kind::kRepeat);
  wire.line.set_fault(from_device(Kind::kCut));
  wire.device_sends({1, 2, 3, 4});
  const Bytes cut = wire.rig_reads();
  ASSERT_LT(cut.size(), 4U);
  EXPECT_TRUE(std::equal(cut.begin(), cut.end(), Bytes{1, 2, 3, 4}.begin()));
  wire.line.set_fault({});
  wire.line.set_fault(from_device(Kind::kDrop));
  wire.device_sends({1, 2});
  EXPECT_TRUE(wire.rig_reads().empty());
}

TEST(FaultyLink, WhatIsDelayedComesLateAndInItsOrder) {
  Wire wire;
  LineFault fault = from_device(Kind::kDelay);
  fault.delay = 300ms;
  fault.at_most = 1;
  wire.line.set_fault(fault);
  wire.device_sends({1});
  wire.device_sends({2});
  std::array<std::uint8_t, 8> buffer{};
  const auto early = wire.executor->run(wire.line.read_some(buffer, wire.executor->now() + 200ms));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().code, ErrorCode::kTimeout);
  wire.line.clear_fault(Kind::kDelay);
  wire.device_sends({3});
  EXPECT_EQ(wire.rig_reads(), (Bytes{1, 2, 3}));
}

TEST(FaultyLink, NothingThatIsWrittenOvertakesWhatIsDelayed) {
  Wire wire;
  LineFault fault;
  fault.kind = Kind::kDelay;
  fault.delay = 300ms;
  fault.at_most = 1;
  wire.line.set_fault(fault);
  for (const std::uint8_t byte : Bytes{1, 2, 3}) EXPECT_TRUE(wire.line.try_write(Bytes{byte}));
  ASSERT_TRUE(wire.executor->run(wire.line.read_some({}, wire.executor->now() + 1s)).error().code == ErrorCode::kTimeout);
  std::array<std::uint8_t, 8> buffer{};
  const auto got = wire.pair.device->try_read(buffer);
  ASSERT_TRUE(got);
  EXPECT_EQ(Bytes(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*got)), (Bytes{1, 2, 3}));
}

TEST(FaultyLink, AHangUpWakesWhoeverWaitsAndTheLineOpensAgainWhenItIsOver) {
  Wire wire;
  std::array<std::uint8_t, 8> buffer{};
  auto reading = wire.executor->spawn(wire.line.read_some(buffer, kNever));
  ASSERT_TRUE(
      wire.executor->run([](exec::Executor& executor) -> Task<void> { co_return co_await executor.sleep_for(1s); }(*wire.executor)));
  LineFault fault = from_device(Kind::kHangUp);
  fault.delay = 10s;
  fault.at_most = 1;
  wire.line.set_fault(fault);
  const auto read = wire.executor->run(reading.join());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUnavailable);
  EXPECT_FALSE(wire.line.is_up());
  EXPECT_FALSE(wire.line.reopen());
  ASSERT_TRUE(
      wire.executor->run([](exec::Executor& executor) -> Task<void> { co_return co_await executor.sleep_for(10s); }(*wire.executor)));
  EXPECT_TRUE(wire.line.reopen());
  wire.device_sends({7});
  EXPECT_EQ(wire.rig_reads(), Bytes{7});
  EXPECT_EQ(wire.told.all.size(), 1U);
}

TEST(FaultyLink, AStrangerIsHeardBeforeTheDevice) {
  Wire wire;
  Wire other;
  LineFault fault = from_device(Kind::kStranger);
  fault.stranger = other.line.heard();
  wire.line.set_fault(fault);
  wire.device_sends({1});
  EXPECT_EQ(wire.rig_reads(), Bytes{1});  // the other has said nothing yet
  other.device_sends({9, 9});
  EXPECT_EQ(other.rig_reads(), (Bytes{9, 9}));
  wire.device_sends({1});
  EXPECT_EQ(wire.rig_reads(), (Bytes{9, 9, 1}));
}

TEST(FaultyLink, TheSameSeedStrikesTheSameTransfers) {
  const auto of = [](std::uint64_t seed) {
    Wire wire(seed);
    LineFault fault = from_device(Kind::kFlipBit);
    fault.share = 0.3;
    wire.line.set_fault(fault);
    for (int i = 0; i < 50; ++i) {
      wire.device_sends({0, 0});
      wire.rig_reads();
    }
    return wire.told.all;
  };
  const auto first = of(1);
  EXPECT_EQ(first, of(1));
  EXPECT_NE(first, of(2));
  EXPECT_GT(first.size(), 5U);
  EXPECT_LT(first.size(), 30U);
}

TEST(FaultyLink, ACountIsKeptAndClearingTellsHowOftenItStruck) {
  Wire wire;
  LineFault fault = from_device(Kind::kDrop);
  fault.at_most = 2;
  wire.line.set_fault(fault);
  for (int i = 0; i < 3; ++i) wire.device_sends({5}), static_cast<void>(wire.rig_reads());
  EXPECT_EQ(wire.line.clear_fault(Kind::kDrop), 2U);
  EXPECT_EQ(wire.line.clear_fault(Kind::kDrop), 0U);
  EXPECT_EQ(wire.line.counters().bytes_read, 1U);
}

}  // namespace
}  // namespace pumprig::link
