#include "rig/instruments/witness/edge_stream.h"

#include <algorithm>

#include "rig/exec/executor.h"
#include "rig/instruments/witness/driver.h"

namespace pumprig::instruments::witness {

void EdgeStream::listen(SampleSink* sink) {
  sink_ = sink;
  if (sink == nullptr) return;
  for (const auto& [channel, sample] : early_) sink->sample(channel, sample);
  early_.clear();
}

void EdgeStream::tell_unknown_until_now() {
  gaps_.mark();
  if (sink_ != nullptr) sink_->lost(std::min(sound_until_, executor_.now()), executor_.now());
}

void EdgeStream::push(std::size_t channel, const EdgeRecord& edge, double value) {
  const TimePoint now = executor_.now();
  Stamped stamp = clock_.to_rig(edge.time);
  if (stamp.at - stamp.bound > now || stamp.at + stamp.bound < last_[channel]) {
    // It cannot have been then: the device's clock is not what it was. No sample rather than one at a wrong time.
    tell_lost(now, "an edge with a stamp that cannot be true");
    doubtful_ = true;
    return;
  }
  // The map may move within its bound at a new exchange: edges of a pin keep their order, and none lies in the future.
  const TimePoint at = std::clamp(stamp.at, std::min(last_[channel], now), now);
  if (at > stamp.at) stamp.bound += at - stamp.at;
  last_[channel] = at;
  sound_until_ = std::max(sound_until_, at);
  const Sample sample{at, Duration{0}, value, at - stamp.bound, now, gaps_.take(channel)};
  if (sink_ != nullptr) {
    sink_->sample(channel, sample);
  } else if (early_.size() < 10'000) {
    early_.emplace_back(channel, sample);
  } else {
    gaps_.mark();
  }
}

void EdgeStream::tell_lost(TimePoint to, std::string_view what) {
  gaps_.mark();
  if (sink_ != nullptr) {
    sink_->event(executor_.now(), "gap", what);
    sink_->lost(std::min(sound_until_, to), to);
  }
  sound_until_ = std::max(sound_until_, to);
}

void EdgeStream::take_totals(const Totals& totals) {
  const bool frames = next_sequence_ && static_cast<std::int16_t>(totals.sequence - *next_sequence_) > 0;
  const bool first = !next_sequence_;
  if (frames || first) next_sequence_ = totals.sequence;
  if (frames) tell_lost(executor_.now(), "frames of edges were lost on the line");
  const bool room = !first && totals.lost != no_room_;
  if (room) tell_lost(executor_.now(), "the witness had no room for edges");
  no_room_ = totals.lost;
  if (first || frames || room) {
    steps_ = totals.steps;
    rotor_ = totals.rotor;
    alarm_ = totals.alarm;
  }
  if (accounted(totals) && clock_.known()) {
    const Stamped stamp = clock_.to_rig(totals.time);
    sound_until_ = std::max(sound_until_, std::min(stamp.at - stamp.bound, executor_.now()));
  }
}

void EdgeStream::take_edges(ByteView payload) {
  const std::size_t count = edge_count(payload);
  if (count == 0 || !clock_.known()) return;
  const std::uint16_t sequence = get_le16(payload, 0);
  // A frame that the line brought twice: its edges have been told.
  if (next_sequence_ && static_cast<std::int16_t>(sequence - *next_sequence_) < 0) return;
  if (next_sequence_ && *next_sequence_ != sequence) {
    const Stamped first = clock_.to_rig(get_edge(payload, 0).time);
    tell_lost(std::clamp(first.at, std::min(sound_until_, executor_.now()), executor_.now()), "frames of edges were lost on the line");
  }
  next_sequence_ = static_cast<std::uint16_t>(sequence + 1);
  for (std::size_t i = 0; i < count; ++i) {
    const EdgeRecord edge = get_edge(payload, i);
    switch (edge.pin) {
      case Pin::kStep:
        steps_ = edge.count;
        if (edge.rising) push(kStepChannel, edge, edge.count);
        break;
      case Pin::kRotor:
        rotor_ = static_cast<std::int32_t>(edge.count);
        push(kRotorChannel, edge, rotor_);
        break;
      case Pin::kAlarmLow:
        alarm_ = edge.rising ? 1 : 0;
        push(kAlarmChannel, edge, alarm_);
        break;
      case Pin::kAlarmHigh:
        alarm_ = edge.rising ? 2 : 0;
        push(kAlarmChannel, edge, alarm_);
        break;
    }
  }
}

}  // namespace pumprig::instruments::witness
