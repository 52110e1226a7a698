#include "rig/programmer/personal_device.h"

#include <algorithm>

#include "rig/programmer/patient_words.h"
#include "rig/programmer/say.h"
#include "rig/programmer/words.h"
#include "rig/security/role_keys.h"

namespace pumprig::programmer {
namespace {

namespace fs = std::filesystem;
using clients::protocol::StatusCode;

// An answer, or that there is none, within five seconds of the press: the last attempt begins here and may take kReplyTimeout.
constexpr Duration kTriesUntil = std::chrono::milliseconds(4300);
constexpr Duration kReplyTimeout = std::chrono::milliseconds(500);
constexpr Duration kTurn = std::chrono::seconds(2);  // of asking again

bool unanswered(ErrorCode code) {
  return code == ErrorCode::kTimeout || code == ErrorCode::kCorrupt || code == ErrorCode::kUnavailable || code == ErrorCode::kNotFound;
}

std::string doses(unsigned left) {
  return std::to_string(left) + (left == 1 ? " dose" : " doses") + " left in the 24 hours";
}

// Until when a bridge keeps patient boluses away, from what is left of it and the rate at which it goes out.
std::optional<std::uint64_t> bridge_left(const clients::StatusReply& status) {
  if (status.therapy_state != clients::TherapyState::kBridging || status.rate_now_nl_per_day == 0) return std::nullopt;
  return static_cast<std::uint64_t>(86'400.0 * status.phase_remaining_nl / status.rate_now_nl_per_day);
}

// How long that takes more: " that takes 18 h more, until about 2026-03-03 02:00."
std::string bridge_text(std::uint64_t seconds, std::int64_t local_time_s) {
  const auto until = pump_date_text(local_time_s + static_cast<std::int64_t>(seconds));
  return " that takes " + span_text(seconds) + " more" + (until.empty() ? "" : ", until about " + until);
}

Shown unknown_outcome(bool earlier) {
  Shown out;
  out.known = Shown::Known::kNo;
  out.outcome = "unknown";
  out.earlier = earlier;
  out.text =
      "It is unknown whether the dose was given: the pump does not answer. Do not ask for another; run this again when the pump is in "
      "reach, and it will tell what happened. A pump that never heard of it takes that for the request itself, and may give the dose "
      "then. " +
      magnet_text();
  return out;
}

Shown asked_of_another(std::string why) {
  Shown out = unknown_outcome(true);
  out.text =
      "It is unknown whether the dose that you asked for earlier was given: this is another pump, or it has lost its memory, or its clock "
      "was slow. Nothing was asked of it. Tell your clinic before you ask for another dose.";
  out.detail = std::move(why);
  return out;
}

std::uint32_t next_after(std::uint64_t bridge_s, std::uint32_t lockout_s) {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(bridge_s, lockout_s, 0xFFFFFFFF));
}

constexpr const char* kPending =
    " What became of your last request is not known yet: ask once more, and the pump tells; no second dose comes of it. If the pump never "
    "heard of it, asking may start that dose.";

// The device can not read what it wrote down itself, so that a request may wait of which it knows nothing.
Shown forgotten(const Error& why) {
  Shown out;
  out.known = Shown::Known::kNo;
  out.outcome = "unknown";
  out.text =
      "This device can not read what it wrote down, so it is unknown whether an earlier request still waits. Nothing was asked. Tell your "
      "clinic before you ask for another dose.";
  out.detail = why.describe();
  return out;
}

Shown taken_by_another() {
  Shown out;
  out.known = Shown::Known::kOutOfReach;
  out.outcome = "out_of_reach";
  out.granted = false;
  out.text = "This device is still busy with another request, so nothing was asked now. Wait for that one.";
  return out;
}

// When lockout, count and ceilings allow the next dose; none: waiting alone brings none, or the pump does not say.
std::optional<std::uint32_t> next_dose(std::uint32_t next_bolus_in_s, std::uint32_t lockout_s, unsigned doses_left) {
  if (next_bolus_in_s == clients::protocol::kNoBolusByWaiting) return std::nullopt;
  if (next_bolus_in_s != clients::protocol::kNextBolusUnsaid) return next_bolus_in_s;
  // A pump of 2.1: its lockout is the whole of it while doses are left.
  return doses_left != 0 ? std::optional(lockout_s) : std::nullopt;
}

// Refusals that pass by waiting.
bool passes(StatusCode status) {
  switch (status) {
    case StatusCode::kOk:
    case StatusCode::kRepeatedTooSoon:
    case StatusCode::kBolusRunning:
    case StatusCode::kLockout:
    case StatusCode::kDailyCountReached:
    case StatusCode::kHourCeilingReached:
    case StatusCode::kDayCeilingReached:
      return true;
    default:
      return false;
  }
}

}  // namespace

PersonalDevice::PersonalDevice(const std::string& link, std::string keys, fs::path memory)
    : link_(absolute_link(link)), keys_(std::move(keys)), memory_file_(std::move(memory)) {}
PersonalDevice::PersonalDevice(clients::PumpSession& session, fs::path memory)
    : link_(session.link().describe()), memory_file_(std::move(memory)), session_(&session) {}

RequestMemory PersonalDevice::memory() const {
  return {memory_file_, clients::to_text(session_->identity().board_serial), link_};
}

Shown PersonalDevice::out_of_reach(const Error& why, bool asked) const {
  Shown out;
  out.detail = why.describe();
  out.known = Shown::Known::kOutOfReach;
  out.outcome = "out_of_reach";
  if (asked) out.granted = false;
  out.text = "The pump is not in reach, so nothing was asked of it now. Come nearer and try again. " + magnet_text();
  const auto waits = RequestMemory::waits_at(memory_file_, link_);
  if (!waits) {
    out.text += " " + forgotten(waits.error()).text;
    out.detail += "; " + waits.error().describe();
  } else if (*waits) {
    out.text += kPending;
  }
  return out;
}

Result<std::string> PersonalDevice::stranger(const RequestMemory& asked) {
  TRY_ASSIGN(const auto request, asked.unsettled());
  TRY(run(session_->open()));
  const RequestMemory now = memory();
  if (now.pump() != asked.pump()) return asked.remedy("this is pump " + now.pump());
  TRY_ASSIGN(const std::string other, request ? other_than(request->life) : Result<std::string>(std::string()));
  return other.empty() ? other : asked.remedy(other);
}

// Where the clock alone speaks against it: how fast that goes at present is seen over a moment.
Result<std::string> PersonalDevice::other_than(const json::Node& asked) {
  const std::string other = other_life(asked, life_of(*session_));
  if (other.empty() || !other_life(asked, life_of(*session_), 0).empty()) return other;
  TRY_ASSIGN(const double rate, run(clock_rate(*session_)));
  return other_life(asked, life_of(*session_), std::min(rate, 1.0));
}

void PersonalDevice::let_go() {
  if (!line_) return;
  session_ = nullptr;
  line_.reset();
}

clients::PumpSession::Options PersonalDevice::options() {
  clients::PumpSession::Options out;
  out.reply_timeout = kReplyTimeout;
  out.attempts = 4;
  return out;
}

// Finds the pump. An Error of the link: it is not in reach.
Result<std::unique_ptr<clients::PersonalTherapyManager>> PersonalDevice::reach() {
  if (session_ == nullptr) {
    if (!keys_.empty()) {  // a mistake of whoever holds it, not a pump that is away
      const auto keys = security::read_key_folder(keys_);
      if (!keys) return fail(ErrorCode::kInvalidArgument, keys.error().text, keys.error().where);
    }
    TRY_ASSIGN(auto line, PumpLine::open(link_, keys_, options(), kTriesUntil));
    line_ = std::move(line);
    session_ = &line_->session();
  } else if (!session_->link().is_up()) {
    TRY(session_->link().reopen());
    TRY(run(session_->open()));  // another pump may stand there now
  }
  return std::make_unique<clients::PersonalTherapyManager>(*session_);
}

Result<Shown> PersonalDevice::tell(clients::PersonalTherapyManager& patient, const clients::Answer<clients::protocol::BolusReply>& answer,
                                   bool earlier) {
  Shown out;
  out.earlier = earlier;
  out.granted = !answer.refused();
  const std::uint32_t lockout_s = answer.fields.lockout_remaining_s;
  if (passes(answer.status)) out.next_dose_in_s = next_dose(answer.fields.next_bolus_in_s, lockout_s, answer.fields.doses_left_24h);
  out.doses_left_24h = answer.fields.doses_left_24h;
  const auto& words = clients::protocol::describe(answer.status);
  out.outcome = *out.granted ? "granted" : words.name;
  const auto now = run(patient.status());  // beside the answer: how it stands at this moment
  if (*out.granted) {
    const bool runs = !earlier || (now && now->fields.therapy_state == clients::TherapyState::kBolus);
    out.text = runs ? "Your dose is being given." : "The dose that you asked for earlier was given.";
  } else {
    out.text = std::string(earlier ? "The dose that you asked for earlier was not given: " : "No dose is given: ") +
               patient_refusal_text(answer.status);
  }
  if (answer.status == StatusCode::kBridging) {
    // Lockout and count say nothing of when the next dose is possible while the bridge runs.
    out.next_dose_in_s.reset();
    out.bridge_ends_in_s = now ? bridge_left(now->fields) : std::nullopt;
    if (out.bridge_ends_in_s) {
      out.text += ";" + bridge_text(*out.bridge_ends_in_s, now->fields.local_time_s);
      out.next_dose_in_s = next_after(*out.bridge_ends_in_s, next_dose(answer.fields.next_bolus_in_s, lockout_s, 1).value_or(lockout_s));
    }
    out.text += ".";
    return out;
  }
  if (!out.text.ends_with('.')) out.text += ".";
  if (out.next_dose_in_s.value_or(0) != 0) out.text += " The next one is possible in " + span_text(*out.next_dose_in_s) + ".";
  const bool ceiling = answer.status == StatusCode::kHourCeilingReached || answer.status == StatusCode::kDayCeilingReached;
  if (ceiling && !out.next_dose_in_s) out.text += " Waiting does not change that: call your clinic.";
  if (passes(answer.status)) out.text += " " + doses(*out.doses_left_24h) + ".";
  return out;
}

// Asks with the same nonce until the pump says what happened, for as long as the patient has patience. Before every turn but the first it
// is seen that this is still the pump that was asked: another one would take the request for a new one.
Result<Shown> PersonalDevice::settle(clients::PersonalTherapyManager& patient, Duration patience, bool earlier,
                                     const std::function<void(const std::string&)>& on_unknown) {
  auto& executor = session_->executor();
  const RequestMemory memory = this->memory();
  const TimePoint until = executor.after_wall(patience);
  bool same = true;
  for (bool told = false;; told = true) {
    if (same) {
      const auto answer = run(patient.settle());
      if (answer) {
        TRY(memory.forget());
        session_->give_up_at(executor.after_wall(kTurn));
        return tell(patient, *answer, earlier || told);
      }
      if (!unanswered(answer.error().code)) return tl::unexpected<Error>(answer.error());
    }
    if (impatient_ || executor.now() >= until) return unknown_outcome(earlier);
    if (!told && on_unknown) on_unknown("It is unknown whether the dose was given. The pump is being asked what happened ...");
    static_cast<void>(come_back(*session_));  // not there yet: the next turn finds out
    session_->give_up_at(executor.after_wall(kTurn));
    const auto other = stranger(memory);
    if (other && !other->empty()) return asked_of_another(*other);
    same = other.has_value();
    session_->give_up_at(executor.after_wall(kTurn));
  }
}

Result<Shown> PersonalDevice::request(Duration patience, const std::function<void(const std::string&)>& on_unknown) {
  impatient_ = false;
  const auto turn = RequestMemory::take(memory_file_);
  if (!turn && turn.error().code == ErrorCode::kTimeout) return taken_by_another();
  TRY(turn);
  const auto pressed = session_ == nullptr ? std::optional<TimePoint>() : session_->executor().after_wall(kTriesUntil);
  if (pressed) session_->give_up_at(*pressed);
  auto patient = reach();
  if (!patient && unanswered(patient.error().code)) return out_of_reach(patient.error(), true);
  TRY(patient);
  // A line that was opened just now has an executor whose time began with the press.
  session_->give_up_at(pressed.value_or(TimePoint{} + kTriesUntil));
  const auto earlier = memory().unsettled();
  if (!earlier) return forgotten(earlier.error());
  if (*earlier) {
    if (on_unknown) on_unknown("Asking first what became of the earlier request.");
    const auto other = stranger(memory());
    if (!other && unanswered(other.error().code)) return out_of_reach(other.error(), true);
    TRY(other);
    if (!other->empty()) return asked_of_another(*other);
    (*patient)->take_over((*earlier)->nonce);
    return settle(**patient, patience, true, on_unknown);
  }
  TRY(memory().keep((*patient)->prepare(), life_of(*session_)));
  return settle(**patient, patience, false, on_unknown);
}

Result<Shown> PersonalDevice::status() {
  if (session_ != nullptr) session_->give_up_at(session_->executor().after_wall(kTriesUntil));
  auto patient = reach();
  if (!patient && unanswered(patient.error().code)) return out_of_reach(patient.error(), false);
  TRY(patient);
  const auto answer = run((*patient)->status());
  if (!answer && unanswered(answer.error().code)) return out_of_reach(answer.error(), false);
  TRY(answer);
  const auto& now = answer->fields;
  Shown out;
  out.outcome = clients::protocol::describe(now.therapy_state).name;
  out.doses_left_24h = now.doses_left_24h;
  out.bridge_ends_in_s = bridge_left(now);
  out.text = patient_state_text(now.therapy_state);
  const bool bridging = now.therapy_state == clients::TherapyState::kBridging;
  const bool critical = (now.alarm_bits & clients::protocol::kCriticalAlarms) != 0;
  const bool given = gives_doses(now.therapy_state) && !critical;
  const auto next = next_dose(now.next_bolus_in_s, now.lockout_remaining_s, now.doses_left_24h);
  if (bridging) {
    out.text += " While the drug changes over no dose can be given";
    if (out.bridge_ends_in_s) {
      out.text += ";" + bridge_text(*out.bridge_ends_in_s, now.local_time_s);
      out.next_dose_in_s = next_after(*out.bridge_ends_in_s, next.value_or(now.lockout_remaining_s));
    }
    out.text += ".";
  } else if (given) {
    out.next_dose_in_s = next;
    if (next.value_or(0) != 0) out.text += " The next dose is possible in " + span_text(*next) + ".";
    // Whether none is allowed or all were taken the pump does not tell the patient's device.
    if (now.doses_left_24h == 0) out.text += " The pump has no dose of your own to give now.";
    if (now.doses_left_24h != 0) out.text += " " + doses(now.doses_left_24h) + ".";
  }
  if (const auto alarm = patient_alarm_text(now.alarm_bits); !alarm.empty()) out.text += " " + alarm;
  const auto waits = memory().unsettled();
  if (!waits) {
    const Shown unknown = forgotten(waits.error());
    out.known = Shown::Known::kNo;
    out.text += " " + unknown.text;
    out.detail = unknown.detail;
  } else if (*waits) {
    out.known = Shown::Known::kNo;
    TRY_ASSIGN(const std::string other, other_than((*waits)->life));
    if (other.empty()) {
      out.text += kPending;
    } else {
      const Shown unknown = asked_of_another(memory().remedy(other));
      out.text += " " + unknown.text;
      out.detail = unknown.detail;
    }
  }
  return out;
}

Result<Shown> PersonalDevice::mute(const std::string& span) {
  TRY_ASSIGN(const std::uint32_t seconds, read_silence(span, clients::Role::kPatient));
  if (session_ != nullptr) session_->give_up_at(session_->executor().after_wall(kTriesUntil));
  auto patient = reach();
  if (!patient && unanswered(patient.error().code)) return out_of_reach(patient.error(), false);
  TRY(patient);
  const auto muted = run((*patient)->mute(seconds));
  if (!muted && unanswered(muted.error().code)) return out_of_reach(muted.error(), false);
  TRY(muted);
  Shown out;
  out.outcome = "muted";
  out.text = "The alarm is silent for " + span_text(seconds) + "; a new critical alarm sounds all the same.";
  return out;
}

}  // namespace pumprig::programmer
