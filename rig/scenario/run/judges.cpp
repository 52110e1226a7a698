#include "rig/scenario/run/judges.h"

#include <cmath>
#include <limits>

#include "rig/monitor/edges.h"
#include "rig/monitor/totalizer.h"
#include "rig/monitor/trumpet.h"
#include "rig/scenario/steps/condition.h"
#include "rig/scenario/steps/limit.h"
#include "rig/scenario/steps/measures.h"

namespace pumprig::scenario {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kStepMicrolitres = 0.0125;  // of one full step of the pump head
constexpr double kInstantSeconds = 10e-6;    // of an edge: what a witness must keep

double factor_of(std::string_view unit) {
  const auto fact = unit_fact(unit);
  return fact ? fact->factor : 1.0;
}

// All of a check is said in the unit that its limit was written in.
void show_in(const std::string& unit, PlannedMeasurement& planned) {
  if (unit.empty()) return;
  planned.scale = factor_of(planned.unit) / factor_of(unit);
  planned.unit = unit;
}

MeasurementWindow window_of(const Settings& window) {
  MeasurementWindow out;
  out.over = window.has("over");
  out.label = window.text(out.over ? "over" : "since");
  out.settle = window.duration("settle");
  if (window.has("for")) out.length = window.duration("for");
  return out;
}

std::unique_ptr<monitor::Judge> totalizer_judge(std::string_view what, const Settings& settings, const SampledChannel& channel) {
  using monitor::TotalizerValue;
  const double rate = settings.has("rate") ? settings.number("rate") : 0;
  if (what == "trumpet") {
    const auto n = static_cast<std::size_t>(settings.duration("span") / settings.duration("sample"));
    return std::make_unique<monitor::TrumpetJudge>(rate, settings.duration("sample"), n, channel.info, channel.interval);
  }
  auto value = TotalizerValue::kVolume;
  if (what == "mean_flow") value = TotalizerValue::kMeanFlow;
  if (what == "flow_error") value = TotalizerValue::kFlowError;
  if (what == "excess_volume") value = TotalizerValue::kExcessVolume;
  return std::make_unique<monitor::TotalizerJudge>(value, channel.info, channel.interval, rate);
}

// Pulses a minute as the flow that they stand for.
class StepFlowJudge final : public monitor::Judge {
 public:
  void begin(TimePoint t) override { rate_.begin(t); }
  void add(const Sample& sample) override { rate_.add(sample); }
  monitor::Outcome finish(TimePoint t) override {
    monitor::Outcome out = rate_.finish(t);
    if (out.value) *out.value *= kStepMicrolitres;
    out.uncertainty *= kStepMicrolitres;
    return out;
  }
  std::optional<double> live() const override {
    const auto rate = rate_.live();
    return rate ? std::optional(*rate * kStepMicrolitres) : std::nullopt;
  }

