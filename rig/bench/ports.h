// The serial ports of this machine, for who writes a bench file.
#pragma once

#include <string>
#include <vector>

namespace pumprig::bench {

struct SerialPort {
  std::string path;
  std::string usb_ids;     // "0403:6001"; empty: not a USB adapter
  std::string usb_serial;  // may be empty
  std::string description;
  std::string link;  // what a bench file writes: by serial number where it has one of its own
};

// In the order of their paths.
std::vector<SerialPort> serial_ports();

}  // namespace pumprig::bench
