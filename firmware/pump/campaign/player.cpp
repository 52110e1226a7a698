#include "firmware/pump/campaign/player.h"

#include <algorithm>
#include <cmath>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/frame.h"
#include "firmware/pump/campaign/oracle.h"
#include "firmware/pump/storage/layout.h"
#include "firmware/pump/testing/programs.h"

namespace pumpfw::campaign {
namespace {

using testing::FakeBoard;

constexpr std::uint16_t kOccludedCounts = 4000;
constexpr std::uint16_t kFreeCounts = 683;
constexpr std::uint32_t kDriverWell = 0xC01F0000;
constexpr std::uint32_t kDriverShorted = 0xC01F0004;        // to ground, on one bridge
constexpr double kSlowest = 48'000, kFastest = 24'000'000;  // REQ-101

Pump::Config with(Mutant mutant) {
  Pump::Config config;
  config.mutant = mutant;
  return config;
}

bool is_unasked(hal::ResetCause cause) {
  return cause != hal::ResetCause::kPin && cause != hal::ResetCause::kSoftware;
}

class Player {
 public:
  explicit Player(Mutant mutant) : board_(with(mutant)) {
    board_.after_wake = [this] { answered_ = answered_ || board_.pump().settled(); };
    wait(2 * kSecond);
    act({Act::kSetClock, kCalendarSetTo});
  }

  Played run(const History& history) {
    for (const Action& action : history) {
      if (oracle_.found() || lost_) break;
      act(action);
    }
    if (!oracle_.found() && !lost_) wait(6 * kSecond);  // so that therapy must be back after a reset at the very end
    played_.finding = oracle_.finding();
    played_.steps = board_.step_count;
    return played_;
  }

 private:
  void act(const Action& action);
  void write(Program program);
  void bridge(std::int64_t number);
  void request(Nonce which);
  void granted(std::uint32_t nonce) {
    if (nonce == last_granted_ || nonce == granted_before_) return;
    granted_before_ = last_granted_;
    last_granted_ = nonce;
  }
  void reset(const Action& action);
  void came_back(bool answered, bool unasked);
  void disturb_clock(const Action& action);
  void cut_link(std::int64_t which, std::int64_t permille);
  void clear();
  void mis_write(Broken rule, std::int64_t rate_nl_per_day, std::int64_t limits);
  void hang();
  void flip(const Action& action);
  void erase(const Action& action);
  Tick moment(Moment which) const;

  template <typename Command>
  StatusCode ask(Command command) {
    answered_ = false;
    const StatusCode answer = board_.command(command);
    answered_ = answered_ || board_.pump().settled();
    return answer;
  }
  // One request at a time: the next is taken when the last is answered, and none but a bolus is asked of a pump that is starting.
  void until_answered() {
    for (int i = 0; i < 200 && !answered_; ++i) wait(100);
  }
  void until_free() {
    until_answered();
    for (int i = 0; i < 600 && board_.pump().starting(); ++i) wait(200);  // a self test in full takes less than 3 s
    if (!oracle_.knows_all() && oracle_.checkpoint() != kNever) wait_until(oracle_.checkpoint());
  }

  // A bolus may be asked of a pump that is starting: it is to refuse. One that has started goes by a program that must be known.
  void until_known() {
    until_answered();
    if (!board_.pump().starting()) until_free();
  }

  void wait(Tick span) { wait_until(board_.rtc_now() + span); }
  void wait_until(Tick instant) {
    do {
      const Tick next = std::min(instant, oracle_.checkpoint());
      board_.run_until(next - board_.rtc_base_);
      oracle_.advance(next, board_.steps, seen());
      board_.steps.clear();
    } while (board_.rtc_now() < instant && !oracle_.found());
  }

  void wait_for_record() {
    constexpr Tick kLookEvery = 30;  // shorter than a write takes
    const Tick latest = std::min(board_.rtc_now() + 2 * kMinute, oracle_.checkpoint());
    while (board_.rtc_now() < latest && board_.pump().settled()) {
      board_.run_until(std::min(latest, board_.rtc_now() + kLookEvery) - board_.rtc_base_);
    }
    wait(0);
  }

