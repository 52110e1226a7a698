#include "rig/base/memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "rig/base/sanitizer.h"

namespace pumprig {
namespace {

constexpr bool kLimitsWork = !kAddressSanitizer;  // it has its own allocator, and reserves terabytes

rlim_t address_space() {
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  statm >> pages;
  return pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

bool allocate(std::vector<std::unique_ptr<char[]>>& kept, std::size_t size) {
  try {
    kept.push_back(std::make_unique<char[]>(size));
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// Runs in a child: its number says what was not as it should be.
int use_up_memory() {
  const MemoryReserve reserve;
  if (!memory_status()) return 1;
  std::vector<std::unique_ptr<char[]>> kept;
  kept.reserve(100'000);
  const rlim_t limit = address_space() + (rlim_t{16} << 20);
  const rlimit limits{limit, limit};
  if (::setrlimit(RLIMIT_AS, &limits) != 0) return 2;
  while (memory_status()) {
    if (!allocate(kept, 64 << 10)) return 3;  // the reserve came too late
    if (kept.size() > 10'000) return 4;       // the limit does not bite
  }
  for (int i = 0; i < 64; ++i) {  // 4 MiB: what a teardown may take
    if (!allocate(kept, 64 << 10)) return 5;
  }
  while (allocate(kept, 64 << 10)) {
    if (kept.size() > 10'000) return 6;
  }
  return 0;
}

TEST(MemoryReserve, LeavesEnoughToEndInGoodOrderWhenTheSystemRefusesMore) {
  if (!kLimitsWork) GTEST_SKIP() << "no limit on address space under the sanitizer";
  const pid_t child = ::fork();
  if (child == 0) ::_exit(use_up_memory());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(MemoryReserve, IsSharedByAllWhoHoldOneAndLeavesTheHandlerAsItWas) {
  const auto before = std::get_new_handler();
  {
    const MemoryReserve first;
    const auto during = std::get_new_handler();
    EXPECT_NE(during, before);
    {
      const MemoryReserve second;
      EXPECT_EQ(std::get_new_handler(), during);
    }
    EXPECT_EQ(std::get_new_handler(), during);
    EXPECT_TRUE(memory_status());
  }
  EXPECT_EQ(std::get_new_handler(), before);
}

}  // namespace
}  // namespace pumprig
