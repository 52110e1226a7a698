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
  std::uint64_t number = 0;  // without holes
  std::string job;           // that it is about
  std::string kind;          // as in event_kinds()
  std::string data;          // JSON
};

class EventLog {
 public:
  // Keeps at most `capacity` events and `max_bytes` of their data. `first` (from 1) is the number of the first one: above every number of
  // an earlier daemon, so that a client of that one learns what it missed.
  EventLog(std::size_t capacity, std::size_t max_bytes, std::uint64_t first = 1)
      : capacity_(capacity), max_bytes_(max_bytes), first_(first), next_(first) {}

  std::uint64_t add(std::string job, std::string kind, std::string data);
  std::uint64_t last() const { return next_ - 1; }

  struct Batch {
    std::optional<std::pair<std::uint64_t, std::uint64_t>> lost;  // first and last number that is gone
    std::vector<LoggedEvent> events;                              // in order, right after what is lost
  };
  // What follows event `since`, at most `limit` events. 0, and a number that was never given, count as "nothing yet": all that is
  // remembered.
  Batch after(std::uint64_t since, std::size_t limit) const;

 private:
  std::size_t capacity_;
  std::size_t max_bytes_;
  std::size_t bytes_ = 0;
  std::uint64_t first_;
  std::uint64_t next_;
  std::deque<LoggedEvent> events_;
};

}  // namespace pumprig::daemon
