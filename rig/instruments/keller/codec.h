// Frames of the KELLER bus, both directions, bytes only. Frames carry no length: the function says how long they are. See README.md.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "rig/base/bytes.h"
#include "rig/link/decode.h"

namespace pumprig::instruments::keller {

enum class Function : std::uint8_t {
  kReadCoefficient = 30,
  kWriteCoefficient = 31,
  kReadConfig = 32,
  kWriteConfig = 33,
  kInitialise = 48,
  kAddress = 66,
  kSerial = 69,
  kReadFloat = 73,
  kReadInteger = 74,
  kZero = 95,
  kReadConfigs = 100,
  kWriteConfigs = 101,
};

enum class Exception : std::uint8_t {
  kNone = 0,
  kNotImplemented = 1,
  kParameter = 2,
  kValue = 3,
  kDeviceFailure = 4,
  kNotInitialised = 32,
};
std::string to_text(Exception exception);

inline constexpr std::uint8_t kBroadcast = 0;
inline constexpr std::uint8_t kTransparent = 250;  // any single device answers to it, and as it

// CRC-16 with the reflected polynomial A001 from FFFF. KELLER bus sends its high byte first, MODBUS RTU its low byte.
std::uint16_t crc16(ByteView bytes);

struct Request {
  std::uint8_t address = 1;
  std::uint8_t function = 0;
  ByteView parameters;
};

struct Reply {
  std::uint8_t address = 1;
  std::uint8_t function = 0;  // without the exception bit
  Exception exception = Exception::kNone;
  ByteView data;
};

// Replaces the content of `out` by the frame as it stands on the wire.
void encode(const Request& request, Bytes& out);
void encode(const Reply& reply, Bytes& out);

inline float get_float(ByteView in, std::size_t at) {
  return std::bit_cast<float>(get_be32(in, at));
}
inline void put_float(Bytes& out, float value) {
  put_be32(out, std::bit_cast<std::uint32_t>(value));
}

// The answer to one request. Where the adapter echoes, the request is heard first and must be as sent.
class ReplyDecoder {
 public:
  using Frame = Reply;
  void set_echo(bool echo) { echo_ = echo; }
  void begin(ByteView request);
  link::Decoded next(ByteView& input);
  const Reply& frame() const { return frame_; }
  std::string_view fault() const { return fault_; }

 private:
  link::Decoded bad(std::string_view why);
  bool echo_ = false;
  Bytes awaited_echo_;
  std::size_t echoed_ = 0;
  std::uint8_t function_ = 0;
  std::array<std::uint8_t, 16> bytes_{};
  std::size_t size_ = 0;
  bool complete_ = false;
  Reply frame_;
  std::string_view fault_;
};

// Requests as a device hears them. The owner calls begin() after a silence: what was half read is forgotten. A frame whose CRC is wrong, or
// that is too long, is kBad; a real device keeps silent then.
class RequestDecoder {
 public:
  using Frame = Request;
  void begin(ByteView) { size_ = 0, overlong_ = complete_ = false; }
  link::Decoded next(ByteView& input);
  const Request& frame() const { return frame_; }
  std::string_view fault() const { return fault_; }
  bool in_frame() const { return size_ > 0 || overlong_; }

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::size_t size_ = 0;
  bool overlong_ = false;
  bool complete_ = false;
  Request frame_;
  std::string_view fault_;
};

}  // namespace pumprig::instruments::keller
