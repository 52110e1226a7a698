#include "rig/record/store_thread.h"

#include <chrono>
#include <cstring>
#include <memory>
#include <new>

#include "rig/base/memory.h"

namespace pumprig::record {
namespace {

constexpr std::size_t kSamplesPerCommit = 65536;
constexpr std::size_t kBytesPerCommit = std::size_t{16} << 20;
constexpr int kMaxObjectsUnderWay = 4096;

struct BytesPayload {
  std::int64_t t;
  std::uint64_t size;
};

}  // namespace

StoreThread::StoreThread(RunStore store, std::size_t ring_bytes, bool durable)
    : store_(std::move(store)), ring_(ring_bytes), durable_(durable), thread_([this] { run(); }) {}

StoreThread::~StoreThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  data_.notify_one();
  thread_.join();
}

std::byte* StoreThread::claim(RecordHeader header, std::size_t payload, bool wait) {
  std::byte* place = ring_.claim(header, payload);
  if (place != nullptr || !wait) return place;
  room_wanted_.store(true);
  wake();
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] {
    place = ring_.claim(header, payload);
    return place != nullptr;
  });
  room_wanted_.store(false);
  return place;
}

void StoreThread::publish() {
  ring_.publish();
  if (ring_.half_full() && !woken_.load(std::memory_order_relaxed)) wake();
}

void StoreThread::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_.store(true);
  }
  data_.notify_one();
}

bool StoreThread::put_sample(ChannelId channel, const Sample& sample, bool wait) {
  std::byte* place = claim({0, RecordKind::kSample, sample.flags, static_cast<std::uint16_t>(channel)}, sizeof(SamplePayload), wait);
  if (place == nullptr) return false;
  const SamplePayload payload{to_ns(sample.t), sample.window.count(), to_ns(sample.requested), to_ns(sample.replied), sample.value};
  std::memcpy(place, &payload, sizeof payload);
  publish();
  return true;
}

bool StoreThread::put_bytes(LinkId link, Direction direction, TimePoint t, ByteView bytes, bool wait) {
  const RecordHeader header{0, RecordKind::kBytes, static_cast<std::uint8_t>(direction), static_cast<std::uint16_t>(link)};
  const BytesPayload payload{to_ns(t), bytes.size()};
  std::byte* place = claim(header, sizeof payload + bytes.size(), wait);
  if (place == nullptr) return false;
  std::memcpy(place, &payload, sizeof payload);
  if (!bytes.empty()) std::memcpy(place + sizeof payload, bytes.data(), bytes.size());
  publish();
  return true;
}

void StoreThread::put_object(StoreObject object) {
  auto owned = std::make_unique<StoreObject>(std::move(object));
  if (objects_.load(std::memory_order_relaxed) >= kMaxObjectsUnderWay) {
    room_wanted_.store(true);
    wake();
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return objects_.load() < kMaxObjectsUnderWay / 2; });
    room_wanted_.store(false);
  }
  std::byte* place = claim({0, RecordKind::kObject, 0, 0}, sizeof(StoreObject*), true);
  StoreObject* raw = owned.release();
  std::memcpy(place, &raw, sizeof raw);
  objects_.fetch_add(1);
  publish();
}

Status StoreThread::status() const {
  if (!failed_.load(std::memory_order_relaxed)) return {};
  const std::lock_guard lock(mutex_);
  return tl::unexpected<Error>(*error_);
}

Status StoreThread::flush() {
  put_object(Flush{});
  const auto mine = ++flushes_asked_;
  wake();
  {
    std::unique_lock lock(mutex_);
    room_.wait(lock, [&] { return flushes_done_ >= mine; });
  }
  return status();
}

Result<std::string> StoreThread::finish(const Finish& finish) {
  put_object(finish);
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  data_.notify_one();
  thread_.join();
  TRY(status());
  return digest_;
}

void StoreThread::free_room() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!room_wanted_.load()) return;
  const std::lock_guard lock(mutex_);
  room_.notify_all();
}

