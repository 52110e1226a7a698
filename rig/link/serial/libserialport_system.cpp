#include <libserialport.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "rig/link/serial/ports.h"

namespace pumprig::link {
namespace {

std::string text_of(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

PortInfo info_of(const sp_port* port) {
  PortInfo info;
  info.path = text_of(sp_get_port_name(port));
  info.description = text_of(sp_get_port_description(port));
  if (sp_get_port_transport(port) != SP_TRANSPORT_USB) return info;
  int vendor = 0;
  int product = 0;
  if (sp_get_port_usb_vid_pid(port, &vendor, &product) == SP_OK) {
    info.usb_vendor = vendor;
    info.usb_product = product;
  }
  info.usb_serial = text_of(sp_get_port_usb_serial(port));
  return info;
}

class Port final : public OpenPort {
 public:
  explicit Port(sp_port* port) : port_(port) {}
  ~Port() override {
    sp_close(port_);
    sp_free_port(port_);
  }
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;
  int fd() const override {
    int fd = -1;
    return sp_get_port_handle(port_, &fd) == SP_OK ? fd : -1;
  }

 private:
  sp_port* port_;
};

class Libserialport final : public SerialSystem {
 public:
  std::vector<PortInfo> list() override {
    std::vector<PortInfo> ports;
    sp_port** found = nullptr;
    if (sp_list_ports(&found) != SP_OK) return ports;
    for (sp_port** port = found; *port != nullptr; ++port) ports.push_back(info_of(*port));
    sp_free_port_list(found);
    return ports;
  }

  Result<std::unique_ptr<OpenPort>> open(const std::string& path) override {
    sp_port* port = nullptr;
    if (sp_get_port_by_name(path.c_str(), &port) != SP_OK) return fail(ErrorCode::kNotFound, "there is no such serial port", path);
    if (sp_open(port, SP_MODE_READ_WRITE) == SP_OK) return std::unique_ptr<OpenPort>(std::make_unique<Port>(port));
    const int why = errno;
    sp_free_port(port);
    if (why == EACCES) {
      return fail(ErrorCode::kUnavailable,
                  "no right to open it; add the user to the group that owns it (often \"dialout\") and log in again", path);
    }
    const auto code = why == ENOENT || why == ENODEV || why == ENXIO ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
    return fail(code, std::string("cannot open it: ") + std::strerror(why), path);
  }
};

}  // namespace

SerialSystem& libserialport_system() {
  static Libserialport system;
  return system;
}

std::string to_text(const PortInfo& port) {
  if (!port.usb_vendor && port.usb_serial.empty()) return port.path;
  char ids[16] = "";
  if (port.usb_vendor) {
    std::snprintf(ids, sizeof ids, " %04x:%04x", static_cast<unsigned>(*port.usb_vendor) & 0xFFFFU,
                  static_cast<unsigned>(port.usb_product.value_or(0)) & 0xFFFFU);
  }
  return port.path + " (USB" + ids + (port.usb_serial.empty() ? "" : ", serial " + port.usb_serial) + ")";
}

std::string list_text(const std::vector<PortInfo>& ports) {
  if (ports.empty()) return "the machine has no serial port; is the adapter plugged in?";
  std::string text = "the ports there are: ";
  for (std::size_t i = 0; i < ports.size(); ++i) text += (i == 0 ? "" : ", ") + to_text(ports[i]);
  return text;
}

}  // namespace pumprig::link
