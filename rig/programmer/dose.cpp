#include "rig/programmer/dose.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "rig/base/quantity.h"

namespace pumprig::programmer {
namespace {

constexpr std::int64_t kNgPerMg = 1'000'000;
constexpr std::int64_t kNgPerMcg = 1'000;
constexpr std::int64_t kNlPerMl = 1'000'000;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// What may be written: wider than any pump, drug or patient, so that the review has something to say of a wrong one, and narrow enough
// that no product of two overflows.
struct Range {
  double most_ng;
  const char* text;
};
constexpr Range kMasses{1e10, "0.001 mcg to 10000 mg"};
constexpr Range kConcentrations{1e9, "0.001 mcg/mL to 1000 mg/mL"};
constexpr Range kDoses{1e10, "0.001 mcg/day to 10000 mg/day"};

// a·b/c to the nearest, for what does not fit into 64 bits on the way; the largest number there is for what is larger.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  __extension__ using Wide = __int128;
  const Wide product = static_cast<Wide>(a) * b;
  if (c <= 0) return product == 0 ? 0 : product < 0 ? -kMost : kMost;
  const Wide out = (product + (product < 0 ? -(c / 2) : c / 2)) / c;
  return static_cast<std::int64_t>(std::clamp<Wide>(out, -kMost, kMost));
}

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

// Shortest decimal of value/scale that is exact.
std::string decimal(std::int64_t value, std::uint64_t scale) {
  std::string out = (value < 0 ? "-" : "") + std::to_string(magnitude(value) / scale);
  std::uint64_t rest = magnitude(value) % scale;
  if (rest == 0) return out;
  out += '.';
  for (std::uint64_t place = scale / 10; place > 0 && rest != 0; place /= 10) {
    out += static_cast<char>('0' + rest / place);
    rest %= place;
  }
  return out;
}

std::string mass_words(std::int64_t ng) {
  const bool large = magnitude(ng) >= kNgPerMg;
  const bool one = ng == kNgPerMg || ng == kNgPerMcg;
  return decimal(ng, large ? kNgPerMg : kNgPerMcg) + (large ? " milligram" : " microgram") + (one ? "" : "s");
}

// A quantity in ng, ng/mL or ng/day, `per_base` of them in its base unit.
Result<std::int64_t> read(std::string_view whole, std::string_view text, Dimension wanted, double per_base, const Range& range,
                          const char* examples) {
  TRY_ASSIGN(const Quantity quantity, parse_quantity(text, wanted));
  const double ng = quantity.value * per_base;
  if (!(ng >= 1 && ng <= range.most_ng * (1 + 1e-12))) {
    return fail(ErrorCode::kInvalidArgument,
                "\"" + std::string(whole) + "\" is out of the question here; write " + examples + ", within " + range.text);
  }
  return std::llround(ng);
}

}  // namespace

Result<Mass> parse_mass(std::string_view text) {
  // The base unit is 1 µg.
  TRY_ASSIGN(const std::int64_t ng, read(text, text, Dimension::kMass, 1e3, kMasses, "a mass such as \"0.25 mg\" or \"50 mcg\""));
  return Mass{ng};
}

Result<Concentration> parse_concentration(std::string_view text) {
  // "mg/ml" is what vials say, and means nothing else.
  if (const std::string meant(text); meant.ends_with("/ml")) return parse_concentration(meant.substr(0, meant.size() - 1) + "L");
  const auto quantity = parse_quantity(text);
  if (!quantity || quantity->dimension != Dimension::kDensity) {
    return fail(ErrorCode::kInvalidArgument,
                "\"" + std::string(text) + "\" is no concentration; write a concentration such as \"20 mg/mL\" or \"25 mcg/mL\"");
  }
  // The base unit is 1 g/mL.
  TRY_ASSIGN(const std::int64_t ng_per_ml,
             read(text, text, Dimension::kDensity, 1e9, kConcentrations, "a concentration such as \"20 mg/mL\" or \"25 mcg/mL\""));
  return Concentration{ng_per_ml};
}

Result<DoseRate> parse_dose_rate(std::string_view text) {
  constexpr const char* kExamples = "a dose such as \"5 mg/day\", \"90 mcg/day\" or \"2 mcg/h\"";
  const std::size_t slash = text.rfind('/');
  const std::string_view per = slash == std::string_view::npos ? "" : text.substr(slash + 1);
  const bool hourly = per == "h" || per == "hour";
  const auto mass = parse_quantity(text.substr(0, slash));
  if ((!hourly && per != "day") || (mass && mass->dimension != Dimension::kMass))
    return fail(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is no dose per time; write " + kExamples);
  TRY_ASSIGN(const std::int64_t ng_per_day, read(text, text.substr(0, slash), Dimension::kMass, hourly ? 24e3 : 1e3, kDoses, kExamples));
  return DoseRate{ng_per_day};
}

std::string to_text(Mass mass) {
  return mass_words(mass.ng);
}
std::string to_text(DoseRate dose) {
  return mass_words(dose.ng_per_day) + " per day";
}
std::string per_hour_text(DoseRate dose) {
  // Four significant figures: a preview against a slip of the unit, not a prescription.
  // In the unit in which the dose of an hour itself is said.
  const double hour_ng = static_cast<double>(dose.ng_per_day) / 24;
  const bool large = std::round(std::abs(hour_ng)) >= static_cast<double>(kNgPerMg);
  char buffer[48];
  std::snprintf(buffer, sizeof(buffer), "%.4g", hour_ng / static_cast<double>(large ? kNgPerMg : kNgPerMcg));
  const std::string number(buffer);
  return number + (large ? " milligram" : " microgram") + (number == "1" ? "" : "s") + " per hour";
}
std::string to_text(Concentration concentration) {
  return mass_words(concentration.ng_per_ml) + " per milliliter";
}
std::string ml_per_day_text(std::uint32_t nl_per_day) {
  return decimal(nl_per_day, kNlPerMl) + " milliliters per day";
}
std::string volume_text(std::int64_t nl) {
  return magnitude(nl) >= kNlPerMl ? decimal(nl, kNlPerMl) + " milliliters" : decimal(nl, 1000) + " microliters";
}

std::int64_t rate_nl_per_day(DoseRate dose, Concentration concentration) {
  return scaled(dose.ng_per_day, kNlPerMl, concentration.ng_per_ml);
}
DoseRate dose_of(std::int64_t nl_per_day, Concentration concentration) {
  return {scaled(nl_per_day, concentration.ng_per_ml, kNlPerMl)};
}
std::int64_t volume_nl(Mass mass, Concentration concentration) {
  return scaled(mass.ng, kNlPerMl, concentration.ng_per_ml);
}
Mass mass_of(std::int64_t nl, Concentration concentration) {
  return {scaled(nl, concentration.ng_per_ml, kNlPerMl)};
}

}  // namespace pumprig::programmer
