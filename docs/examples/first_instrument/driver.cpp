#include "docs/examples/first_instrument/driver.h"

#include <charconv>

#include "docs/examples/first_instrument/codec.h"
#include "rig/exec/mutex.h"
#include "rig/instruments/support/session.h"
#include "rig/link/transact.h"

namespace pumprig::instruments::thermometer {
namespace {

constexpr double kLowest_c = -20;
constexpr double kHighest_c = 80;

// "NORTHLAKE,T200,004711,1.3": maker, model, serial, firmware.
Result<Identity> parse_identity(std::string_view text) {
  std::array<std::string, 4> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t comma = text.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == parts.size())) return fail(ErrorCode::kProtocol, "its identity has not four parts");
    parts[i] = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return Identity{parts[0], parts[1], parts[2], parts[3]};
}

// "+21.84": a sign and hundredths of a degree.
Result<double> parse_celsius(std::string_view text) {
  double value = 0;
  const bool plain = (text.starts_with('+') || text.starts_with('-')) && text.find_first_not_of("0123456789.", 1) == std::string_view::npos;
  const char* const end = text.data() + text.size();
  if (plain) {
    const auto read = std::from_chars(text.data() + 1, end, value, std::chars_format::fixed);
    if (read.ec == std::errc{} && read.ptr == end) return text.front() == '-' ? -value : value;
  }
  return fail(ErrorCode::kProtocol, "\"" + std::string(text) + "\" is no temperature");
}

class Driver final : public Instrument {
 public:
  explicit Driver(const DriverContext& context)
      : name_(context.name),
        settings_(context.settings),
        executor_(context.executor),
        mutex_(context.executor),
        transactor_(context.link, link::TransactPolicy{.baud = kBaud}) {}

  Task<Identity> open() override {
    CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
    CO_TRY(co_await identify());
    co_return identity_;
  }

  std::vector<ChannelInfo> channels() const override {
    auto list = channels_for(settings_);
    for (ChannelInfo& info : list) {
      info.name = name_ + "." + info.name;
      info.instrument = name_;
      info.source = "thermometer " + identity_.model + " serial " + identity_.serial;
    }
    return list;
  }

  Task<void> sample(std::span<const std::size_t> channels, SampleSink& sink) override {
    CO_TRY_ASSIGN(const auto guard, co_await mutex_.lock());
    Status outcome;
    if (lost_) outcome = co_await come_back(sink);
    if (outcome && !channels.empty()) outcome = co_await sample_temperature(sink);
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
    co_return fail(ErrorCode::kRefused, "the thermometer refuses \"" + std::string(word) + "\": " + std::string(frame->text), where());
  }

  Task<void> identify() {
    CO_TRY_ASSIGN(const std::string_view text, co_await ask("ID"));
    auto identity = parse_identity(text);
    if (!identity) co_return fail(identity.error(), "\"" + std::string(text) + "\" is no thermometer", where());
    std::string expected = settings_.text("serial");
    if (expected.empty()) expected = identity_.serial;  // once opened, only the same device comes back
    if (!expected.empty() && identity->serial != expected) {
      co_return fail(ErrorCode::kRefused, "the thermometer has serial number " + identity->serial + ", expected is " + expected, where());
    }
    identity_ = *identity;
    lost_ = false;
    co_return Status{};
  }

  Task<void> come_back(SampleSink& sink) {
    if (!transactor_.link().is_up()) CO_TRY(transactor_.link().reopen());
    CO_TRY(co_await identify());
    sink.event(executor_.now(), "reconnected", "the thermometer answers again");
    co_return Status{};
  }

  Task<void> sample_temperature(SampleSink& sink) {
    CO_TRY_ASSIGN(const std::string_view text, co_await ask("T"));
    if (text == "OPEN") co_return fail(ErrorCode::kUnavailable, "no probe is plugged into the thermometer", where());
    CO_TRY_ASSIGN(const double celsius, parse_celsius(text));
    Sample sample;
    sample.requested = exchange_.requested;
    sample.replied = exchange_.replied;
    sample.t = taken_at(exchange_.requested, exchange_.replied, request_.size(), kBaud);
    sample.value = celsius;
    const bool at_an_end = celsius <= kLowest_c || celsius >= kHighest_c;
    sample.flags = gaps_.take(0, static_cast<std::uint8_t>(at_an_end ? kSampleValid | kSampleSaturated : kSampleValid));
    sink.sample(0, sample);
    co_return Status{};
  }

  std::string name_;
  Settings settings_;
  exec::Executor& executor_;
  exec::Mutex mutex_;
  link::Transactor<AnswerDecoder> transactor_;
  Bytes request_;
  link::Exchange exchange_;
  Identity identity_;
  bool lost_ = false;
  GapMarks gaps_;
};

}  // namespace

std::vector<ChannelInfo> channels_for(const Settings& settings) {
  return {evidence_channel("temperature", "degC", {settings.quantity("accuracy"), 0}, SampleKind::kPoint, 0.01)};
}

std::optional<Extremes> range(const Settings&, std::string_view channel) {
  if (channel != "temperature") return std::nullopt;
  return Extremes{kLowest_c, kHighest_c};
}

std::unique_ptr<Instrument> make_driver(const DriverContext& context) {
  return std::make_unique<Driver>(context);
}

}  // namespace pumprig::instruments::thermometer
