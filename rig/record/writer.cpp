#include "rig/record/writer.h"

#include <set>
#include <vector>

#include "rig/record/store_thread.h"

namespace pumprig::record {
namespace {

constexpr std::size_t kRingBytes = std::size_t{1} << 20;
constexpr std::size_t kLargestTransfer = std::size_t{64} << 10;  // a longer one is kept as several with the same instant
constexpr std::size_t kMaxIds = 65535;

}  // namespace

struct RunWriter::State {
  State(RunStore store, bool is_real, std::filesystem::path where)
      : real(is_real), path(std::move(where)), thread(std::move(store), kRingBytes, is_real) {}

  bool real;
  std::filesystem::path path;
  std::set<std::string> channel_names;
  std::set<std::string> link_names;
  std::vector<bool> lost_before;  // channel lost samples since its last one
  std::uint64_t lost = 0;         // records since the last overflow event
  TimePoint lost_since{};
  bool finished = false;
  StoreThread thread;

  void count_loss(TimePoint t) {
    if (lost++ == 0) lost_since = t;
  }
  void report_loss(TimePoint now) {
    thread.put_object(Event{
        now, "record", "overflow",
        std::to_string(lost) + " records were lost since " + std::to_string(to_seconds(lost_since)) + " s: the store could not keep up", "",
        true});
    lost = 0;
  }
};

RunWriter::RunWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
RunWriter::~RunWriter() = default;
RunWriter::RunWriter(RunWriter&&) noexcept = default;
RunWriter& RunWriter::operator=(RunWriter&&) noexcept = default;

Result<RunWriter> RunWriter::create(const std::filesystem::path& path, const RunInfo& info) {
  const bool real = info.bench_kind == BenchKind::kReal;
  TRY_ASSIGN(auto store, RunStore::create(path, info, real));
  return RunWriter(std::make_unique<State>(std::move(store), real, path));
}

Result<ChannelId> RunWriter::add_channel(const ChannelInfo& info) {
  if (info.name.empty() || info.unit.empty())
    return fail(ErrorCode::kInvalidArgument, "a channel needs a name and a unit (1 for a bare number)", info.name);
  if (state_->channel_names.size() >= kMaxIds) return fail(ErrorCode::kInvalidArgument, "too many channels", info.name);
  if (!state_->channel_names.insert(info.name).second)
    return fail(ErrorCode::kInvalidArgument, "there is a channel of this name already", info.name);
  state_->thread.put_object(NewChannel{info});
  state_->lost_before.push_back(false);
  return ChannelId{static_cast<std::uint16_t>(state_->channel_names.size() - 1)};
}

Result<LinkId> RunWriter::add_link(const std::string& name) {
  if (name.empty() || state_->link_names.size() >= kMaxIds) return fail(ErrorCode::kInvalidArgument, "a link needs a name", name);
  if (!state_->link_names.insert(name).second) return fail(ErrorCode::kInvalidArgument, "there is a link of this name already", name);
  state_->thread.put_object(NewLink{name});
  return LinkId{static_cast<std::uint16_t>(state_->link_names.size() - 1)};
}

void RunWriter::push(ChannelId channel, const Sample& sample) {
  if (!state_->real) {
    state_->thread.put_sample(channel, sample, true);
    return;
  }
  const auto index = static_cast<std::size_t>(channel);
  Sample marked = sample;
  if (state_->lost_before[index]) marked.flags |= kSampleGapBefore;
  const bool kept = state_->thread.put_sample(channel, marked, false);
  state_->lost_before[index] = !kept;
  if (!kept) return state_->count_loss(sample.t);
  if (state_->lost != 0) state_->report_loss(sample.t);
}

void RunWriter::push(LinkId link, Direction direction, TimePoint t, ByteView bytes) {
  while (bytes.size() > kLargestTransfer) {
    push(link, direction, t, bytes.first(kLargestTransfer));
    bytes = bytes.subspan(kLargestTransfer);
  }
  const bool kept = state_->thread.put_bytes(link, direction, t, bytes, !state_->real);
  if (!kept) return state_->count_loss(t);
  if (state_->lost != 0) state_->report_loss(t);
}

void RunWriter::event(Event event) {
  state_->thread.put_object(std::move(event));
}
void RunWriter::verdict(CheckVerdict verdict) {
  state_->thread.put_object(std::move(verdict));
}
void RunWriter::plan(PlanItem item) {
  state_->thread.put_object(std::move(item));
}
void RunWriter::not_run(NotRun not_run) {
  state_->thread.put_object(std::move(not_run));
}

Status RunWriter::status() const {
  return state_->thread.status();
}

Status RunWriter::flush() {
  if (state_->finished) return fail(ErrorCode::kInvalidArgument, "the run is finished", state_->path.string());
  return state_->thread.flush();
}

Result<std::string> RunWriter::finish(const Finish& finish) {
  if (state_->finished) return fail(ErrorCode::kInvalidArgument, "the run is finished", state_->path.string());
  if (finish.state != FinishState::kFinished && finish.state != FinishState::kAborted) {
    return fail(ErrorCode::kInvalidArgument, "a run ends as finished or aborted", state_->path.string());
  }
  if (state_->lost != 0) state_->report_loss(finish.end);
  state_->finished = true;
  return state_->thread.finish(finish);
}

const std::filesystem::path& RunWriter::path() const {
  return state_->path;
}

}  // namespace pumprig::record
