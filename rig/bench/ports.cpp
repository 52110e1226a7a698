#include "rig/bench/ports.h"

#include <algorithm>

#include "rig/link/serial/ports.h"

namespace pumprig::bench {

std::vector<SerialPort> serial_ports() {
  const auto found = link::libserialport_system().list();
  std::vector<SerialPort> ports;
  for (const auto& port : found) {
    const auto same = std::count_if(found.begin(), found.end(), [&](const auto& other) { return other.usb_serial == port.usb_serial; });
    const bool by_serial = !port.usb_serial.empty() && same == 1;
    ports.push_back({port.path, link::usb_ids(port), port.usb_serial, port.description,
                     "serial:" + (by_serial ? "usb=" + port.usb_serial : port.path)});
  }
  return ports;
}

}  // namespace pumprig::bench
