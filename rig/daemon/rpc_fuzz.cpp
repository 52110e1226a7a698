// Any bytes to the daemon's methods: an answer or none, never a crash.
#include "rig/daemon/fake_runner.h"
#include "rig/daemon/rpc.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pumprig::daemon;
  static FakeRunner runner;
  static JobQueue queue(runner, [](const std::string&, const std::string&, const std::string&) {});
  static const Rpc rpc(queue, {"0", "virtual", "virtual", "virtual", "/nonexistent"}, [] { return std::uint64_t{0}; });
  const std::string text(reinterpret_cast<const char*>(data), size);
  // The runner that waits for a stop, and folders of this machine, are no part of this.
  if (text.find("hold") != std::string::npos || text.find("stubborn") != std::string::npos || text.find("folder") != std::string::npos)
    return 0;
  static_cast<void>(rpc.handle(text, {1, 1, {}}));
  return 0;
}
