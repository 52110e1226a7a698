// Writes the file of one run: seals chunks, chains hashes, commits. One thread at a time; RunWriter puts a queue and a thread before it.
#pragma once

#include <filesystem>
#include <memory>

#include "rig/record/codec.h"
#include "rig/record/link_codec.h"
#include "rig/record/run.h"

namespace pumprig::record {

enum class ChannelId : std::uint16_t {};
enum class LinkId : std::uint16_t {};

// A chunk ends where ten minutes of scenario time end, so that its borders depend on nothing but the samples.
inline constexpr Duration kChunkSlot = std::chrono::minutes(10);

class RunStore {
 public:
  // Makes a new file; kInvalidArgument when there is one already, kUnavailable when the folder can not be written.
  // `durable`: each commit reaches the disk before it returns.
  static Result<RunStore> create(const std::filesystem::path& path, const RunInfo& info, bool durable);
  ~RunStore();
  RunStore(RunStore&&) noexcept;
  RunStore& operator=(RunStore&&) noexcept;

  // Ids count from 0 in the order of the calls.
  Status add_channel(const ChannelInfo& info);
  Status add_link(const std::string& name);
  Status add(ChannelId channel, const Sample& sample);
  Status add(LinkId link, Direction direction, TimePoint t, ByteView bytes);
  Status add(const Event& event);
  Status add(const CheckVerdict& verdict);
  Status add(const PlanItem& item);
  Status add(const NotRun& not_run);

  // Makes what was added visible to readers. With `tail`, also the samples and bytes whose chunk is not full yet.
  Status commit(bool tail);
  // Seals what is open, writes the digest and closes the file. Returns the content digest.
  Result<std::string> finish(const Finish& finish);
  // Closes without finishing: the run is then an interrupted one.
  Status abandon();

 private:
  struct State;
  explicit RunStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pumprig::record
