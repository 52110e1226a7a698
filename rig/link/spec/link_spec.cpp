#include "rig/link/spec/link_spec.h"

#include <charconv>

namespace pumprig::link {
namespace {

// Walks through the text and knows where it is.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool done() const { return at_ == text_.size(); }
  std::string_view rest() const { return text_.substr(at_); }
  bool take(char c) {
    if (done() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // Up to the first of `ends`, or the end.
  std::string_view until(std::string_view ends) {
    const std::size_t end = std::min(text_.find_first_of(ends, at_), text_.size());
    const auto part = text_.substr(at_, end - at_);
    last_ = at_;
    at_ = end;
    return part;
  }
  // The complaint stands at the part that was read last.
  tl::unexpected<Error> wrong(const std::string& what) const { return wrong_at(last_, what); }
  tl::unexpected<Error> wrong_here(const std::string& what) const { return wrong_at(at_, what); }

 private:
  tl::unexpected<Error> wrong_at(std::size_t at, const std::string& what) const {
    return fail(ErrorCode::kInvalidArgument, "link \"" + std::string(text_) + "\", position " + std::to_string(at + 1) + ": " + what);
  }
  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t last_ = 0;
};

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

bool parse_int(std::string_view text, int& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

Status set_parameter(const Reader& reader, std::string_view name, std::string_view value, LineSettings& line) {
  int number = 0;
  const bool is_number = parse_int(value, number);
  if (name == "baud") {
    if (!is_number || number < 50 || number > 4'000'000)
      return reader.wrong("baud is " + quoted(value) + ", give a number from 50 to 4000000");
    line.baud = number;
  } else if (name == "bits") {
    if (!is_number || (number != 7 && number != 8)) return reader.wrong("bits is " + quoted(value) + ", give 7 or 8");
    line.data_bits = number;
  } else if (name == "stop") {
    if (!is_number || (number != 1 && number != 2)) return reader.wrong("stop is " + quoted(value) + ", give 1 or 2");
    line.stop_bits = number;
  } else if (name == "parity") {
    if (value != "none" && value != "even" && value != "odd")
      return reader.wrong("parity is " + quoted(value) + ", give none, even or odd");
    line.parity = value == "none" ? Parity::kNone : value == "even" ? Parity::kEven : Parity::kOdd;
  } else if (name == "flow") {
    if (value != "none" && value != "rtscts") return reader.wrong("flow is " + quoted(value) + ", give none or rtscts");
    line.flow = value == "none" ? FlowControl::kNone : FlowControl::kRtsCts;
  }
  return {};
}

Status read_parameters(Reader& reader, LinkSpec& spec) {
  if (reader.done()) return {};
  if (spec.kind != LinkKind::kSerial)
    return reader.wrong_here("parameters belong to serial: links only; leave out " + quoted(reader.rest()));
  reader.take('?');
  std::string seen = "&";
  do {
    const auto name = reader.until("=&");
    if (seen.find("&" + std::string(name) + "&") != std::string::npos)
      return reader.wrong("the parameter " + quoted(name) + " stands twice");
    seen += std::string(name) + "&";
    if (name != "baud" && name != "parity" && name != "bits" && name != "stop" && name != "flow") {
      return reader.wrong(quoted(name) + " is no parameter of a serial line; known are baud, parity, bits, stop and flow, as baud=115200");
    }
    if (!reader.take('=')) return reader.wrong("a parameter is written NAME=VALUE, as baud=115200");
    const auto value = reader.until("&");
    TRY(set_parameter(reader, name, value, spec.line));
  } while (reader.take('&'));
  return {};
}

Status read_path(Reader& reader, LinkSpec& spec) {
  const auto path = reader.until("?");
  if (path.empty() || path.front() != '/') return reader.wrong("give an absolute path, as /run/twin/flow");
  if (path.find('\0') != std::string_view::npos) return reader.wrong("a path holds no zero byte");
  spec.target = path;
  return {};
}

Status read_serial(Reader& reader, LinkSpec& spec) {
  if (reader.rest().starts_with("/")) return read_path(reader, spec);
  const auto key = reader.until("=?");
  if (key != "usb" || !reader.take('=')) return reader.wrong("give usb=SERIAL or the path of the port, as /dev/ttyUSB0");
  const auto serial = reader.until("?");
  if (serial.empty()) return reader.wrong("the USB serial number is missing; lsusb -v shows it");
  spec.usb_serial = serial;
  return {};
}

Status read_tcp(Reader& reader, LinkSpec& spec) {
  if (reader.take('[')) {
    spec.target = reader.until("]");
    if (!reader.take(']')) return reader.wrong("the bracket is not closed; write tcp:[::1]:4000");
    if (spec.target.find(':') == std::string::npos)
      return reader.wrong("in brackets stands an IPv6 address; write tcp:[::1]:4000 or tcp:HOST:PORT");
  } else {
    spec.target = reader.until(":?");
  }
  if (spec.target.empty()) return reader.wrong("the host is missing; write tcp:HOST:PORT");
  if (!reader.take(':')) return reader.wrong_here("the port is missing; write tcp:HOST:PORT");
  const auto port = reader.until("?");
  int number = 0;
  if (!parse_int(port, number) || number < 1 || number > 65535) return reader.wrong("the port is " + quoted(port) + ", give 1 to 65535");
  spec.port = port;
  return {};
}

Status read_name(Reader& reader, LinkSpec& spec) {
  const auto name = reader.until("?");
  if (name.empty()) return reader.wrong("the name of the instrument is missing, as virtual:flow");
  spec.target = name;
  return {};
}

}  // namespace

Result<LinkSpec> parse_link_spec(std::string_view text, const LineSettings& defaults) {
  Reader reader(text);
  LinkSpec spec;
  spec.line = defaults;
  const auto kind = reader.until(":");
  const bool has_colon = reader.take(':');
  Status read = {};
  if (!has_colon || (kind != "serial" && kind != "pty" && kind != "tcp" && kind != "unix" && kind != "virtual")) {
    return reader.wrong(quoted(kind) + (has_colon ? " is no kind of link" : " lacks its kind") +
                        "; a link begins with serial:, pty:, tcp:, unix: or virtual:");
  }
  if (kind == "serial") {
    spec.kind = LinkKind::kSerial;
    read = read_serial(reader, spec);
  } else if (kind == "pty" || kind == "unix") {
    spec.kind = kind == "pty" ? LinkKind::kPty : LinkKind::kUnix;
    read = read_path(reader, spec);
  } else if (kind == "tcp") {
    spec.kind = LinkKind::kTcp;
    read = read_tcp(reader, spec);
  } else {
    spec.kind = LinkKind::kVirtual;
    read = read_name(reader, spec);
  }
  TRY(read);
  TRY(read_parameters(reader, spec));
  return spec;
}

std::string to_text(const LinkSpec& spec) {
  switch (spec.kind) {
    case LinkKind::kPty:
      return "pty:" + spec.target;
    case LinkKind::kUnix:
      return "unix:" + spec.target;
    case LinkKind::kVirtual:
      return "virtual:" + spec.target;
    case LinkKind::kTcp: {
      const bool v6 = spec.target.find(':') != std::string::npos;
      return "tcp:" + (v6 ? "[" + spec.target + "]" : spec.target) + ":" + spec.port;
    }
    case LinkKind::kSerial:
      break;
  }
  const LineSettings plain;
  std::string text = "serial:" + (spec.usb_serial.empty() ? spec.target : "usb=" + spec.usb_serial);
  char mark = '?';
  const auto add = [&](const std::string& parameter) {
    text += mark + parameter;
    mark = '&';
  };
  if (spec.line.baud != plain.baud) add("baud=" + std::to_string(spec.line.baud));
  if (spec.line.parity != plain.parity) add(spec.line.parity == Parity::kEven ? "parity=even" : "parity=odd");
  if (spec.line.data_bits != plain.data_bits) add("bits=" + std::to_string(spec.line.data_bits));
  if (spec.line.stop_bits != plain.stop_bits) add("stop=" + std::to_string(spec.line.stop_bits));
  if (spec.line.flow != plain.flow) add("flow=rtscts");
  return text;
}

}  // namespace pumprig::link
