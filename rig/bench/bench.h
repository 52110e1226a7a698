// An opened bench: links, instruments, the pump's clients and, on a virtual bench, the twin behind them. One executor, one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"
#include "rig/base/sample.h"
#include "rig/bench/config/bench_config.h"
#include "rig/bench/line_faults.h"
#include "rig/exec/executor.h"
#include "rig/instruments/instrument.h"
#include "rig/link/link.h"
#include "rig/link/wrap/capture.h"
#include "rig/link/wrap/faulty.h"
#include "rig/twin/assembly/board_events.h"
#include "rig/twin/control/twin_control.h"

namespace pumprig::clients {
class PumpSession;
}

namespace pumprig::twin {
class VirtualBench;
class RemoteControl;
struct VirtualBenchConfig;
}  // namespace pumprig::twin

namespace pumprig::bench {

struct BenchOptions {
  std::uint64_t seed = 1;  // of everything virtual
  int gdb_port = 0;        // of the ARM firmware in QEMU
};

// The twin that a virtual bench's file asks for.
twin::VirtualBenchConfig twin_config(const BenchConfig& config, const BenchOptions& options);

// Gets every byte of every link; `member` is the number of the instrument in members().
class BenchCapture {
 public:
  virtual ~BenchCapture() = default;
  virtual void captured(std::size_t member, link::Direction direction, TimePoint at, ByteView bytes) = 0;
};

// Is told of every time that a line fault struck, by the number of the instrument.
class BenchLineFaultSink {
 public:
  virtual ~BenchLineFaultSink() = default;
  virtual void struck(std::size_t member, TimePoint at, std::string_view fault, std::string_view what) = 0;
};

// A channel by its full name ("flow.flow"): which instrument has it and under which number.
struct ChannelRef {
  std::size_t instrument = 0;
  std::size_t channel = 0;
};

// The bench with nothing but the pump, for who only has to reach that.
BenchConfig only_pump(BenchConfig config);

class Bench {
 public:
  // Builds the twin of a virtual bench; opens nothing. The executor outlives the bench.
  static Result<std::unique_ptr<Bench>> create(BenchConfig config, exec::Executor& executor, BenchOptions options = {});
  ~Bench();
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  exec::Executor& executor() { return executor_; }
  const BenchConfig& config() const { return config_; }
  const BenchOptions& options() const { return options_; }

  // Every byte of every link goes to `capture` from the next open() on; null: none. It must outlive the bench's links.
  void set_capture(BenchCapture* capture) { capture_ = capture; }

  // As set_capture(), for line faults.
  void set_line_fault_sink(BenchLineFaultSink* sink) { line_fault_sink_ = sink; }

  // Of a twin in this process: resets of the pump board and such, which no instrument tells. Null: nobody wants to know.
  void set_board_events(twin::BoardEvents* events);

  // Opens every link and identifies every instrument. A failure names the instrument, its link and the remedy; what was opened is closed.
  Task<void> open();
  Task<void> close();

  struct Member {
    const InstrumentConfig* config = nullptr;
    std::unique_ptr<link::CaptureSink> capture;
    std::unique_ptr<link::LineFaultSink> fault_sink;
    std::unique_ptr<link::Link> link;  // with the line faults around it, and the capture around those: what the rig truly got
    link::FaultyLink* line = nullptr;  // part of `link`
    std::unique_ptr<instruments::Instrument> driver;
    instruments::Identity identity;
    std::vector<ChannelInfo> channels;  // full names, for the record
  };
  std::vector<Member>& members() { return members_; }
  const std::vector<Member>& members() const { return members_; }

  // Before open(): as the descriptors say; after it: as the devices say. Full names.
  std::vector<ChannelInfo> channels() const;
  std::optional<ChannelRef> find_channel(std::string_view full_name) const;
  // Smallest and largest value that the channel's instrument can measure; none: unlimited.
  std::optional<instruments::Extremes> range(std::string_view full_channel_name) const;

  // What a scenario may need: "faults" (a twin or valves answer), "service" (a test image), and "instrument:NAME" of each.
  std::set<std::string> capabilities() const;

  // The session with the pump over its telemetry link; valid after open().
  clients::PumpSession& pump();
  // Faults; null where the bench has none.
  twin::TwinControl* control();
  // Line faults of any opened bench, by the names and parameters of line_faults.h. kInvalidArgument says what is wrong; kUnsupported: no
  // other kind of device is on the bench that could answer. One of its kind on the same link is replaced.
  Status inject_line_fault(std::string_view fault, const LineFaultParameters& parameters);
  // On every link. How often it struck; kInvalidArgument: it is nowhere.
  Result<std::uint64_t> clear_line_fault(std::string_view fault);
  // Names of those that were there. The safe state does it, too: the pump must be reached.
  std::vector<std::string> clear_line_faults();

  // What really is in the reservoir of a twin, here or in another process; kUnsupported where fluid is real.
  Task<void> set_true_reservoir_ul(double volume);
  // Which drug, how strong; kUnsupported where fluid is real or is a third drug.
  Task<void> set_true_drug(twin::DrugContent content);
  // An error of the rig itself that no instrument's answer shows (QEMU died).
  Status health() const;

  // Brings the pump to the bench's safe state and reads it back; kRefused when the read-back differs. Call it shielded.
  Task<void> to_safe_state();

  std::string board_description() const;
  std::string firmware_hash() const;  // of the image on the board, as the board (virtual) or its telemetry (real) says

 private:
  Bench(BenchConfig config, exec::Executor& executor, BenchOptions options);
  Task<void> open_member(Member& member);
  std::shared_ptr<const Bytes> stranger_to(const Member& member);

  BenchConfig config_;
  exec::Executor& executor_;
  BenchOptions options_;
  BenchCapture* capture_ = nullptr;
  BenchLineFaultSink* line_fault_sink_ = nullptr;
  std::unique_ptr<twin::VirtualBench> twin_;
  std::unique_ptr<twin::RemoteControl> remote_control_;
  std::vector<Member> members_;
  clients::PumpSession* pump_ = nullptr;
};

}  // namespace pumprig::bench
