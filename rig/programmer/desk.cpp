#include "rig/programmer/desk.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "rig/programmer/history.h"
#include "rig/programmer/program_page.h"
#include "rig/programmer/pump_limits.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {
namespace {

using clients::TherapyState;

constexpr std::int64_t kAlike_nl = 1'000;  // of two volumes in the reservoir: a reset may lose some steps

bool of_the_link(ErrorCode code) {
  return code == ErrorCode::kTimeout || code == ErrorCode::kCorrupt || code == ErrorCode::kUnavailable || code == ErrorCode::kCancelled;
}

// What a pump is doing, as far as it decides what may be confirmed: a bolus that begins, or a stall that will pass, is no other state.
TherapyState kind_of(TherapyState state) {
  const bool base = clients::delivers(state) && state != TherapyState::kPriming && state != TherapyState::kBridging;
  return base ? TherapyState::kRunning : state;
}

// What a status says of the program that is in `present` already.
void read_status(Present& present, const clients::StatusReply& status) {
  const clients::Program& program = present.program;
  present.state = status.therapy_state;
  // A halted pump takes therapy up when its alarm is cleared, so it counts as one that runs.
  present.running = clients::delivers(status.therapy_state) || status.therapy_state == TherapyState::kHalted;
  present.tube_concentration_ng_per_ml = status.tube_concentration_ng_per_ml;
  // A bridge that was stopped in the middle waits to be given, whatever the state is called meanwhile.
  const bool bridged = program.bridge_volume_nl != 0 && status.tube_concentration_ng_per_ml != program.concentration_ng_per_ml;
  const bool bridging = bridged || status.therapy_state == TherapyState::kBridging;
  present.bridge_remaining_nl = bridging ? status.phase_remaining_nl : 0;
  present.boluses_last_24h = status.boluses_last_24h;
  present.reservoir_nl = status.reservoir_nl;
  present.steps_total = status.steps_total;
  present.local_time_s = status.local_time_s;
  present.replace_by_s = status.replace_by_s;
}

}  // namespace

Desk::Desk(clients::PumpSession& session, Journal& journal) : session_(session), journal_(journal), pump_(session) {
  journal_.note(Noted::kPump, pump_text());
  static_cast<void>(known_.meet(session_));
}

Status Desk::identify_anew() {
  TRY(session_.executor().run(session_.open()));
  return same_pump();
}

Status Desk::same_pump() {
  const std::string why = known_.meet(session_);
  if (why.empty()) return {};
  present_ = {};
  revision_ = 0;
  looked_ = wrote_ = false;
  expected_.reset();
  doubtful_.reset();
  news_.clear();
  const std::string text = "ANOTHER PUMP ANSWERS ON THIS LINK, or it was begun anew: " + why +
                           ". Nothing was asked of it, and what was reviewed or confirmed before counts no more. It is " + pump_text();
  journal_.note(Noted::kPump, text);
  return fail(ErrorCode::kProtocol, text, session_.link().describe());
}

Status Desk::come_back() {
  const bool gone = !session_.link().is_up();
  TRY(programmer::come_back(session_));
  if (!gone) return {};
  TRY_ASSIGN(const auto turn, take_turn(session_.link().describe()));
  return identify_anew();
}

std::string Desk::pump_text() const {
  const auto& who = session_.identity();
  return "model " + clients::to_text(who.model) + ", serial " + clients::to_text(who.board_serial) + ", holds " +
         volume_text(who.capacity_nl) + ", firmware " + std::to_string(who.firmware_major) + "." + std::to_string(who.firmware_minor) +
         "." + std::to_string(who.firmware_patch);
}

// An error that leaves something unknown is said so in the journal; every other changed nothing.
Error Desk::noted(Error error, const std::string& what) {
  journal_.note(of_the_link(error.code) ? Noted::kLost : Noted::kRefused, what + ": " + error.text);
  return error;
}

