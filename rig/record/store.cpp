#include "rig/record/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <atomic>
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

// The whole head of a run in a file that nobody takes for one.
void write_draft(const std::string& draft, const RunInfo& info, bool durable) {
  SQLite::Database db(draft, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  db.exec("PRAGMA page_size=16384");
  db.exec("PRAGMA journal_mode=MEMORY");
  db.exec(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
  db.exec("PRAGMA application_id=" + std::to_string(application_id(info.bench_kind)));
  db.exec("PRAGMA user_version=" + std::to_string(kSchemaVersion));
  db.exec("BEGIN IMMEDIATE");
  db.exec(kSchemaSql);
  put_rows(db, to_rows(info));
  put_rows(db, {{"chain.genesis", hex(genesis_hash(to_rows(info)))}});
  put_rows(db, writer_rows());
  db.exec("COMMIT");
}

// Whoever comes first has the name: two runs that begin in the same second must not get the same one. EEXIST: somebody has it.
int take_name(const std::string& draft, const std::string& name) {
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, name.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::link(draft.c_str(), name.c_str()) == 0) return 0;  // a file system that cannot do the one can do the other
  return errno;
}

}  // namespace

RunStore::RunStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunStore::~RunStore() = default;
RunStore::RunStore(RunStore&&) noexcept = default;
RunStore& RunStore::operator=(RunStore&&) noexcept = default;

Result<RunStore> RunStore::create(const std::filesystem::path& path, const RunInfo& info, bool durable) {
  static std::atomic<unsigned> next{0};
  const std::string name = path.string();
  // Killed at whatever instant, there is a run that opens, or none.
  const std::string draft = name + ".draft-" + std::to_string(::getpid()) + "-" + std::to_string(next++);
  std::error_code ignored;
  std::filesystem::remove(draft, ignored);
  bool taken = false;
  auto made = guarded(name, [&]() -> Result<RunStore> {
    write_draft(draft, info, durable);
    const int failure = take_name(draft, name);
    if (failure == EEXIST) return fail(ErrorCode::kInvalidArgument, "there is a file already; a run is never written over another", name);
    if (failure != 0) return fail(ErrorCode::kUnavailable, std::string("the run's file cannot be made: ") + std::strerror(failure), name);
    taken = true;
    auto state = std::make_unique<State>(path, info);
    state->db.exec("PRAGMA journal_mode=WAL");
    state->db.exec(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
    state->prepare();
    return RunStore(std::move(state));
  });
  std::filesystem::remove(draft, ignored);  // where it was linked, or nothing came of it
  if (!made && taken) std::filesystem::remove(name, ignored);
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
