#include "rig/instruments/sensirion_shdlc/sensor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace pumprig::instruments::sensirion_shdlc {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBufferSamples = 160;
constexpr std::size_t kSamplesPerReply = 41;  // of three signals: 8 + 41 · 6 bytes fit into one frame
constexpr std::array<std::uint16_t, 9> kSf06Commands{0x3603, 0x3608, 0x3615, 0x361E, 0x3624, 0x362F, 0x3632, 0x3639, 0x3646};
constexpr std::uint16_t kHighFlow = 2;

bool is_measure_command(std::uint16_t command) {
  return std::find(kSf06Commands.begin(), kSf06Commands.end(), command) != kSf06Commands.end();
}

void put_text(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
  out.push_back(0);
}

std::string hex8(std::uint64_t value) {
  char text[9];
  std::snprintf(text, sizeof text, "%08X", static_cast<unsigned>(value & 0xFFFFFFFFU));
  return text;
}

}  // namespace

Sensor::Sensor(const Model& model, World& world, std::uint64_t seed, std::string serial)
    : model_(model),
      meter_(model, world, seed),
      serial_(serial.empty() ? hex8(Rng::stream(seed, "serial").next()) : std::move(serial)),
      type_(own_type()),
      bus_address_(is_sf06() ? 0x08 : 0x40) {}

void Sensor::power_cycle(TimePoint now) {
  meter_.stop(now);
  meter_.set_totalizer(now, false);
  meter_.reset_totalizer(now);
  buffer_.clear();
  single_ready_ = kNever;
}

DeviceError Sensor::execute(Command command, ByteView in, TimePoint now, Bytes& out) {
  switch (command) {
    case Command::kLast:
      return last(in, now, out);
    case Command::kTotalizerStatus:
    case Command::kTotalizerValue:
    case Command::kTotalizerReset:
      return totalizer(command, in, now, out);
    case Command::kBuffer:
      return buffer(in, now, out);
    case Command::kContinuous:
      return continuous(in, now, out);
    case Command::kStop:
      meter_.stop(now);
      return DeviceError::kNone;
    case Command::kSensorStatus:
      out.push_back(meter_.running() ? 1 : 0);
      return in.empty() ? DeviceError::kNone : DeviceError::kDataSize;
    case Command::kSensorType:
      return set_type(in, out);
    case Command::kSensorAddress:
      return set_bus_address(in, out);
    case Command::kI2cScan:
      return scan(in, out);
    case Command::kPartName:
    case Command::kSensorSerial:
      return identity(command, in, out);
    case Command::kScale:
      return scale(in, out);
    case Command::kStartSingle:
    case Command::kGetSingle:
      return single(command, in, now, out);
    case Command::kResolution:
      return sf04_option(in, out, resolution_, 9, 16);
    case Command::kHeater:
      return sf04_option(in, out, heater_, 0, 1);
    case Command::kSensorReset:
      if (!in.empty()) return DeviceError::kDataSize;
      meter_.stop(now);
      return reachable();
    default:
      return DeviceError::kUnknownCommand;
  }
}

DeviceError Sensor::set_type(ByteView in, Bytes& out) {
  if (in.size() > 1) return DeviceError::kDataSize;
  if (in.empty()) {
    out.push_back(type_);
    return DeviceError::kNone;
  }
  if (meter_.running()) return DeviceError::kBusy;
  if (in[0] > 4) return DeviceError::kParameter;
  type_ = in[0];
  return DeviceError::kNone;
}

DeviceError Sensor::set_bus_address(ByteView in, Bytes& out) {
  if (in.size() > 1) return DeviceError::kDataSize;
  if (in.empty()) {
    out.push_back(bus_address_);
    return DeviceError::kNone;
  }
  if (meter_.running()) return DeviceError::kBusy;
  if (in[0] > 127) return DeviceError::kParameter;
  bus_address_ = in[0];
  return DeviceError::kNone;
}

DeviceError Sensor::scan(ByteView in, Bytes& out) {
  if (in.size() != 1) return DeviceError::kDataSize;
  if (in[0] != 1) return DeviceError::kParameter;
  out.push_back(is_sf06() ? 0x08 : 0x40);
  return DeviceError::kNone;
}

