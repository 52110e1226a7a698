// Judges a history by the requirements, apart from the firmware: it sees the programs written, the requests and their answers, the status
// that the pump tells, what befell the pump, and the steps that went out. REQ-101 … 111 in so far as a step count shows them, REQ-201 …
// 212, REQ-303, REQ-402 … 406 for what stops and what starts again, REQ-606 for programs that break a rule, REQ-701 … 705.
//
// Time is divided by the events. Of each span it is known that therapy flows, that it rests, or neither (just after a reset, while the
// rotor is blocked): in the first the steps must be those prescribed, in the second there must be none, in the third only not too many.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/pump/campaign/prescription.h"
#include "firmware/pump/pump.h"

namespace pumpfw::campaign {

// What a pump tells of itself.
struct Seen {
  TherapyState state = TherapyState::kSelfTest;
  std::uint32_t alarms = 0;
  std::uint32_t bolus_given = 0;  // steps
  std::uint32_t bolus_left = 0;
  std::uint64_t reservoir_steps = 0;
  std::uint32_t lockout_s = 0;
  Tick next_left = kNever;  // until lockout, count and ceilings allow a patient bolus
  double phase_left = 0;    // steps
  std::uint32_t program_crc = 0;
};

inline constexpr Tick kOcclusionSeen = 2 * kSecond;  // REQ-406: from the trip to the stop

// A record of the pump's memory of which both copies read as never written.
enum class Lost : std::uint8_t { kProgram, kState, kBoluses };

bool flows(const Seen& seen);  // therapy, or what stands in for it

class Oracle {
 public:
  // Time has passed until `to`; `steps` are the instants of the pulses since the last call.
  void advance(Tick to, std::span<const Tick> steps, const Seen& now);
  // The next instant at which the pump must be seen: therapy is back after a reset, a stall, an occlusion.
  Tick checkpoint() const { return settled_at_ > at_ ? settled_at_ : kNever; }

  // Each at the instant of the last advance(); `now` is what the pump tells after it.
  void wrote(const Program& program, StatusCode answer, const Seen& now);
  void requested(std::uint32_t nonce, StatusCode answer, const Seen& now);
  void gave(std::uint32_t nonce, std::uint32_t nl, std::uint32_t seconds, StatusCode answer, const Seen& now);
  void started(StatusCode answer, const Seen& now);
  void stopped(StatusCode answer, const Seen& now);
  void primed(std::uint32_t nl, StatusCode answer, const Seen& now);
  void ended_prime(StatusCode answer, const Seen& now);
  void ended_bolus(StatusCode answer, const Seen& now);
  void set_clock(std::int64_t local_s, const Seen& now);
  void entered(std::uint32_t nl, StatusCode answer, const Seen& now);
  void cleared(const Seen& now);
  void rotor(bool blocked);
  void outlet(bool occluded);
  void driver(bool at_fault);
  void took_what_breaks_a_rule(int rule);
  void self_tested(StatusCode answer, const Seen& now);
  // The logic did nothing from the last advance() on, until the watchdog bit at `bitten`; a reset() follows.
  void hung(Tick bitten, std::span<const Tick> steps);
  void damaged(const Seen& now);                    // one copy of the program that the running pump goes by
  void nothing(const char* what, const Seen& now);  // something happened that must change nothing
  // Supply is back at `booted`. `answered`: whether the last request had its answer before.
  void reset(Tick booted, bool answered, const Seen& now);
  // And nobody knows how long it was away: what counts of boluses may count from now on.
  void lost_time();
  // REQ-505: it was one that nobody asked for. Whether a pump counts one that it did not live through is its own affair.
  void unasked_reset() {
    booted_unasked_ = at_;
    ++unasked_at_most_;
  }

  // Some seconds after a reset that found a record lost; the last that is judged.
  void lost(Lost record, const Seen& now);

  const std::string& finding() const { return finding_; }
  bool found() const { return !finding_.empty(); }

  // For waits that end where a limit decides.
  Tick lockout_end() const { return grants_.empty() ? 0 : grants_.back().start + program_.bolus_lockout_s * kSecond; }
  Tick oldest_is_a_day_old() const;
  Tick midnight() const;
  std::int64_t local_second() const { return static_cast<std::int64_t>(std::max(0.0, local_s(at_))); }
  Tick bolus_end() const { return bolus_ ? bolus_->end : 0; }
  bool programmed() const { return programmed_; }
  const Program& program() const { return program_; }
  // What was asked last and not answered before a reset has shown itself.
  bool knows_all() const { return !perhaps_ && (grants_.empty() || grants_.back().sure); }

