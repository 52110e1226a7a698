#include "firmware/pump/log/event_log.h"

#include <utility>

#include "firmware/protocol/log_chain.h"

namespace pumpfw {
namespace {

struct LogRecord {
  static constexpr const char* kName = "LogRecord";
  std::uint32_t seq = 0;
  std::uint32_t ticks_low = 0;
  std::uint16_t ticks_high = 0;
  LogCode code{};
  std::int32_t argument_1 = 0;
  std::int32_t argument_2 = 0;
  std::uint32_t crc = 0;
  static constexpr void fields(auto& v, auto& m) {
    v("seq", m.seq);
    v("ticks_low", m.ticks_low);
    v("ticks_high", m.ticks_high);
    v("code", m.code);
    v("argument_1", m.argument_1);
    v("argument_2", m.argument_2);
    v("crc", m.crc);
  }
};
static_assert(protocol::max_size<LogRecord>() == kLogEntrySize && kLogEntrySize == protocol::kChainedSize + sizeof(std::uint32_t));

}  // namespace

std::uint32_t encode_log(const LogEntry& entry, std::uint32_t crc_before, std::span<std::uint8_t, kLogEntrySize> out) {
  const std::uint32_t crc = protocol::chain(entry, crc_before);
  protocol::write_chained(entry, out.first<protocol::kChainedSize>());
  protocol::Encoder(out.last<sizeof(crc)>())("crc", crc);
  return crc;
}

std::uint32_t decode_log(std::span<const std::uint8_t, kLogEntrySize> bytes, LogEntry& entry) {
  LogRecord record;
  protocol::decode(bytes, record, protocol::Trailing::kRefused);
  entry.seq = record.seq;
  entry.rtc_ticks = std::uint64_t{record.ticks_high} << 32 | record.ticks_low;
  entry.code = record.code;
  entry.argument_1 = record.argument_1;
  entry.argument_2 = record.argument_2;
  return record.crc;
}

bool follows(std::span<const std::uint8_t, kLogEntrySize> bytes, std::uint32_t crc_before) {
  LogEntry entry;
  return decode_log(bytes, entry) == protocol::crc32(bytes.first<protocol::kChainedSize>(), crc_before);
}

void EventLog::append(std::uint64_t ticks, LogCode code, std::int32_t argument_1, std::int32_t argument_2) {
  if (pending_ == kQueue) {
    ++lost_;
    lost_at_ = ticks;
    return;
  }
  queue_[(head_ + pending_) % kQueue] = {0, ticks, code, argument_1, argument_2};
  ++pending_;
}

void EventLog::encode_next(std::span<std::uint8_t, kLogEntrySize> out) const {
  LogEntry entry = queue_[head_];
  entry.seq = stored_;
  encode_log(entry, crc_, out);
}

void EventLog::written() {
  LogBytes bytes{};
  LogEntry entry = queue_[head_];
  entry.seq = stored_;
  crc_ = encode_log(entry, crc_, bytes);
  ++stored_;
  head_ = (head_ + 1) % kQueue;
  --pending_;
  if (lost_ == 0) return;
  const auto lost = static_cast<std::int32_t>(std::exchange(lost_, 0));
  append(lost_at_, LogCode::kEntriesLost, lost, 0);
}

bool EventLog::scan(std::span<const std::uint8_t> bytes) {
  for (std::size_t at = 0; at + kLogEntrySize <= bytes.size(); at += kLogEntrySize) {
    const std::span<const std::uint8_t, kLogEntrySize> one(bytes.subspan(at, kLogEntrySize));
    LogEntry entry;
    const std::uint32_t crc = decode_log(one, entry);
    if (entry.seq != stored_ || !follows(one, crc_)) return false;
    crc_ = crc;
    ++stored_;
  }
  return true;
}

}  // namespace pumpfw
