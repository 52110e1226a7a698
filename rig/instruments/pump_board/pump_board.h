// The pump's own telemetry as an instrument. Everything that it says is the pump's word about itself: never evidence, always recorded.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/clients/pump_session.h"
#include "rig/instruments/instrument.h"
#include "rig/instruments/support/session.h"

namespace pumprig::instruments::pump_board {

// Channels by number.
enum Channel : std::size_t {
  kState = 0,
  kRate,
  kSteps,
  kBolusSteps,
  kReservoir,
  kOutletPressure,
  kBattery,
  kAlarms,
  kLockout,
  kClock,
  kBatteryLoaded,
  kTemperature,
  kDoseBelieved,
  kChannels
};

// What the pump believes that it gave, ug: the steps of its ledger times the concentration that it holds to be in its tube, from the first
// reading on. The pump knows neither leaks nor what lies between it and the tip; this stands beside what arrives there.
class BelievedDose {
 public:
  void read(const clients::StatusReply& status);
  double ug() const { return ug_; }
  // False once steps were given without a concentration that the pump was told.
  bool known() const { return known_; }

 private:
  std::optional<std::uint64_t> steps_;
  std::uint32_t ng_per_ml_ = 0;
  double ug_ = 0;
  bool known_ = true;
};

std::vector<ChannelInfo> channels_for(const Settings& settings);
std::unique_ptr<Instrument> make_driver(const DriverContext& context);

class PumpBoard final : public Instrument {
 public:
  explicit PumpBoard(const DriverContext& context);

  // Identifies the pump. kUnsupported when it speaks another major of the protocol, kRefused when it is another board than the settings
  // say, or when a key file is open to others; see read_key_folder().
  Task<Identity> open() override;
  std::vector<ChannelInfo> channels() const override;
  // One status request, whichever channels are asked for.
  Task<void> sample(std::span<const std::size_t> channels, SampleSink& sink) override;
  Task<void> stream(SampleSink& sink) override;
  Task<void> close() override;

  // What programmer, patient and service speak through. Lives as long as the driver.
  clients::PumpSession& session() { return session_; }

 private:
  Status check_board() const;
  Status load_keys();
  Task<void> come_back(SampleSink& sink);
  Task<void> note_restart(const clients::Answer<clients::StatusReply>& answer, SampleSink& sink);

  std::string name_;
  const Settings& settings_;
  clients::PumpSession session_;
  std::string serial_;  // of the board that was opened
  std::uint64_t ticks_before_ = 0;
  BelievedDose dose_;
  bool lost_ = false;
  GapMarks gaps_;
};

}  // namespace pumprig::instruments::pump_board