void StoreThread::keep(Status status) {
  if (status || failed_.load()) return;
  const std::lock_guard lock(mutex_);
  error_ = std::move(status).error();
  failed_.store(true);
}

void StoreThread::take_object(StoreObject& object) {
  if (std::holds_alternative<Flush>(object)) {
    commit(true);
    const std::lock_guard lock(mutex_);
    ++flushes_done_;
    room_.notify_all();
    return;
  }
  if (failed_.load()) return;
  if (auto* channel = std::get_if<NewChannel>(&object)) return keep(store_.add_channel(channel->info));
  if (auto* link = std::get_if<NewLink>(&object)) return keep(store_.add_link(link->name));
  if (auto* event = std::get_if<Event>(&object)) return keep(store_.add(*event));
  if (auto* verdict = std::get_if<CheckVerdict>(&object)) return keep(store_.add(*verdict));
  if (auto* item = std::get_if<PlanItem>(&object)) return keep(store_.add(*item));
  if (auto* not_run = std::get_if<NotRun>(&object)) return keep(store_.add(*not_run));
  auto digest = store_.finish(std::get<Finish>(object));
  finished_ = true;
  if (!digest) return keep(tl::unexpected<Error>(std::move(digest).error()));
  digest_ = std::move(*digest);
}

// Memory that is refused to this thread is the store's error, not the end of the process.
void StoreThread::take_checked(RecordHeader header, const std::byte* payload) {
  try {
    take(header, payload);
  } catch (const std::bad_alloc&) {
    keep(tl::unexpected<Error>(out_of_memory()));
  }
}

void StoreThread::take(RecordHeader header, const std::byte* payload) {
  if (header.kind == RecordKind::kObject) {
    StoreObject* raw = nullptr;
    std::memcpy(&raw, payload, sizeof raw);
    const std::unique_ptr<StoreObject> object(raw);
    take_object(*object);
    objects_.fetch_sub(1);
    return;
  }
  if (failed_.load(std::memory_order_relaxed)) return;  // drained all the same, so that nobody waits for room in vain
  if (header.kind == RecordKind::kSample) {
    SamplePayload s;
    std::memcpy(&s, payload, sizeof s);
    ++uncommitted_samples_;
    return keep(
        store_.add(ChannelId{header.id}, {at_ns(s.t), Duration{s.window}, s.value, at_ns(s.requested), at_ns(s.replied), header.flags}));
  }
  BytesPayload b;
  std::memcpy(&b, payload, sizeof b);
  uncommitted_bytes_ += b.size;
  const auto* data = reinterpret_cast<const std::uint8_t*>(payload + sizeof b);
  keep(store_.add(LinkId{header.id}, static_cast<Direction>(header.flags), at_ns(b.t), ByteView(data, b.size)));
}

void StoreThread::drain() {
  std::size_t since_signal = 0;
  ring_.drain([&](RecordHeader header, const std::byte* payload) {
    take_checked(header, payload);
    since_signal += header.size;
    if (since_signal < ring_.capacity() / 4) return;
    since_signal = 0;
    free_room();
  });
  free_room();
}

void StoreThread::commit(bool tail) {
  uncommitted_samples_ = 0;
  uncommitted_bytes_ = 0;
  if (!failed_.load() && !finished_) keep(store_.commit(tail));
}

// Commits by wall time without reading a clock: a wait that ran out is the tick. A busy producer that keeps waking the thread before that
// reaches the count instead.
void StoreThread::run() {
  const auto period = std::chrono::milliseconds(durable_ ? 1000 : 500);
  for (;;) {
    bool stop = false;
    bool tick = false;
    {
      std::unique_lock lock(mutex_);
      tick = !data_.wait_for(lock, period, [&] { return stop_ || woken_.load(); });
      stop = stop_;
      woken_.store(false);
    }
    drain();
    if (stop) break;
    if (tick || durable_) {
      commit(true);
    } else if (uncommitted_samples_ >= kSamplesPerCommit || uncommitted_bytes_ >= kBytesPerCommit) {
      commit(false);
    }
  }
  if (!finished_ && !failed_.load()) keep(store_.abandon());
}

}  // namespace pumprig::record
