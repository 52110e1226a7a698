// The numbered stream of what the daemon does: a bounded memory of the latest events, read by each subscriber at its own pace.
//
// A subscriber is nothing but the number of the last event that it has. Who falls behind the memory is told which numbers are lost.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pumprig::daemon {

struct LoggedEvent {
  std::uint64_t number = 0;  // from 1, without holes
  std::string job;           // that it is about
  std::string kind;          // as in event_kinds()
  std::string data;          // JSON
};

class EventLog {
 public:
  // Keeps at most `capacity` events and `max_bytes` of their data.
  EventLog(std::size_t capacity, std::size_t max_bytes) : capacity_(capacity), max_bytes_(max_bytes) {}

  std::uint64_t add(std::string job, std::string kind, std::string data);
  std::uint64_t last() const { return next_ - 1; }

  struct Batch {
    std::optional<std::pair<std::uint64_t, std::uint64_t>> lost;  // first and last number that is gone
    std::vector<LoggedEvent> events;                              // in order, right after what is lost
  };
  // What follows event `since`, at most `limit` events. A number that was never given counts as "nothing yet": the daemon was started anew.
  Batch after(std::uint64_t since, std::size_t limit) const;

 private:
  std::size_t capacity_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t next_ = 1;
  std::deque<LoggedEvent> events_;
};

}  // namespace pumprig::daemon
