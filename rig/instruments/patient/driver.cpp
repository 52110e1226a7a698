#include "rig/instruments/patient/driver.h"

#include "rig/exec/mutex.h"
#include "rig/instruments/patient/codec.h"
#include "rig/instruments/support/session.h"
#include "rig/link/transact.h"

namespace pumprig::instruments::patient {
namespace {

constexpr std::string_view kWho = "pumprig,patient,";

class Driver final : public Instrument {
 public:
  explicit Driver(const DriverContext& context)
      : name_(context.name),
        settings_(context.settings),
        executor_(context.executor),
        mutex_(context.executor),
        baud_(static_cast<int>(context.settings.integer("baud"))),
        transactor_(context.link, link::TransactPolicy{.baud = baud_}) {}

  Task<Identity> open() override {
    CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
    CO_TRY(co_await identify());
    co_return Identity{"pumprig", "patient model", serial_, "1"};
  }

  std::vector<ChannelInfo> channels() const override {
    auto list = channels_for(settings_);
    for (ChannelInfo& info : list) {
      info.name = name_ + "." + info.name;
      info.instrument = name_;
      info.source = "the twin's model of catheter and patient, not a sensor; twin " + serial_;
    }
    return list;
  }

  Task<void> sample(std::span<const std::size_t> channels, SampleSink& sink) override {
    CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
    Status outcome;
    if (lost_) outcome = co_await come_back(sink);
    if (outcome && !channels.empty()) outcome = co_await sample_tip(channels, sink);
    if (!outcome && outcome.error().code != ErrorCode::kCancelled) {
      gaps_.mark();
      if (!transactor_.link().is_up()) lost_ = true;
    }
    co_return outcome;
  }

  Task<void> stream(SampleSink&) override { co_return Status{}; }
  Task<void> close() override { co_return Status{}; }

 private:
  std::string where() const { return name_ + " on " + transactor_.link().describe(); }

  // The text of the answer, good until the next call.
  Task<std::string_view> ask(std::string_view word) {
    encode_request(word, request_);
    const auto answers = [word](const AnswerDecoder::Frame& frame) { return frame.word == word || frame.word == "ERR"; };
    CO_TRY_ASSIGN(const AnswerDecoder::Frame* frame, co_await transactor_.request(request_, answers, exchange_));
    if (frame->word == word) co_return frame->text;
    co_return fail(ErrorCode::kRefused, "the patient model refuses \"" + std::string(word) + "\"", where());
  }

  Task<void> identify() {
    CO_TRY_ASSIGN(const std::string_view text, co_await ask("ID"));
    if (!text.starts_with(kWho) || text.size() == kWho.size()) {
      co_return fail(ErrorCode::kProtocol, "\"" + std::string(text) + "\" is no patient model", where());
    }
    const std::string serial(text.substr(kWho.size()));
    if (!serial_.empty() && serial != serial_) {
      co_return fail(ErrorCode::kRefused, "another twin answers now: " + serial + " instead of " + serial_, where());
    }
    serial_ = serial;
    lost_ = false;
    co_return Status{};
  }

  Task<void> come_back(SampleSink& sink) {
    if (!transactor_.link().is_up()) CO_TRY(transactor_.link().reopen());
    CO_TRY(co_await identify());
    sink.event(executor_.now(), "reconnected", "the patient model answers again");
    co_return Status{};
  }

  Task<void> sample_tip(std::span<const std::size_t> channels, SampleSink& sink) {
    CO_TRY_ASSIGN(const std::string_view text, co_await ask("TIP"));
    const auto values = parse_values(text);
    if (!values) co_return fail(ErrorCode::kProtocol, "\"" + std::string(text) + "\" are no values at a tip", where());
    Sample sample;
    sample.requested = exchange_.requested;
    sample.replied = exchange_.replied;
    sample.t = taken_at(exchange_.requested, exchange_.replied, request_.size(), baud_);
    for (const std::size_t channel : channels) {
      if (channel >= kValues) continue;
      sample.value = (*values)[channel];
      sample.flags = gaps_.take(channel);
      sink.sample(channel, sample);
    }
    co_return Status{};
  }

  std::string name_;
  const Settings& settings_;
  exec::Executor& executor_;
  exec::Mutex mutex_;
  int baud_;
  link::Transactor<AnswerDecoder> transactor_;
  Bytes request_;
  link::Exchange exchange_;
  std::string serial_;
  bool lost_ = false;
  GapMarks gaps_;
};

}  // namespace

// How far the model's numbers may be from the solution of its own equations (rig/twin/catheter), nothing more: of how well the equations
// fit a patient they say nothing. A concentration is that of a cell of 0.7 µL, which lags in a front.
std::vector<ChannelInfo> channels_for(const Settings&) {
  return {evidence_channel("volume", "uL", {0, 1e-4}),
          evidence_channel("dose_a", "ug", {0, 5e-3}),
          evidence_channel("dose_b", "ug", {0, 5e-3}),
          evidence_channel("concentration_a", "mg/mL", {0, 5e-2}),
          evidence_channel("concentration_b", "mg/mL", {0, 5e-2}),
          evidence_channel("csf_pressure", "kPa gauge", {1e-4, 1e-4})};
}

std::unique_ptr<Instrument> make_driver(const DriverContext& context) {
  return std::make_unique<Driver>(context);
}

}  // namespace pumprig::instruments::patient
