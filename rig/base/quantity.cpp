#include "rig/base/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace pumprig {
namespace {

struct Unit {
  std::string_view name;
  Dimension dimension;
  double factor;      // to the base unit of the dimension
  double offset = 0;  // added after the factor
};

// One spelling a line; µ is replaced by u before the look-up. 1 mmHg = 133.322387415 Pa, 1 psi = 6894.757293168 Pa, 1 cmH2O = 98.0665 Pa.
constexpr std::array kUnits = {
    Unit{"pL", Dimension::kVolume, 1e-6},
    Unit{"nL", Dimension::kVolume, 1e-3},
    Unit{"uL", Dimension::kVolume, 1},
    Unit{"mL", Dimension::kVolume, 1e3},
    Unit{"L", Dimension::kVolume, 1e6},
    Unit{"ns", Dimension::kDuration, 1e-9},
    Unit{"us", Dimension::kDuration, 1e-6},
    Unit{"ms", Dimension::kDuration, 1e-3},
    Unit{"s", Dimension::kDuration, 1},
    Unit{"min", Dimension::kDuration, 60},
    Unit{"h", Dimension::kDuration, 3600},
    Unit{"day", Dimension::kDuration, 86400},
    Unit{"days", Dimension::kDuration, 86400},
    Unit{"mL/day", Dimension::kFlowRate, 1e3 / 1440},
    Unit{"uL/day", Dimension::kFlowRate, 1.0 / 1440},
    Unit{"mL/h", Dimension::kFlowRate, 1e3 / 60},
    Unit{"uL/h", Dimension::kFlowRate, 1.0 / 60},
    Unit{"nL/h", Dimension::kFlowRate, 1e-3 / 60},
    Unit{"mL/min", Dimension::kFlowRate, 1e3},
    Unit{"uL/min", Dimension::kFlowRate, 1},
    Unit{"nL/min", Dimension::kFlowRate, 1e-3},
    Unit{"kPa", Dimension::kPressure, 1},
    Unit{"Pa", Dimension::kPressure, 1e-3},
    Unit{"mbar", Dimension::kPressure, 0.1},
    Unit{"bar", Dimension::kPressure, 100},
    Unit{"mmHg", Dimension::kPressure, 0.133322387415},
    Unit{"cmH2O", Dimension::kPressure, 0.0980665},
    Unit{"psi", Dimension::kPressure, 6.894757293168},
    Unit{"%", Dimension::kRatio, 1e-2},
    Unit{"ppm", Dimension::kRatio, 1e-6},
    Unit{"degC", Dimension::kTemperature, 1},
    Unit{"°C", Dimension::kTemperature, 1},
    Unit{"Pa.s/m3", Dimension::kFlowResistance, 1},
    Unit{"uL/kPa", Dimension::kCompliance, 1},
    Unit{"mL/kPa", Dimension::kCompliance, 1e3},
    Unit{"g/mL", Dimension::kDensity, 1},
    Unit{"kg/m3", Dimension::kDensity, 1e-3},
    Unit{"mg/mL", Dimension::kDensity, 1e-3},
    Unit{"ug/mL", Dimension::kDensity, 1e-6},
    Unit{"mcg/mL", Dimension::kDensity, 1e-6},
    Unit{"ng", Dimension::kMass, 1e-3},
    Unit{"ug", Dimension::kMass, 1},
    Unit{"mcg", Dimension::kMass, 1},
    Unit{"mg", Dimension::kMass, 1e3},
    Unit{"g", Dimension::kMass, 1e6},
};

std::string normalise(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.substr(i);
    if (rest.starts_with("\xC2\xB5") || rest.starts_with("\xCE\xBC")) {  // U+00B5 micro sign, U+03BC Greek mu
      out += 'u';
      ++i;
    } else if (text[i] == ' ' || text[i] == '\t') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else {
      out += text[i];
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string known_units(std::optional<Dimension> dimension) {
  std::string out;
  for (const auto& unit : kUnits) {
    if (dimension && unit.dimension != *dimension) continue;
    if (!out.empty()) out += ", ";
    out += unit.name;
  }
  return out;
}

// What may stand where a quantity of a dimension is wanted.
std::string_view example_of(std::optional<Dimension> dimension) {
  switch (dimension.value_or(Dimension::kFlowRate)) {
    case Dimension::kVolume:
      return "12.5 uL";
    case Dimension::kFlowRate:
      return "0.5 mL/day";
    case Dimension::kPressure:
      return "70 kPa gauge";
    case Dimension::kDuration:
      return "10 min";
    case Dimension::kRatio:
      return "14.5 %";
    case Dimension::kCount:
      return "3";
    case Dimension::kTemperature:
      return "37 degC";
    case Dimension::kFlowResistance:
      return "1e14 Pa.s/m3";
    case Dimension::kCompliance:
      return "0.2 uL/kPa";
    case Dimension::kDensity:
      return "20 mg/mL";
    case Dimension::kMass:
      return "0.25 mg";
  }
  return "0.5 mL/day";
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool same_letters(std::string_view a, std::string_view b) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return small(x) == small(y); });
}

// The unit that was meant with other capitals, "mL" for "ml"; empty: none, or one of two.
std::string_view capitals(std::string_view unit, std::optional<Dimension> dimension) {
  std::string_view out;
  for (const auto& known : kUnits) {
    if ((dimension && known.dimension != *dimension) || !same_letters(known.name, unit)) continue;
    if (!out.empty()) return {};
    out = known.name;
  }
  return out;
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

// Nearest count of a unit `scale` times smaller than the base unit; refused when it does not fit or is not finite.
Result<std::int64_t> to_count(const Quantity& q, double scale) {
  const double scaled = q.value * scale;
  if (!(std::fabs(scaled) < 9.0e18)) return fail(ErrorCode::kInvalidArgument, quoted(q.text) + " is too large");
  return std::llround(scaled);
}

// `want`: of which dimension the units are that a message names; none: all.
Result<Quantity> parse(std::string_view raw, std::optional<Dimension> want) {
  Quantity q;
  q.text = normalise(raw);
  const std::string& text = q.text;
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (begin != end && *begin == '+') ++begin;
  const auto [after, error] = std::from_chars(begin, end, q.value);
  if (error == std::errc::result_out_of_range) {
    return fail(ErrorCode::kInvalidArgument, quoted(text) + " is too large or too close to nothing to be meant");
  }
  if (error != std::errc{} || after == begin) {
    return fail(ErrorCode::kInvalidArgument, quoted(text) + " does not begin with a number; write for example " + quoted(example_of(want)));
  }
  if (end - after >= 2 && after[0] == ',' && is_digit(after[1])) {
    const std::string head(begin, after), rest(after + 1, end);
    const auto digits = static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_digit) - rest.begin());
    // Three digits may be thousands, and nobody guesses by a factor of a thousand.
    const std::string thousands = digits == 3 ? quoted(head + rest) + " or " : "";
    return fail(ErrorCode::kInvalidArgument,
                quoted(text) + " has a comma in its number; write a decimal point, " + thousands + quoted(head + "." + rest));
  }
  if (!std::isfinite(q.value)) return fail(ErrorCode::kInvalidArgument, quoted(text) + " is not a finite number");
  std::string_view unit(after, static_cast<std::size_t>(end - after));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit.empty()) return q;  // a plain count

  // A pressure's reference follows its unit.
  std::string_view reference;
  if (const auto blank = unit.find(' '); blank != std::string_view::npos) {
    reference = unit.substr(blank + 1);
    unit = unit.substr(0, blank);
  }
  for (const auto& known : kUnits) {
    if (known.name != unit) continue;
    q.dimension = known.dimension;
    q.value = q.value * known.factor + known.offset;
    if (known.dimension != Dimension::kPressure) {
      if (!reference.empty()) return fail(ErrorCode::kInvalidArgument, quoted(text) + ": nothing may follow the unit " + quoted(unit));
      return q;
    }
    if (reference == "gauge") {
      q.reference = PressureReference::kGauge;
    } else if (reference == "absolute") {
      q.reference = PressureReference::kAbsolute;
    } else if (reference == "above rest") {
      q.reference = PressureReference::kAboveRest;
    } else {
      return fail(ErrorCode::kInvalidArgument,
                  quoted(text) + " does not say what the pressure is measured against; add \"gauge\", \"absolute\" or \"above rest\"");
    }
    return q;
  }
  const std::string_view meant = capitals(unit, want);
  const std::string remedy = want == Dimension::kCount ? "write a plain number"
                             : meant.empty()           ? "known are " + known_units(want)
                                                       : "did you mean " + quoted(meant) + "?";
  return fail(ErrorCode::kInvalidArgument, quoted(text) + ": the unit " + quoted(unit) + " is not known; " + remedy);
}

}  // namespace

