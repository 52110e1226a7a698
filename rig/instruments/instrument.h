// What every instrument is: a Descriptor (data), a driver (Instrument) and a virtual side (VirtualInstrument), in one folder.
//
// From the descriptor come the bench file's check and its messages, the documentation table, the twin's far end and the contract test.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rig/base/quantity.h"
#include "rig/base/result.h"
#include "rig/base/sample.h"
#include "rig/exec/executor.h"
#include "rig/instruments/world.h"
#include "rig/link/link.h"

namespace pumprig::instruments {

// ---- Settings -------------------------------------------------------------------------------------------------------------------------

using SettingValue = std::variant<std::int64_t, double, bool, std::string>;

// One setting of a kind: what a bench file may say of it.
struct Setting {
  enum class Type : std::uint8_t { kInteger, kQuantity, kBoolean, kText, kChoice };
  std::string_view name = {};
  Type type = Type::kText;
  std::string_view help = {};                 // one sentence
  std::optional<SettingValue> fallback = {};  // none: the setting must be given
  double min = 0;                             // of an integer, or of a quantity in its base unit; inclusive
  double max = 0;
  Dimension dimension = Dimension::kCount;     // of a quantity
  std::vector<std::string_view> choices = {};  // of a choice
};

// Settings of one instrument after the check: every name of the descriptor is there. Quantities are in the base unit of their dimension.
class Settings {
 public:
  void set(std::string_view name, SettingValue value) { values_.insert_or_assign(std::string(name), std::move(value)); }
  std::int64_t integer(std::string_view name) const { return std::get<std::int64_t>(at(name)); }
  double quantity(std::string_view name) const { return std::get<double>(at(name)); }
  bool boolean(std::string_view name) const { return std::get<bool>(at(name)); }
  const std::string& text(std::string_view name) const { return std::get<std::string>(at(name)); }
  Duration duration(std::string_view name) const { return from_seconds(quantity(name)); }
  const std::map<std::string, SettingValue, std::less<>>& all() const { return values_; }

 private:
  const SettingValue& at(std::string_view name) const { return values_.find(name)->second; }
  std::map<std::string, SettingValue, std::less<>> values_;
};

// ---- The driver -----------------------------------------------------------------------------------------------------------------------

struct Identity {
  std::string maker;
  std::string model;
  std::string serial;
  std::string firmware;
};

// Receives what an instrument measures. Channels are numbered as the instrument lists them in channels().
class SampleSink {
 public:
  virtual ~SampleSink() = default;
  virtual void sample(std::size_t channel, const Sample& sample) = 0;
  // Something that is no sample: a gap, a reconnection, a late reply, an error state of the device. `kind` is one word.
  virtual void event(TimePoint at, std::string_view kind, std::string_view text) = 0;
  // Not all that an instrument sent by itself between these two instants came. Told as soon as it is known, before a next sample shows it.
  virtual void lost(TimePoint from, TimePoint to) { static_cast<void>(from), static_cast<void>(to); }
};

class Instrument {
 public:
  virtual ~Instrument() = default;
  // Identifies the device, configures it, starts its measurement. Refuses another device than the settings say.
  virtual Task<Identity> open() = 0;
  // Known after open(): ranges and uncertainty may depend on what the device says of itself.
  virtual std::vector<ChannelInfo> channels() const = 0;
  // One round of these channels now, as few transactions as the device allows. A lost or wrong answer is retried within the deadline of
  // one transaction; then the error comes back and no sample is pushed: nothing is ever invented. Calls are queued, never interleaved.
  virtual Task<void> sample(std::span<const std::size_t> channels, SampleSink& sink) = 0;
  // Instruments that send by themselves push until cancelled; the others return at once.
  virtual Task<void> stream(SampleSink& sink) = 0;
  // Of those: what was sent up to now has been pushed, or its loss told. An Error: nobody knows what was sent.
  virtual Task<void> catch_up() { co_return Status{}; }
  virtual Task<void> close() = 0;
};

struct DriverContext {
  std::string name;  // in the bench: "flow"
  link::Link& link;  // open; outlives the driver
  const Settings& settings;
  exec::Executor& executor;
};

// ---- The virtual side -----------------------------------------------------------------------------------------------------------------

class VirtualInstrument {
 public:
  virtual ~VirtualInstrument() = default;
  // Answers on its link until cancelled. Unknown commands get the error reply that the real device gives.
  virtual Task<void> serve() = 0;
};

struct VirtualContext {
  std::string name;
  link::Link& link;  // the device's end
  World& world;
  const Settings& settings;
  exec::Executor& executor;
  std::uint64_t seed = 0;  // draws noise and the gain and zero error within the stated accuracy
};

// ---- The descriptor -------------------------------------------------------------------------------------------------------------------

struct Descriptor {
  std::string_view kind;     // "sensirion_shdlc"
  std::string_view summary;  // one sentence
  link::LineSettings line;   // default of its serial line
  std::vector<Setting> settings;
  // Names and units for checking a scenario before anything is opened; open() may refine the uncertainty.
  std::vector<ChannelInfo> channels;
  std::unique_ptr<Instrument> (*make_driver)(const DriverContext&) = nullptr;
  // It sends by itself: the bench runs stream() beside sample().
  bool streams = false;
  // It shows what only a model knows: virtual benches only, and a check on it says so.
  bool model = false;
  // Null: the twin's assembly itself is the far end (the pump board).
  std::unique_ptr<VirtualInstrument> (*make_virtual)(const VirtualContext&) = nullptr;
  // Largest and smallest value of a channel that this instrument, set so, can measure, in the channel's unit; none: unlimited.
  std::optional<Extremes> (*range)(const Settings&, std::string_view channel) = nullptr;
  // Channels as this instrument, set so, will offer them (uncertainty included), before anything is opened.
  std::vector<ChannelInfo> (*channels_for)(const Settings&) = nullptr;
};

}  // namespace pumprig::instruments
