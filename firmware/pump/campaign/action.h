// A history: what patient, clinician, service and misfortune do to a pump, one thing after the other. Plain values, so that one can be made
// from a seed, shrunk, printed, and pasted back as a test.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "firmware/pump/pump.h"

namespace pumpfw::campaign {

inline constexpr std::int64_t kCalendarSetTo = std::int64_t{20'514} * 86'400;  // 2026-03-02, as every pump's calendar begins
inline constexpr auto kSecondTicks = static_cast<std::int64_t>(kSecond);

// What the numbers a, b, c of an action mean is named behind each.
enum class Act : std::uint8_t {
  kWait,       // ticks
  kWaitFor,    // Moment, ticks after it less one second
  kRequest,    // Nonce
  kGive,       // nL, s
  kWrite,      // mode, nL/day, number of the limits
  kBridge,     // number of the other concentration
  kStart,      //
  kStop,       //
  kPrime,      // nL
  kEndPrime,   //
  kEndBolus,   //
  kReset,      // cause, ticks without supply, bytes that a write under way still reached (-1: none)
  kCutLink,    // which request, permille of its frame that arrived
  kSetClock,   // s since 1970 of the patient's clock
  kRotor,      // 1 blocked, 0 free
  kOutlet,     // 1 occluded, 0 free
  kClear,      //
  kReservoir,  // nL
  kFlip,       // copy (0 … 5 program, state, boluses in the memory, A and B each; 6 the therapy's, 7 the limiter's program), byte, bit;
               // a bit above 23: the whole copy reads blank
  kClock,      // cause of a reset, over which the real-time clock: 0 begins anew, 1 jumps forward, 2 back; by so many minutes
  kOutage,     // minutes without supply
  kErase,      // record (0 program, 1 state, 2 boluses), what both its copies read as: lost, and the end of a history
  kMisWrite,   // which rule is broken, nL/day, number of the limits
  kDriver,     // 1 at fault, 0 well again; of a fault: 0 it is silent, 1 it tells
  kHang,       //
  kSelfTest,   //
  kCount,
};

// Instants at which a limit decides; and, for a cut, when the next record of progress is on its way to the memory.
enum class Moment : std::int64_t { kLockoutEnds = 0, kOldestIsADayOld = 1, kMidnight = 2, kBolusEnds = 3, kCount = 4, kRecordUnderWay = 4 };
enum class Nonce : std::int64_t { kNew = 0, kLastAsked = 1, kLastGranted = 2, kGrantedBefore = 3 };

struct Action {
  Act act = Act::kWait;
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::int64_t c = 0;
  friend bool operator==(const Action&, const Action&) = default;
};
using History = std::vector<Action>;

// As C++, to be pasted into a test.
std::string print(const History& history);
void PrintTo(const Action& action, std::ostream* out);

// A program that keeps every rule of the requirements. `limits` numbers the boluses, ceilings and the shape of the base.
Program program_of(std::int64_t mode, std::int64_t rate_nl_per_day, std::int64_t limits);

// One that breaks one of the requirements' rules, whatever the pump is about; but for kNoBridge, which is a rule for a pump with a program
// of another concentration.
enum class Broken : std::uint8_t {
  kRateTooSlow,        // REQ-101
  kRateTooFast,        //
  kNoDose,             // REQ-201
  kNoDuration,         //
  kNoCount,            //
  kNoCeiling1h,        // REQ-204
  kNoCeiling24h,       //
  kLockoutTooShort,    // REQ-202
  kLockoutTooLong,     //
  kBolusTooFast,       // REQ-206
  kPeriodicTooFast,    //
  kNothingAtMidnight,  // REQ-108
  kTwoPiecesAtOnce,    //
  kPieceTooSlow,       //
  kPieceTooFast,       //
  kLowTooLow,          // REQ-302
  kLowTooHigh,         //
  kTripTooHigh,        // REQ-406
  kCriticalTooOften,   // REQ-402
  kCriticalTooRare,    //
  kNoticesTooOften,    //
  kNoticesTooRare,     //
  kNoBridge,           // REQ-211
  kCount,
};
Program broken_program_of(Broken rule, std::int64_t rate_nl_per_day, std::int64_t limits);

// About `length` of pump time.
History random_history(std::uint64_t seed);

}  // namespace pumpfw::campaign
