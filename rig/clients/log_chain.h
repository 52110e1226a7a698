// Holds what the pump tells of its event log against the checksums that it kept with the entries (firmware/protocol/log_chain.h).
#pragma once

#include <optional>

#include "rig/clients/pump_session.h"

namespace pumprig::clients {

class LogChain {
 public:
  // Whether the entries follow each other and, where that is known, the entry before them. Answers come in order, without a gap.
  bool take(const protocol::LogReply& answer);
  // After a take() that failed: asks for its entries one by one, and gives the number of the first that does not follow.
  Task<std::uint32_t> find_break(PumpSession& session, const protocol::LogReply& answer) const;

 private:
  // Of the entry before `seq`; none: it is not kept any more, or was not read.
  std::optional<std::uint32_t> before(std::uint32_t seq) const;

  std::uint32_t seq_ = 0;
  std::uint32_t crc_ = 0;  // kept with entry `seq_`; with none before the first
};

}  // namespace pumprig::clients
