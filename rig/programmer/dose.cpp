#include "rig/programmer/dose.h"

#include <cmath>
#include <cstdio>

#include "rig/base/quantity.h"

namespace pumprig::programmer {
namespace {

constexpr std::int64_t kNgPerMg = 1'000'000;
constexpr std::int64_t kNgPerMcg = 1'000;
constexpr std::int64_t kNlPerMl = 1'000'000;

// a·b/c to the nearest, for what does not fit into 64 bits on the way.
std::int64_t scaled(std::int64_t a, std::int64_t b, std::int64_t c) {
  __extension__ using Wide = __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::int64_t>((product + c / 2) / c);
}

// Shortest decimal of value/scale that is exact.
std::string decimal(std::int64_t value, std::int64_t scale) {
  std::string out = std::to_string(value / scale);
  std::int64_t rest = value % scale;
  if (rest == 0) return out;
  out += '.';
  for (std::int64_t place = scale / 10; place > 0 && rest != 0; place /= 10) {
    out += static_cast<char>('0' + rest / place);
    rest %= place;
  }
  return out;
}

std::string mass_words(std::int64_t ng) {
  const bool large = ng >= kNgPerMg;
  const bool one = ng == kNgPerMg || ng == kNgPerMcg;
  return decimal(ng, large ? kNgPerMg : kNgPerMcg) + (large ? " milligram" : " microgram") + (one ? "" : "s");
}

Result<Quantity> read(std::string_view text, Dimension wanted, const char* examples) {
  auto quantity = parse_quantity(text);
  if (!quantity) return quantity;
  if (quantity->dimension != wanted || !(quantity->value > 0)) {
    return fail(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is not what is wanted here; write " + examples);
  }
  return quantity;
}

}  // namespace

Result<Mass> parse_mass(std::string_view text) {
  TRY_ASSIGN(const Quantity quantity, read(text, Dimension::kMass, "a mass such as \"0.25 mg\" or \"50 mcg\""));
  return Mass{std::llround(quantity.value * 1e3)};  // base unit µg
}

Result<Concentration> parse_concentration(std::string_view text) {
  TRY_ASSIGN(const Quantity quantity, read(text, Dimension::kDensity, "a concentration such as \"20 mg/mL\" or \"25 mcg/mL\""));
  return Concentration{std::llround(quantity.value * 1e9)};  // base unit g/mL
}

Result<DoseRate> parse_dose_rate(std::string_view text) {
  constexpr const char* kExamples = "a dose such as \"5 mg/day\", \"90 mcg/day\" or \"2 mcg/h\"";
  const std::size_t slash = text.rfind('/');
  const std::string_view per = slash == std::string_view::npos ? "" : text.substr(slash + 1);
  const bool hourly = per == "h" || per == "hour";
  if (!hourly && per != "day")
    return fail(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is no dose per time; write " + kExamples);
  TRY_ASSIGN(const Quantity mass, read(text.substr(0, slash), Dimension::kMass, kExamples));
  return DoseRate{std::llround(mass.value * 1e3) * (hourly ? 24 : 1)};
}

std::string to_text(Mass mass) {
  return mass_words(mass.ng);
}
std::string to_text(DoseRate dose) {
  return mass_words(dose.ng_per_day) + " per day";
}
std::string per_hour_text(DoseRate dose) {
  // Four significant figures: a preview against a slip of the unit, not a prescription.
  const bool large = dose.ng_per_day >= kNgPerMg;
  char buffer[48];
  std::snprintf(buffer, sizeof(buffer), "%.4g %s per hour",
                static_cast<double>(dose.ng_per_day) / 24 / static_cast<double>(large ? kNgPerMg : kNgPerMcg),
                large ? "milligrams" : "micrograms");
  return buffer;
}
std::string to_text(Concentration concentration) {
  return mass_words(concentration.ng_per_ml) + " per milliliter";
}
std::string ml_per_day_text(std::uint32_t nl_per_day) {
  return decimal(nl_per_day, kNlPerMl) + " milliliters per day";
}
std::string volume_text(std::int64_t nl) {
  return nl >= kNlPerMl ? decimal(nl, kNlPerMl) + " milliliters" : decimal(nl, 1000) + " microliters";
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
