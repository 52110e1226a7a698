#include "rig/scenario/steps/channels.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace pumprig::scenario {
namespace {

std::string_view instrument_of(std::string_view channel) {
  return channel.substr(0, channel.find('.'));
}

bool has_instrument(const BenchFacts& bench, std::string_view instrument) {
  return std::any_of(bench.channels.begin(), bench.channels.end(),
                     [&](const ChannelFact& c) { return instrument_of(c.info.name) == instrument; });
}

std::string short_number(double value) {
  std::array<char, 40> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::general, 4);
  return error == std::errc{} ? std::string(digits.data(), end) : std::string("?");
}

std::string_view to_text(PressureReference reference) {
  switch (reference) {
    case PressureReference::kGauge:
      return "gauge";
    case PressureReference::kAbsolute:
      return "absolute";
    case PressureReference::kAboveRest:
      return "above rest";
  }
  return "gauge";
}

}  // namespace

const ChannelFact* check_channel(const Value& channel, CheckContext& context) {
  const std::string& name = channel.text();
  if (name.find('.') == std::string::npos) {
    context.add(channel, "\"" + name + "\" names no channel", "write instrument, dot, quantity: \"flow.flow\"");
    return nullptr;
  }
  if (context.bench == nullptr) return nullptr;
  const auto* fact = context.bench->find_channel(name);
  if (fact == nullptr && has_instrument(*context.bench, instrument_of(name))) {
    context.add(channel, "the bench has no channel \"" + name + "\"", suggest(name, context.bench->channel_names()));
  }
  return fact;
}

const ChannelFact* check_evidence(const Value& channel, CheckContext& context) {
  const auto* fact = check_channel(channel, context);
  const bool own_word = fact != nullptr ? !fact->info.evidence : instrument_of(channel.text()) == "pump";
  if (own_word) {
    context.add(channel, "\"" + channel.text() + "\" is the pump's own word and no evidence for what it did",
                "take a meter or the witness, for example \"flow.volume\", \"pressure.pressure\" or \"witness.step\"");
  }
  return fact;
}

void need_channel(std::string_view channel, const BenchFacts& bench, std::vector<std::string>& missing) {
  if (bench.find_channel(channel) != nullptr) return;
  if (has_instrument(bench, instrument_of(channel))) {
    missing.push_back("the channel \"" + std::string(channel) + "\"");
  } else {
    missing.push_back("the instrument \"" + std::string(instrument_of(channel)) + "\"");
  }
}

void need_range(std::string_view channel, double value, const BenchFacts& bench, std::vector<std::string>& missing) {
  const auto* fact = bench.find_channel(channel);
  if (fact == nullptr) return;
  const auto unit = unit_fact(fact->info.unit);
  if (!unit) return;
  const double wanted = value / unit->factor;
  if (fact->max && wanted > *fact->max) {
    missing.push_back("a meter that reaches " + short_number(wanted) + " " + fact->info.unit + "; \"" + std::string(channel) +
                      "\" ends at " + short_number(*fact->max));
  }
  if (fact->min && wanted < *fact->min) {
    missing.push_back("a meter that reaches down to " + short_number(wanted) + " " + fact->info.unit + "; \"" + std::string(channel) +
                      "\" begins at " + short_number(*fact->min));
  }
}

void check_unit(const Value& value, const ChannelFact* channel, CheckContext& context) {
  if (channel == nullptr) return;
  const auto unit = unit_fact(channel->info.unit);
  const Quantity& quantity = value.quantity();
  if (!unit) return;
  if (quantity.dimension != unit->dimension) {
    context.add(value,
                "\"" + quantity.text + "\" is a " + std::string(pumprig::to_text(quantity.dimension)) + ", but \"" + channel->info.name +
                    "\" is a " + std::string(pumprig::to_text(unit->dimension)),
                "its unit is " + channel->info.unit);
  } else if (unit->reference && quantity.reference != *unit->reference) {
    context.add(value, "\"" + quantity.text + "\" is not measured against what \"" + channel->info.name + "\" is",
                "write \"" + std::string(to_text(*unit->reference)) + "\"");
  }
}

}  // namespace pumprig::scenario