Result<Present> Desk::look() {
  const auto status = run(pump_.status());
  if (!status) return tl::unexpected<Error>(noted(status.error(), "interrogate"));
  TRY(same_pump());
  const auto program = run(pump_.read_program());
  if (!program) return tl::unexpected<Error>(noted(program.error(), "interrogate"));
  const auto log = run(pump_.read_log());
  // A log that is not sound is no evidence of what was filled in when, and no reason to leave the patient without a programmer.
  const bool unsound = !log && log.error().code == ErrorCode::kProtocol;
  if (!log && !unsound) return tl::unexpected<Error>(noted(log.error(), "interrogate"));
  status_ = status->fields;
  revision_ = program->fields.revision;
  Present now;
  now.program = program->fields.program;
  now.programmed = revision_ != 0;
  now.capacity_nl = session_.identity().capacity_nl;
  read_status(now, status_);
  if (log) read_history(*log, status_.rtc_ticks, now);
  if (unsound) now.history_unknown = "the pump's log is not sound, " + log.error().text;
  if (!now.history_unknown.empty()) journal_.note(Noted::kReadBack, history_text(now));
  present_ = now;
  const bool first = !std::exchange(looked_, true);
  const std::string stands = stands_text(program->fields);
  if (!stands.empty()) journal_.note(Noted::kReadBack, stands);
  if (first) journal_.note(Noted::kPump, state_page());
  return now;
}

// What became of a program whose read-back was lost, and what is expected from now on.
std::string Desk::stands_text(const clients::protocol::ProgramReply& program) {
  std::string out;
  if (doubtful_) {
    const bool took = program.program == *doubtful_;
    out = took ? "the program whose answer was lost stands in the pump, bit for bit"
               : "the program whose answer was lost did not reach the pump; the old one stands";
    if (took) expected_ = doubtful_;
    wrote_ = wrote_ || took;
    doubtful_.reset();
    news_ = out;
  }
  if (!expected_) expected_ = program.program;
  return out;
}

