#include "rig/instruments/instrument.h"
#include "rig/instruments/sensirion_shdlc/driver.h"
#include "rig/instruments/sensirion_shdlc/models.h"
#include "rig/instruments/sensirion_shdlc/virtual.h"
#include "rig/instruments/support/line_settings.h"
#include "rig/instruments/support/session.h"

namespace pumprig::instruments::sensirion_shdlc {
namespace {

Descriptor make() {
  Descriptor d;
  d.kind = "sensirion_shdlc";
  d.summary = "Liquid flow meters LG16, LD20 and SLF3S of Sensirion on the SCC1 sensor cable, by SHDLC";
  d.line = {.baud = 115200};
  d.settings = {
      {.name = "sensor",
       .type = Setting::Type::kChoice,
       .help = "which sensor hangs on the cable; checked against what it says of itself",
       .choices = model_names()},
      address_setting("SHDLC address of the cable", 0, 0, 254),
      baud_setting(d.line),
      {.name = "interval",
       .type = Setting::Type::kQuantity,
       .help = "the cable's internal sampling interval, of which its totalizer sums each",
       .fallback = 0.1,
       .min = 0.08,
       .max = 60,
       .dimension = Dimension::kDuration},
      {.name = "fluid",
       .type = Setting::Type::kChoice,
       .help = "calibration of the sensor that is used (SF06)",
       .fallback = std::string("water"),
       .choices = {"water", "isopropanol"}},
      {.name = "scale",
       .type = Setting::Type::kInteger,
       .help = "ticks per unit of flow, where the sensor does not tell; 0: as it tells",
       .fallback = std::int64_t{0},
       .min = 0,
       .max = 65535},
      {.name = "accuracy_of_reading",
       .type = Setting::Type::kQuantity,
       .help = "stated accuracy, part of the reading; 0 %: as the maker states",
       .fallback = 0.0,
       .min = 0,
       .max = 1,
       .dimension = Dimension::kRatio},
      {.name = "accuracy_absolute",
       .type = Setting::Type::kQuantity,
       .help = "stated accuracy near zero; 0 uL/min: as the maker states",
       .fallback = 0.0,
       .min = 0,
       .max = 1e6,
       .dimension = Dimension::kFlowRate},
      serial_setting("serial number that the sensor must have; empty: any"),
  };
  d.channels = {
      evidence_channel("flow", "uL/min", {}, SampleKind::kMean),
      evidence_channel("volume", "uL", {}),
      evidence_channel("temperature", "degC", {}),
      evidence_channel("air_in_line", "1", {}),
  };
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

}  // namespace pumprig::instruments::sensirion_shdlc
