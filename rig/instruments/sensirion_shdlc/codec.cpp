#include "rig/instruments/sensirion_shdlc/codec.h"

#include <algorithm>

namespace pumprig::instruments::sensirion_shdlc {
namespace {

constexpr std::uint8_t kFlag = 0x7E;
constexpr std::uint8_t kEscape = 0x7D;
constexpr std::uint8_t kFlip = 0x20;
constexpr std::uint8_t kXon = 0x11;
constexpr std::uint8_t kXoff = 0x13;

constexpr bool is_stuffed(std::uint8_t byte) {
  return byte == kFlag || byte == kEscape || byte == kXon || byte == kXoff;
}

void put_stuffed(Bytes& out, std::uint8_t byte) {
  if (is_stuffed(byte)) {
    out.push_back(kEscape);
    out.push_back(byte ^ kFlip);
  } else {
    out.push_back(byte);
  }
}

void put_frame(Bytes& out, ByteView head, ByteView data) {
  out.clear();
  out.push_back(kFlag);
  std::uint8_t sum = 0;
  for (const ByteView part : {head, data}) {
    for (const std::uint8_t byte : part) {
      sum = static_cast<std::uint8_t>(sum + byte);
      put_stuffed(out, byte);
    }
  }
  put_stuffed(out, static_cast<std::uint8_t>(~sum));
  out.push_back(kFlag);
}

}  // namespace

void encode(const Request& request, Bytes& out) {
  const ByteView data = request.data.first(std::min(request.data.size(), kMaxData));
  const std::array<std::uint8_t, 3> head{request.address, request.command, static_cast<std::uint8_t>(data.size())};
  put_frame(out, head, data);
}

void encode(const Reply& reply, Bytes& out) {
  const ByteView data = reply.data.first(std::min(reply.data.size(), kMaxData));
  const auto state = static_cast<std::uint8_t>((reply.error & 0x7F) | (reply.device_error ? 0x80 : 0));
  const std::array<std::uint8_t, 4> head{reply.address, reply.command, state, static_cast<std::uint8_t>(data.size())};
  put_frame(out, head, data);
}

std::string_view to_text(Fault fault) {
  switch (fault) {
    case Fault::kNone:
      return "none";
    case Fault::kTooShort:
      return "the frame is too short";
    case Fault::kTooLong:
      return "the frame is longer than 255 data bytes";
    case Fault::kEscape:
      return "an escape is followed by a byte that is never escaped";
    case Fault::kChecksum:
      return "the checksum does not fit";
    case Fault::kLength:
      return "the length byte does not fit the data";
  }
  return "unknown";
}

void Deframer::reset() {
  size_ = 0;
  in_frame_ = escaped_ = complete_ = false;
  pending_ = Fault::kNone;
}

link::Decoded Deframer::next(ByteView& input) {
  if (complete_) {  // the frame before has been looked at; its closing flag may open the next
    complete_ = false;
    size_ = 0;
    pending_ = Fault::kNone;
  }
  while (!input.empty()) {
    const std::uint8_t byte = input.front();
    input = input.subspan(1);
    if (byte == kFlag) {
      const bool empty = size_ == 0 && !escaped_ && pending_ == Fault::kNone;
      if (!in_frame_ || empty) {
        in_frame_ = true;
        escaped_ = false;
        continue;
      }
      return finish();
    }
    if (!in_frame_) continue;
    if (byte == kEscape && !escaped_) {
      escaped_ = true;
      continue;
    }
    const std::uint8_t plain = escaped_ ? byte ^ kFlip : byte;
    if (escaped_ && !is_stuffed(plain)) pending_ = Fault::kEscape;
    escaped_ = false;
    if (size_ == content_.size()) {
      if (pending_ == Fault::kNone) pending_ = Fault::kTooLong;
      continue;
    }
    content_[size_++] = plain;
  }
  return link::Decoded::kNeedMore;
}

link::Decoded Deframer::finish() {
  complete_ = true;
  fault_ = escaped_ ? Fault::kEscape : pending_;
  escaped_ = false;
  if (fault_ == Fault::kNone && size_ < 4) fault_ = Fault::kTooShort;
  if (fault_ != Fault::kNone) return link::Decoded::kBad;
  std::uint8_t sum = 0;
  for (const std::uint8_t byte : content()) sum = static_cast<std::uint8_t>(sum + byte);
  if (sum != 0xFF) {  // what is summed and its complement give FF
    fault_ = Fault::kChecksum;
    return link::Decoded::kBad;
  }
  --size_;
  return link::Decoded::kFrame;
}

link::Decoded RequestDecoder::next(ByteView& input) {
  const link::Decoded step = deframer_.next(input);
  if (step == link::Decoded::kBad) fault_ = deframer_.fault();
  if (step != link::Decoded::kFrame) return step;
  const ByteView content = deframer_.content();
  if (content.size() != std::size_t{3} + content[2]) {
    fault_ = Fault::kLength;
    return link::Decoded::kBad;
  }
  frame_ = Request{content[0], content[1], content.subspan(3)};
  return step;
}

link::Decoded ReplyDecoder::next(ByteView& input) {
  const link::Decoded step = deframer_.next(input);
  if (step == link::Decoded::kBad) fault_ = deframer_.fault();
  if (step != link::Decoded::kFrame) return step;
  const ByteView content = deframer_.content();
  if (content.size() < 4 || content.size() != std::size_t{4} + content[3]) {
    fault_ = Fault::kLength;
    return link::Decoded::kBad;
  }
  frame_ = Reply{content[0], content[1], static_cast<std::uint8_t>(content[2] & 0x7F), (content[2] & 0x80) != 0, content.subspan(4)};
  return step;
}

}  // namespace pumprig::instruments::sensirion_shdlc
