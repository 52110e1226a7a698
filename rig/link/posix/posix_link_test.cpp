#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>

#include "rig/link/posix/pty_link.h"
#include "rig/link/posix/unique_fd.h"
#include "rig/link/spec/open_link.h"

namespace pumprig::link {
namespace {

using namespace std::chrono_literals;

class Scratch {
 public:
  Scratch() {
    char name[] = "/tmp/pumprig-link-XXXXXX";
    folder_ = ::mkdtemp(name);
  }
  ~Scratch() { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

 private:
  std::string folder_;
};

// Every byte value, so that a line that edits, echoes or translates would show.
Bytes every_byte() {
  Bytes bytes(256);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i);
  return bytes;
}

Task<Bytes> read_exactly(exec::Executor& executor, Link& link, std::size_t size) {
  Bytes all(size);
  std::size_t done = 0;
  while (done < size) {
    CO_TRY_ASSIGN(const std::size_t got, co_await link.read_some(std::span(all).subspan(done), executor.after_wall(10s)));
    done += got;
  }
  co_return all;
}

Task<void> there_and_back(exec::Executor& executor, Link& rig, Link& device) {
  const Bytes sent = every_byte();
  CO_TRY(co_await rig.write_all(sent, kNever));
  CO_TRY_ASSIGN(const Bytes heard, co_await read_exactly(executor, device, sent.size()));
  EXPECT_EQ(to_hex(heard), to_hex(sent));
  CO_TRY(co_await device.write_all(sent, kNever));
  CO_TRY_ASSIGN(const Bytes answered, co_await read_exactly(executor, rig, sent.size()));
  EXPECT_EQ(to_hex(answered), to_hex(sent));
  std::array<std::uint8_t, 8> into{};
  EXPECT_EQ(rig.try_read(into).value(), 0U);  // nothing was echoed, and empty is no hang-up
  const Status silent = co_await rig.wait_readable(executor.after_wall(20ms));
  EXPECT_EQ(silent.error().code, ErrorCode::kTimeout);
  co_return Status{};
}

TEST(PtyLink, AllBytesPassBothWaysUntouched) {
  Scratch scratch;
  auto executor = exec::Executor::make_wall();
  auto device = make_pty_device(scratch.path("flow"), *executor);
  ASSERT_TRUE(device) << device.error().describe();
  auto rig = open_link("pty:" + scratch.path("flow"), *executor);
  ASSERT_TRUE(rig) << rig.error().describe();
  const Status passed = executor->run(there_and_back(*executor, **rig, **device));
  EXPECT_TRUE(passed) << passed.error().describe();
}

TEST(PtyLink, WhatWasWrittenBeforeItWasOpenedIsThrownAway) {
  Scratch scratch;
  auto executor = exec::Executor::make_wall();
  auto device = make_pty_device(scratch.path("flow"), *executor);
  ASSERT_TRUE(device);
  ASSERT_TRUE((*device)->try_write(Bytes{1, 2, 3}));
  auto rig = open_link("pty:" + scratch.path("flow"), *executor);
  ASSERT_TRUE(rig);
  std::array<std::uint8_t, 8> into{};
  EXPECT_EQ((*rig)->try_read(into).value(), 0U);
}

Task<void> wait_for_hang_up(Link& rig) {
  std::array<std::uint8_t, 8> into{};
  const auto got = co_await rig.read_some(into, kNever);
  EXPECT_EQ(got.error().code, ErrorCode::kUnavailable);
  co_return Status{};
}

Task<void> hang_up_while_waiting(exec::Executor& executor, Link& rig, Link& device) {
  auto reader = executor.spawn(wait_for_hang_up(rig));
  CO_TRY(co_await executor.sleep_for(10ms));
  device.close();
  co_return co_await reader.join();
}

TEST(PtyLink, AHangUpEndsTheWaitAndReopeningFindsTheNewOne) {
  Scratch scratch;
  auto executor = exec::Executor::make_wall();
  auto device = make_pty_device(scratch.path("flow"), *executor);
  auto rig = open_link("pty:" + scratch.path("flow"), *executor);
  ASSERT_TRUE(rig);
  ASSERT_TRUE(executor->run(hang_up_while_waiting(*executor, **rig, **device)));
  EXPECT_FALSE((*rig)->is_up());
  EXPECT_FALSE((*rig)->reopen());
  auto again = make_pty_device(scratch.path("flow"), *executor);
  ASSERT_TRUE(again);
  ASSERT_TRUE((*rig)->reopen());
  EXPECT_TRUE((*rig)->is_up());
  EXPECT_TRUE(executor->run(there_and_back(*executor, **rig, **again)));
}

TEST(PtyLink, AnAbsentOneSaysWhichThereAre) {
  Scratch scratch;
  auto executor = exec::Executor::make_wall();
  auto device = make_pty_device(scratch.path("pressure"), *executor);
  const auto rig = open_link("pty:" + scratch.path("flow"), *executor);
  ASSERT_FALSE(rig);
  EXPECT_NE(rig.error().text.find("there are: pressure"), std::string::npos) << rig.error().text;
}

// A listening socket and the first who connects.
class Listener {
 public:
  explicit Listener(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    fd_ = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(fd_.get(), static_cast<const sockaddr*>(static_cast<const void*>(&address)), sizeof address), 0);
    EXPECT_EQ(::listen(fd_.get(), 1), 0);
  }
  UniqueFd accept() { return UniqueFd(::accept(fd_.get(), nullptr, nullptr)); }

 private:
  UniqueFd fd_;
};

TEST(SocketLink, ConnectsExchangesAndNoticesTheEnd) {
  Scratch scratch;
  auto executor = exec::Executor::make_wall();
  EXPECT_EQ(open_link("unix:" + scratch.path("s"), *executor).error().code, ErrorCode::kNotFound);
  Listener listener(scratch.path("s"));
  auto rig = open_link("unix:" + scratch.path("s"), *executor);
  ASSERT_TRUE(rig) << rig.error().describe();
  UniqueFd far = listener.accept();
  ASSERT_EQ(::write(far.get(), "abc", 3), 3);
  const auto heard = executor->run(read_exactly(*executor, **rig, 3));
  EXPECT_EQ(to_hex(*heard), "61 62 63");
  far.reset();
  EXPECT_TRUE(executor->run(wait_for_hang_up(**rig)));
  EXPECT_EQ((*rig)->try_write(Bytes{1}).error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace pumprig::link
