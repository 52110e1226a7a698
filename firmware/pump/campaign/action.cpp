#include "firmware/pump/campaign/action.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <random>

namespace pumpfw::campaign {
namespace {

using protocol::BasalMode;
using Random = std::mt19937_64;

constexpr std::array<const char*, static_cast<std::size_t>(Act::kCount)> kNames = {
    "kWait",     "kWaitFor",  "kRequest", "kGive",    "kWrite",    "kBridge", "kStart",  "kStop",    "kPrime",
    "kEndPrime", "kEndBolus", "kReset",   "kCutLink", "kSetClock", "kRotor",  "kOutlet", "kClear",   "kReservoir",
    "kFlip",     "kClock",    "kOutage",  "kErase",   "kMisWrite", "kDriver", "kHang",   "kSelfTest"};

std::int64_t from(Random& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
}

// Evenly over the orders of magnitude.
std::int64_t any_size(Random& random, std::int64_t low, std::int64_t high) {
  const std::int64_t top = from(random, low, high);
  return std::max(low, top >> from(random, 0, 8));
}

std::int64_t random_rate(Random& random) {
  if (random() % 16 == 0) return random() % 2 == 0 ? 48'000 : 24'000'000;
  if (random() % 6 == 0) return from(random, 1'000'000, 24'000'000);
  return from(random, 48'000, 400'000);
}

Action random_write(Random& random) {
  return {Act::kWrite, static_cast<std::int64_t>(random() % 4), random_rate(random), static_cast<std::int64_t>(random() % 100'000)};
}

Action random_wait(Random& random, std::int64_t longest) {
  return {Act::kWait, any_size(random, 1, longest)};
}

Action random_reset(Random& random) {
  const std::int64_t torn = random() % 2 == 0 ? -1 : from(random, 0, 260);
  return {Act::kReset, from(random, 0, 4), any_size(random, 10, 25 * kSecondTicks), torn};
}

// Small ones fast, and as large as they may be.
Action random_give(Random& random) {
  const std::int64_t nl = any_size(random, 250, 1'000'000);
  return {Act::kGive, nl, any_size(random, 30 + nl / 280, 30 + nl / 280 + 3'600)};
}

Action random_action(Random& random, std::int64_t longest) {
  switch (random() % 36) {
    case 0:
      return random_write(random);
    case 1:
      return {Act::kBridge, from(random, 0, 1000)};
    case 2:
    case 3:
      return {Act::kStart};
    case 4:
      return {Act::kStop};
    case 5:
      return {Act::kPrime, from(random, 100, 60'000)};
    case 6:
      return random() % 2 == 0 ? Action{Act::kEndPrime} : Action{Act::kEndBolus};
    case 7:
    case 8:
      return random_reset(random);
    case 9:
      return {Act::kCutLink, from(random, 0, 4), from(random, 0, 999)};
    case 10:
      return {Act::kSetClock, kCalendarSetTo + from(random, 0, std::int64_t{40} * 86'400)};
    case 11:
      if (random() % 3 == 0) return {Act::kClock, from(random, 1, 4), from(random, 0, 2), any_size(random, 3, 50'000)};
      if (random() % 16 == 0) return {Act::kOutage, any_size(random, 3, 3'000)};
      return {Act::kRotor, from(random, 0, 1)};
    case 12:
      return {Act::kOutlet, from(random, 0, 1)};
    case 13:
      return {Act::kClear};
    case 14:
      return {Act::kReservoir, random() % 4 == 0 ? any_size(random, 1000, 200'000) : from(random, 1'000'000, 20'000'000)};
    case 15:
      return {Act::kFlip, from(random, 0, 7), from(random, 0, 511), from(random, 0, 31)};
    case 16:
    case 17:
      return random_give(random);
    case 18:
    case 19:
    case 20:
    case 21:
      return {Act::kRequest, from(random, 0, 3)};
    case 22:
    case 23:
      return {Act::kRequest, 0};
    case 24:
    case 25:
    case 26:
      return {Act::kWaitFor, from(random, 0, static_cast<std::int64_t>(Moment::kCount) - 1),
              random() % 2 == 0 ? kSecondTicks + from(random, -1, 1) : from(random, 0, 6 * kSecondTicks)};
    case 27:
      return {Act::kMisWrite, from(random, 0, static_cast<std::int64_t>(Broken::kCount) - 1), random_rate(random), from(random, 0, 99'999)};
    case 28:
      return {Act::kDriver, from(random, 0, 1), from(random, 0, 1)};
    case 29:
      return random() % 4 != 0 ? Action{Act::kHang} : Action{Act::kSelfTest};
    default:
      return random_wait(random, longest);
  }
}

}  // namespace

std::string print(const History& history) {
  std::string out = "const History history = {\n";
  for (const Action& action : history) {
    out += std::string("    {Act::") + kNames[static_cast<std::size_t>(action.act)];
    const std::array numbers{action.a, action.b, action.c};
    std::size_t used = numbers.size();
    while (used > 0 && numbers[used - 1] == 0) --used;
    for (std::size_t i = 0; i < used; ++i) out += ", " + std::to_string(numbers[i]);
    out += "},\n";
  }
  return out + "};\n";
}

void PrintTo(const Action& action, std::ostream* out) {
  *out << print({action});
}

Program program_of(std::int64_t mode, std::int64_t rate_nl_per_day, std::int64_t limits) {
  Random random(static_cast<std::uint64_t>(limits));
  const auto number = [&](std::int64_t low, std::int64_t high) { return static_cast<std::uint32_t>(from(random, low, high)); };
  Program p;
  p.mode = static_cast<BasalMode>(mode & 3);
  const auto rate = static_cast<std::uint32_t>(std::clamp<std::int64_t>(rate_nl_per_day, 48'000, 24'000'000));
  double fastest = rate;
  double day = rate;
  switch (p.mode) {
    case BasalMode::kContinuous:
      p.basal_rate_nl_per_day = rate;
      break;
    case BasalMode::kMinimumRate:
      fastest = day = 6'000;
      break;
    case BasalMode::kPeriodic:
      p.basal_rate_nl_per_day = rate;
      p.periodic_interval_s = number(600, 21'600);
      p.periodic_duration_s = number(30, p.periodic_interval_s / 2);
      p.periodic_dose_nl = number(250, 250 + p.periodic_duration_s * 2);
      fastest += (p.periodic_dose_nl + 7) * 86'400.0 / p.periodic_duration_s;
      day += (p.periodic_dose_nl + 7) * ((86'400.0 + p.periodic_duration_s) / p.periodic_interval_s + 1);
      break;
    case BasalMode::kDaySchedule: {
      const auto group = static_cast<std::uint8_t>(1 + random() % 126);
      std::uint32_t most = 0;
      for (const std::uint8_t days : {group, static_cast<std::uint8_t>(~group & 0x7F)}) {
        std::uint32_t minute = 0;
        for (std::uint32_t pieces = number(1, 5); pieces > 0; --pieces) {
          const std::uint32_t piece =
              std::max<std::uint32_t>(48'000, static_cast<std::uint32_t>(rate * std::uint64_t{number(5, 100)} / 100));
          p.segments.push({days, static_cast<std::uint16_t>(minute), piece});
          most = std::max(most, piece);
          minute += number(1, 280);
        }
      }
      fastest = day = most;
      break;
    }
  }
  p.drug = 1;
  p.concentration_ng_per_ml = 10'000'000;
  p.pump_tube_nl = number(5'000, 20'000);
  p.catheter_nl = number(5'000, 40'000);
  p.low_reservoir_threshold_nl = 1'000'000;
  if (random() % 6 == 0) {
    // No bolus of the patient's; a clinician's may have ceilings all the same.
    if (random() % 2 == 0) p.ceiling_1h_nl = static_cast<std::uint32_t>(std::min(27'000'000.0, day / 24 + number(1'000, 300'000)));
    if (random() % 2 == 0) p.ceiling_24h_nl = static_cast<std::uint32_t>(std::min(27'000'000.0, day + number(1'000, 300'000)));
    return p;
  }
  p.patient_bolus_enabled = true;
  p.bolus_dose_nl = static_cast<std::uint32_t>(any_size(random, 250, 1'000'000));
  // What is left of 26.9 mL/day beside the fastest base bounds the speed of the bolus.
  const double shortest = (p.bolus_dose_nl + 13) * 86'400.0 / (26'900'000.0 - fastest);
  p.bolus_duration_s = static_cast<std::uint32_t>(shortest) + 2 + (random() % 3 == 0 ? number(0, 3'600) : number(0, 120));
  p.bolus_lockout_s = std::min<std::uint32_t>(86'400, std::max<std::uint32_t>(60, p.bolus_duration_s + number(0, 3) * number(0, 3'600)));
  p.bolus_duration_s = std::min(p.bolus_duration_s, p.bolus_lockout_s);
  p.bolus_max_per_24h = static_cast<std::uint8_t>(number(1, 6));
  const bool tight = random() % 2 == 0;
  const auto ceiling = [&](double base) {
    const double room = tight ? p.bolus_dose_nl * number(1, 4) + number(0, 200) : 3'000'000;
    return static_cast<std::uint32_t>(std::min(27'000'000.0, base + room));
  };
  p.ceiling_1h_nl = ceiling(day / 24);
  p.ceiling_24h_nl = ceiling(day);
  return p;
}

Program broken_program_of(Broken rule, std::int64_t rate_nl_per_day, std::int64_t limits) {
  constexpr std::uint32_t kTooSlow = 47'999, kTooFast = 24'000'001;
  const bool of_schedule = rule >= Broken::kNothingAtMidnight && rule <= Broken::kPieceTooFast;
  const BasalMode mode = of_schedule                        ? BasalMode::kDaySchedule
                         : rule == Broken::kPeriodicTooFast ? BasalMode::kPeriodic
                         : rule <= Broken::kRateTooFast     ? BasalMode::kContinuous
                                                            : static_cast<BasalMode>(limits & 3);
  Program p = program_of(static_cast<std::int64_t>(mode), rate_nl_per_day, limits);
  // Where the limits are those of no bolus, it is broken all the same: none of them is set.
  if (rule >= Broken::kNoDose && rule <= Broken::kBolusTooFast) p.patient_bolus_enabled = true;
  switch (rule) {
    case Broken::kRateTooSlow:
      p.basal_rate_nl_per_day = kTooSlow;
      break;
    case Broken::kRateTooFast:
      p.basal_rate_nl_per_day = kTooFast;
      break;
    case Broken::kNoDose:
      p.bolus_dose_nl = 0;
      break;
    case Broken::kNoDuration:
      p.bolus_duration_s = 0;
      break;
    case Broken::kNoCount:
      p.bolus_max_per_24h = 0;
      break;
    case Broken::kNoCeiling1h:
      p.ceiling_1h_nl = 0;
      break;
    case Broken::kNoCeiling24h:
      p.ceiling_24h_nl = 0;
      break;
    case Broken::kLockoutTooShort:
      p.bolus_lockout_s = 59;
      break;
    case Broken::kLockoutTooLong:
      p.bolus_lockout_s = 86'401;
      break;
    case Broken::kBolusTooFast:  // 27 mL/day by itself
      p.bolus_dose_nl = 31'250;
      p.bolus_duration_s = 100;
      break;
    case Broken::kPeriodicTooFast:
      p.periodic_dose_nl = 31'250;
      p.periodic_duration_s = 100;
      break;
    case Broken::kNothingAtMidnight:
      p.segments.items[0].start_min = 1;
      break;
    case Broken::kTwoPiecesAtOnce:
      p.segments.push(p.segments.items[0]);
      break;
    case Broken::kPieceTooSlow:
      p.segments.items[p.segments.count - 1].rate_nl_per_day = kTooSlow;
      break;
    case Broken::kPieceTooFast:
      p.segments.items[p.segments.count - 1].rate_nl_per_day = kTooFast;
      break;
    case Broken::kLowTooLow:
      p.low_reservoir_threshold_nl = 999'999;
      break;
    case Broken::kLowTooHigh:
      p.low_reservoir_threshold_nl = 10'000'001;
      break;
    case Broken::kTripTooHigh:
      p.occlusion_trip_pa = 138'001;
      break;
    case Broken::kCriticalTooOften:
      p.critical_repeat_min = 4;
      break;
    case Broken::kCriticalTooRare:
      p.critical_repeat_min = 121;
      break;
    case Broken::kNoticesTooOften:
      p.noncritical_repeat_min = 14;
      break;
    case Broken::kNoticesTooRare:
      p.noncritical_repeat_min = 1'441;
      break;
    case Broken::kNoBridge:
    case Broken::kCount:
      break;
  }
  return p;
}

History random_history(std::uint64_t seed) {
  Random random(seed * 0x9E3779B97F4A7C15ULL + 1);
  // Most live some hours, some a day, few longer.
  const std::uint64_t kind = random() % 20;
  const std::int64_t longest = (kind == 0 ? 12 * 3600 : kind < 5 ? 3 * 3600 : 3600) * kSecondTicks;
  const std::int64_t length = from(random, 15, 60);
  History history{random_write(random), {Act::kReservoir, 20'000'000}, {Act::kStart}};
  while (static_cast<std::int64_t>(history.size()) < length) {
    Action action = random_action(random, longest);
    history.push_back(action);
    // What disturbs a pump seldom comes alone: a request and at once a reset, a blocked rotor that is free again.
    if (action.act == Act::kRotor && action.a == 1 && random() % 4 != 0) {
      history.push_back(random_wait(random, 1'200 * kSecondTicks));
      history.push_back({Act::kRotor, 0});
    }
    if (action.act == Act::kOutlet && action.a == 1) {
      history.push_back(random_wait(random, 600 * kSecondTicks));
      history.insert(history.end(), {Action{Act::kOutlet, 0}, Action{Act::kClear}, Action{Act::kStart}});
    }
    if (action.act == Act::kReservoir && action.a < 1'000'000) {
      history.push_back(random_wait(random, longest));
      history.insert(history.end(), {Action{Act::kReservoir, 20'000'000}, Action{Act::kStart}});
    }
    if (action.act == Act::kDriver && action.a == 1 && random() % 4 != 0) {
      history.push_back(random_wait(random, 1'200 * kSecondTicks));
      history.push_back({Act::kDriver, 0});
    }
    if (action.act == Act::kStop && random() % 3 == 0) history.push_back({Act::kSelfTest});
    if (action.act == Act::kStop && random() % 4 != 0) {
      history.push_back(random_wait(random, 3600 * kSecondTicks));
      history.push_back({Act::kStart});
    }
    if ((action.act == Act::kFlip || action.act == Act::kRequest || action.act == Act::kWrite || action.act == Act::kStop) &&
        random() % 6 == 0) {
      history.push_back({Act::kWait, from(random, 0, 160)});
      history.push_back(random_reset(random));
    }
    if (action.act == Act::kWaitFor) history.push_back({Act::kRequest, 0});
  }
  if (random() % 4 == 0) history.push_back({Act::kErase, from(random, 0, 2), random() % 2 == 0 ? 0xFF : 0});
  return history;
}

}  // namespace pumpfw::campaign
