#include "rig/clients/personal_therapy_manager.h"

namespace pumprig::clients {

Task<Answer<protocol::BolusReply>> PersonalTherapyManager::request_bolus() {
  if (unsettled_) {
    co_return fail(ErrorCode::kUnavailable, "the outcome of the last bolus request is unknown: settle it before asking for another");
  }
  unsettled_ = session_.next_nonce();
  co_return co_await settle();
}

Task<Answer<protocol::BolusReply>> PersonalTherapyManager::settle() {
  if (!unsettled_) co_return fail(ErrorCode::kInvalidArgument, "no bolus request is waiting for its outcome");
  last_ = unsettled_;
  const Asking asking{.nonce = unsettled_, .refusal_is_answer = true};
  CO_TRY_ASSIGN(auto answer, co_await session_.ask(Role::kPatient, protocol::RequestBolus{}, asking));
  unsettled_.reset();
  co_return answer;
}

Task<Answer<StatusReply>> PersonalTherapyManager::status() {
  return session_.ask(Role::kPatient, protocol::ReadStatus{});
}
Task<Answer<protocol::AlarmReply>> PersonalTherapyManager::mute(std::uint32_t duration_s) {
  return session_.ask(Role::kPatient, protocol::SilenceAlarm{duration_s});
}

}  // namespace pumprig::clients
