#include "rig/clients/service_tool.h"

namespace pumprig::clients {
namespace {

// Rounding of a volume to steps of 12.5 nL; of an age to seconds, beside the pump's clock of at most 100 ppm.
constexpr std::int64_t kVolumeRoundingNl = 13;
constexpr std::int64_t kAgeRoundingS = 2;

void compare(std::string& out, const std::string& what, std::int64_t wanted, std::int64_t found, std::int64_t less = 0,
             std::int64_t more = 0) {
  if (found >= wanted - less && found <= wanted + more) return;
  if (!out.empty()) out += "; ";
  out += what + " is " + std::to_string(found) + " instead of " + std::to_string(wanted);
}

}  // namespace

std::string differences(const DeviceState& wanted, const DeviceState& found, Duration elapsed) {
  std::string out;
  const auto number = [](auto value) { return static_cast<std::int64_t>(value); };
  compare(out, "calendar_offset_s", wanted.calendar_offset_s, found.calendar_offset_s);
  compare(out, "reservoir_nl", number(wanted.reservoir_nl), number(found.reservoir_nl), kVolumeRoundingNl, kVolumeRoundingNl);
  compare(out, "steps_total", number(wanted.steps_total), number(found.steps_total));
  compare(out, "boluses_granted", number(wanted.boluses_granted), number(found.boluses_granted));
  compare(out, "boluses_refused", number(wanted.boluses_refused), number(found.boluses_refused));
  compare(out, "number of boluses", wanted.boluses.count, found.boluses.count);
  if (wanted.boluses.count != found.boluses.count) return out;
  const auto grown = static_cast<std::int64_t>(to_seconds(elapsed));
  for (std::size_t i = 0; i < wanted.boluses.count; ++i) {
    const std::string which = "bolus " + std::to_string(i + 1) + ": ";
    const BolusRecord& a = wanted.boluses.items[i];
    const BolusRecord& b = found.boluses.items[i];
    compare(out, which + "age_s", number(a.age_s), number(b.age_s), kAgeRoundingS, grown + kAgeRoundingS);
    compare(out, which + "volume_nl", number(a.volume_nl), number(b.volume_nl), kVolumeRoundingNl, kVolumeRoundingNl);
    compare(out, which + "duration_s", number(a.duration_s), number(b.duration_s), 1, 1);
  }
  return out;
}

Task<Answer<protocol::StateReply>> ServiceTool::establish(const DeviceState& state, bool erase_program) {
  const protocol::EstablishState request{state, erase_program};
  CO_TRY_ASSIGN(const auto established, co_await session_.ask_after_self_test(Role::kService, request));
  CO_TRY_ASSIGN(const auto back, co_await read_state());
  const std::string wrong = differences(request.state, back.fields.state, back.replied - established.first_requested);
  if (!wrong.empty()) co_return fail(ErrorCode::kProtocol, "the pump is not in the state that was asked for: " + wrong);
  co_return back;
}

Task<Answer<protocol::StateReply>> ServiceTool::read_state() {
  return session_.ask(Role::kService, protocol::ReadState{});
}

Task<Answer<IdentifyReply>> ServiceTool::reset(ResetKind kind, Duration patience) {
  exec::Executor& executor = session_.executor();
  CO_TRY_ASSIGN(const auto before, co_await session_.ask(Role::kService, protocol::Identify{}));
  const protocol::ResetDevice request{kind};
  const Result<Answer<protocol::Empty>> asked = co_await session_.ask(Role::kService, request);
  // A reply that the reset swallowed shows in the boot count.
  if (!asked && asked.error().code != ErrorCode::kTimeout && asked.error().code != ErrorCode::kCorrupt)
    co_return tl::unexpected<Error>(asked.error());
  const TimePoint until = saturating_add(executor.now(), patience);
  for (;;) {
    CO_TRY(co_await executor.sleep_for(std::chrono::milliseconds(100)));
    const Result<Answer<IdentifyReply>> now = co_await session_.ask(Role::kService, protocol::Identify{});
    if (now && now->fields.boot_count > before.fields.boot_count) co_return *now;
    if (!now && now.error().code != ErrorCode::kTimeout && now.error().code != ErrorCode::kCorrupt)
      co_return tl::unexpected<Error>(now.error());
    if (executor.now() >= until) break;
  }
  co_return fail(ErrorCode::kTimeout, "the pump did not come back from its reset");
}

}  // namespace pumprig::clients
