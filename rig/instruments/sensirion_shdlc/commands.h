// Numbers of the sensor cable's commands and of its error codes (README.md says where they come from).
#pragma once

#include <cstdint>
#include <string>

#include "rig/base/result.h"

namespace pumprig::instruments::sensirion_shdlc {

enum class Command : std::uint8_t {
  kUserData = 0x21,
  kSelfTest = 0x22,
  kSensorVoltage = 0x23,
  kSensorType = 0x24,
  kSensorAddress = 0x25,
  kMeasureVoltage = 0x26,
  kI2cDelay = 0x28,
  kI2cScan = 0x29,
  kI2cTransceive = 0x2A,
  kSensorStatus = 0x30,
  kStartSingle = 0x31,
  kGetSingle = 0x32,
  kContinuous = 0x33,  // start with data, status without
  kStop = 0x34,
  kLast = 0x35,
  kBuffer = 0x36,
  kTotalizerStatus = 0x37,
  kTotalizerValue = 0x38,
  kTotalizerReset = 0x39,
  kResolution = 0x41,
  kHeater = 0x42,
  kPartName = 0x50,
  kScale = 0x53,
  kSensorSerial = 0x54,
  kSensorReset = 0x65,
  kAddress = 0x90,
  kBaud = 0x91,
  kUptime = 0x93,
  kReplyDelay = 0x95,
  kDeviceInfo = 0xD0,
  kVersion = 0xD1,
  kErrorState = 0xD2,
  kDeviceReset = 0xD3,
};

enum class DeviceError : std::uint8_t {
  kNone = 0x00,
  kDataSize = 0x01,
  kUnknownCommand = 0x02,
  kNoAccess = 0x03,
  kParameter = 0x04,
  kChecksum = 0x05,
  kBusy = 0x20,
  kNoAck = 0x21,
  kI2cCrc = 0x22,
  kSensorTimeout = 0x23,
  kNoMeasurement = 0x24,
};

inline std::string to_text(DeviceError error) {
  switch (error) {
    case DeviceError::kNone:
      return "no error";
    case DeviceError::kDataSize:
      return "wrong size of the data";
    case DeviceError::kUnknownCommand:
      return "unknown command";
    case DeviceError::kNoAccess:
      return "no right to access";
    case DeviceError::kParameter:
      return "parameter out of range";
    case DeviceError::kChecksum:
      return "it received a wrong checksum";
    case DeviceError::kBusy:
      return "the sensor is busy measuring";
    case DeviceError::kNoAck:
      return "the sensor does not answer the cable";
    case DeviceError::kI2cCrc:
      return "a wrong checksum between sensor and cable";
    case DeviceError::kSensorTimeout:
      return "the sensor is too slow to answer the cable";
    case DeviceError::kNoMeasurement:
      return "no measurement is running";
  }
  return "error " + std::to_string(static_cast<int>(error));
}

// Whether trying again can help decides the code.
inline ErrorCode code_of(DeviceError error) {
  switch (error) {
    case DeviceError::kChecksum:
    case DeviceError::kI2cCrc:
      return ErrorCode::kCorrupt;
    case DeviceError::kBusy:
    case DeviceError::kNoAck:
    case DeviceError::kSensorTimeout:
    case DeviceError::kNoMeasurement:
      return ErrorCode::kUnavailable;
    case DeviceError::kUnknownCommand:
      return ErrorCode::kUnsupported;
    default:
      return ErrorCode::kRefused;
  }
}

inline constexpr std::uint8_t kSensorTypeSf04 = 0;
inline constexpr std::uint8_t kSensorTypeSf06 = 3;
inline constexpr std::uint16_t kMeasureWater = 0x3608;
inline constexpr std::uint16_t kMeasureIpa = 0x3615;

}  // namespace pumprig::instruments::sensirion_shdlc