 private:
  monitor::EdgeJudge rate_{monitor::EdgeValue::kRate, kInstantSeconds};
};

std::unique_ptr<monitor::Judge> pulse_judge(std::string_view what) {
  using monitor::EdgeValue;
  if (what == "step_flow") return std::make_unique<StepFlowJudge>();
  auto value = EdgeValue::kLastTime;
  if (what == "steps") value = EdgeValue::kCount;
  if (what == "step_jitter") value = EdgeValue::kJitter;
  if (what == "first_step") value = EdgeValue::kFirstTime;
  return std::make_unique<monitor::EdgeJudge>(value, kInstantSeconds);
}

std::unique_ptr<monitor::Judge> value_judge(std::string_view what, const SampledChannel& channel) {
  auto statistic = monitor::Statistic::kMean;
  if (what == "maximum") statistic = monitor::Statistic::kMaximum;
  if (what == "minimum") statistic = monitor::Statistic::kMinimum;
  return std::make_unique<monitor::StatisticJudge>(statistic, channel.info, channel.interval);
}

const SampledChannel* need(const ChannelDirectory& channels, const std::string& name) {
  return channels.find(name);
}

Result<std::unique_ptr<PlannedMeasurement>> plan_measure(const Step& step, const ChannelDirectory& channels) {
  const Settings& settings = step.settings;
  const Measurand& what = *find_measurand(settings.text("what"));
  auto out = std::make_unique<PlannedMeasurement>();
  out->step = &step;
  const bool condition = what.source == Measurand::Source::kCondition;
  out->channel = condition ? settings.object("that").text("channel") : settings.text("channel");
  const auto* channel = need(channels, out->channel);
  if (channel == nullptr) return fail(ErrorCode::kInternal, "the channel \"" + out->channel + "\" is not sampled", step.pointer);
  std::unique_ptr<monitor::Judge> judge;
  switch (what.source) {
    case Measurand::Source::kTotalizer:
      judge = totalizer_judge(what.name, settings, *channel);
      break;
    case Measurand::Source::kPulses:
      judge = pulse_judge(what.name);
      break;
    case Measurand::Source::kValues:
      judge = value_judge(what.name, *channel);
      break;
    case Measurand::Source::kCondition:
      judge = std::make_unique<monitor::FirstTimeJudge>(condition_band(settings.object("that"), channel->info), channel->info,
                                                        channel->interval);
      break;
  }
  out->measurement = std::make_unique<Measurement>(std::move(judge), window_of(settings.object("window")));
  if (settings.has("from")) {
    out->from_channel = settings.object("from").text("channel");
    const auto* from = need(channels, out->from_channel);
    if (from == nullptr) return fail(ErrorCode::kInternal, "the channel \"" + out->from_channel + "\" is not sampled", step.pointer);
    out->measurement->count_from(
        std::make_unique<monitor::FirstTimeJudge>(condition_band(settings.object("from"), from->info), from->info, from->interval));
  }
  out->unit = what.unit.empty() ? channel->info.unit : std::string(what.unit);
  out->clock = channel->info.clock;
  out->limit_text = kNoLimit;
  if (settings.has("limit")) {
    show_in(limit_unit(settings.object("limit")), *out);
    const double factor = factor_of(out->unit);
    const monitor::Limit limit = to_limit(settings.object("limit"));
    out->limit = {limit.low / factor, limit.high / factor};
    out->limit_text = explain_limit(settings.object("limit"));
  }
  return out;
}

Result<std::unique_ptr<PlannedMeasurement>> plan_throughout(const Step& step, const ChannelDirectory& channels) {
  const Settings& that = step.settings.object("that");
  auto out = std::make_unique<PlannedMeasurement>();
  out->step = &step;
  out->channel = that.text("channel");
  const auto* channel = need(channels, out->channel);
  if (channel == nullptr) return fail(ErrorCode::kInternal, "the channel \"" + out->channel + "\" is not sampled", step.pointer);
  out->unit = channel->info.unit;
  out->clock = channel->info.clock;
  const monitor::Limit band = condition_band(that, channel->info);
  show_in(condition_unit(that), *out);
  out->limit = {band.low * out->scale, band.high * out->scale};
  out->limit_text = explain_condition(that);
  MeasurementWindow window;
  window.settle = step.settings.duration("settle");
  out->measurement =
      std::make_unique<Measurement>(std::make_unique<monitor::ThroughoutJudge>(band, channel->info, channel->interval), std::move(window));
  return out;
}

}  // namespace

std::vector<std::string> channels_of(const Step& step) {
  std::vector<std::string> out;
  if (step.settings.has("channel")) out.push_back(step.settings.text("channel"));
  for (const auto* name : {"that", "from"}) {
    if (step.settings.has(name) && step.settings.object(name).has("channel")) out.push_back(step.settings.object(name).text("channel"));
  }
  return out;
}

Result<std::unique_ptr<PlannedMeasurement>> plan_measurement(const Step& step, const ChannelDirectory& channels) {
  if (step.kind->name == "measure") return plan_measure(step, channels);
  if (step.kind->name == "throughout") return plan_throughout(step, channels);
  return nullptr;
}

monitor::Limit condition_band(const Settings& condition, const ChannelInfo& channel) {
  monitor::Limit out;
  const double factor = factor_of(channel.unit);
  const auto value = [&](const char* name) { return condition.number(name) / factor; };
  if (condition.has("at_least")) out.low = value("at_least");
  if (condition.has("above")) out.low = std::max(out.low, std::nextafter(value("above"), kInfinity));
  if (condition.has("at_most")) out.high = value("at_most");
  if (condition.has("below")) out.high = std::min(out.high, std::nextafter(value("below"), -kInfinity));
  return out;
}

}  // namespace pumprig::scenario
