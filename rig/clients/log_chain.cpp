#include "rig/clients/log_chain.h"

#include "firmware/protocol/log_chain.h"

namespace pumprig::clients {

std::optional<std::uint32_t> LogChain::before(std::uint32_t seq) const {
  if (seq == seq_ + 1) return crc_;
  return std::nullopt;
}

bool LogChain::take(const protocol::LogReply& answer) {
  const auto entries = answer.entries.view();
  if (entries.empty()) return true;
  const auto known = before(entries.front().seq);
  if (known && protocol::chain(entries.front(), *known) != answer.first_crc) return false;
  std::uint32_t crc = answer.first_crc;
  for (const LogEntry& entry : entries.subspan(1)) crc = protocol::chain(entry, crc);
  if (crc != answer.last_crc) return false;
  seq_ = entries.back().seq;
  crc_ = crc;
  return true;
}

Task<std::uint32_t> LogChain::find_break(PumpSession& session, const protocol::LogReply& answer) const {
  auto crc = before(answer.entries.view().front().seq);
  for (const LogEntry& told : answer.entries.view()) {
    CO_TRY_ASSIGN(const auto single, co_await session.ask(Role::kClinician, protocol::ReadLog{told.seq, 1}));
    const auto entries = single.fields.entries.view();
    const bool same = entries.size() == 1 && entries.front() == told;
    if (!same || (crc && protocol::chain(told, *crc) != single.fields.first_crc)) co_return told.seq;
    crc = single.fields.first_crc;
  }
  co_return answer.entries.view().front().seq;  // each single answer fits the next, and the answer of all of them does not
}

}  // namespace pumprig::clients
