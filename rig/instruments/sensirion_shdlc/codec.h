// SHDLC frames, both directions, bytes only: flags, stuffing, length, checksum. See README.md for the layout.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "rig/base/bytes.h"
#include "rig/link/decode.h"

namespace pumprig::instruments::sensirion_shdlc {

inline constexpr std::uint8_t kBroadcast = 255;
inline constexpr std::size_t kMaxData = 255;

struct Request {
  std::uint8_t address = 0;
  std::uint8_t command = 0;
  ByteView data;  // at most kMaxData bytes
};

struct Reply {
  std::uint8_t address = 0;
  std::uint8_t command = 0;
  std::uint8_t error = 0;     // 0: executed
  bool device_error = false;  // the device has latched an error state; the data are good all the same
  ByteView data;
};

// Replaces the content of `out` by the frame as it stands on the wire. `data` is cut at kMaxData.
void encode(const Request& request, Bytes& out);
void encode(const Reply& reply, Bytes& out);

enum class Fault : std::uint8_t { kNone, kTooShort, kTooLong, kEscape, kChecksum, kLength };
std::string_view to_text(Fault fault);

// Takes frames out of a stream of bytes. An empty frame is a flag; whatever stands before the first flag is passed over.
class Deframer {
 public:
  // After kFrame content() is what stood between the flags, unstuffed, without the checksum.
  link::Decoded next(ByteView& input);
  void reset();
  ByteView content() const { return {content_.data(), size_}; }
  Fault fault() const { return fault_; }
  bool in_frame() const { return in_frame_ && size_ > 0; }

 private:
  link::Decoded finish();
  // address, command, state, length, data, checksum
  std::array<std::uint8_t, 5 + kMaxData> content_{};
  std::size_t size_ = 0;
  bool in_frame_ = false;
  bool escaped_ = false;
  bool complete_ = false;
  Fault pending_ = Fault::kNone;
  Fault fault_ = Fault::kNone;
};

class RequestDecoder {
 public:
  using Frame = Request;
  void begin(ByteView) { deframer_.reset(); }
  link::Decoded next(ByteView& input);
  const Request& frame() const { return frame_; }
  Fault fault_kind() const { return fault_; }
  std::string_view fault() const { return to_text(fault_); }
  bool in_frame() const { return deframer_.in_frame(); }

 private:
  Deframer deframer_;
  Request frame_;
  Fault fault_ = Fault::kNone;
};

class ReplyDecoder {
 public:
  using Frame = Reply;
  void begin(ByteView) { deframer_.reset(); }
  link::Decoded next(ByteView& input);
  const Reply& frame() const { return frame_; }
  Fault fault_kind() const { return fault_; }
  std::string_view fault() const { return to_text(fault_); }

 private:
  Deframer deframer_;
  Reply frame_;
  Fault fault_ = Fault::kNone;
};

}  // namespace pumprig::instruments::sensirion_shdlc
