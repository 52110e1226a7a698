#include "rig/scenario/run/initial_state.h"

#include <cmath>
#include <map>

#include "rig/base/calendar.h"
#include "rig/clients/service_tool.h"
#include "rig/scenario/language/load.h"
#include "rig/scenario/run/context.h"
#include "rig/scenario/run/drug.h"

namespace pumprig::scenario {
namespace {

std::uint32_t to_nl(Volume volume) {
  return static_cast<std::uint32_t>((volume.count() + 500) / 1000);
}

}  // namespace

Result<clients::DeviceState> device_state(const Settings& initial, double rtc_seconds) {
  clients::DeviceState state;
  const std::string clock = initial.text("clock");
  const auto calendar = clock == kClockNotSet ? std::optional<std::int64_t>(0) : parse_calendar(clock);
  if (!calendar) return fail(ErrorCode::kInvalidArgument, "\"" + initial.text("clock") + "\" is no date and time", "/initial/clock");
  state.calendar_offset_s = *calendar - static_cast<std::int64_t>(std::llround(rtc_seconds));
  state.reservoir_nl = to_nl(initial.volume("reservoir_entered"));
  state.battery_used_permille = static_cast<std::uint16_t>(std::lround(initial.number("battery_used") * 1000));
  for (const auto& value : initial.list("boluses")) {
    const Settings& bolus = *std::get<std::shared_ptr<const Settings>>(value.data);
    clients::BolusRecord record;
    record.age_s = static_cast<std::uint32_t>(std::llround(bolus.number("age")));
    record.volume_nl = to_nl(bolus.volume("volume"));
    record.duration_s = static_cast<std::uint32_t>(std::llround(bolus.number("duration")));
    if (!state.boluses.push(record)) return fail(ErrorCode::kInvalidArgument, "the pump keeps no more boluses than 24", "/initial/boluses");
  }
  return state;
}

Task<void> RunContext::establish_initial_state() {
  const Settings& initial = scenario_.initial;
  clients::ServiceTool service(bench_.pump());
  CO_TRY_ASSIGN(const auto before, co_await service.read_state());
  CO_TRY_ASSIGN(const auto state, device_state(initial, clients::pump_seconds(before.fields.rtc_ticks)));
  CO_TRY_ASSIGN(const auto after, co_await service.establish(state, true));
  event("initial_state", clients::to_text(after.fields.state));
  const bool differs = initial.has("reservoir_true");
  const double true_ul = to_ul(initial.volume(differs ? "reservoir_true" : "reservoir_entered"));
  const Status filled = co_await bench_.set_true_reservoir_ul(true_ul);
  if (!filled && (differs || filled.error().code != ErrorCode::kUnsupported)) co_return filled;
  if (auto* control = bench_.control()) {
    std::map<std::string, std::string, std::less<>> discharged;
    discharged["discharged"] = initial.at("battery_used").quantity().text;
    CO_TRY(co_await control->inject("cell_discharged", std::move(discharged)));
  }
  if (initial.has("drug")) {
    const auto content = drug_content(initial.object("drug"), twin::DrugContent::Where::kEverywhere);
    const std::string text = drug_text(initial.object("drug"));
    const Status known = co_await bench_.set_true_drug(content);
    if (!known && known.error().code != ErrorCode::kUnsupported) co_return known;
    event("initial_state",
          text + (known ? " is in reservoir, tube and catheter: drug a of the patient model" : " is said to be in the reservoir"));
  }
  if (filled) event("initial_state", "the reservoir really holds " + number_text(true_ul) + " uL");
  co_return Status{};
}

}  // namespace pumprig::scenario
