#include "firmware/pump/bolus/bolus_history.h"

namespace pumpfw {

void BolusHistory::add(const BolusEntry& entry) {
  entries_[next_] = entry;
  next_ = static_cast<std::uint8_t>((next_ + 1) % kCapacity);
  if (count_ < kCapacity) ++count_;
}

void BolusHistory::close_last(PumpTime end, std::uint32_t steps_given) {
  if (count_ == 0) return;
  BolusEntry& last = entries_[index(0)];
  last.end = end;
  last.steps = steps_given;
}

std::uint32_t BolusHistory::count_in_day(PumpTime now) const {
  std::uint32_t count = 0;
  for (std::uint8_t age = 0; age < count_; ++age) {
    if (at(age).start + kDay > now) ++count;
  }
  return count;
}

std::uint32_t BolusHistory::count_since(PumpTime from) const {
  std::uint32_t count = 0;
  for (std::uint8_t age = 0; age < count_; ++age) {
    if (at(age).start >= from) ++count;
  }
  return count;
}

std::uint64_t BolusHistory::steps_in(PumpTime now, Tick window) const {
  std::uint64_t steps = 0;
  for (std::uint8_t age = 0; age < count_; ++age) {
    if (at(age).end + window > now) steps += at(age).steps;
  }
  return steps;
}

bool BolusHistory::granted(std::uint32_t nonce, PumpTime now) const {
  for (std::uint8_t age = 0; age < count_; ++age) {
    if (at(age).nonce == nonce && (age == 0 || at(age).start + kDay > now)) return true;
  }
  return false;
}

PumpTime BolusHistory::next_leaving(PumpTime now, Tick window) const {
  PumpTime first = kNever;
  for (std::uint8_t age = 0; age < count_; ++age) {
    const PumpTime leaves = at(age).end + window;
    if (leaves > now && leaves < first) first = leaves;
  }
  return first;
}

void BolusHistory::restart_at(PumpTime now, PumpTime known_until) {
  for (BolusEntry& entry : entries_) {
    if (entry.end + kDay > known_until) entry.start = entry.end = now;
  }
}

}  // namespace pumpfw
