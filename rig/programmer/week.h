// A base by the minutes of the week, Monday 00:00 first: what its days come to, and any 24 hours of it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "rig/clients/telemetry.h"
#include "rig/programmer/prescription.h"

namespace pumprig::programmer {

class Week {
 public:
  // Nothing: a weekday has no dose from midnight on.
  static std::optional<Week> of(const std::vector<DosePiece>& pieces);
  // Of a program of any mode, its periodic boluses spread evenly.
  static Week of(const clients::Program& program);
  explicit Week(DoseRate always);

  DoseRate mean() const;
  DoseRate fastest() const;
  DoseRate fastest_at(std::size_t minute_of_day) const;  // of all weekdays
  Mass day(unsigned weekday) const;                      // 0 Monday
  // Of every 24 hours, whenever they begin: two half days, each harmless, may make one that is not.
  Mass highest_24h() const;
  bool same_every_day() const;

 private:
  std::vector<std::int64_t> minutes_;  // ng/day
};

}  // namespace pumprig::programmer
