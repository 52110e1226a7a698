#include "rig/session/abort_door.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <future>

namespace pumprig::session {
namespace {

namespace fs = std::filesystem;

class AbortDoorTest : public testing::Test {
 protected:
  AbortDoorTest() {
    std::string pattern = (fs::temp_directory_path() / "pumprig-door-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    run_ = folder_ / "a.pumprun";
  }
  ~AbortDoorTest() override { fs::remove_all(folder_); }
  fs::path folder_;
  fs::path run_;
};

TEST_F(AbortDoorTest, BringsEachRequestToTheSwitch) {
  StopSwitch stop;
  std::promise<void> aborted;
  std::promise<void> now;
  stop.attach([&](StopLevel level) { (level == StopLevel::kNow ? now : aborted).set_value(); });
  const auto door = AbortDoor::open(run_, stop);
  ASSERT_TRUE(door) << door.error().describe();
  ASSERT_TRUE(knock(run_, StopLevel::kAbort));
  aborted.get_future().wait();
  EXPECT_EQ(stop.level(), StopLevel::kAbort);
  ASSERT_TRUE(knock(run_, StopLevel::kNow));
  now.get_future().wait();
}

TEST_F(AbortDoorTest, IsClosedBeforeAndAfterTheRun) {
  StopSwitch stop;
  EXPECT_EQ(knock(run_, StopLevel::kAbort).error().code, ErrorCode::kNotFound);
  { ASSERT_TRUE(AbortDoor::open(run_, stop)); }
  EXPECT_EQ(knock(run_, StopLevel::kAbort).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(AbortDoorTest, ADoorWhoseRunDiedIsToldFromAnOpenOne) {
  ASSERT_EQ(::mkfifo((run_.string() + ".abort").c_str(), 0660), 0);
  EXPECT_EQ(knock(run_, StopLevel::kAbort).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace pumprig::session
