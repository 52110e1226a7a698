// The flow sensor behind the cable: the commands that reach it, with its state.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "rig/base/bytes.h"
#include "rig/instruments/sensirion_shdlc/commands.h"
#include "rig/instruments/sensirion_shdlc/meter.h"

namespace pumprig::instruments::sensirion_shdlc {

class Sensor {
 public:
  // `serial`: eight hex digits; empty: drawn from the seed.
  Sensor(const Model& model, World& world, std::uint64_t seed, std::string serial);

  // Appends the reply's data to `out`.
  DeviceError execute(Command command, ByteView in, TimePoint now, Bytes& out);
  bool measuring() const { return meter_.running(); }
  // The supply went and came back: nothing runs, the totalizer is empty.
  void power_cycle(TimePoint now);
  // Lets the totalizer catch up when nobody has asked for long, so that it looks at short stretches.
  void keep_counting(TimePoint now) {
    if (meter_.running()) meter_.totalizer(now);
  }
  const Meter& meter() const { return meter_; }

 private:
  struct Signals {
    std::int16_t flow;
    std::int16_t temperature;
    std::uint16_t flags;
  };

  bool is_sf06() const { return model_.chip == Chip::kSf06; }
  // kNoAck when the cable is set to another type of sensor than the one that hangs on it.
  DeviceError reachable() const { return type_ == own_type() ? DeviceError::kNone : DeviceError::kNoAck; }
  std::uint8_t own_type() const { return is_sf06() ? kSensorTypeSf06 : kSensorTypeSf04; }

  DeviceError set_type(ByteView in, Bytes& out);
  DeviceError set_bus_address(ByteView in, Bytes& out);
  DeviceError scan(ByteView in, Bytes& out);
  DeviceError identity(Command command, ByteView in, Bytes& out);
  DeviceError scale(ByteView in, Bytes& out);
  DeviceError single(Command command, ByteView in, TimePoint now, Bytes& out);
  DeviceError continuous(ByteView in, TimePoint now, Bytes& out);
  DeviceError last(ByteView in, TimePoint now, Bytes& out);
  DeviceError buffer(ByteView in, TimePoint now, Bytes& out);
  DeviceError totalizer(Command command, ByteView in, TimePoint now, Bytes& out);
  DeviceError sf04_option(ByteView in, Bytes& out, std::uint8_t& value, std::uint8_t least, std::uint8_t most);
  void fill_buffer(TimePoint now);
  Signals signals(std::int64_t k, std::int64_t since, double true_flow, TimePoint now);

  const Model& model_;
  Meter meter_;
  std::string serial_;
  std::uint8_t type_;
  std::uint8_t bus_address_;
  std::uint8_t resolution_ = 16;
  std::uint8_t heater_ = 0;
  Duration asked_interval_{0};
  std::int64_t last_read_ = 0;
  std::int64_t buffered_ = 0;  // internal samples that went into the buffer or were lost
  std::uint32_t lost_bytes_ = 0;
  std::deque<Signals> buffer_;
  TimePoint single_ready_ = kNever;
};

}  // namespace pumprig::instruments::sensirion_shdlc
