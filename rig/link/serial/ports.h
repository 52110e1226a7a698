// The serial ports of the machine, and how they are opened: the thin interface to libserialport, so that what is done with it can be tested
// without a port.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/base/result.h"

namespace pumprig::link {

struct PortInfo {
  std::string path;         // "/dev/ttyUSB0"
  std::string description;  // as the driver tells, may be empty
  std::optional<int> usb_vendor;
  std::optional<int> usb_product;
  std::string usb_serial;
};

// "0403:6001"; empty when it is no USB adapter.
std::string usb_ids(const PortInfo& port);
// "/dev/ttyUSB0 (USB 0403:6001, serial RIG-FLOW-01)".
std::string to_text(const PortInfo& port);
// "the ports there are: …", or that there is none.
std::string list_text(const std::vector<PortInfo>& ports);

// A port that is open, for this program alone; closed when it goes. Its descriptor does not block and is not inherited.
class OpenPort {
 public:
  virtual ~OpenPort() = default;
  virtual int fd() const = 0;
};

class SerialSystem {
 public:
  virtual ~SerialSystem() = default;
  // In the order of their paths.
  virtual std::vector<PortInfo> list() = 0;
  // kNotFound, kUnavailable (no right, in use; whoever uses it does not notice).
  virtual Result<std::unique_ptr<OpenPort>> open(const std::string& path) = 0;
};

// The real one.
SerialSystem& libserialport_system();

}  // namespace pumprig::link
