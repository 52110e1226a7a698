// A transaction on a pseudo-terminal (request, decode, answer) as the product does it, beside a bare read/write loop of the same bytes on
// the same pseudo-terminal with the same far end. `ratio` is what the product takes of the bare loop's time; both take turns, so that a
// machine that is busy is busy for both.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

#include "rig/exec/executor.h"
#include "rig/instruments/sensirion_shdlc/codec.h"
#include "rig/link/spec/open_link.h"
#include "rig/link/transact.h"
#include "rig/link/wrap/capture.h"

namespace pumprig {
namespace {

using namespace instruments::sensirion_shdlc;

// "Read the totalizer" and its answer.
const Bytes kRequest{0x7E, 0x00, 0x38, 0x00, 0xC7, 0x7E};
const Bytes kReply{0x7E, 0x00, 0x38, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x83, 0xB4, 0x86, 0x7E};
constexpr int kTurn = 50;  // transactions of one kind, then as many of the other

std::int64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

bool read_all(int fd, std::size_t wanted) {
  std::array<std::uint8_t, 256> bytes{};
  for (std::size_t got = 0; got < wanted;) {
    const ssize_t more = ::read(fd, bytes.data(), bytes.size());
    if (more <= 0) return false;
    got += static_cast<std::size_t>(more);
  }
  return true;
}

bool write_all(int fd, ByteView bytes) {
  return ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size());
}

// A pseudo-terminal whose far end, a thread, gives kReply for every kRequest.
class Device {
 public:
  Device() : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    std::array<char, 64> name{};
    if (::grantpt(master_) != 0 || ::unlockpt(master_) != 0 || ::ptsname_r(master_, name.data(), name.size()) != 0) ::abort();
    path_ = name.data();
    terminal_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios raw{};
    if (::tcgetattr(terminal_, &raw) != 0) ::abort();
    ::cfmakeraw(&raw);
    ::tcsetattr(terminal_, TCSANOW, &raw);
    serving_ = std::thread([this] {
      while (read_all(master_, kRequest.size()) && !over_) {
        if (!write_all(master_, kReply)) return;
      }
    });
  }
  ~Device() {
    over_ = true;
    write_all(terminal_, kRequest);
    serving_.join();
    ::close(terminal_);
    ::close(master_);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const std::string& path() const { return path_; }
  int terminal() const { return terminal_; }

 private:
  int master_;
  int terminal_ = -1;
  std::string path_;
  std::atomic<bool> over_{false};
  std::thread serving_;
};

struct Capture final : link::CaptureSink {
  void captured(link::Direction, TimePoint at, ByteView data) override {
    bytes += data.size();
    benchmark::DoNotOptimize(at);
  }
  std::size_t bytes = 0;
};

using Transactor = link::Transactor<ReplyDecoder>;

bool is_answer(const Reply& reply) {
  return reply.address == 0 && reply.command == 0x38;
}

Task<void> transact(Transactor* transactor, int times) {
  Bytes request;
  link::Exchange exchange;
  for (int i = 0; i < times; ++i) {
    encode(Request{0, 0x38, {}}, request);
    CO_TRY_ASSIGN(const Reply* reply, co_await transactor->request(request, &is_answer, exchange));
    benchmark::DoNotOptimize(reply->data.size());
  }
  co_return Status{};
}

void transaction_beside_a_bare_loop(benchmark::State& state) {
  Device device;
  Capture capture;
  const auto executor = exec::Executor::make_wall();
  auto opened = link::open_link("pty:" + device.path(), *executor);
  if (!opened) return state.SkipWithError(opened.error().describe().c_str());
  link::CapturingLink captured(std::move(*opened), capture);
  Transactor transactor(captured, {});
  std::int64_t ours = 0;
  std::int64_t bare = 0;
  std::int64_t rounds = 0;
  for (auto _ : state) {
    const std::int64_t begin = now_ns();
    const auto done = executor->run(transact(&transactor, kTurn));
    const std::int64_t middle = now_ns();
    for (int i = 0; i < kTurn; ++i) {
      if (!write_all(device.terminal(), kRequest) || !read_all(device.terminal(), kReply.size()))
        state.SkipWithError("the bare loop broke");
    }
    bare += now_ns() - middle;
    ours += middle - begin;
    if (!done) state.SkipWithError(done.error().describe().c_str());
    rounds += kTurn;
    state.SetIterationTime(static_cast<double>(middle - begin) / 1e9);
  }
  if (transactor.counters().retries != 0) state.SkipWithError("answers were lost");
  state.counters["ours_us"] = static_cast<double>(ours) / 1e3 / static_cast<double>(rounds);
  state.counters["bare_us"] = static_cast<double>(bare) / 1e3 / static_cast<double>(rounds);
  state.counters["ratio"] = static_cast<double>(ours) / static_cast<double>(bare);
}
BENCHMARK(transaction_beside_a_bare_loop)->Unit(benchmark::kMicrosecond)->UseManualTime();

}  // namespace
}  // namespace pumprig

BENCHMARK_MAIN();