std::string_view to_text(Dimension d) {
  switch (d) {
    case Dimension::kVolume:
      return "volume";
    case Dimension::kFlowRate:
      return "flow rate";
    case Dimension::kPressure:
      return "pressure";
    case Dimension::kDuration:
      return "duration";
    case Dimension::kRatio:
      return "ratio";
    case Dimension::kCount:
      return "count";
    case Dimension::kTemperature:
      return "temperature";
    case Dimension::kFlowResistance:
      return "flow resistance";
    case Dimension::kCompliance:
      return "compliance";
    case Dimension::kDensity:
      return "density";
    case Dimension::kMass:
      return "mass";
  }
  return "count";
}

Result<Quantity> parse_quantity(std::string_view text) {
  return parse(text, std::nullopt);
}

Result<Quantity> parse_quantity(std::string_view text, Dimension want) {
  TRY_ASSIGN(Quantity q, parse(text, want));
  if (q.dimension != want) {
    std::string remedy = want == Dimension::kCount ? "write a plain number" : "use one of " + known_units(want);
    return fail(ErrorCode::kInvalidArgument, quoted(q.text) + " is a " + std::string(to_text(q.dimension)) + " where a " +
                                                 std::string(to_text(want)) + " is wanted; " + remedy);
  }
  return q;
}