DeviceError Sensor::identity(Command command, ByteView in, Bytes& out) {
  if (in.size() > 1) return DeviceError::kDataSize;
  if (meter_.running()) return DeviceError::kBusy;
  if (const auto error = reachable(); error != DeviceError::kNone) return error;
  if (command == Command::kSensorSerial) {
    put_text(out, serial_);
  } else if (is_sf06()) {
    put_text(out, hex8(std::uint64_t{model_.product_id} << 8 | 1) + serial_);
  } else {
    put_text(out, model_.name);
  }
  return DeviceError::kNone;
}

DeviceError Sensor::scale(ByteView in, Bytes& out) {
  if (meter_.running()) return DeviceError::kBusy;
  if (const auto error = reachable(); error != DeviceError::kNone) return error;
  if (!is_sf06()) {
    if (!in.empty()) return DeviceError::kDataSize;
    put_be16(out, model_.scale);
    return DeviceError::kNone;
  }
  if (in.size() != 2) return DeviceError::kDataSize;
  if (!is_measure_command(get_be16(in, 0))) return DeviceError::kParameter;
  put_be16(out, model_.scale);
  put_be16(out, model_.unit);
  put_be16(out, 0);
  return DeviceError::kNone;
}

DeviceError Sensor::single(Command command, ByteView in, TimePoint now, Bytes& out) {
  if (meter_.running()) return DeviceError::kBusy;
  if (const auto error = reachable(); error != DeviceError::kNone) return error;
  if (command == Command::kStartSingle) {
    if (in.size() != (is_sf06() ? 2U : 0U)) return DeviceError::kDataSize;
    if (is_sf06() && !is_measure_command(get_be16(in, 0))) return DeviceError::kParameter;
    single_ready_ = now + milliseconds(is_sf06() ? 60 : 80);
    return DeviceError::kNone;
  }
  if (!in.empty()) return DeviceError::kDataSize;
  if (single_ready_ == kNever) return DeviceError::kNoMeasurement;
  if (now < single_ready_) return DeviceError::kNone;
  single_ready_ = kNever;
  // The meter's clock starts at the beginning of the measurement and ends with it.
  meter_.start(now - milliseconds(80), milliseconds(80));
  put_be16(out, static_cast<std::uint16_t>(meter_.sample(1)));
  meter_.stop(now - milliseconds(80));
  return DeviceError::kNone;
}

DeviceError Sensor::continuous(ByteView in, TimePoint now, Bytes& out) {
  if (in.empty()) {
    if (meter_.running()) put_be16(out, static_cast<std::uint16_t>(asked_interval_ / milliseconds(1)));
    return DeviceError::kNone;
  }
  if (in.size() != (is_sf06() ? 4U : 2U)) return DeviceError::kDataSize;
  if (meter_.running()) return DeviceError::kBusy;
  if (const auto error = reachable(); error != DeviceError::kNone) return error;
  if (is_sf06() && !is_measure_command(get_be16(in, 2))) return DeviceError::kParameter;
  asked_interval_ = milliseconds(get_be16(in, 0));
  // An SF06 has a value each 0.5 ms, an SF04 needs 80 ms for 16 bits and half as long for each bit less.
  const Duration fastest = is_sf06() ? Duration(std::chrono::microseconds(500)) : Duration(milliseconds(80)) / (1 << (16 - resolution_));
  meter_.start(now, std::max(asked_interval_, fastest));
  last_read_ = buffered_ = 0;
  lost_bytes_ = 0;
  buffer_.clear();
  return DeviceError::kNone;
}

Sensor::Signals Sensor::signals(std::int64_t k, std::int64_t since, double true_flow, TimePoint now) {
  const double raw_temperature = std::clamp(meter_.temperature_c(now) * 200.0, -32768.0, 32767.0);
  const auto flags = static_cast<std::uint16_t>(meter_.exceeded(since, k) ? kHighFlow : 0);
  return {meter_.noisy_ticks(true_flow), static_cast<std::int16_t>(std::lround(raw_temperature)), flags};
}

