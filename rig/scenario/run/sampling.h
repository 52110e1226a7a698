// The samples of a run: from the instruments to the record, to the judges, and to whoever waits for a condition.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/bench/bench.h"
#include "rig/exec/executor.h"
#include "rig/record/writer.h"
#include "rig/scenario/language/scenario.h"
#include "rig/scenario/run/judges.h"

namespace pumprig::scenario {

// Somebody who waits until a channel's value lies in a band.
class Watch {
 public:
  Watch(exec::Executor& executor, monitor::Limit band, const SampledChannel& channel)
      : judge(band, channel.info, channel.interval), event(executor) {}
  monitor::FirstTimeJudge judge;
  bool lost = false;  // something of the channel
  exec::Event event;
};

class Sampling final : public ChannelDirectory {
 public:
  Sampling(bench::Bench& bench, record::RunWriter& writer);
  ~Sampling() override;

  // After the bench has opened: the channels that the scenario records or needs, entered in the record.
  Status prepare(const ResolvedScenario& scenario);
  void start();
  // Something may be missing before the next sample of every channel.
  void mark_gaps();
  // What the channel's instrument has sent by itself up to now is here afterwards, or its loss is known. Nothing for one that is asked.
  Task<void> catch_up(const std::string& channel);
  // Ends the sampling tasks and waits for them.
  Task<void> stop();

  const SampledChannel* find(std::string_view name) const override;
  void connect(std::string_view channel, Measurement& measurement);
  void connect_from(std::string_view channel, Measurement& measurement);
  void disconnect(const Measurement& measurement);
  // kNotFound names the first channel that these steps need and the run does not record.
  Status require(const std::vector<Step>& steps) const;
  // Connects a watch while it lives.
  class Watching {
   public:
    Watching(Sampling& sampling, std::string_view channel, Watch& watch);
    ~Watching();
    Watching(const Watching&) = delete;
    Watching& operator=(const Watching&) = delete;

   private:
    std::vector<Watch*>* list_;
    Watch* watch_;
  };
  // None: nothing has come yet. The channel must be there.
  std::optional<Sample> latest(std::string_view channel) const;
  // The latest value of every channel.
  void for_each_latest(const std::function<void(const SampledChannel&, const Sample&)>& visit) const;

 private:
  struct Channel {
    SampledChannel facts;
    record::ChannelId id{};
    Sample last;
    bool has_last = false;
    bool gap = false;  // before its next sample
    std::vector<Measurement*> measurements;
    std::vector<Measurement*> from_measurements;
    std::vector<Watch*> watches;
  };
  class Sink;
  struct Group {  // channels of one instrument that are asked for together
    std::size_t member = 0;
    Duration interval{0};
    std::vector<std::size_t> channels;
  };

  Status add_channel(const std::string& name, std::optional<Duration> every);
  Status add_believed_dose();
  static Task<void> poll(instruments::Instrument* driver, const Group* group, Sink* sink, exec::Executor* executor);
  static Task<void> listen(instruments::Instrument* driver, Sink* sink);
  void take(Channel& channel, Sample sample);
  void note_lost(Channel& channel, TimePoint from, TimePoint to);

  bench::Bench& bench_;
  record::RunWriter& writer_;
  std::map<std::string, std::unique_ptr<Channel>, std::less<>> channels_;
  std::vector<std::unique_ptr<Sink>> sinks_;  // one a member
  std::vector<std::unique_ptr<Group>> groups_;
  std::vector<exec::JoinHandle<void>> tasks_;
};

}  // namespace pumprig::scenario
