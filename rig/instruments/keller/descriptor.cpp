#include "rig/instruments/instrument.h"
#include "rig/instruments/keller/driver.h"
#include "rig/instruments/keller/virtual.h"
#include "rig/instruments/support/line_settings.h"
#include "rig/instruments/support/session.h"

namespace pumprig::instruments::keller {
namespace {

Descriptor make() {
  Descriptor d;
  d.kind = "keller";
  d.summary = "Pressure transmitters of KELLER, series 30 and 40 (class 5), by the KELLER bus";
  d.line = {.baud = 9600};
  d.settings = {
      address_setting("bus address; 250: whichever device is there", 1, 1, 250),
      baud_setting(d.line, 9600, 115200, "speed of the line: 9600 or 115200"),
      {.name = "echo", .type = Setting::Type::kBoolean, .help = "the adapter echoes what is sent (K-114 does)", .fallback = false},
      {.name = "reference",
       .type = Setting::Type::kChoice,
       .help = "what its pressure is measured against; checked against what it says",
       .fallback = std::string("gauge"),
       .choices = {"gauge", "absolute"}},
      {.name = "range_min",
       .type = Setting::Type::kQuantity,
       .help = "lower end of its range",
       .fallback = 0.0,
       .min = -101.325,
       .max = 1e5,
       .dimension = Dimension::kPressure},
      {.name = "range_max",
       .type = Setting::Type::kQuantity,
       .help = "upper end of its range; checked against what it says",
       .fallback = 300.0,
       .min = -101.325,
       .max = 1e5,
       .dimension = Dimension::kPressure},
      {.name = "accuracy",
       .type = Setting::Type::kQuantity,
       .help = "stated accuracy, part of the whole range",
       .fallback = 0.0005,
       .min = 1e-6,
       .max = 0.1,
       .dimension = Dimension::kRatio},
      serial_setting("serial number that it must have; empty: any"),
  };
  d.channels = {evidence_channel("pressure", "kPa gauge", {}), evidence_channel("temperature", "degC", {})};
  d.make_driver = &make_driver;
  d.make_virtual = &make_virtual;
  d.range = &range;
  d.channels_for = &channels_for;
  return d;
}

}  // namespace

const Descriptor& descriptor() {
  static const Descriptor made = make();
  return made;
}

}  // namespace pumprig::instruments::keller
