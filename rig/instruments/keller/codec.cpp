#include "rig/instruments/keller/codec.h"

#include <algorithm>
#include <array>

namespace pumprig::instruments::keller {
namespace {

constexpr std::uint8_t kExceptionBit = 0x80;
constexpr std::size_t kExceptionLength = 5;

// Length of a frame with address, function and CRC; 0 where unknown.
constexpr std::size_t reply_length(std::uint8_t function) {
  switch (static_cast<Function>(function)) {
    case Function::kReadCoefficient:
    case Function::kSerial:
      return 8;
    case Function::kInitialise:
      return 10;
    case Function::kReadFloat:
    case Function::kReadInteger:
    case Function::kReadConfigs:
      return 9;
    case Function::kWriteCoefficient:
    case Function::kReadConfig:
    case Function::kWriteConfig:
    case Function::kAddress:
    case Function::kZero:
    case Function::kWriteConfigs:
      return 5;
  }
  return 0;
}

constexpr std::size_t request_length(std::uint8_t function) {
  switch (static_cast<Function>(function)) {
    case Function::kInitialise:
    case Function::kSerial:
      return 4;
    case Function::kReadCoefficient:
    case Function::kReadConfig:
    case Function::kAddress:
    case Function::kReadFloat:
    case Function::kReadInteger:
    case Function::kReadConfigs:
      return 5;
    case Function::kWriteConfig:
      return 6;
    case Function::kWriteCoefficient:
      return 9;
    case Function::kWriteConfigs:
      return 10;
    case Function::kZero:
      return 0;  // 5, or 9 with a value: its CRC decides
  }
  return 0;
}

bool crc_fits(ByteView frame) {
  return crc16(frame.first(frame.size() - 2)) == get_be16(frame, frame.size() - 2);
}

}  // namespace

std::string to_text(Exception exception) {
  switch (exception) {
    case Exception::kNone:
      return "no exception";
    case Exception::kNotImplemented:
      return "the function is not implemented";
    case Exception::kParameter:
      return "illegal address or parameter";
    case Exception::kValue:
      return "illegal value or wrong length";
    case Exception::kDeviceFailure:
      return "failure of the device";
    case Exception::kNotInitialised:
      return "it was not initialised since it got power";
  }
  return "exception " + std::to_string(static_cast<int>(exception));
}

std::uint16_t crc16(ByteView bytes) {
  static constexpr auto kTable = [] {
    std::array<std::uint16_t, 256> table{};
    for (unsigned i = 0; i < table.size(); ++i) {
      auto crc = static_cast<std::uint16_t>(i);
      for (int bit = 0; bit < 8; ++bit) crc = static_cast<std::uint16_t>((crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1);
      table[i] = crc;
    }
    return table;
  }();
  std::uint16_t crc = 0xFFFF;
  for (const std::uint8_t byte : bytes) crc = static_cast<std::uint16_t>((crc >> 8) ^ kTable[(crc ^ byte) & 0xFF]);
  return crc;
}

void encode(const Request& request, Bytes& out) {
  out.clear();
  put_u8(out, request.address);
  put_u8(out, request.function);
  out.insert(out.end(), request.parameters.begin(), request.parameters.end());
  put_be16(out, crc16(out));
}

void encode(const Reply& reply, Bytes& out) {
  out.clear();
  put_u8(out, reply.address);
  if (reply.exception == Exception::kNone) {
    put_u8(out, reply.function);
    out.insert(out.end(), reply.data.begin(), reply.data.end());
  } else {
    put_u8(out, reply.function | kExceptionBit);
    put_u8(out, static_cast<std::uint8_t>(reply.exception));
  }
  put_be16(out, crc16(out));
}

void ReplyDecoder::begin(ByteView request) {
  function_ = request.size() > 1 ? request[1] : 0;
  awaited_echo_.assign(request.begin(), echo_ ? request.end() : request.begin());
  echoed_ = size_ = 0;
  complete_ = false;
}

link::Decoded ReplyDecoder::bad(std::string_view why) {
  fault_ = why;
  complete_ = true;
  return link::Decoded::kBad;
}

link::Decoded ReplyDecoder::next(ByteView& input) {
  if (complete_) {
    size_ = 0;
    complete_ = false;
  }
  while (!input.empty()) {
    const std::uint8_t byte = input.front();
    input = input.subspan(1);
    if (echoed_ < awaited_echo_.size()) {
      if (byte != awaited_echo_[echoed_++]) return bad("the echo differs from what was sent; does the adapter really echo?");
      continue;
    }
    bytes_[size_++] = byte;
    if (size_ < 2) continue;
    const bool is_exception = bytes_[1] == (function_ | kExceptionBit);
    const std::size_t length = is_exception ? kExceptionLength : bytes_[1] == function_ ? reply_length(function_) : 0;
    if (length == 0) return bad("it is no answer to the function that was asked for");
    if (size_ < length) continue;
    const ByteView whole(bytes_.data(), length);
    if (!crc_fits(whole)) return bad("the CRC does not fit");
    if (is_exception && whole[2] == 0) return bad("it is an exception without a reason");
    frame_ = Reply{whole[0], function_, is_exception ? static_cast<Exception>(whole[2]) : Exception::kNone,
                   whole.subspan(2, is_exception ? 0 : length - 4)};
    complete_ = true;
    return link::Decoded::kFrame;
  }
  return link::Decoded::kNeedMore;
}

link::Decoded RequestDecoder::next(ByteView& input) {
  if (complete_) begin({});
  while (!input.empty()) {
    const std::uint8_t byte = input.front();
    input = input.subspan(1);
    if (overlong_) continue;  // deaf until there was a silence
    if (size_ == bytes_.size()) {
      overlong_ = true;
      fault_ = "the frame is too long";
      return link::Decoded::kBad;
    }
    bytes_[size_++] = byte;
    if (size_ < 4) continue;
    const ByteView whole(bytes_.data(), size_);
    const std::size_t length = request_length(bytes_[1]);
    const bool good = crc_fits(whole);
    if (length == 0 ? !good : size_ < length) continue;
    complete_ = true;
    fault_ = "the CRC does not fit";
    if (!good) return link::Decoded::kBad;
    frame_ = Request{whole[0], whole[1], whole.subspan(2, size_ - 4)};
    return link::Decoded::kFrame;
  }
  return link::Decoded::kNeedMore;
}

}  // namespace pumprig::instruments::keller
