#include "rig/instruments/sensirion_shdlc/virtual.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "rig/instruments/sensirion_shdlc/codec.h"
#include "rig/instruments/sensirion_shdlc/commands.h"
#include "rig/instruments/sensirion_shdlc/sensor.h"

namespace pumprig::instruments::sensirion_shdlc {
namespace {

using std::chrono::milliseconds;

constexpr Duration kInterbyteTimeout = milliseconds(200);
constexpr Duration kRebootTime = milliseconds(100);
constexpr Duration kCountingStep = std::chrono::seconds(30);

class Cable final : public VirtualInstrument {
 public:
  explicit Cable(const VirtualContext& context)
      : link_(context.link),
        executor_(context.executor),
        sensor_(*find_model(context.settings.text("sensor")), context.world, Rng::stream(context.seed, context.name).next(),
                context.settings.text("serial")),
        address_(static_cast<std::uint8_t>(context.settings.integer("address"))),
        baud_(static_cast<std::uint32_t>(context.settings.integer("baud"))),
        powered_on_(context.executor.now()) {
    char text[9];
    std::snprintf(text, sizeof text, "%08X",
                  static_cast<unsigned>(Rng::stream(context.seed, context.name + " cable").next() & 0xFFFFFFFFU));
    serial_ = text;
  }

  Task<void> serve() override {
    std::array<std::uint8_t, 256> buffer{};
    for (;;) {
      const auto got = co_await link_.read_some(buffer, executor_.now() + kCountingStep);
      const TimePoint now = executor_.now();
      if (!got) {
        if (got.error().code != ErrorCode::kTimeout) co_return tl::unexpected<Error>(got.error());
        sensor_.keep_counting(now);
        continue;
      }
      if (now < ready_at_) continue;  // rebooting: deaf
      if (decoder_.in_frame() && now - last_byte_ > kInterbyteTimeout) decoder_.begin({});
      last_byte_ = now;
      ByteView input(buffer.data(), *got);
      for (link::Decoded step = decoder_.next(input); step != link::Decoded::kNeedMore; step = decoder_.next(input)) {
        if (step != link::Decoded::kFrame) continue;  // damaged: nothing in it can be trusted, not even for whom it was
        if (!answer(decoder_.frame())) continue;
        CO_TRY(co_await link_.write_all(frame_, kNever));
      }
    }
  }

 private:
  // Fills frame_; false when there is nothing to say.
  bool answer(const Request& request) {
    if (request.address != address_ && request.address != kBroadcast) return false;
    const std::uint8_t answering_as = address_;
    data_.clear();
    const DeviceError error = execute(static_cast<Command>(request.command), request.data);
    if (error != DeviceError::kNone) {
      data_.clear();
      last_error_ = static_cast<std::uint8_t>(error);
    }
    if (request.address == kBroadcast) return false;
    encode(Reply{answering_as, request.command, static_cast<std::uint8_t>(error), false, data_}, frame_);
    return true;
  }

  DeviceError execute(Command command, ByteView in) {
    switch (command) {
      case Command::kAddress:
        return byte_register(in, address_, 254);
      case Command::kBaud:
        return set_baud(in);
      case Command::kUptime:
        return uptime(in);
      case Command::kReplyDelay:
        return word_register(in, reply_delay_);
      case Command::kDeviceInfo:
        return device_info(in);
      case Command::kVersion:
        return version(in);
      case Command::kErrorState:
        return error_state(in);
      case Command::kDeviceReset:
        return reboot(in);
      case Command::kUserData:
        return user_data(in);
      case Command::kSelfTest:
        return self_test(in);
      case Command::kSensorVoltage:
        return byte_register(in, voltage_, 1);
      case Command::kMeasureVoltage:
        return measured_voltage(in);
      case Command::kI2cDelay:
        return word_register(in, i2c_delay_);
      default:
        return sensor_.execute(command, in, executor_.now(), data_);
    }
  }

  DeviceError byte_register(ByteView in, std::uint8_t& value, std::uint8_t most) {
    if (in.size() > 1) return DeviceError::kDataSize;
    if (in.empty()) {
      put_u8(data_, value);
      return DeviceError::kNone;
    }
    if (in[0] > most) return DeviceError::kParameter;
    value = in[0];
    return DeviceError::kNone;
  }

