#include "rig/programmer/history.h"

#include <algorithm>
#include <optional>

#include "rig/programmer/pump_limits.h"

namespace pumprig::programmer {
namespace {

using clients::LogCode;
using clients::LogEntry;

std::uint32_t volume_of(std::int32_t nl) {
  return static_cast<std::uint32_t>(std::max(nl, 0));
}

// Follows the entries from the oldest to the newest.
class Reader {
 public:
  Reader(std::uint64_t now_ticks, Present& present) : now_ticks_(now_ticks), out_(present) {}

  std::int64_t since(const LogEntry& entry) const {
    return static_cast<std::int64_t>(clients::pump_seconds(now_ticks_ - std::min(now_ticks_, entry.rtc_ticks)));
  }

  void take(const LogEntry& entry) {
    switch (entry.code) {
      case LogCode::kProgramWritten:
        out_.since_last_program_s = since(entry);
        break;
      case LogCode::kTherapyStarted:
      case LogCode::kPrimeStarted:
        runs_ = ran_ = true;
        break;
      case LogCode::kTherapyStopped:
      case LogCode::kStateEstablished:
        runs_ = false;
        break;
      case LogCode::kDrugChanged:
        change_drug(entry);
        break;
      case LogCode::kReservoirEntered:
        fill(entry);
        break;
      case LogCode::kReservoirCorrected:
        if (out_.filled_nl) {
          const std::int64_t now = std::int64_t{*out_.filled_nl} + entry.argument_1 - entry.argument_2;
          out_.filled_nl = static_cast<std::uint32_t>(std::max<std::int64_t>(now, 0));
        }
        break;
      default:
        bolus(entry);
    }
  }

  // Whether what is in the reservoir now has gone through the pump, so that another fill would be a later one.
  bool used(std::uint32_t expected_nl, std::int64_t ago_s) const {
    // What went out before the drug came is none of it, and how much of it that was nobody wrote down.
    if (changed_ && changed_ago_s_ - ago_s < kDay_s) return false;
    return ran_ && out_.filled_nl && *out_.filled_nl >= expected_nl + kUsedFill_nl;
  }
  bool ran() const { return ran_; }
  // Of a log that has lost its beginning: it may have run since long ago.
  void begin_in_the_middle() { runs_ = ran_ = true; }

 private:
  // Only a pump that is stopped takes another drug. What was filled in since it stopped is the first fill of it, and of an earlier time
  // none.
  void change_drug(const LogEntry& entry) {
    out_.fills = ran_ ? 0 : std::min(out_.fills, 1);
    if (ran_) out_.since_fill_s.reset();
    out_.whole_log = true;
    runs_ = ran_ = false;
    changed_ = true;
    changed_ago_s_ = since(entry);
  }

  void fill(const LogEntry& entry) {
    if (out_.fills == 0 || used(volume_of(entry.argument_2), since(entry))) ++out_.fills;
    out_.since_fill_s = since(entry);
    out_.filled_nl = volume_of(entry.argument_1);
    ran_ = runs_;
    changed_ = false;
  }

  void bolus(const LogEntry& entry) {
    const bool clinician = entry.code == LogCode::kClinicianBolusGiven;
    if (clinician || entry.code == LogCode::kBolusGranted) {
      const std::int64_t began = since(entry);
      out_.boluses.push_back({began, began - entry.argument_2, in_steps_nl(volume_of(entry.argument_1)), clinician});
    } else if ((entry.code == LogCode::kBolusCompleted || entry.code == LogCode::kBolusCancelled) && !out_.boluses.empty()) {
      out_.boluses.back().ended_ago_s = since(entry);
      out_.boluses.back().volume_nl = volume_of(entry.argument_1) * kStep_nl;
    }
  }

  std::uint64_t now_ticks_;
  Present& out_;
  bool runs_ = false;
  bool ran_ = false;      // since the last fill, or since the drug came
  bool changed_ = false;  // the drug, since the last fill
  std::int64_t changed_ago_s_ = 0;
};

}  // namespace

void read_history(const clients::Programmer::Log& log, std::uint64_t now_ticks, Present& present) {
  Reader reader(now_ticks, present);
  const bool from_the_first = log.oldest_seq <= 1;
  present.whole_log = from_the_first;
  if (!from_the_first) reader.begin_in_the_middle();
  for (const LogEntry& entry : log.entries) reader.take(entry);
  present.never_filled = from_the_first && !present.filled_nl;
  present.used_since_fill = reader.used(present.reservoir_nl, 0);
  present.ran_since_fill = reader.ran();
  std::erase_if(present.boluses, [](const GivenBolus& bolus) { return bolus.ended_ago_s >= std::int64_t{kDay_s}; });
  const auto begun =
      std::ranges::count_if(present.boluses, [](const GivenBolus& bolus) { return bolus.began_ago_s < std::int64_t{kDay_s}; });
  present.untold_boluses = static_cast<unsigned>(std::max<std::int64_t>(0, std::int64_t{present.boluses_last_24h} - begun));
  if (present.whole_log) return;
  if (!log.entries.empty()) present.log_reaches_s = reader.since(log.entries.front());
  if (present.fills == 0) present.history_unknown = "the pump's log no longer reaches back to a refill";
}

}  // namespace pumprig::programmer
