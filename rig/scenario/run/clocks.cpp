#include "rig/scenario/run/clocks.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "rig/base/quantity.h"
#include "rig/clients/programmer.h"

namespace pumprig::scenario {
namespace {

constexpr int kClosingExchanges = 3;  // one of them may have been slow
constexpr Duration kFirstTold = std::chrono::minutes(1);

std::string exact(double value) {
  std::array<char, 40> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} ? std::string(digits.data(), end) : std::string("null");
}

std::string field(const char* name, const std::string& value) {
  return std::string(",\"") + name + "\":" + value;
}

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

// With two digits of the uncertainty.
std::string with_uncertainty(const clients::Bounded& number, const char* unit) {
  const int decimals = number.bound > 0 ? std::clamp(1 - static_cast<int>(std::floor(std::log10(number.bound))), 0, 9) : 9;
  return fixed(number.value, decimals) + " ± " + fixed(number.bound, decimals) + " " + unit;
}

std::string signed_duration(Duration d) {
  d = std::chrono::round<std::chrono::milliseconds>(d);
  return (d < Duration{0} ? "-" : "+") + format_duration(d < Duration{0} ? -d : d);
}

}  // namespace

std::optional<record::Event> pump_clock_event(const clients::ClockEstimate& clock, TimePoint at) {
  const auto offset = clock.offset_s(at);
  if (!offset) return std::nullopt;
  const auto rate = clock.rate_error();
  const auto& basis = clock.basis();
  record::Event event;
  event.t = at;
  event.source = kClockSource;
  event.kind = kPumpClockEvent;
  event.text = "the pump's clock is ahead of the rig's by " + with_uncertainty(*offset, "s");
  if (rate) {
    const clients::Bounded ppm{rate->value * 1e6, rate->bound * 1e6};
    event.text += " and gains " + with_uncertainty(ppm, "ppm");
  }
  event.text += "; from " + std::to_string(basis.observations) + (basis.observations == 1 ? " exchange" : " exchanges") + " in " +
                format_duration(std::chrono::round<std::chrono::seconds>(basis.span()));
  if (clock.jumps() > 0) event.text += "; it jumped " + std::to_string(clock.jumps()) + (clock.jumps() == 1 ? " time" : " times");
  if (clock.drifts() > 0) event.text += "; its rate changed " + std::to_string(clock.drifts()) + (clock.drifts() == 1 ? " time" : " times");
  event.json = "{\"at_ns\":" + std::to_string(to_ns(at)) + field("offset_ns", std::to_string(std::llround(offset->value * 1e9))) +
               field("offset_uncertainty_ns", std::to_string(static_cast<std::int64_t>(std::ceil(offset->bound * 1e9)) + 1)) +
               field("drift_ppm", rate ? exact(rate->value * 1e6) : "null") +
               field("drift_uncertainty_ppm", rate ? exact(rate->bound * 1e6) : "null") +
               field("exchanges", std::to_string(basis.observations)) + field("span_ns", std::to_string(basis.span().count())) +
               field("jumps", std::to_string(clock.jumps())) + field("drifts", std::to_string(clock.drifts())) + "}";
  return event;
}

ClockKeeper::ClockKeeper(bench::Bench& bench, record::RunWriter& writer, Sampling& sampling)
    : bench_(bench), writer_(writer), sampling_(sampling) {
  if (!bench.executor().is_virtual()) watch_.emplace();
}

void ClockKeeper::tell_pump_clock() {
  const auto& clock = bench_.pump().clock();
  told_ = true;
  told_span_ = clock.basis().span();
  told_breaks_ = clock.jumps() + clock.drifts();
  if (auto event = pump_clock_event(clock, bench_.executor().now())) writer_.event(std::move(*event));
}

void ClockKeeper::look() {
  look_at_wall_clock();
  const auto& clock = bench_.pump().clock();
  const bool longer = clock.basis().span() >= std::max(kFirstTold, 2 * told_span_);
  if (!told_ || longer || clock.jumps() + clock.drifts() != told_breaks_) tell_pump_clock();
}

void ClockKeeper::look_at_wall_clock() {
  if (!watch_) return;
  const auto step = watch_->look();
  if (!step) return;
  const TimePoint now = bench_.executor().now();
  if (step->utc_moved != Duration{0}) {
    writer_.event({now, kClockSource, "wall_clock",
                   "this machine's wall clock was set by " + signed_duration(step->utc_moved) + "; no instant of the run moves with it",
                   "{\"utc_moved_ns\":" + std::to_string(step->utc_moved.count()) + "}", true});
  }
  if (step->slept != Duration{0}) {
    writer_.event({now, kClockSource, "suspended",
                   "this machine slept for " + format_duration(std::chrono::round<std::chrono::milliseconds>(step->slept)) +
                       ": the rig's clock stood, and what went on is not in the record",
                   "{\"slept_ns\":" + std::to_string(step->slept.count()) + "}", true});
    sampling_.mark_gaps();
  }
}

Task<void> ClockKeeper::conclude() {
  look_at_wall_clock();
  clients::Programmer programmer(bench_.pump());
  Status asked;
  for (int i = 0; asked && i < kClosingExchanges; ++i) {
    const auto answer = co_await programmer.status();
    if (!answer) asked = tl::unexpected<Error>(answer.error());
  }
  tell_pump_clock();
  if (!asked && asked.error().code == ErrorCode::kCancelled) co_return asked;
  co_return Status{};
}

}  // namespace pumprig::scenario