DeviceError Sensor::last(ByteView in, TimePoint now, Bytes& out) {
  if (in.size() > 1) return DeviceError::kDataSize;
  const bool all_signals = !in.empty() && (in[0] & 0x02) != 0;
  if (all_signals && !is_sf06()) return DeviceError::kParameter;
  if (!meter_.running()) return DeviceError::kNoMeasurement;
  const std::int64_t k = meter_.count(now);
  if (k <= last_read_) return DeviceError::kNone;  // nothing new
  if (all_signals) {
    const Signals read = signals(k, last_read_, meter_.true_mean(k - 1, k), now);
    put_be16(out, static_cast<std::uint16_t>(read.flow));
    put_be16(out, static_cast<std::uint16_t>(read.temperature));
    put_be16(out, read.flags);
  } else {
    put_be16(out, static_cast<std::uint16_t>(meter_.sample(k)));
  }
  last_read_ = k;
  return DeviceError::kNone;
}

// The samples since the buffer was last looked at. What lies further back than the world remembers in detail shows its mean, so that the
// sum of a buffer is right whenever it is read.
void Sensor::fill_buffer(TimePoint now) {
  const std::int64_t k = meter_.count(now);
  if (k <= buffered_) return;
  const std::size_t bytes_per_sample = is_sf06() ? 6 : 2;
  const double mean = meter_.true_mean(buffered_, k);
  const std::int64_t fresh = k - buffered_;
  const std::int64_t kept = std::min<std::int64_t>(fresh, kBufferSamples);
  lost_bytes_ += static_cast<std::uint32_t>(static_cast<std::size_t>(fresh - kept) * bytes_per_sample);
  for (std::int64_t i = k - kept + 1; i <= k; ++i) buffer_.push_back(signals(i, i - 1, mean, now));
  while (buffer_.size() > kBufferSamples) {
    buffer_.pop_front();
    lost_bytes_ += static_cast<std::uint32_t>(bytes_per_sample);
  }
  buffered_ = k;
}

DeviceError Sensor::buffer(ByteView in, TimePoint now, Bytes& out) {
  if (in.size() > 1) return DeviceError::kDataSize;
  const bool extended = !in.empty() && in[0] == 0x03;
  if (!in.empty() && !extended && in[0] != 0x02) return DeviceError::kParameter;
  if (extended && !is_sf06()) return DeviceError::kParameter;
  if (!meter_.running() && buffer_.empty()) return DeviceError::kNoMeasurement;
  fill_buffer(now);
  if (!extended) {
    for (std::size_t n = 0; n < 127 && !buffer_.empty(); ++n) {
      put_be16(out, static_cast<std::uint16_t>(buffer_.front().flow));
      buffer_.pop_front();
    }
    return DeviceError::kNone;
  }
  const std::size_t sent = std::min(buffer_.size(), kSamplesPerReply);
  put_be32(out, std::exchange(lost_bytes_, 0));
  put_be16(out, static_cast<std::uint16_t>((buffer_.size() - sent) * 6));
  put_be16(out, 3);
  for (std::size_t n = 0; n < sent; ++n) {
    put_be16(out, static_cast<std::uint16_t>(buffer_.front().flow));
    put_be16(out, static_cast<std::uint16_t>(buffer_.front().temperature));
    put_be16(out, buffer_.front().flags);
    buffer_.pop_front();
  }
  return DeviceError::kNone;
}

DeviceError Sensor::totalizer(Command command, ByteView in, TimePoint now, Bytes& out) {
  if (in.size() > (command == Command::kTotalizerStatus ? 1U : 0U)) return DeviceError::kDataSize;
  if (command == Command::kTotalizerValue) {
    put_be64(out, static_cast<std::uint64_t>(meter_.totalizer(now)));
  } else if (command == Command::kTotalizerReset) {
    meter_.reset_totalizer(now);
  } else if (in.empty()) {
    out.push_back(meter_.totalizer_on() ? 1 : 0);
  } else if (in[0] > 1) {
    return DeviceError::kParameter;
  } else {
    meter_.set_totalizer(now, in[0] == 1);
  }
  return DeviceError::kNone;
}

DeviceError Sensor::sf04_option(ByteView in, Bytes& out, std::uint8_t& value, std::uint8_t least, std::uint8_t most) {
  if (is_sf06()) return DeviceError::kUnknownCommand;
  if (in.size() > 1) return DeviceError::kDataSize;
  if (in.empty()) {
    out.push_back(value);
    return DeviceError::kNone;
  }
  if (meter_.running()) return DeviceError::kBusy;
  if (in[0] < least || in[0] > most) return DeviceError::kParameter;
  value = in[0];
  return DeviceError::kNone;
}

}  // namespace pumprig::instruments::sensirion_shdlc
