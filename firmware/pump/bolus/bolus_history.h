// The boluses of the last 24 h, for the rolling count and the dose ceilings, and the lockout. Kept in the non-volatile memory.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "firmware/pump/base/units.h"
#include "firmware/pump/therapy/program.h"

namespace pumpfw {

struct BolusEntry {
  PumpTime start = 0;
  PumpTime end = 0;                                   // when its last step is due, or when it was cancelled
  std::uint32_t steps = 0;                            // granted; the delivered part once it is over
  std::optional<std::uint32_t> nonce = std::nullopt;  // of the request; of a bolus from elsewhere it is not known
};

class BolusHistory {
 public:
  // One more than patients get in any 24 h: a long bolus that began before the window may reach into it.
  static constexpr std::uint8_t kCapacity = kMaxBolusesPerDay + 1;

  // Notes a granted bolus. The oldest entry goes when the history is full: has_room() says whether a limit still counts it.
  void add(const BolusEntry& entry);
  bool has_room(PumpTime now) const { return count_ < kCapacity || at(kCapacity - 1).end + kDay <= now; }
  // Corrects the newest entry when its bolus ends or is cancelled.
  void close_last(PumpTime end, std::uint32_t steps_given);

  // Boluses that started in (now - 24 h, now].
  std::uint32_t count_in_day(PumpTime now) const;
  std::uint32_t count_since(PumpTime from) const;  // started at or after `from`
  // Steps of all boluses any part of which lies in (now - window, now]: one that reaches into the window counts in full.
  std::uint64_t steps_in(PumpTime now, Tick window) const;
  // When the first of these leaves that window; kNever: there is none in it.
  PumpTime next_leaving(PumpTime now, Tick window) const;

  // This request has been granted: the last of all, or in the last 24 h.
  bool granted(std::uint32_t nonce, PumpTime now) const;

  bool empty() const { return count_ == 0; }
  std::uint8_t size() const { return count_; }
  const BolusEntry& newest() const { return at(0); }
  const BolusEntry& at(std::uint8_t age) const { return entries_[index(age)]; }  // 0 = newest

  // How long it was since `known_until`, nobody knows: what counted then, in a window of 24 h, counts as if it had been given just now.
  void restart_at(PumpTime now, PumpTime known_until = 0);
  void clear() { count_ = next_ = 0; }

 private:
  std::size_t index(std::uint8_t age) const { return (std::size_t{next_} + kCapacity - 1 - age) % kCapacity; }

  std::array<BolusEntry, kCapacity> entries_{};
  std::uint8_t next_ = 0;
  std::uint8_t count_ = 0;
};

}  // namespace pumpfw
