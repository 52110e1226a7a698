// Reads a run, also while it is being written.
//
//   TRY_ASSIGN(auto run, RunReader::open(path));
//   run.info().bench_kind, run.state(), run.verdict()
//   TRY_ASSIGN(const auto flow, run.channel("flow.flow"));
//   TRY_ASSIGN(const Columns samples, run.samples(flow.id));
//
// One thread at a time. Each call reads in one short transaction, so that a writer's log does not grow because of a reader.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/record/link_codec.h"
#include "rig/record/store.h"

namespace pumprig::record {

struct StoredChannel {
  ChannelId id{};
  ChannelInfo info;
  std::uint64_t samples = 0;
  std::uint64_t valid = 0;
  TimePoint first{};  // with samples only
  TimePoint last{};
  std::optional<double> min;
  std::optional<double> max;
};

struct StoredLink {
  LinkId id{};
  std::string name;
  std::uint64_t transfers = 0;
  std::uint64_t bytes = 0;
};

struct StoredEvent {
  std::int64_t seq = 0;  // rises within a run; to go on after the last one seen
  Event event;
};

// A check of the plan: judged, or not run with the reason.
struct CheckResult {
  std::string check;
  std::vector<std::string> requirements;
  std::optional<CheckVerdict> verdict;
  std::string not_run_reason;  // when there is no verdict
};

// Part of the way of a channel, as a curve wants it. Empty parts have no entry.
struct Envelope {
  std::int64_t t0_ns = 0;
  std::int64_t t1_ns = 0;
  double min = 0;
  double max = 0;
};

struct VerifyReport {
  bool complete = false;              // finished or aborted, all items there, all hashes right
  std::int64_t items = 0;             // items whose hash is right
  std::vector<std::string> problems;  // one sentence each: what is damaged, lost or not sealed, with channel and time
  std::string digest;                 // content digest of what is there
};

class RunReader {
 public:
  // kNotFound when there is no such file; kCorrupt when it is not a run or too damaged to tell what it is.
  static Result<RunReader> open(const std::filesystem::path& path);
  ~RunReader();
  RunReader(RunReader&&) noexcept;
  RunReader& operator=(RunReader&&) noexcept;

  const std::filesystem::path& path() const;
  const RunInfo& info() const;  // as of open(); does not change
  int schema_version() const;

  Result<FinishState> state() const;
  // Once it is finished or aborted; else nothing.
  Result<std::optional<Finish>> finish() const;
  Result<std::string> digest() const;  // as the writer stated it; empty before the end. verify() proves it
  // Worst of the checks, of "aborted" for an aborted and "error" for an interrupted run. Nothing when nothing was judged.
  Result<std::optional<Verdict>> verdict() const;
  Result<std::map<std::string, std::string>> rows() const;  // the whole run table

  Result<std::vector<StoredChannel>> channels() const;
  Result<StoredChannel> channel(const std::string& name) const;  // kNotFound names those that there are
  // Samples with t in [from, to], in the order in which they came; the unsealed tail included.
  Result<Columns> samples(ChannelId channel, TimePoint from = TimePoint::min(), TimePoint to = kNever) const;
  // Valid samples of [from, to] in at most `parts` parts of equal length. Chunks that fall into one part are not decoded.
  Result<std::vector<Envelope>> envelope(ChannelId channel, std::size_t parts, TimePoint from = TimePoint::min(),
                                         TimePoint to = kNever) const;

  Result<std::vector<StoredEvent>> events(std::int64_t after_seq = 0, std::size_t at_most = SIZE_MAX) const;
  Result<std::vector<CheckVerdict>> verdicts() const;
  Result<std::vector<PlanItem>> plan() const;
  Result<std::vector<NotRun>> not_run() const;
  // The checks in the order of the plan, then those that were never planned.
  Result<std::vector<CheckResult>> checks() const;

  Result<std::vector<StoredLink>> links() const;
  Result<LinkColumns> transfers(LinkId link, TimePoint from = TimePoint::min(), TimePoint to = kNever) const;

  // Recomputes every hash. An Error only where the file can not be read at all; damage is in the report.
  Result<VerifyReport> verify() const;
  // Stream name → hash, recomputed: which parts of two runs are equal. Same names as in chain.h.
  Result<std::map<std::string, std::string>> streams() const;

 private:
  struct State;
  explicit RunReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// 2 when something erred or was aborted, else 1 for a failed check, else 3 when something was inconclusive, not run or never judged, else
// 0.
int exit_code(const std::optional<Verdict>& verdict, const std::vector<CheckResult>& checks);

}  // namespace pumprig::record
