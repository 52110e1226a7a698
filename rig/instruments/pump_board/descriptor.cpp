#include "rig/instruments/pump_board/pump_board.h"
#include "rig/instruments/support/line_settings.h"

namespace pumprig::instruments::pump_board {
namespace {

Descriptor make() {
  Descriptor d;
  d.kind = "pump_board";
  d.summary = "The pump under test, by its telemetry; what it says of itself is recorded and is never evidence";
  d.line = {.baud = 115200};
  d.settings = {
      baud_setting(d.line),
      {.name = "reply_timeout",
       .type = Setting::Type::kQuantity,
       .help = "how long one attempt waits for its reply; five are made",
       .fallback = 1.0,
       .min = 0.05,
       .max = 30,
       .dimension = Dimension::kDuration},
      serial_setting("serial number that the board must have; empty: any"),
      {.name = "keys",
       .type = Setting::Type::kText,
       .help = "folder with patient.key, clinician.key, service.key (0600 each) for sealed telemetry; test: those of a simulated pump; "
               "empty: in the clear",
       .fallback = std::string()},
      {.name = "give_keys",
       .type = Setting::Type::kBoolean,
       .help = "give the keys to a pump that has none yet, over a wired service link",
       .fallback = false},
  };
  d.channels = channels_for(Settings{});
  d.make_driver = &make_driver;
  d.make_virtual = nullptr;  // the board itself, real or run by the twin, is the far end
  d.range = nullptr;
  d.channels_for = &channels_for;
  return d;
}

}  // namespace

const Descriptor& descriptor() {
  static const Descriptor made = make();
  return made;
}

}  // namespace pumprig::instruments::pump_board