 private:
  struct Grant {
    Tick start = 0;
    Tick end = 0;
    double least = 0;  // steps that it gave, as far as is known
    double most = 0;
    bool patient = false;
    bool sure = true;   // its answer was given; otherwise the pump may have forgotten it in a reset
    double dose = 0;    // steps asked for
    Tick full_end = 0;  // of the whole dose
    Tick cut_at = 0;
    std::uint32_t nonce = 0;
    Tick counts_from = 0;  // the latest instant at which the pump may take it to have begun
  };
  struct Train {  // a bolus that runs: steps evenly from start to end
    Tick start = 0;
    Tick end = 0;
    double steps = 0;
    bool sure = true;
    double until(Tick at) const;
  };
  struct Flow {
    double least = 0;
    double most = 0;
    double slack = 0;  // what the tolerance of the edges of a schedule makes
  };
  enum class Span : std::uint8_t { kResting, kFlowing, kUnknown };

  void fail(const char* requirement, const std::string& what);
  double local_s(Tick at) const { return (static_cast<double>(at) - static_cast<double>(clock_at_)) / kSecond + clock_s_; }

  // oracle_flow.cpp
  Span span_from_here() const;
  Flow prescribed(Tick from, Tick to);
  double slack_of_edges(const Piece& piece, Tick from, Tick to) const;
  void add_periodic(Tick from, Tick to, Flow& flow);
  void judge_steps(Span span, Tick from, std::span<const Tick> steps, const Seen& now);
  void judge_spacing(std::span<const Tick> steps);
  void judge_alarms(const Seen& now);
  void judge_checkpoint(const Seen& now);
  void judge_ledger(const Seen& now);
  void judge_phase(const Seen& now);
  void follow(const Seen& now);
  void begin_stretch();
  void rest(Tick from);
  void end_phase();

  // oracle_bolus.cpp
  const char* must_refuse(double dose_steps, bool patient) const;
  bool must_grant(double dose_steps, bool patient) const;
  const char* ceiling_broken(double dose_steps) const;
  bool ceilings_clear(double dose_steps) const;
  void decided(std::uint32_t nonce, std::uint32_t nl, std::uint32_t seconds, bool patient, StatusCode answer, const Seen& now);
  void cut_bolus(const Seen& now);
  void judge_bolus(Span span, Tick from, const Seen& now);
  void judge_lockout(const Seen& now);
  void resolve_unsure(const Seen& now);

  std::string finding_;
  Tick at_ = 0;
  Tick cut_ = 0;  // by the last reset
  Tick last_step_ = 0;
  Seen seen_;

  bool programmed_ = false;
  Program program_;
  Program previous_;                // the one before it
  std::optional<Program> perhaps_;  // written, but not answered before a reset
  Tick clock_at_ = 0;
  double clock_s_ = 0;
  Tick grid_ = 0;  // from which the intervals of periodic boluses count
  bool grid_known_ = true;

  bool run_ = false;
  bool run_known_ = true;
  Tick resting_from_ = 0;
  Tick settled_at_ = 0;  // until then it is not known whether therapy flows
  bool blocked_ = false;
  bool may_be_stalled_ = false;  // it was blocked, and an alarm for it may stand
  double held_excess_ = 0;       // pulses above the prescription while it is: for all that the pump knows, they deliver
  double held_pulses_ = 0;       // of a drive that goes on though its rotor is blocked
  bool driver_out_ = false;
  bool driver_may_be_out_ = false;  // an alarm for it may stand
  bool occluded_ = false;
  bool may_be_occluded_ = false;  // an alarm for it may stand
  Tick damaged_until_ = 0;

  std::vector<Tick> unasked_;  // resets
  Tick booted_unasked_ = 0;
  std::size_t unasked_at_most_ = 0;
  std::size_t judged_resets_ = 0;
  bool resets_too_many_ = false;  // and no clinician has cleared the alarm

  enum class Phase : std::uint8_t { kBase, kPriming, kBridging };
  Phase phase_ = Phase::kBase;
  double phase_left_ = 0;
  double phase_steps_ = 0;   // asked for
  double phase_pulses_ = 0;  // that went out in it
  double phase_slack_ = 0;
  Tick bridged_at_ = 0;  // when the last phase ended, if it was a bridge

  std::optional<Train> bolus_;
  std::optional<Train> timed_;
  Tick timed_cut_ = 0;
  std::vector<Grant> grants_;
  std::vector<std::uint32_t> asked_;  // nonces

  // What was prescribed and what went out since therapy began to flow without a break.
  bool stretch_open_ = false;
  double stretch_least_ = 0, stretch_most_ = 0, stretch_slack_ = 0, stretch_steps_ = 0;
  bool since_reset_ = false;  // and not yet settled
  double reset_steps_ = 0, reset_most_ = 0;
  double excess_ = 0;
  double entered_steps_ = -1;
  double moved_ = 0;  // pulses since the last entry, but for those of a blocked rotor
  double ledger_slack_ = 0;
  double held_slack_ = 0;  // counts that a rotor that was held may still owe
  bool ledger_unknown_ = false;
  enum class Asked : std::uint8_t { kOther, kRun, kGrant, kProgram } last_asked_ = Asked::kOther;
};

}  // namespace pumpfw::campaign
