#include "rig/record/store.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "rig/record/process.h"
#include "rig/record/store_state.h"

namespace pumprig::record {
namespace {

// The slot of kChunkSlot that holds t. Asked for each sample, and nearly always the slot of the one before: so no division then.
Slot slot_of(TimePoint t) {
  const auto width = kChunkSlot.count();
  const auto ns = to_ns(t);
  const auto past = ((ns % width) + width) % width;
  const auto begin = ns < INT64_MIN + past ? INT64_MIN : ns - past;
  return {begin, begin > INT64_MAX - width ? INT64_MAX : begin + width};
}

void set_up(SQLite::Database& db, BenchKind kind, bool durable) {
  db.exec("PRAGMA page_size=16384");
  db.exec("PRAGMA journal_mode=WAL");
  db.exec(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  db.exec("PRAGMA application_id=" + std::to_string(application_id(kind)));
  db.exec("PRAGMA user_version=" + std::to_string(kSchemaVersion));
  db.exec("BEGIN IMMEDIATE");
  db.exec(kSchemaSql);
  db.exec("COMMIT");
}

}  // namespace

RunStore::RunStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunStore::~RunStore() = default;
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;

Result<RunStore> RunStore::create(const std::filesystem::path& path, const RunInfo& info, bool durable) {
  // Whoever makes the file has the name: two runs that begin in the same second must not get the same one.
  const int claimed = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (claimed < 0 && errno == EEXIST) {
    return fail(ErrorCode::kInvalidArgument, "there is a file already; a run is never written over another", path.string());
  }
  if (claimed < 0)
    return fail(ErrorCode::kUnavailable, std::string("the run's file cannot be made: ") + std::strerror(errno), path.string());
  ::close(claimed);
  auto made = guarded(path.string(), [&]() -> Result<RunStore> {
    auto state = std::make_unique<State>(path, info);
    set_up(state->db, info.bench_kind, durable);
    state->prepare();
    state->ensure_transaction();
    put_rows(state->db, to_rows(info));
    put_rows(state->db, {{"chain.genesis", hex(state->chain.head())}});
    put_rows(state->db, writer_rows());
    state->commit_rows();
    return RunStore(std::move(state));
  });
  if (!made) {  // leave no half-made file behind
    std::error_code ignored;
    for (const char* end : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(path.string() + end, ignored);
  }
  return made;
}

Status RunStore::add(ChannelId id, const Sample& sample) {
  const auto index = static_cast<std::size_t>(id);
  auto& channel = state_->channels[index];
  const bool same_slot = channel.slot.holds(to_ns(sample.t));
  if (!channel.open.empty() && (!same_slot || channel.open.size() >= kMaxSamplesInChunk)) {
    TRY(guarded(state_->where, [&]() -> Status {
      state_->seal(index);
      return {};
    }));
  }
  if (!same_slot) channel.slot = slot_of(sample.t);
  channel.open.push(sample);
  return {};
}

Status RunStore::add(LinkId id, Direction direction, TimePoint t, ByteView bytes) {
  const auto index = static_cast<std::size_t>(id);
  auto& link = state_->links[index];
  const bool same_slot = link.slot.holds(to_ns(t));
  const bool full = link.open.size() >= kMaxRecordsInLinkChunk || link.open.data.size() + bytes.size() > kMaxBytesInLinkChunk;
  if (!link.open.empty() && (!same_slot || full)) {
    TRY(guarded(state_->where, [&]() -> Status {
      state_->seal_link(index);
      return {};
    }));
  }
  if (!same_slot) link.slot = slot_of(t);
  link.open.push(t, direction, bytes);
  return {};
}

Status RunStore::commit(bool tail) {
  return guarded(state_->where, [&]() -> Status {
    if (tail) state_->write_tail();
    state_->commit_rows();
    return {};
  });
}

Result<std::string> RunStore::finish(const Finish& finish) {
  return guarded(state_->where, [&]() -> Result<std::string> {
    for (std::size_t i = 0; i < state_->channels.size(); ++i) state_->seal(i);
    for (std::size_t i = 0; i < state_->links.size(); ++i) state_->seal_link(i);
    state_->write_finish(finish);
    state_->commit_rows();
    state_->close();
    return state_->chain.digest(state_->kind);
  });
}

Status RunStore::abandon() {
  return guarded(state_->where, [&]() -> Status {
    if (state_->closed) return {};
    state_->write_tail();
    state_->commit_rows();
    state_->close();
    return {};
  });
}

}  // namespace pumprig::record
