#include "rig/scenario/run/sampling.h"

#include <algorithm>
#include <utility>

namespace pumprig::scenario {
namespace {

constexpr Duration kDefaultInterval = std::chrono::seconds(1);
constexpr Duration kLate = std::chrono::milliseconds(10);  // wall time

void collect_channels(const std::vector<Step>& steps, std::vector<std::string>& out) {
  for (const auto& step : steps) {
    for (auto& channel : channels_of(step)) out.push_back(std::move(channel));
    collect_channels(step.during, out);
  }
}

}  // namespace

// Receives what one instrument measures.
class Sampling::Sink final : public instruments::SampleSink {
 public:
  Sink(Sampling& sampling, std::string instrument, std::size_t channels)
      : sampling_(sampling), instrument_(std::move(instrument)), channels_(channels) {}
  void attach(std::size_t channel, Channel& to) { channels_[channel] = &to; }
  bool wanted() const {
    return std::any_of(channels_.begin(), channels_.end(), [](const Channel* c) { return c != nullptr; });
  }
  void sample(std::size_t channel, const Sample& sample) override {
    if (channel < channels_.size() && channels_[channel] != nullptr) sampling_.take(*channels_[channel], sample);
  }
  void event(TimePoint at, std::string_view kind, std::string_view text) override {
    sampling_.writer_.event({at, instrument_, std::string(kind), std::string(text), "", false});
  }
  // This machine woke us late. The samples say when they truly were asked for.
  void note_late(TimePoint due, exec::Executor& executor) {
    const TimePoint now = executor.now();
    if (executor.is_virtual() || now <= due) return;
    const auto late = std::chrono::round<std::chrono::milliseconds>(
        Duration(static_cast<std::int64_t>(static_cast<double>((now - due).count()) / executor.speed())));
    if (late < kLate) return;
    sampling_.writer_.event({now, instrument_, "late", "asked " + std::to_string(late.count()) + " ms late",
                             "{\"due_ns\":" + std::to_string(to_ns(due)) + "}", true});
  }
  // The last answer took so long that instants went by. Told once until it is quick again; what would be a hole in a window is a gap.
  void left_out(const Group& group, std::int64_t instants, bool& behind, TimePoint at) {
    if (instants > 1) {
      for (const std::size_t channel : group.channels) channels_[channel]->gap = true;
    }
    if (instants > 0 && !behind) event(at, "overrun", "the answer took so long that instants are left out");
    behind = instants > 0;
  }
  void lost(TimePoint from, TimePoint to) override {
    for (Channel* channel : channels_) {
      if (channel != nullptr && channel->facts.interval == Duration{0}) sampling_.note_lost(*channel, from, to);
    }
  }
  // An outage of the instrument is told once when it begins and once when it is over, whichever of its groups notices.
  void outage(bool& failing, const Status& taken, TimePoint at) {
    if (failing == !taken) return;
    failing = !taken;
    const bool was_out = groups_out_ > 0;
    groups_out_ += failing ? 1 : -1;
    if (!was_out && failing) event(at, "no_answer", taken.error().describe());
    if (was_out && groups_out_ == 0) event(at, "answers_again", "samples come again");
  }

