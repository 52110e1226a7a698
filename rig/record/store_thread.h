// The thread that takes records from the ring and gives them to the store.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>

#include "rig/record/ring.h"
#include "rig/record/store.h"

namespace pumprig::record {

struct NewChannel {
  ChannelInfo info;
};
struct NewLink {
  std::string name;
};
struct Flush {};
// Rare records travel as a pointer to one of these.
using StoreObject = std::variant<NewChannel, NewLink, Event, CheckVerdict, PlanItem, NotRun, Flush, Finish>;

struct SamplePayload {
  std::int64_t t, window, requested, replied;
  double value;
};

class StoreThread {
 public:
  // `durable` (a real bench): commits about once a second of wall time, whatever comes. Else twice a second or after 64k samples.
  StoreThread(RunStore store, std::size_t ring_bytes, bool durable);
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  // Producer's thread. False when there is no room and `wait` is false.
  bool put_sample(ChannelId channel, const Sample& sample, bool wait);
  bool put_bytes(LinkId link, Direction direction, TimePoint t, ByteView bytes, bool wait);
  // Always waits for room: these are few, and a run without its verdicts is none.
  void put_object(StoreObject object);

  Status status() const;
  Status flush();
  // Sends `finish`, waits for the thread's end.
  Result<std::string> finish(const Finish& finish);

 private:
  std::byte* claim(RecordHeader header, std::size_t payload, bool wait);
  void publish();
  void wake();
  void run();
  void drain();
  void take(RecordHeader header, const std::byte* payload);
  void take_checked(RecordHeader header, const std::byte* payload);
  void take_object(StoreObject& object);
  void keep(Status status);
  void commit(bool tail);
  void free_room();

  RunStore store_;  // the thread's alone
  RecordRing ring_;
  const bool durable_;
  std::size_t uncommitted_samples_ = 0;
  std::size_t uncommitted_bytes_ = 0;
  bool finished_ = false;

  std::atomic<bool> woken_{false};
  std::atomic<bool> room_wanted_{false};
  std::atomic<int> objects_{0};
  std::atomic<bool> failed_{false};
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable data_;
  std::condition_variable room_;
  bool stop_ = false;
  std::uint64_t flushes_done_ = 0;
  std::optional<Error> error_;
  std::string digest_;

  std::uint64_t flushes_asked_ = 0;  // the producer's
  std::thread thread_;               // last: starts when the rest is there
};

}  // namespace pumprig::record
