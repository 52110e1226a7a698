// How a prescription is reviewed: what the pump would be told, what the library and the program before say of it, and the figures.
// The three sources are the steps of one reading; whoever reviews uses prescription.h.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "rig/programmer/prescription.h"
#include "rig/programmer/pump_limits.h"
#include "rig/programmer/refill.h"
#include "rig/programmer/week.h"

namespace pumprig::programmer {

class Reviewer {
 public:
  Reviewer(const Prescription& wanted, const Present& present, const Drug& drug) : wanted_(wanted), present_(present), drug_(drug) {}

  Review run();

 private:
  void add(Severity severity, About about, std::string text) { out_.findings.push_back({severity, about, std::move(text)}); }

  // reviewer_program.cpp: what the pump is told
  std::uint32_t rate_of(DoseRate dose);
  void base();
  void round_to_steps(const char* what, About about, Mass& dose, std::uint32_t& volume);
  void periodic(const PeriodicBolus& wanted);
  void each_minute_once();
  void weigh_schedule();
  void path();
  void patient_bolus();
  std::int64_t counted_boluses(std::int64_t window_s) const;
  void ceilings();

  // reviewer_limits.cpp: what the library says of it, and the program before
  void concentration_limits();
  DoseRate highest_day() const;
  void dose_limits();
  DoseRate present_dose() const;
  DoseRate present_fastest() const;
  Mass present_bolus() const;
  Mass present_periodic() const;
  void change();
  void change_of_days();
  void change_of_boluses(std::int64_t base_before, bool told);
  void raise(std::int64_t before, std::int64_t now);

  // prescription.cpp
  bool other_drug();
  void bridge();
  void figures();
  std::string highest_volume() const;
  void soon(const std::optional<RefillDate>& due);

  const Prescription& wanted_;
  const Present& present_;
  const Drug& drug_;
  Review out_;
  std::optional<PeriodicBolus> timed_;  // as they are given, in whole steps
  std::optional<PatientBolus> asked_;
  std::optional<Week> week_;  // of a day schedule
  DoseRate mean_;
  std::int64_t highest_day_ = 0;
  double fastest_ = 0;  // nL/day
  Mass peak_hour_;
  // Most of the base without periodic boluses, as the pump counts it for its ceilings: at its fastest, nL/day, and in 24 h, nL.
  std::int64_t counted_rate_ = 0;
  std::int64_t counted_day_nl_ = 0;
  Mass bolus_hour_;
  Mass bolus_day_;
};

}  // namespace pumprig::programmer