 private:
  Sampling& sampling_;
  std::string instrument_;
  std::vector<Channel*> channels_;
  int groups_out_ = 0;
};

Sampling::Sampling(bench::Bench& bench, record::RunWriter& writer) : bench_(bench), writer_(writer) {}
Sampling::~Sampling() = default;

Status Sampling::add_channel(const std::string& name, std::optional<Duration> every) {
  if (channels_.contains(name)) return {};
  const auto ref = bench_.find_channel(name);
  if (!ref) return fail(ErrorCode::kNotFound, "the bench, now that it is open, has no channel \"" + name + "\"");
  const auto& member = bench_.members()[ref->instrument];
  auto channel = std::make_unique<Channel>();
  channel->facts.info = member.channels[ref->channel];
  const bool streams = member.config->descriptor->streams && !every;
  channel->facts.interval = streams ? Duration{0} : every.value_or(kDefaultInterval);
  TRY_ASSIGN(channel->id, writer_.add_channel(channel->facts.info));
  sinks_[ref->instrument]->attach(ref->channel, *channel);
  if (!streams) {
    const auto group = std::find_if(groups_.begin(), groups_.end(),
                                    [&](const auto& g) { return g->member == ref->instrument && g->interval == channel->facts.interval; });
    if (group == groups_.end()) {
      groups_.push_back(std::make_unique<Group>(Group{ref->instrument, channel->facts.interval, {ref->channel}}));
    } else {
      (*group)->channels.push_back(ref->channel);
    }
  }
  channels_.emplace(name, std::move(channel));
  return {};
}

Status Sampling::prepare(const ResolvedScenario& scenario) {
  for (const auto& member : bench_.members()) {
    sinks_.push_back(std::make_unique<Sink>(*this, member.config->name, member.channels.size()));
  }
  for (const auto& request : scenario.record) TRY(add_channel(request.channel, request.every));
  std::vector<std::string> needed;
  collect_channels(scenario.steps, needed);
  for (const auto& name : needed) TRY(add_channel(name, std::nullopt));
  return add_believed_dose();
}

// A dose that arrived is not to be read alone: what the pump believes it gave stands beside it in the record, as often.
Status Sampling::add_believed_dose() {
  std::optional<Duration> every;
  for (const auto& [name, channel] : channels_) {
    const auto& facts = channel->facts;
    if (facts.info.unit != "ug" || !facts.info.evidence) continue;
    every = std::min(facts.interval, every.value_or(facts.interval));
  }
  if (!every) return {};
  for (const ChannelInfo& info : bench_.channels()) {
    if (info.name.ends_with(".dose_believed")) TRY(add_channel(info.name, every));
  }
  return {};
}

Task<void> Sampling::poll(instruments::Instrument* driver, const Group* group, Sink* sink, exec::Executor* executor) {
  TimePoint next = executor->now();
  bool failing = false;
  bool behind = false;
  while (true) {
    sink->note_late(next, *executor);
    const Status taken = co_await driver->sample(group->channels, *sink);
    if (!taken && taken.error().code == ErrorCode::kCancelled) co_return taken;
    sink->outage(failing, taken, executor->now());
    // An overrun leaves instants out; it never shifts the others.
    const TimePoint now = executor->now();
    next += group->interval;
    const std::int64_t left_out = next < now ? (now - next) / group->interval + 1 : 0;
    next += group->interval * left_out;
    if (taken) sink->left_out(*group, left_out, behind, now);
    CO_TRY(co_await executor->sleep_until(next));
  }
}

Task<void> Sampling::listen(instruments::Instrument* driver, Sink* sink) {
  co_return co_await driver->stream(*sink);
}

void Sampling::start() {
  exec::Executor& executor = bench_.executor();
  for (std::size_t i = 0; i < sinks_.size(); ++i) {
    auto& member = bench_.members()[i];
    if (sinks_[i]->wanted() && member.config->descriptor->streams) {
      tasks_.push_back(executor.spawn(listen(member.driver.get(), sinks_[i].get())));
    }
  }
  for (const auto& group : groups_) {
    tasks_.push_back(
        executor.spawn(poll(bench_.members()[group->member].driver.get(), group.get(), sinks_[group->member].get(), &executor)));
  }
}

Task<void> Sampling::stop() {
  for (auto& task : tasks_) task.cancel();
  for (auto& task : tasks_) {
    auto joined = task.join();
    static_cast<void>(co_await joined);  // cancelled by us, or it told of its end by an event
  }
  tasks_.clear();
  co_return Status{};
}

void Sampling::note_lost(Channel& channel, TimePoint from, TimePoint to) {
  for (auto* measurement : channel.from_measurements) measurement->lost(from, to);
  for (auto* measurement : channel.measurements) measurement->lost(from, to);
  for (auto* watch : channel.watches) watch->lost = true;
}

Task<void> Sampling::catch_up(const std::string& channel) {
  const auto ref = bench_.find_channel(channel);
  const auto* facts = find(channel);
  if (!ref || facts == nullptr || facts->interval != Duration{0}) co_return Status{};
  const TimePoint asked = bench_.executor().now();
  const Status caught_up = co_await bench_.members()[ref->instrument].driver->catch_up();
  if (caught_up || caught_up.error().code == ErrorCode::kCancelled) co_return caught_up;
  // Nobody knows what it sent last: from the last that came it may be anything.
  Channel& of = *channels_.find(channel)->second;
  note_lost(of, of.has_last ? of.last.t : kRunStart, asked);
  co_return Status{};
}

void Sampling::mark_gaps() {
  for (auto& [name, channel] : channels_) channel->gap = true;
}

void Sampling::take(Channel& channel, Sample sample) {
  // A hole in what is asked at an interval is a gap, whatever made it: refused or late answers, a line that was down, a machine too busy.
  const Duration interval = channel.facts.interval;
  const bool hole = interval > Duration{0} && channel.has_last && sample.t - channel.last.t > interval * 5 / 2;
  if (std::exchange(channel.gap, false) || hole) sample.flags |= kSampleGapBefore;
  writer_.push(channel.id, sample);
  for (auto* measurement : channel.from_measurements) measurement->feed_from(sample);
  for (auto* measurement : channel.measurements) measurement->feed(sample);
  for (auto* watch : channel.watches) {
    watch->judge.add(sample);
    if (watch->judge.happened()) watch->event.set();
  }
  channel.last = sample;
  channel.has_last = true;
}

const SampledChannel* Sampling::find(std::string_view name) const {
  const auto found = channels_.find(name);
  return found == channels_.end() ? nullptr : &found->second->facts;
}

void Sampling::connect(std::string_view channel, Measurement& measurement) {
  channels_.find(channel)->second->measurements.push_back(&measurement);
}

void Sampling::connect_from(std::string_view channel, Measurement& measurement) {
  channels_.find(channel)->second->from_measurements.push_back(&measurement);
}

void Sampling::disconnect(const Measurement& measurement) {
  for (auto& [name, channel] : channels_) {
    std::erase(channel->measurements, &measurement);
    std::erase(channel->from_measurements, &measurement);
  }
}

Status Sampling::require(const std::vector<Step>& steps) const {
  std::vector<std::string> needed;
  collect_channels(steps, needed);
  for (const auto& name : needed) {
    if (!channels_.contains(name)) {
      return fail(ErrorCode::kNotFound, "the run does not record the channel \"" + name + "\": name it when the run begins");
    }
  }
  return {};
}

std::optional<Sample> Sampling::latest(std::string_view channel) const {
  const auto& of = *channels_.find(channel)->second;
  return of.has_last ? std::optional(of.last) : std::nullopt;
}

Sampling::Watching::Watching(Sampling& sampling, std::string_view channel, Watch& watch)
    : list_(&sampling.channels_.find(channel)->second->watches), watch_(&watch) {
  const Channel& of = *sampling.channels_.find(channel)->second;
  if (of.has_last) watch.judge.add(of.last);
  list_->push_back(&watch);
}

Sampling::Watching::~Watching() {
  std::erase(*list_, watch_);
}

void Sampling::for_each_latest(const std::function<void(const SampledChannel&, const Sample&)>& visit) const {
  for (const auto& [name, channel] : channels_) {
    if (channel->has_last) visit(channel->facts, channel->last);
  }
}

}  // namespace pumprig::scenario
