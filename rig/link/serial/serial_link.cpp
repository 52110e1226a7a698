#include "rig/link/serial/serial_link.h"

#include <unistd.h>

#include "rig/link/posix/fd_link.h"
#include "rig/link/posix/terminal.h"

namespace pumprig::link {
namespace {

class SerialLink final : public FdLink {
 public:
  SerialLink(PortChoice choice, const LineSettings& line, exec::Executor& executor, SerialSystem& system)
      : FdLink(executor), choice_(std::move(choice)), line_(line), system_(system) {}

  int surely_at_baud() const override { return line_.baud; }
  std::string describe() const override {
    std::string text = "serial:" + (choice_.usb_serial.empty() ? choice_.path : "usb=" + choice_.usb_serial);
    text += "?baud=" + std::to_string(line_.baud);
    if (line_.parity != Parity::kNone) text += line_.parity == Parity::kEven ? "&parity=even" : "&parity=odd";
    if (line_.data_bits != 8) text += "&bits=" + std::to_string(line_.data_bits);
    if (line_.stop_bits != 1) text += "&stop=" + std::to_string(line_.stop_bits);
    if (line_.flow == FlowControl::kRtsCts) text += "&flow=rtscts";
    return text;
  }

  Status open(bool first) {
    port_.reset();
    TRY_ASSIGN(const std::string path, find(first));
    auto opened = system_.open(path);
    if (!opened) return fail(opened.error(), "cannot open " + path, describe());
    auto port = std::move(*opened);
    TRY(set_raw(port->fd(), line_, true, describe()));
    flush_terminal(port->fd());
    port_ = std::move(port);
    return {};
  }

 private:
  int fd() const override { return port_ == nullptr ? -1 : port_->fd(); }
  std::string_view hang_up_text() const override { return "the serial port is gone"; }
  void do_close() override { port_.reset(); }
  Status do_reopen() override { return open(false); }
  Status do_set_line(const LineSettings& line) override {
    line_ = line;
    return port_ == nullptr ? Status{} : set_raw(port_->fd(), line_, true, describe());
  }

  // Not there at the first opening is a mistake in the bench file; later it is a plug that is not in yet.
  Result<std::string> find(bool first) const {
    const auto ports = system_.list();
    const auto code = first ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
    std::vector<PortInfo> fitting;
    for (const PortInfo& port : ports) {
      if (choice_.usb_serial.empty() ? port.path == choice_.path : port.usb_serial == choice_.usb_serial) fitting.push_back(port);
    }
    if (fitting.size() == 1) return fitting.front().path;
    if (!choice_.usb_serial.empty() && fitting.empty()) {
      return fail(code, "no USB adapter with serial number " + choice_.usb_serial + "; " + list_text(ports), describe());
    }
    if (!fitting.empty()) {
      return fail(ErrorCode::kInvalidArgument, "several ports have this serial number, name one by its path: " + list_text(fitting),
                  describe());
    }
    // The list leaves out what is not hardware and what udev renames; a path that exists is taken at its word.
    if (::access(choice_.path.c_str(), F_OK) == 0) return choice_.path;
    return fail(code, "there is no " + choice_.path + "; " + list_text(ports), describe());
  }

  PortChoice choice_;
  LineSettings line_;
  SerialSystem& system_;
  std::unique_ptr<OpenPort> port_;
};

}  // namespace

Result<std::unique_ptr<Link>> open_serial(const PortChoice& choice, const LineSettings& line, exec::Executor& executor,
                                          SerialSystem& system) {
  auto link = std::make_unique<SerialLink>(choice, line, executor, system);
  TRY(link->open(true));
  return link;
}

}  // namespace pumprig::link
