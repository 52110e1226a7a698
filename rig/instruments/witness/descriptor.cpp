#include "rig/instruments/instrument.h"
#include "rig/instruments/witness/driver.h"
#include "rig/instruments/witness/virtual.h"

namespace pumprig::instruments::witness {
namespace {

Descriptor make() {
  Descriptor d;
  d.kind = "witness";
  d.summary = "The witness at the pump's pins: time stamps of STEP, rotor and alarm edges";
  d.line = {.baud = 115200};
  d.settings = {{.name = "baud",
                 .type = Setting::Type::kInteger,
                 .help = "speed of the line",
                 .fallback = std::int64_t{115200},
                 .min = 9600,
                 .max = 921600}};
  d.channels = channels_for({});
  d.streams = true;
  d.make_driver = &make_driver;
  d.make_virtual = &make_virtual;
  d.channels_for = &channels_for;
  return d;
}

}  // namespace

const Descriptor& descriptor() {
  static const Descriptor made = make();
  return made;
}

}  // namespace pumprig::instruments::witness
