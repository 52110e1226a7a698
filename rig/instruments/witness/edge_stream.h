// Edges as frames bring them, turned into samples: in order, at instants that can be true, each once; and the losses between them, told as
// soon as the device's own counts show them.
#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "rig/instruments/instrument.h"
#include "rig/instruments/support/session.h"
#include "rig/instruments/witness/clock_map.h"
#include "rig/instruments/witness/codec.h"

namespace pumprig::instruments::witness {

class EdgeStream {
 public:
  EdgeStream(exec::Executor& executor, const ClockMap& clock) : executor_(executor), clock_(clock) {}

  // Samples go to `sink` from now on, first those that came before anybody listened; null: they are kept.
  void listen(SampleSink* sink);
  SampleSink* sink() const { return sink_; }

  // After a handshake: the device's numbers begin anew.
  void restart() { next_sequence_.reset(); }
  void take_edges(ByteView payload);
  // What the device says of itself, in its place between the frames of edges: so the loss of one shows before the next comes.
  void take_totals(const Totals& totals);
  // Every edge of these counts has come or is told as lost.
  bool accounted(const Totals& totals) const { return totals.steps == steps_ && totals.rotor == rotor_ && totals.alarm == alarm_; }

  void tell_lost(TimePoint to, std::string_view what);
  // From the last instant up to which nothing is missing that was not told.
  void tell_unknown_until_now();
  // What comes next has a gap before it.
  void mark_gap() { gaps_.mark(); }
  std::uint8_t take_gap(std::size_t channel) { return gaps_.take(channel); }
  // A stamp came that cannot be true: the clock wants to be looked at soon. Once.
  bool clock_doubtful() { return std::exchange(doubtful_, false); }

 private:
  void push(std::size_t channel, const EdgeRecord& edge, double value);

  exec::Executor& executor_;
  const ClockMap& clock_;
  SampleSink* sink_ = nullptr;
  std::vector<std::pair<std::size_t, Sample>> early_;
  GapMarks gaps_;
  std::optional<std::uint16_t> next_sequence_;
  std::uint32_t no_room_ = 0;  // edges that the device itself had to drop, as it last said
  std::uint32_t steps_ = 0;    // accounted for: an edge of it came, or it is told as lost
  std::int32_t rotor_ = 0;
  std::uint8_t alarm_ = 0;
  TimePoint sound_until_{};  // up to here nothing is missing that was not told
  std::array<TimePoint, 3> last_{};
  bool doubtful_ = false;
};

}  // namespace pumprig::instruments::witness
