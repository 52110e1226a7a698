#include "rig/twin/board/board_life.h"

#include <algorithm>
#include <cmath>

namespace pumprig::twin {

using namespace pumpfw::protocol;
using pumpfw::hal::kTicksPerSecond;
using BoardCause = pumpfw::hal::ResetCause;

namespace {

constexpr double kStepNl = 12.5;
constexpr std::int64_t kLedgerSteps = 80;  // 1 µL

Program program_at(std::uint32_t rate_nl_per_day, std::uint32_t lockout_s) {
  Program p;
  p.basal_rate_nl_per_day = rate_nl_per_day;
  p.patient_bolus_enabled = true;
  p.bolus_dose_nl = 2'500;
  p.bolus_duration_s = 60;
  p.bolus_lockout_s = lockout_s;
  p.bolus_max_per_24h = 20;
  p.ceiling_1h_nl = 2'000'000;
  p.ceiling_24h_nl = 27'000'000;
  return p;
}

}  // namespace

Tick BoardLife::ticks(double from_s, double to_s) {
  return static_cast<Tick>(rng_.uniform(from_s, to_s) * kTicksPerSecond);
}

Program BoardLife::another_program() {
  constexpr std::uint32_t kRates[] = {500'000, 1'000'000, 2'000'000, 4'000'000};
  return program_at(kRates[rng_.below(4)], rng_.below(2) == 0 ? 90 : 150);
}

Status BoardLife::begin() {
  std::ranges::fill(board_.nvm(), std::uint8_t{0});
  TRY(player_.reset(BoardCause::kPowerOn, 0));
  TRY(player_.wait(2 * kTicksPerSecond));
  program_ = another_program();
  TRY_ASSIGN(const auto wrote, player_.ask(Role::kClinician, WriteProgram{program_, checksum(program_)}));
  TRY_ASSIGN(const auto filled, player_.ask(Role::kClinician, EnterReservoir{20'000'000, true, 20'000'000}));
  TRY_ASSIGN(const auto started, player_.ask(Role::kClinician, StartTherapy{}));
  if (wrote.status != StatusCode::kOk || filled.status != StatusCode::kOk || started.status != StatusCode::kOk) {
    return found("the pump does not begin");
  }
  return take_baseline();
}

Status BoardLife::take_baseline() {
  TRY_ASSIGN(const auto status, player_.ask(Role::kPatient, ReadStatus{}));
  pulses_then_ = status.steps;
  told_then_ = status.fields;
  return {};
}

double BoardLife::lockout_left(Tick at) const {
  if (!granted_) return 0;
  const double gone = static_cast<double>(at - granted_at_) / kTicksPerSecond;
  return std::max(0.0, program_.bolus_lockout_s - gone);
}

// ---- What is under way when the reset comes ----

Status BoardLife::do_something(bool& torn) {
  torn = false;
  TRY(player_.wait(ticks(0, 6)));
  const std::uint64_t what = rng_.below(6);
  const bool cut = rng_.below(2) == 0;
  if (what >= 3 && lockout_left(player_.rtc()) > 0 && rng_.below(2) == 0) {
    TRY(player_.wait_until_rtc(granted_at_ + (program_.bolus_lockout_s + 1) * kTicksPerSecond));
  }
  if (what == 0) story_ += ", nothing asked";
  if ((what == 1 || what == 2) && !cut) return write_program();
  if (what >= 3 && !cut) return request_bolus();
  if (what == 0) return player_.wait(ticks(0, 10));
  torn = true;
  Torn reached;
  if (what < 3) {
    const Program wanted = another_program();
    story_ += ", program cut";
    TRY(cut_turn(player_.frame(Role::kClinician, WriteProgram{wanted, checksum(wanted)}, player_.new_nonce()), reached));
    if (reached.program) program_ = wanted;
    ++(reached.program ? counts_.new_programs : counts_.old_programs);
    return {};
  }
  const std::uint32_t nonce = player_.new_nonce();
  const bool due = lockout_left(player_.rtc()) == 0;
  story_ += ", grant cut";
  TRY(cut_turn(player_.frame(Role::kPatient, RequestBolus{}, nonce), reached));
  if (!due) return {};
  ++(reached.boluses ? counts_.grants_kept : counts_.grants_lost);
  if (!reached.boluses) return {};
  granted_ = true;
  granted_nonce_ = nonce;
  granted_at_ = player_.rtc();
  return {};
}

Status BoardLife::write_program() {
  const Program wanted = another_program();
  story_ += ", program written";
  TRY_ASSIGN(const auto wrote, player_.ask(Role::kClinician, WriteProgram{wanted, checksum(wanted)}));
  if (wrote.status != StatusCode::kOk) return found("a program is refused:", static_cast<int>(wrote.status));
  program_ = wanted;
  return rng_.below(2) == 0 ? Status{} : player_.wait(ticks(0, 10));
}

Status BoardLife::request_bolus() {
  const std::uint32_t nonce = player_.new_nonce();
  TRY_ASSIGN(const auto answer, player_.ask(Role::kPatient, RequestBolus{}, nonce));
  const double left = lockout_left(answer.at);
  if (answer.status != StatusCode::kOk) {
    story_ += ", bolus refused";
    return left > 0 ? Status{} : found("a bolus is refused that is due:", static_cast<int>(answer.status));
  }
  if (left > 0) return found("a bolus is granted s before its lockout ends:", left);
  story_ += ", bolus granted";
  granted_ = true;
  granted_nonce_ = nonce;
  granted_at_ = answer.at;
  ++counts_.granted;
  TRY(player_.wait(rng_.below(3) == 0 ? rng_.below(200) : ticks(2, 50)));
  const Tick now = player_.rtc();
  const double ran = static_cast<double>(now - answer.at) / kTicksPerSecond;
  const double due = ran * (program_.basal_rate_nl_per_day / 86'400.0 + 2'500 / 60.0) / kStepNl;
  const std::size_t pulses = player_.pulses(answer.at, now);
  if (std::abs(static_cast<double>(pulses) - due) > 3) return found("pulses in a bolus, and due:", pulses, due);
  ++counts_.in_a_bolus;
  return {};
}

// The turn that takes the request never ends: nothing of its answer leaves, and what it wrote is cut.
Status BoardLife::cut_turn(const Bytes& frame, Torn& torn) {
  const Bytes before(board_.nvm().begin(), board_.nvm().end());
  player_.send_bytes(frame);
  TRY(player_.wait(1));
  torn = tear(board_.nvm(), before, rng_);
  story_ += ' ' + torn.text;
  return {};
}

// ---- Resets ----

Status BoardLife::reset(BoardCause cause, bool torn) {
  unasked_now_ = cause == BoardCause::kBrownOut || cause == BoardCause::kWatchdog || cause == BoardCause::kPowerOn;
  unasked_ += unasked_now_ ? 1 : 0;
  unasked_sure_ += unasked_now_ ? 1 : 0;
  if (cause == BoardCause::kWatchdog) return player_.let_watchdog_bite();
  if (cause != BoardCause::kSoftware || torn) return player_.reset(cause, 1 + rng_.below(kTicksPerSecond));
  TRY_ASSIGN(const auto answer, player_.ask(Role::kService, ResetDevice{}));
  TRY(player_.wait(kTicksPerSecond));
  if (!player_.reset_requested()) return found("the pump does not reset itself; it answered", static_cast<int>(answer.status));
  return player_.boot(BoardCause::kSoftware);
}

Status BoardLife::reset_somewhere() {
  constexpr BoardCause kCauses[] = {BoardCause::kPin, BoardCause::kWatchdog, BoardCause::kSoftware, BoardCause::kPowerOn};
  BoardCause cause = kCauses[rng_.below(4)];
  story_ = "reset";
  bool torn = false;
  TRY(do_something(torn));
  // Whoever hangs or resets itself has finished its turn.
  if (torn && (cause == BoardCause::kWatchdog || cause == BoardCause::kSoftware)) cause = BoardCause::kPin;
  story_ += ", cause " + std::to_string(static_cast<int>(cause));
  TRY(reset(cause, torn));
  return judge(player_.rtc());
}

Status BoardLife::dip_somewhere() {
  story_ = "dip";
  bool torn = false;
  TRY(do_something(torn));
  Bytes before(board_.nvm().begin(), board_.nvm().end());
  TRY(reset(BoardCause::kBrownOut, torn));
  for (std::uint64_t more = rng_.below(3); more == 1 || more == 2; --more) {
    // The boot's own records are cut, or it is cut later on.
    const Tick later = rng_.below(2) == 0 ? 0 : rng_.below(700);
    story_ += ", again after " + std::to_string(later);
    TRY(player_.wait(later));
    if (later == 0) {
      story_ += ' ' + tear(board_.nvm(), before, rng_).text;
      --unasked_sure_;
    }
    before.assign(board_.nvm().begin(), board_.nvm().end());
    TRY(reset(BoardCause::kBrownOut, true));
  }
  return judge(player_.rtc());
}

// ---- The link ----

Status BoardLife::cut_link_somewhere() {
  const Program wanted = another_program();
  const Bytes session[] = {
      player_.frame(Role::kClinician, Identify{}, player_.new_nonce()),
      player_.frame(Role::kClinician, ReadStatus{}, player_.new_nonce()),
      player_.frame(Role::kClinician, ReadProgram{}, player_.new_nonce()),
      player_.frame(Role::kClinician, WriteProgram{wanted, checksum(wanted)}, player_.new_nonce()),
      player_.frame(Role::kClinician, ReadProgram{}, player_.new_nonce()),
      player_.frame(Role::kClinician, ReadLog{}, player_.new_nonce()),
  };
  constexpr std::size_t kUpdate = 3;
  const std::size_t cut_in = rng_.below(2) == 0 ? kUpdate : rng_.below(std::size(session));
  const std::size_t arrived = rng_.below(session[cut_in].size() + 1);
  story_ = "link cut after byte " + std::to_string(arrived) + " of frame " + std::to_string(cut_in);
  const Tick from = player_.rtc();
  for (std::size_t i = 0; i <= cut_in; ++i) {
    const ByteView frame = session[i];
    player_.forget_answers();
    player_.send_bytes(i == cut_in ? frame.first(arrived) : frame);
    TRY(player_.wait(kTicksPerSecond / 10));
    if (i != cut_in && player_.answers() != 1) return found("answers to one request:", player_.answers());
  }
  const bool whole = cut_in > kUpdate || (cut_in == kUpdate && arrived == session[kUpdate].size());
  if (!whole) TRY(judge_rate(from, player_.rtc()));
  if (whole) program_ = wanted;
  const Tick then = player_.rtc();
  TRY(player_.wait(ticks(3, 8)));
  TRY(judge_rate(then, player_.rtc()));
  // The zero that the next frame begins with is the end that the one that was cut may have lacked.
  const bool ends_late = arrived + 1 == session[cut_in].size();
  const bool completed = ends_late && cut_in == kUpdate;
  if (ends_late) {
    TRY_ASSIGN(const auto any, player_.ask(Role::kPatient, Identify{}));
    if (completed && (any.status == StatusCode::kOk || any.status == StatusCode::kBusy)) program_ = wanted;
  }
  ++(whole || completed ? counts_.new_programs : counts_.old_programs);
  TRY(judge_program());
  TRY_ASSIGN(const auto status, player_.ask(Role::kPatient, ReadStatus{}));
  TRY(judge_status(status.fields, status.at, status.steps, 0));
  return take_baseline();
}

// ---- What must hold ----

Status BoardLife::judge(Tick booted) {
  TRY(player_.wait_until_rtc(booted + 5 * kTicksPerSecond));
  TRY_ASSIGN(const auto status, player_.ask(Role::kClinician, ReadStatus{}));
  TRY(judge_status(status.fields, status.at, status.steps, kLedgerSteps));
  const Tick from = player_.rtc();
  // Nothing of the time before is caught up, and the bolus of before does not go on.
  const double most = static_cast<double>(from - booted) / kTicksPerSecond / 86'400 * program_.basal_rate_nl_per_day / kStepNl + 1.05;
  if (static_cast<double>(player_.pulses(booted, from)) > most) return found("pulses just after a reset:", player_.pulses(booted, from));
  TRY(judge_alarms(status.fields.alarm_bits));
  TRY(judge_program());
  TRY(judge_boluses());
  TRY(player_.wait(ticks(3, 8)));
  TRY(judge_rate(from, player_.rtc()));
  return take_baseline();
}

Status BoardLife::judge_status(const StatusReply& told, Tick at, std::uint64_t steps, std::int64_t most_lost) {
  if (told.therapy_state != TherapyState::kRunning) return found("therapy is not back; the state is", static_cast<int>(told.therapy_state));
  // What it counted since the last look may be less than nothing: it begins where its last record left it.
  const auto pulses = static_cast<std::int64_t>(steps - pulses_then_);
  const auto counted = static_cast<std::int64_t>(told.steps_total - told_then_.steps_total);
  if (counted > pulses || pulses - counted > most_lost) return found("pulses, and steps that the ledger counted:", pulses, counted);
  const double used = static_cast<double>(told_then_.reservoir_nl) - told.reservoir_nl;
  const double missed = static_cast<double>(pulses) * kStepNl - used;
  if (missed < -kStepNl || missed > static_cast<double>(most_lost) * kStepNl + kStepNl) return found("nL lost of the reservoir:", missed);
  const double off = told.lockout_remaining_s - lockout_left(at);
  if (off < -1 || off > 1) return found("lockout told, and true:", told.lockout_remaining_s, lockout_left(at));
  return {};
}

Status BoardLife::judge_program() {
  TRY_ASSIGN(const auto read, player_.ask(Role::kClinician, ReadProgram{}));
  if (read.status != StatusCode::kOk) return found("the pump does not tell its program:", static_cast<int>(read.status));
  if (!(read.fields.program == program_)) return found("another program, of nL/day", read.fields.program.basal_rate_nl_per_day);
  if (read.fields.crc != checksum(program_)) return found("the program's checksum is wrong");
  return {};
}

Status BoardLife::judge_alarms(std::uint32_t alarm_bits) {
  const bool many = (alarm_bits & bit(Alarm::kResets)) != 0;
  if ((alarm_bits & ~bit(Alarm::kResets)) != 0) return found("an alarm stands:", alarm_bits);
  if (many ? unasked_ < 3 : unasked_now_ && unasked_sure_ >= 3) return found("resets that nobody asked for, alarms:", unasked_, alarm_bits);
  if (!many) return {};
  ++counts_.alarms;
  TRY_ASSIGN(const auto cleared, player_.ask(Role::kClinician, ClearAlarm{}));
  if (cleared.status != StatusCode::kOk || cleared.fields.alarm_bits != 0) return found("the alarm is not cleared");
  return {};
}

// The granted request, asked again, is told so; a new one in its lockout is refused. Neither moves the motor, as judge_rate() sees.
Status BoardLife::judge_boluses() {
  if (granted_) {
    TRY_ASSIGN(const auto again, player_.ask(Role::kPatient, RequestBolus{}, granted_nonce_));
    if (again.status != StatusCode::kOk) return found("a granted request is not told granted:", static_cast<int>(again.status));
  }
  if (lockout_left(player_.rtc()) < 2 || rng_.below(2) == 0) return {};
  TRY_ASSIGN(const auto fresh, player_.ask(Role::kPatient, RequestBolus{}));
  if (fresh.status == StatusCode::kOk) return found("a bolus is granted s before its lockout ends:", lockout_left(fresh.at));
  return {};
}

// The base alone, and all of it.
Status BoardLife::judge_rate(Tick from, Tick to) {
  const double due = static_cast<double>(to - from) / kTicksPerSecond / 86'400 * program_.basal_rate_nl_per_day / kStepNl;
  const std::size_t pulses = player_.pulses(from, to);
  if (std::abs(static_cast<double>(pulses) - due) > 1.05) return found("pulses, and due by the program:", pulses, due);
  return {};
}

}  // namespace pumprig::twin
