#include "docs/examples/first_instrument/driver.h"
#include "docs/examples/first_instrument/virtual.h"
#include "rig/instruments/support/session.h"

namespace pumprig::instruments::thermometer {
namespace {

Descriptor make() {
  Descriptor d;
  d.kind = "thermometer";
  d.summary = "Bench thermometer with one probe, by lines of text";
  d.line = {.baud = kBaud};
  d.settings = {
      {.name = "accuracy",
       .type = Setting::Type::kQuantity,
       .help = "stated accuracy, plus or minus",
       .fallback = 0.2,
       .min = 0.01,
       .max = 5,
       .dimension = Dimension::kTemperature},
      {.name = "serial", .type = Setting::Type::kText, .help = "serial number that it must have; empty: any", .fallback = std::string()},
  };
  d.channels = {evidence_channel("temperature", "degC", {})};
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

}  // namespace pumprig::instruments::thermometer