std::string Desk::state_page() const {
  const auto& s = status_;
  const auto& p = present_.program;
  const Drug* drug = find_drug(p.drug);
  std::string text = "Therapy     " + state_text(s.therapy_state) + "\n" + now_text(present_, s) + program_page(present_, revision_);
  text += "\nReservoir   " + volume_text(s.reservoir_nl) + " of " + volume_text(present_.capacity_nl);
  if (const auto left = run_out(p, s.reservoir_nl); left && present_.programmed && s.reservoir_nl != 0) {
    text += left->days_to_low > 0 ? ", low alarm in " + days_text(left->days_to_low) + " with every patient bolus used"
                                  : std::string(", at or below the low alarm");
  }
  const auto due = !looked_ || drug == nullptr || s.reservoir_nl == 0 ? std::nullopt : next_refill(p, *drug, present_);
  if (due) text += "\nNext refill " + due->text(s.local_time_s, s.replace_by_s);
  if (!present_.history_unknown.empty()) text += "\nHistory     " + history_text(present_);
  if (s.phase_remaining_nl != 0) text += "\nTo be given " + volume_text(s.phase_remaining_nl) + " before the base follows";
  text += "\nBoluses     " + std::to_string(s.boluses_last_24h) + " in the last 24 hours, " + std::to_string(s.doses_left_24h) + " left";
  if (session_.identity().protocol_minor >= 2) {
    text += "\nSince fill  " + volume_text(s.given_nl) + " given; of the patient's requests " + std::to_string(s.boluses_granted) +
            " granted and " + std::to_string(s.boluses_refused) + " refused";
    if (s.self_test_failed != 0) text += "\nSelf test   FAILED: " + self_test_text(s.self_test_failed);
  }
  text += "\nBattery     " + std::to_string((s.battery_used_permille + 5) / 10) + " % used; the pump must be replaced within " +
          std::to_string((s.replace_by_s - s.local_time_s) / 86'400) + " days";
  text += "\nAlarms      " + alarm_text(s.alarm_bits);
  if (const auto date = pump_date_text(s.local_time_s); !date.empty()) text += "\nCalendar    " + date;
  return text;
}

// What was confirmed is what look() found; while somebody read it, another programmer may have changed it, or a bridge have ended.
Status Desk::still_so(Confirmed what) {
  const clients::StatusReply seen = status_;
  const auto asked = run(pump_.status());
  if (!asked) return tl::unexpected<Error>(noted(asked.error(), "look once more"));
  const clients::StatusReply& now = asked->fields;
  std::string changed;
  if (now.program_revision != seen.program_revision) {
    changed = "another program was written, revision " + std::to_string(now.program_revision);
  } else if (seen.therapy_state != TherapyState::kSelfTest && kind_of(now.therapy_state) != kind_of(seen.therapy_state)) {
    changed = "therapy was " + state_text(seen.therapy_state) + " and is " + state_text(now.therapy_state);
  } else if (what == Confirmed::kBolus && now.boluses_last_24h > seen.boluses_last_24h) {
    changed = "a bolus was given";
  } else if (what == Confirmed::kVolume) {
    const auto steps = static_cast<std::int64_t>(now.steps_total) - static_cast<std::int64_t>(seen.steps_total);
    const auto given_nl = static_cast<std::int64_t>(static_cast<double>(steps) * kStep_nl);
    const std::int64_t expected_nl = std::max<std::int64_t>(0, std::int64_t{seen.reservoir_nl} - given_nl);
    if (std::abs(expected_nl - now.reservoir_nl) > kAlike_nl) changed = "another volume was entered, " + volume_text(now.reservoir_nl);
  }
  status_ = now;
  changed_meanwhile_ = !changed.empty();
  if (changed.empty()) return {};
  journal_.note(Noted::kRefused, "the pump is not as it was shown any more: " + changed);
  return fail(ErrorCode::kRefused, "the pump is not as it was shown any more: " + changed +
                                       ". Nothing was changed; look at it again, and confirm what it comes to now");
}

Status Desk::agree(const Review& review, const Consent& consent, Confirmed what) {
  changed_meanwhile_ = false;
  journal_.note(Noted::kReviewed, review.text(), review.figures);
  if (consent.reviewed) consent.reviewed(review);
  if (review.refused()) {
    journal_.note(Noted::kRefused, "by the rules of the programmer");
    return fail(ErrorCode::kRefused, "this is not done, and nothing was changed:\n" + review.text());
  }
  const int needed = review.confirmations();
  if (!consent.ask && std::cmp_less(consent.given, needed)) {
    return fail(ErrorCode::kInvalidArgument,
                "nothing was changed; look at this and " + consent.how + std::to_string(needed) + ":\n" + review.text());
  }
  for (int i = 0; i < needed; ++i) {
    if (consent.ask && !consent.ask(review, i > 0)) {
      journal_.note(Noted::kRefused, "not confirmed by the physician");
      return fail(ErrorCode::kCancelled, "not confirmed, so nothing was changed");
    }
    journal_.note(Noted::kConfirmed, i == 0 ? "once" : "a second time");
  }
  return still_so(what);
}

Result<Review> Desk::review(const PrescribeWords& words) {
  TRY_ASSIGN(const auto present, look());
  TRY_ASSIGN(const auto wanted, read_prescription(words, present));
  return programmer::review(wanted, present);
}

Result<Review> Desk::prescribe(const PrescribeWords& words, const Consent& consent) {
  TRY_ASSIGN(auto review, this->review(words));
  TRY(agree(review, consent, Confirmed::kProgram));
  // What is left of a bridge grows less while somebody reads.
  const bool rest = present_.bridge_remaining_nl != 0 && review.program.bridge_volume_nl == present_.bridge_remaining_nl;
  if (rest) review.program.bridge_volume_nl = status_.phase_remaining_nl;
  const auto written = run(pump_.program(review.program));
  if (!written) {
    if (of_the_link(written.error().code)) doubtful_ = review.program;
    return tl::unexpected<Error>(noted(written.error(), "program"));
  }
  expected_ = review.program;
  wrote_ = true;
  journal_.note(Noted::kWritten,
                "the program, revision " + std::to_string(written->fields.revision) + ": " + clients::to_text(review.program));
  journal_.note(Noted::kReadBack, "the program, bit for bit the one that was written");
  return review;
}

Result<RefillReview> Desk::refill(const RefillEntry& entry, const Consent& consent) {
  TRY_ASSIGN(const auto present, look());
  RefillReview out = review_refill(entry, present);
  TRY(agree(out.review, consent, Confirmed::kVolume));
  // With the capacity that was meant, so that the pump itself refuses what is meant for another one.
  const std::uint32_t capacity = entry.capacity_nl != 0 ? entry.capacity_nl : present.capacity_nl;
  const std::uint32_t found = entry.measured_nl.value_or(clients::Programmer::kNotMeasured);
  const auto entered =
      run(entry.correct ? pump_.correct_reservoir(entry.volume_nl, capacity) : pump_.refill(entry.volume_nl, capacity, found));
  if (!entered) return tl::unexpected<Error>(noted(entered.error(), entry.correct ? "correct the volume" : "refill"));
  journal_.note(Noted::kWritten, (entry.correct ? "correction to " : "refill to ") + volume_text(entry.volume_nl));
  out.judged_by_pump = entered->fields.residual;
  const std::string judged = residual_text(out.judged_by_pump);
  journal_.note(Noted::kReadBack, "the pump holds " + volume_text(entered->fields.reservoir_nl) + (judged.empty() ? "" : "\n" + judged));
  return out;
}

template <typename Fields>
Result<Done> Desk::said(const Result<clients::Answer<Fields>>& answer, const std::string& what, const std::string& done) {
  if (!answer) return tl::unexpected<Error>(noted(answer.error(), what));
  const auto& words = clients::protocol::describe(answer->status);
  if (answer->refused()) {
    Done out{true, words.name, std::string("The pump refused: ") + words.text + "."};
    journal_.note(Noted::kRefused, what + ": " + words.text);
    return out;
  }
  journal_.note(Noted::kWritten, what);
  journal_.note(Noted::kReadBack, done);
  return Done{false, words.name, done};
}

Result<Done> Desk::prime(const std::string& volume, const Consent& consent) {
  TRY_ASSIGN(const auto present, look());
  std::uint32_t nl = present.program.pump_tube_nl + present.program.catheter_nl;
  if (!volume.empty()) {
    TRY_ASSIGN(nl, read_volume(volume));
  }
  TRY(agree(review_prime(nl, present), consent, Confirmed::kBolus));
  return said(run(pump_.prime(nl)), "prime " + volume_text(nl),
              "Priming " + volume_text(nl) + " at 24 milliliters per day; the base follows.");
}

Result<Done> Desk::bolus(const std::string& volume_or_dose, const std::string& duration, const Consent& consent) {
  TRY_ASSIGN(const auto present, look());
  TRY_ASSIGN(const std::uint32_t nl, read_bolus_volume(volume_or_dose, present));
  TRY_ASSIGN(const std::uint32_t seconds, read_span(duration));
  TRY(agree(review_bolus(nl, seconds, present), consent, Confirmed::kBolus));
  return said(run(pump_.give_bolus(nl, seconds)), "single bolus of " + volume_text(nl),
              "A single bolus of " + volume_text(nl) + " is being given.");
}

Result<Done> Desk::start() {
  const auto answer = run(pump_.offer_start());
  const auto state = answer ? answer->fields.therapy_state : TherapyState::kStopped;
  return said(answer, "start therapy", "Therapy runs: " + state_text(state) + ".");
}
Result<Done> Desk::stop() {
  const auto answer = run(pump_.stop(), true);
  if (!answer) {
    Error why = noted(answer.error(), "stop therapy");
    why.text = unstopped_text() + why.text;
    return tl::unexpected<Error>(std::move(why));
  }
  auto done = said(answer, "stop therapy", "Therapy is STOPPED: " + state_text(answer->fields.therapy_state) + ".");
  if (done && done->refused) done->text = unstopped_text() + done->text;
  return done;
}
Result<Done> Desk::cancel() {
  const auto status = run(pump_.status());
  if (!status) return tl::unexpected<Error>(noted(status.error(), "end what runs"));
  return status->fields.therapy_state == TherapyState::kPriming ? cancel_prime() : cancel_bolus();
}
Result<Done> Desk::cancel_bolus() {
  return said(run(pump_.cancel_bolus()), "end the bolus", "The bolus has ended.");
}
Result<Done> Desk::cancel_prime() {
  return said(run(pump_.cancel_prime()), "end priming", "Priming has ended, and therapy runs at its base; stop it if it is not meant to.");
}
Result<Done> Desk::clear_alarms() {
  const auto answer = run(pump_.clear_alarms());
  if (answer && answer->status == clients::StatusCode::kAlarmCauseStands) {
    const std::string left = alarm_text(answer->fields.alarm_bits);
    journal_.note(Noted::kWritten, "clear alarms");
    journal_.note(Noted::kReadBack, "still stand: " + left);
    return Done{true, clients::protocol::describe(answer->status).name,
                "Cleared, but for those whose cause is still there: " + left + ". Remove the cause, then clear again."};
  }
  const auto status =
      answer && !answer->refused() ? run(pump_.status()) : Result<clients::Answer<clients::StatusReply>>(tl::unexpected<Error>(Error{}));
  const bool still = status && status->fields.therapy_state == TherapyState::kStopped;
  return said(answer, "clear alarms",
              "Alarms that still stand: " + alarm_text(answer ? answer->fields.alarm_bits : 0) + "." +
                  (still ? " Therapy is STOPPED, and clearing does not start it: start it, where that is meant." : ""));
}
Result<Done> Desk::silence(const std::string& span) {
  TRY_ASSIGN(const std::uint32_t seconds, read_silence(span, clients::Role::kClinician));
  return said(run(pump_.silence(seconds)), "silence the alarm",
              "The alarm is silent for " + span_text(seconds) + "; a new critical alarm sounds all the same.");
}
Result<Done> Desk::test_alarm() {
  return said(run(pump_.test_alarm()), "test the alarm", "The pump sounds its critical signal, then the other.");
}

Result<Done> Desk::self_test() {
  const auto answer = run(pump_.self_test());
  if (!answer || answer->refused() || answer->fields.failed == 0) {
    const auto parts = answer ? clients::parts_of(answer->fields.tested).size() : 0;
    return said(answer, "self test",
                "The self test has passed, all " + std::to_string(parts) + " parts of it. Therapy is as it was: stopped.");
  }
  const std::string failed = self_test_text(answer->fields.failed);
  journal_.note(Noted::kWritten, "self test");
  journal_.note(Noted::kReadBack, "failed: " + failed);
  return Done{true, clients::protocol::describe(clients::Alarm::kSelfTest).name,
              "The self test FAILED: " + failed + ". The pump gives nothing until a test has passed and its alarm is cleared."};
}

Result<Done> Desk::update(const clients::SignedImage& image) {
  const std::string version = clients::version_text(image.facts);
  return said(run(clients::update_image(session_, image)), "update the firmware to " + version,
              "The pump was reset and says that it runs firmware " + version + "; therapy is as it was: stopped.");
}

Result<Done> Desk::set_clock(const std::string& local_time) {
  TRY_ASSIGN(const std::int64_t local_time_s, read_calendar(local_time));
  return said(run(pump_.set_clock(local_time_s)), "set the calendar",
              "The pump's calendar stands at " + local_time + "; lockouts and counts go on as they were.");
}

Result<clients::Programmer::Log> Desk::log(std::uint32_t from_seq) {
  auto log = run(pump_.read_log(from_seq));
  const auto status = log ? run(pump_.status()) : Result<clients::Answer<clients::StatusReply>>(tl::unexpected<Error>(log.error()));
  if (!status) return tl::unexpected<Error>(noted(status.error(), "read the log"));
  status_ = status->fields;
  std::string text = "the log, from entry " + std::to_string(from_seq);
  for (const auto& entry : log->entries) {
    const std::string date = entry_date_text(entry, status_);
    text += "\n" + std::to_string(entry.seq) + " " + (date.empty() ? "" : date + " ") + log_text(entry);
  }
  text += "\n" + chain_text(*log);
  journal_.note(Noted::kReadBack, text);
  return log;
}

Proof Desk::prove() {
  Proof out;
  const auto program = run(pump_.read_program());
  const auto status = program ? run(pump_.status()) : Result<clients::Answer<clients::StatusReply>>(tl::unexpected<Error>(program.error()));
  if (!status) {
    out.banner = "THE STATE OF THE PUMP IS UNKNOWN: " + status.error().text + ". " + magnet_text();
    out.text = out.banner;
    journal_.note(Noted::kProof, out.text);
    return out;
  }
  out.known = true;
  out.status = status_ = status->fields;
  out.revision = revision_ = program->fields.revision;
  const std::string stands = stands_text(program->fields);
  if (!stands.empty()) journal_.note(Noted::kReadBack, stands);
  present_.program = program->fields.program;
  present_.programmed = out.revision != 0;
  present_.capacity_nl = session_.identity().capacity_nl;
  read_status(present_, out.status);
  const bool sound = out.revision == 0 || program->fields.crc == clients::protocol::checksum(program->fields.program);
  out.as_written = sound && program->fields.program == *expected_;
  out.running = clients::delivers(out.status.therapy_state) && out.status.therapy_state != TherapyState::kStallPause;
  if (!out.as_written) {
    out.banner = "THE PROGRAM IN THE PUMP IS NOT THE ONE OF THIS SESSION";
    journal_.note(Noted::kReadBack, "another program: " + clients::to_text(program->fields.program));
  } else if (!out.running) {
    out.banner = "THERAPY IS NOT RUNNING: " + state_text(out.status.therapy_state);
  }
  out.text = out.banner.empty()
                 ? "Therapy runs: " + state_text(out.status.therapy_state) + "; program revision " + std::to_string(out.revision) +
                       (wrote_ ? " read back bit for bit." : " stands in it, whole by its checksum.")
                 : out.banner;
  journal_.note(Noted::kProof, out.text + "\n" + state_page());
  if (!out.as_written) out.text += "; it holds this:\n" + state_page();
  return out;
}

}  // namespace pumprig::programmer
