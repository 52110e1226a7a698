// The patient's personal therapy manager: asks for a bolus and tells the truth about what came of it.
#pragma once

#include <optional>

#include "rig/clients/pump_session.h"

namespace pumprig::clients {

class PersonalTherapyManager {
 public:
  explicit PersonalTherapyManager(PumpSession& session) : session_(session) {}

  // Granted (status kOk) or refused (the reason), with the lockout that remains and the doses left. An Error of the link (kTimeout,
  // kCorrupt, kUnavailable, kCancelled) leaves the outcome unknown: settle() asks again for the same bolus, and only then may another be
  // requested.
  Task<Answer<protocol::BolusReply>> request_bolus();
  // Asks for the outcome of the request that was lost, with its own nonce: at most one bolus comes of both.
  Task<Answer<protocol::BolusReply>> settle();
  bool outcome_unknown() const { return unsettled_.has_value(); }
  // The nonce of the request whose outcome is unknown, so that a later manager can settle it; take_over() gives it one to settle.
  std::optional<std::uint32_t> unsettled() const { return unsettled_; }
  void take_over(std::uint32_t nonce) { unsettled_ = nonce; }
  // The nonce of the last request, settled or not; none before the first.
  std::optional<std::uint32_t> last() const { return last_; }
  // Draws the nonce of the next request without sending it: written down first, no crash can lose it.
  std::uint32_t prepare() {
    unsettled_ = session_.next_nonce();
    return *unsettled_;
  }

  Task<Answer<StatusReply>> status();
  // At most 30 min; a new critical alarm sounds all the same.
  Task<Answer<protocol::AlarmReply>> mute(std::uint32_t duration_s);

 private:
  PumpSession& session_;
  std::optional<std::uint32_t> unsettled_;
  std::optional<std::uint32_t> last_;
};

}  // namespace pumprig::clients
