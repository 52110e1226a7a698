// Refills: when the next one is due, what the residual says of the pump, and how long priming takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "rig/clients/telemetry.h"
#include "rig/programmer/drug_library.h"
#include "rig/programmer/prescription.h"

namespace pumprig::programmer {

// Days until a volume is reached at the program's mean rate with every allotted patient bolus used (REQ-306): the instant at which the low
// alarm comes, and the one at which the reservoir is empty.
struct RunOut {
  double days_to_low = 0;
  double days_to_empty = 0;
};
// nullopt when the program gives nothing.
std::optional<RunOut> run_out(const clients::Program& program, std::uint32_t reservoir_nl);
// The most that the program may give in a day on the mean, every patient bolus used, nL.
double most_per_day_nl(const clients::Program& program);

enum class Fill : std::uint8_t { kFirst, kLater, kLaterDiluted };
// "a first fill", "a later fill", "a later fill, diluted".
std::string fill_text(Fill fill);

struct RefillDate {
  double days = 0;            // from now; below 0: overdue
  bool by_stability = false;  // the drug ends before the volume
  // What the log does not tell, so that the drug may end sooner and the date is not known; `days` is then that of the volume alone.
  std::string unknown = {};
  std::optional<Fill> fill = {};  // that the stability is counted by
  bool known() const { return unknown.empty(); }
  // With the date of it when the pump's calendar is set; and said so when the pump itself must be replaced before (0: not known).
  std::string text(std::int64_t local_time_s, std::int64_t replace_by_s = 0) const;
};
// The earlier of volume (to the low alarm) and the drug's stability, which counts from the fill.
std::optional<RefillDate> next_refill(const clients::Program& program, std::uint32_t reservoir_nl, const Drug& drug, Fill fill,
                                      double days_since_fill = 0);
// The same for what is in the pump now, by its log; not known where that does not tell the fill.
std::optional<RefillDate> next_refill(const clients::Program& program, const Drug& drug, const Present& present);
// The same for a fill of `days_since_fill` ago of which it is not known whether it was the first; `what` says so.
std::optional<RefillDate> next_refill_of_some_fill(const clients::Program& program, std::uint32_t reservoir_nl, const Drug& drug,
                                                   const std::string& what, double days_since_fill = 0);
// What kind of fill the `number`-th of the log is (1: the first). None: the log has forgotten those before it, or is not to be believed.
std::optional<Fill> fill_kind(const Drug& drug, Concentration concentration, int number, bool whole_log);
// Of the one that would be entered now. What has not gone through the pump yet is entered again, not filled in a second time.
std::optional<Fill> next_fill_kind(const Drug& drug, const Present& present);

// What is to be said where the log does not tell how the reservoir was filled last.
std::string history_text(const Present& present);

// REQ-305: what was found at a refill against what the pump expected. Positive: more went out than was programmed.
struct Residual {
  std::optional<double> error_percent;  // of the volume programmed since the last fill; none: nothing was
  bool over_infusion = false;
  bool under_infusion = false;
};
// expected_nl by the pump's ledger, measured_nl as drawn out, filled_nl at the last fill.
Residual judge_residual(std::uint32_t filled_nl, std::uint32_t expected_nl, std::uint32_t measured_nl);
// What the pump itself says of it; empty: nothing was measured.
std::string residual_text(clients::protocol::Residual judged);

}  // namespace pumprig::programmer
