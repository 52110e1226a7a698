// Records a run while it happens: the entry for everything that makes evidence.
//
//   RunInfo info(BenchKind::kVirtual);
//   info.scenario = "basal_accuracy"; …
//   TRY_ASSIGN(auto writer, RunWriter::create("runs/x.pumprun", info));
//   TRY_ASSIGN(const auto flow, writer.add_channel(channel_info));
//   writer.push(flow, sample);                  // some ns, no allocation
//   writer.push(link, Direction::kSent, t, bytes);
//   writer.event({t, "runner", "step", "program 0.5 mL/day", "", false});
//   writer.verdict(check_verdict);
//   TRY_ASSIGN(const auto digest, writer.finish({FinishState::kFinished, "", wall_now, end}));
//
// All calls come from one thread, the one of the bench. A second thread packs, hashes and stores; commits become visible about once a
// second. A virtual run waits when that thread is behind; a run on a real bench never waits: what finds no room is counted as an event
// "overflow" and the next sample of a channel that lost some carries kSampleGapBefore.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "rig/record/store.h"

namespace pumprig::record {

class RunWriter {
 public:
  // kInvalidArgument when the file exists, kUnavailable when it can not be made. The folder must exist.
  static Result<RunWriter> create(const std::filesystem::path& path, const RunInfo& info);
  // Without finish() the run stays as an interrupted one; what was pushed is kept.
  ~RunWriter();
  RunWriter(RunWriter&&) noexcept;
  RunWriter& operator=(RunWriter&&) noexcept;

  // kInvalidArgument for an empty name or unit, or a name that is taken.
  Result<ChannelId> add_channel(const ChannelInfo& info);
  Result<LinkId> add_link(const std::string& name);

  void push(ChannelId channel, const Sample& sample);
  void push(LinkId link, Direction direction, TimePoint t, ByteView bytes);
  void event(Event event);
  void verdict(CheckVerdict verdict);
  void plan(PlanItem item);
  void not_run(NotRun not_run);

  // The first thing that went wrong in storing (disk full, …). After it nothing more is kept; the runner should abort the run.
  Status status() const;
  // Waits until everything pushed so far is committed and readable, on a real bench also on the disk.
  Status flush();
  // Waits for the store, seals it and closes it. Returns the content digest (hex). A second call is kInvalidArgument.
  Result<std::string> finish(const Finish& finish);

  const std::filesystem::path& path() const;

 private:
  struct State;
  explicit RunWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pumprig::record
