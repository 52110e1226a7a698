#include "rig/instruments/instrument.h"
#include "rig/instruments/patient/driver.h"
#include "rig/instruments/patient/virtual.h"
#include "rig/instruments/support/line_settings.h"

namespace pumprig::instruments::patient {
namespace {

Descriptor make() {
  Descriptor d;
  d.kind = "patient";
  d.summary = "The twin's model at the catheter's tip: dose of two drugs, concentration, pressure; no sensor, virtual benches only";
  d.line = {.baud = 115200};
  d.settings = {baud_setting(d.line, 9600, 921600)};
  d.channels = channels_for({});
  d.model = true;
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

}  // namespace pumprig::instruments::patient
