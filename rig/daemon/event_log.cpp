#include "rig/daemon/event_log.h"

#include <algorithm>

namespace pumprig::daemon {

std::uint64_t EventLog::add(std::string job, std::string kind, std::string data) {
  bytes_ += data.size();
  events_.push_back({next_, std::move(job), std::move(kind), std::move(data)});
  while (events_.size() > capacity_ || (bytes_ > max_bytes_ && events_.size() > 1)) {
    bytes_ -= events_.front().data.size();
    events_.pop_front();
  }
  return next_++;
}

EventLog::Batch EventLog::after(std::uint64_t since, std::size_t limit) const {
  Batch batch;
  if (since == 0 || since > last()) since = first_ - 1;
  if (events_.empty()) return batch;
  const auto oldest = events_.front().number;
  if (since + 1 < oldest) {
    batch.lost = std::pair{since + 1, oldest - 1};
    since = oldest - 1;
  }
  const auto begin = static_cast<std::size_t>(since + 1 - oldest);
  const auto count = std::min(limit, events_.size() - begin);
  batch.events.reserve(count);
  for (std::size_t i = 0; i < count; ++i) batch.events.push_back(events_[begin + i]);
  return batch;
}

}  // namespace pumprig::daemon