Result<Volume> parse_volume(std::string_view text) {
  TRY_ASSIGN(const Quantity q, parse_quantity(text, Dimension::kVolume));
  TRY_ASSIGN(const std::int64_t count, to_count(q, 1e6));
  return Volume(count);
}

Result<FlowRate> parse_flow_rate(std::string_view text) {
  TRY_ASSIGN(const Quantity q, parse_quantity(text, Dimension::kFlowRate));
  TRY_ASSIGN(const std::int64_t count, to_count(q, 1440e6));
  return FlowRate(count);
}

Result<Duration> parse_duration(std::string_view text) {
  TRY_ASSIGN(const Quantity q, parse_quantity(text, Dimension::kDuration));
  TRY_ASSIGN(const std::int64_t count, to_count(q, 1e9));
  return Duration(count);
}

Result<Pressure> parse_pressure(std::string_view text) {
  TRY_ASSIGN(const Quantity q, parse_quantity(text, Dimension::kPressure));
  TRY_ASSIGN(const std::int64_t count, to_count(q, 1e3));
  return Pressure{count, q.reference};
}

std::string format_duration(Duration d) {
  if (d < Duration::zero()) return "-" + format_duration(-d);
  struct Part {
    std::int64_t ns;
    std::string_view name;
  };
  static constexpr std::array kParts = {Part{86'400'000'000'000, "day"}, Part{3'600'000'000'000, "h"}, Part{60'000'000'000, "min"}};
  std::int64_t rest = d.count();
  std::string out;
  for (const auto& part : kParts) {
    if (rest < part.ns) continue;
    const auto n = rest / part.ns;
    rest %= part.ns;
    if (!out.empty()) out += ' ';
    out += std::to_string(n) + ' ' + std::string(part.name);
    if (part.name == "day" && n > 1) out += 's';
  }
  if (rest > 0 || out.empty()) {
    if (!out.empty()) out += ' ';
    std::array<char, 40> digits{};
    // Divided, not multiplied by 1e-9: that is the nearest double, whose text is short.
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), static_cast<double>(rest) / 1e9);
    out.append(digits.data(), error == std::errc{} ? end : digits.data());
    out += " s";
  }
  return out;
}

}  // namespace pumprig
