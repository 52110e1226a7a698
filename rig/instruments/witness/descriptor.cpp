#include "rig/instruments/instrument.h"
#include "rig/instruments/support/line_settings.h"
#include "rig/instruments/witness/driver.h"
#include "rig/instruments/witness/virtual.h"

namespace pumprig::instruments::witness {
namespace {

Descriptor make() {
  Descriptor d;
  d.kind = "witness";
  d.summary = "The witness at the pump's pins: time stamps of STEP, rotor and alarm edges";
  d.line = {.baud = 115200};
  d.settings = {baud_setting(d.line, 9600, 921600)};
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