  Seen seen() {
    const Pump& pump = board_.pump();
    const Tick now = board_.now();
    Seen out;
    out.state = pump.therapy_state();
    out.alarms = pump.alarms().mask();
    out.bolus_given = pump.bolus_given();
    out.bolus_left = pump.bolus_left();
    out.reservoir_steps = pump.ledger().left_steps();
    out.lockout_s = static_cast<std::uint32_t>((pump.lockout_left(now) + kSecond - 1) / kSecond);
    out.next_left = pump.next_bolus_left(now);
    out.phase_left = pump.saved().phase_left;
    out.program_crc = protocol::checksum(pump.program());
    return out;
  }

  FakeBoard board_;
  Oracle oracle_;
  Played played_;
  bool answered_ = true;
  std::uint32_t nonce_ = 0;
  std::uint32_t last_asked_ = 0;
  std::uint32_t last_granted_ = 0;
  std::uint32_t granted_before_ = 0;
  std::uint32_t session_ = 0;
  bool damaged_memory_ = false;
  bool lost_ = false;  // a record, both copies of it: what comes after is another history
  Tick damaged_program_until_ = 0;
};

void Player::act(const Action& action) {
  switch (action.act) {
    case Act::kWait:
      return wait(static_cast<Tick>(std::max<std::int64_t>(0, action.a)));
    case Act::kWaitFor: {
      if (static_cast<Moment>(action.a) == Moment::kRecordUnderWay) return wait_for_record();
      const Tick instant = moment(static_cast<Moment>(action.a)) + static_cast<Tick>(action.b) - kSecond;
      if (instant > board_.rtc_now() && instant < board_.rtc_now() + 26 * kHour) wait_until(instant);
      return;
    }
    case Act::kRequest:
      return request(static_cast<Nonce>(action.a));
    case Act::kGive: {
      until_known();
      const auto nl = static_cast<std::uint32_t>(std::max<std::int64_t>(250, action.a));
      const auto seconds = static_cast<std::uint32_t>(std::max<std::int64_t>(1, action.b));
      last_asked_ = ++nonce_;
      const StatusCode answer = ask([&](Pump& pump, Tick now) { return pump.give_bolus(now, nonce_, nl, seconds); });
      if (answer == StatusCode::kOk) granted(nonce_);
      return oracle_.gave(nonce_, nl, seconds, answer, seen());
    }
    case Act::kWrite:
      return write(program_of(action.a, action.b, action.c));
    case Act::kBridge:
      return bridge(action.a);
    case Act::kStart: {
      until_free();
      const StatusCode answer = ask([](Pump& pump, Tick now) { return pump.start(now); });
      return oracle_.started(answer, seen());
    }
    case Act::kStop: {
      until_free();
      const StatusCode answer = ask([](Pump& pump, Tick now) { return pump.stop(now, Role::kClinician); });
      return oracle_.stopped(answer, seen());
    }
    case Act::kPrime: {
      until_free();
      const auto nl = static_cast<std::uint32_t>(action.a);
      const StatusCode answer = ask([&](Pump& pump, Tick now) { return pump.prime(now, nl); });
      return oracle_.primed(nl, answer, seen());
    }
    case Act::kEndPrime: {
      until_free();
      const StatusCode answer = ask([](Pump& pump, Tick now) { return pump.end_prime(now); });
      oracle_.ended_prime(answer, seen());
      return until_answered();
    }
    case Act::kEndBolus: {
      until_free();
      const StatusCode answer = ask([](Pump& pump, Tick now) { return pump.end_bolus(now); });
      oracle_.ended_bolus(answer, seen());
      return until_answered();
    }
    case Act::kReset:
      return reset(action);
    case Act::kCutLink:
      return cut_link(action.a, action.b);
    case Act::kSetClock: {
      until_free();
      const StatusCode answer = ask([&](Pump& pump, Tick now) { return pump.set_clock(now, action.a, Role::kClinician); });
      if (answer == StatusCode::kOk) oracle_.set_clock(action.a, seen());
      return until_answered();
    }
    case Act::kRotor:
      board_.rotor_blocked = action.a != 0;
      return oracle_.rotor(board_.rotor_blocked);
    case Act::kOutlet:
      board_.outlet_counts = action.a != 0 ? kOccludedCounts : kFreeCounts;
      return oracle_.outlet(action.a != 0);
    case Act::kClear:
      return clear();
    case Act::kReservoir: {
      until_free();
      const auto nl = static_cast<std::uint32_t>(action.a);
      const StatusCode answer = ask([&](Pump& pump, Tick now) { return pump.enter_reservoir(now, nl, true); });
      oracle_.entered(nl, answer, seen());
      return until_answered();
    }
    case Act::kFlip:
      return flip(action);
    case Act::kClock:
    case Act::kOutage:
      return disturb_clock(action);
    case Act::kErase:
      return erase(action);
    case Act::kMisWrite:
      return mis_write(static_cast<Broken>(action.a % static_cast<std::int64_t>(Broken::kCount)), action.b, action.c);
    case Act::kDriver:
      board_.driver.silent = action.a != 0 && action.b == 0;
      board_.driver.drv_status = action.a != 0 && action.b != 0 ? kDriverShorted : kDriverWell;
      return oracle_.driver(action.a != 0);
    case Act::kHang:
      return hang();
    case Act::kSelfTest: {
      until_free();
      const StatusCode answer = ask([](Pump& pump, Tick now) { return pump.self_test(now); });
      return oracle_.self_tested(answer, seen());
    }
    case Act::kCount:
      return;
  }
}

void Player::write(Program program) {
  until_free();
  const bool first = !oracle_.programmed();
  if (!first) program.concentration_ng_per_ml = oracle_.program().concentration_ng_per_ml;
  const StatusCode answer = ask([&](Pump& pump, Tick now) { return pump.set_program(now, program); });
  if (answer == StatusCode::kOk) damaged_program_until_ = 0;
  oracle_.wrote(program, answer, seen());
  if (first) until_answered();
}

void Player::mis_write(Broken rule, std::int64_t rate_nl_per_day, std::int64_t limits) {
  until_free();
  Program program = broken_program_of(rule, rate_nl_per_day, limits);
  if (oracle_.programmed()) program.concentration_ng_per_ml = oracle_.program().concentration_ng_per_ml;
  if (rule == Broken::kNoBridge) {
    if (!oracle_.programmed()) return;
    program.concentration_ng_per_ml *= 2;
  }
  const StatusCode answer = ask([&](Pump& pump, Tick now) { return pump.set_program(now, program); });
  if (answer == StatusCode::kOk) return oracle_.took_what_breaks_a_rule(static_cast<int>(rule));
  oracle_.nothing("a refused program", seen());
}

// REQ-211: the volume of the path, at the rate that makes the new dose of the old concentration.
void Player::bridge(std::int64_t number) {
  until_free();
  if (!oracle_.programmed()) return;
  constexpr double kFactors[] = {0.5, 0.8, 1.25, 2};
  Program program = oracle_.program();
  const double before = program.concentration_ng_per_ml;
  program.concentration_ng_per_ml = static_cast<std::uint32_t>(before * kFactors[number % 4]);
  const bool timed = program.mode == protocol::BasalMode::kPeriodic;
  const double timed_rate = timed ? 86'400.0 * program.periodic_dose_nl / program.periodic_interval_s : 0;
  const double rate = (mean_rate(program) + timed_rate) * program.concentration_ng_per_ml / before;
  if (rate < kSlowest || rate > kFastest || program.concentration_ng_per_ml < 1'000'000) return;
  program.bridge_volume_nl = program.pump_tube_nl + program.catheter_nl;
  program.bridge_rate_nl_per_day = static_cast<std::uint32_t>(std::lround(rate));
  const StatusCode answer = ask([&](Pump& pump, Tick now) { return pump.set_program(now, program); });
  if (answer == StatusCode::kOk) damaged_program_until_ = 0;
  oracle_.wrote(program, answer, seen());
  until_answered();
}

void Player::request(Nonce which) {
  until_known();
  std::uint32_t nonce = which == Nonce::kLastAsked ? last_asked_ : which == Nonce::kLastGranted ? last_granted_ : granted_before_;
  if (which == Nonce::kNew || nonce == 0) nonce = ++nonce_;
  last_asked_ = nonce;
  const StatusCode answer = ask([&](Pump& pump, Tick now) { return pump.request_bolus(now, nonce); });
  ++played_.requests;
  if (answer == StatusCode::kOk) {
    ++played_.granted;
    granted(nonce);
  }
  oracle_.requested(nonce, answer, seen());
}

void Player::reset(const Action& action) {
  board_.torn_write.reset();
  // One fault at a time: with a damaged copy, a write under way is lost whole and does not spoil the other copy.
  if (action.c >= 0 && !damaged_memory_) board_.torn_write = static_cast<std::size_t>(action.c);
  const bool answered = answered_;  // before the new pump, which owes no answer
  const auto cause = static_cast<hal::ResetCause>(action.a % 5);
  board_.reboot(cause, static_cast<Tick>(std::max<std::int64_t>(1, action.b)));
  came_back(answered, is_unasked(cause));
}

// The records were read anew: what was damaged is mended.
void Player::came_back(bool answered, bool unasked) {
  oracle_.reset(board_.rtc_now(), answered, seen());
  if (unasked) oracle_.unasked_reset();
  ++played_.resets;
  answered_ = true;
  damaged_memory_ = false;
  damaged_program_until_ = 0;
}

void Player::hang() {
  const bool answered = answered_;
  const Tick bitten = board_.hang() + board_.rtc_base_;
  oracle_.hung(bitten, board_.steps);
  board_.steps.clear();
  board_.torn_write.reset();
  board_.reboot(hal::ResetCause::kWatchdog);
  came_back(answered, true);
}

// A reset at which the pump cannot know how long it was away. A clinician sets the calendar anew soon after.
void Player::disturb_clock(const Action& action) {
  until_free();
  if (oracle_.found() || damaged_memory_ || !board_.pump().settled()) return;
  Tick dead = 100;
  hal::ResetCause cause = hal::ResetCause::kPowerOn;
  const Tick shown = board_.rtc_now() + board_.rtc_jump;
  if (action.act == Act::kOutage) {
    dead = static_cast<Tick>(std::clamp<std::int64_t>(action.a, 3, 5'000)) * kMinute;
  } else {
    cause = static_cast<hal::ResetCause>(1 + (action.a + 3) % 4);
    const Tick by = static_cast<Tick>(std::clamp<std::int64_t>(action.c, 3, 50'000)) * kMinute;
    const bool begins_anew = action.b % 3 == 0 || (action.b % 3 == 2 && by >= shown);
    board_.rtc_jump += begins_anew ? 0 - shown - dead : action.b % 3 == 1 ? by : 0 - by;
  }
  board_.torn_write.reset();
  const bool answered = answered_;
  board_.reboot(cause, dead);
  came_back(answered, is_unasked(cause) && dead < kHour + kMinute);
  oracle_.lost_time();
  until_free();
  const std::int64_t local_s = oracle_.local_second();
  const StatusCode answer = ask([&](Pump& pump, Tick now) { return pump.set_clock(now, local_s, Role::kClinician); });
  if (answer == StatusCode::kOk) oracle_.set_clock(local_s, seen());
  until_answered();
}

void Player::cut_link(std::int64_t which, std::int64_t permille) {
  const Program program = program_of(0, 200'000, which);
  protocol::Session session(protocol::Direction::kToPump, Role::kClinician, ++session_);
  std::array<std::uint8_t, protocol::kMaxBody> body{};
  std::size_t size = 0;
  if (which == 0) size = protocol::write_request(++nonce_, protocol::WriteProgram{program, protocol::checksum(program)}, body);
  if (which == 1) size = protocol::write_request(++nonce_, protocol::StopTherapy{}, body);
  if (which == 2) size = protocol::write_request(++nonce_, protocol::RequestBolus{}, body);
  if (which == 3) size = protocol::write_request(++nonce_, protocol::Prime{1000}, body);
  if (which >= 4) size = protocol::write_request(++nonce_, protocol::GiveBolus{1000, 100}, body);
  std::array<std::uint8_t, protocol::kMaxPayload> payload{};
  const std::size_t sealed = session.seal(std::span(body).first(size), payload);
  std::array<std::uint8_t, protocol::kMaxFrame> frame{};
  const std::size_t whole = protocol::encode_frame(std::span(payload).first(sealed), frame);
  const std::size_t arrived = 1 + (whole - 2) * static_cast<std::size_t>(permille) / 1000;
  board_.send(std::span<const std::uint8_t>(frame).first(arrived));
  oracle_.nothing("half a frame", seen());
}

void Player::clear() {
  until_free();
  for (std::uint8_t i = 0; i < AlarmList::kSize; ++i) {
    const auto id = static_cast<AlarmId>(i);
    if (board_.pump().alarms().active(id)) ask([&](Pump& pump, Tick now) { return pump.clear_alarm(now, id, Role::kClinician); });
  }
  oracle_.cleared(seen());
  until_answered();
}

void Player::flip(const Action& action) {
  constexpr std::int64_t kMemoryCopies = 6;
  constexpr std::uint32_t kRecord = 180;  // where the records have their content
  // One fault at a time, and none in a copy that is just being made or mended from the other.
  if (board_.pump().starting() || !board_.pump().settled() || damaged_memory_ || board_.rtc_now() < damaged_program_until_) return;
  if (action.a < kMemoryCopies) {
    const auto slot = static_cast<std::uint32_t>(action.a) * kSlotSize;
    const auto record = std::span(board_.nvm).subspan(slot, kRecord);
    if (std::all_of(record.begin(), record.end(), [&](std::uint8_t byte) { return byte == record[0]; })) return;  // never written
    damaged_memory_ = true;
    if (action.c % 32 >= 24) {
      std::ranges::fill(std::span(board_.nvm).subspan(slot, kSlotSize), static_cast<std::uint8_t>(action.c % 2 == 0 ? 0xFF : 0));
      return;
    }
    const std::uint32_t at = slot + static_cast<std::uint32_t>(action.b) % kRecord;
    board_.nvm[at] = static_cast<std::uint8_t>(board_.nvm[at] ^ 1U << action.c % 8);
    return;
  }
  if (!oracle_.programmed()) return;
  constexpr std::uint32_t Program::*kFields[] = {&Program::basal_rate_nl_per_day, &Program::bolus_dose_nl, &Program::bolus_duration_s,
                                                 &Program::bolus_lockout_s,       &Program::ceiling_1h_nl, &Program::ceiling_24h_nl};
  const Program& copy = action.a == kMemoryCopies ? board_.pump().program() : board_.pump().limiter().copy();
  // The memory fails where nobody may write.
  auto& damaged = const_cast<Program&>(copy);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  damaged.*kFields[action.b % std::ssize(kFields)] ^= 1U << action.c % 32;
  damaged_program_until_ = board_.rtc_now() + kHour + kMinute;
  oracle_.damaged(seen());
}

void Player::erase(const Action& action) {
  until_free();
  wait(6 * kSecond);
  if (oracle_.found() || damaged_memory_ || board_.rtc_now() < damaged_program_until_ || !board_.pump().settled()) return;
  constexpr std::size_t kBothSlots = 2 * std::size_t{kSlotSize};
  const auto record = static_cast<std::size_t>(action.a % 3);
  std::ranges::fill(std::span(board_.nvm).subspan(record * kBothSlots, kBothSlots), static_cast<std::uint8_t>(action.b));
  board_.reboot(hal::ResetCause::kPin);
  board_.run_for(6 * kSecond);
  lost_ = true;
  oracle_.lost(static_cast<Lost>(record), seen());
}

Tick Player::moment(Moment which) const {
  switch (which) {
    case Moment::kLockoutEnds:
      return oracle_.lockout_end();
    case Moment::kOldestIsADayOld:
      return oracle_.oldest_is_a_day_old();
    case Moment::kMidnight:
      return oracle_.midnight();
    case Moment::kBolusEnds:
      return oracle_.bolus_end();
    case Moment::kRecordUnderWay:
      break;
  }
  return 0;
}

}  // namespace

Played play(const History& history, Mutant mutant) {
  return Player(mutant).run(history);
}

}  // namespace pumpfw::campaign