  DeviceError word_register(ByteView in, std::uint16_t& value) {
    if (!in.empty() && in.size() != 2) return DeviceError::kDataSize;
    if (in.empty()) {
      put_be16(data_, value);
    } else {
      value = get_be16(in, 0);
    }
    return DeviceError::kNone;
  }

  DeviceError set_baud(ByteView in) {
    if (in.empty()) {
      put_be32(data_, baud_);
      return DeviceError::kNone;
    }
    if (in.size() != 4) return DeviceError::kDataSize;
    const std::uint32_t wanted = get_be32(in, 0);
    for (const std::uint32_t known : {9600U, 19200U, 38400U, 57600U, 115200U}) {
      if (wanted != known) continue;
      baud_ = wanted;
      return DeviceError::kNone;
    }
    return DeviceError::kParameter;
  }

  DeviceError uptime(ByteView in) {
    if (!in.empty()) return DeviceError::kDataSize;
    put_be32(data_, static_cast<std::uint32_t>((executor_.now() - powered_on_) / std::chrono::seconds(1)));
    return DeviceError::kNone;
  }

  DeviceError device_info(ByteView in) {
    if (in.size() != 1) return DeviceError::kDataSize;
    switch (in[0]) {
      case 0:
        return put_text("0006");
      case 1:
        return put_text("RS485 Sensor Cable");
      case 2:
        return put_text("1-101246-01");
      case 3:
        return put_text(serial_);
      case 4:
        put_u8(data_, 0);
        return DeviceError::kNone;
      default:
        return DeviceError::kParameter;
    }
  }

  DeviceError put_text(std::string_view text) {
    data_.assign(text.begin(), text.end());
    data_.push_back(0);
    return DeviceError::kNone;
  }

  DeviceError version(ByteView in) {
    if (!in.empty()) return DeviceError::kDataSize;
    data_ = {1, 9, 0, 1, 1, 1, 0};  // firmware 1.9 (from 1.7 on it knows SF06), no debug build, hardware 1.1, SHDLC 1.0
    return DeviceError::kNone;
  }

  DeviceError error_state(ByteView in) {
    if (in.size() > 1) return DeviceError::kDataSize;
    put_be32(data_, 0);
    put_u8(data_, last_error_);
    if (in.size() == 1 && in[0] != 0) last_error_ = 0;
    return DeviceError::kNone;
  }

  DeviceError reboot(ByteView in) {
    if (!in.empty()) return DeviceError::kDataSize;
    sensor_.power_cycle(executor_.now());
    powered_on_ = ready_at_ = executor_.now() + kRebootTime;
    last_error_ = 0;
    return DeviceError::kNone;
  }

  DeviceError user_data(ByteView in) {
    if (in.size() != 1 && in.size() != 21) return DeviceError::kDataSize;
    if (in[0] >= user_data_.size()) return DeviceError::kParameter;
    if (sensor_.measuring()) return DeviceError::kBusy;
    auto& block = user_data_[in[0]];
    if (in.size() == 21) {
      std::copy(in.begin() + 1, in.end(), block.begin());
    } else {
      put_u8(data_, in[0]);
      data_.insert(data_.end(), block.begin(), block.end());
    }
    return DeviceError::kNone;
  }

  DeviceError self_test(ByteView in) {
    if (!in.empty()) return DeviceError::kDataSize;
    if (sensor_.measuring()) return DeviceError::kBusy;
    put_be16(data_, 0);
    return DeviceError::kNone;
  }

  DeviceError measured_voltage(ByteView in) {
    if (!in.empty()) return DeviceError::kDataSize;
    put_be16(data_, voltage_ == 0 ? 3480 : 4990);
    return DeviceError::kNone;
  }

  link::Link& link_;
  exec::Executor& executor_;
  Sensor sensor_;
  RequestDecoder decoder_;
  TimePoint last_byte_{};
  Bytes data_;
  Bytes frame_;

  std::uint8_t address_;
  std::uint32_t baud_;
  std::uint16_t reply_delay_ = 0;
  std::uint16_t i2c_delay_ = 0;
  std::uint8_t voltage_ = 0;
  std::uint8_t last_error_ = 0;
  std::string serial_;
  TimePoint powered_on_;
  TimePoint ready_at_{};
  std::array<std::array<std::uint8_t, 20>, 5> user_data_{};
};

}  // namespace

std::unique_ptr<VirtualInstrument> make_virtual(const VirtualContext& context) {
  return std::make_unique<Cable>(context);
}

}  // namespace pumprig::instruments::sensirion_shdlc
