#include <fcntl.h>
#include <libserialport.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "rig/link/serial/claim.h"
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
  Port(sp_port* port, UniqueFd claim) : claim_(std::move(claim)), port_(port) {}
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
  UniqueFd claim_;
  sp_port* port_;
};

// By its own name, which is the only one that libserialport 0.1.1 knows: not that of a link in /dev/serial/by-id.
std::string own_name(const std::string& path) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

class Libserialport final : public SerialSystem {
 public:
  std::vector<PortInfo> list() override {
    std::vector<PortInfo> ports;
    sp_port** found = nullptr;
    if (sp_list_ports(&found) != SP_OK) return ports;
    for (sp_port** port = found; *port != nullptr; ++port) ports.push_back(info_of(*port));
    sp_free_port_list(found);
    std::sort(ports.begin(), ports.end(), [](const PortInfo& a, const PortInfo& b) { return a.path < b.path; });
    return ports;
  }

  Result<std::unique_ptr<OpenPort>> open(const std::string& path) override {
    TRY_ASSIGN(UniqueFd claim, claim_port(path));
    sp_port* found = nullptr;
    if (sp_get_port_by_name(own_name(path).c_str(), &found) != SP_OK) return fail(ErrorCode::kNotFound, "it is no serial port", path);
    sp_return opened = sp_open(found, SP_MODE_READ_WRITE);
    if (opened != SP_OK) {  // from 0.1.2 on it locks the port itself
      ::flock(claim.get(), LOCK_UN);
      opened = sp_open(found, SP_MODE_READ_WRITE);
    }
    if (opened != SP_OK) {
      const int why = errno;
      sp_free_port(found);
      return fail(ErrorCode::kUnavailable, std::string("cannot open it: ") + std::strerror(why), path);
    }
    auto port = std::make_unique<Port>(found, std::move(claim));
    ::fcntl(port->fd(), F_SETFD, FD_CLOEXEC);  // which 0.1.1 leaves out
    refuse_others(port->fd());
    return port;
  }
};

}  // namespace

SerialSystem& libserialport_system() {
  static Libserialport system;
  return system;
}

std::string usb_ids(const PortInfo& port) {
  if (!port.usb_vendor) return {};
  char ids[16] = "";
  std::snprintf(ids, sizeof ids, "%04x:%04x", static_cast<unsigned>(*port.usb_vendor) & 0xFFFFU,
                static_cast<unsigned>(port.usb_product.value_or(0)) & 0xFFFFU);
  return ids;
}

std::string to_text(const PortInfo& port) {
  if (!port.usb_vendor && port.usb_serial.empty()) return port.path;
  const std::string ids = usb_ids(port);
  return port.path + " (USB" + (ids.empty() ? "" : " " + ids) + (port.usb_serial.empty() ? "" : ", serial " + port.usb_serial) + ")";
}

std::string list_text(const std::vector<PortInfo>& ports) {
  if (ports.empty()) return "the machine has no serial port; is the adapter plugged in?";
  std::string text = "the ports there are: ";
  for (std::size_t i = 0; i < ports.size(); ++i) text += (i == 0 ? "" : ", ") + to_text(ports[i]);
  return text;
}

}  // namespace pumprig::link
