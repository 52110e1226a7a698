// The physical world as an instrument's virtual side sees it: true values, exact at any instant. The twin implements it.
//
// This is the second face of an emulator: the wire to the driver on one side, physical quantities on the other.
#pragma once

#include <array>
#include <cstdint>

#include "rig/base/time.h"

namespace pumprig::instruments {

// An edge at a pin of the pump board, at the instant at which it happened.
enum class Pin : std::uint8_t { kStep = 0, kRotor = 1, kAlarmLow = 2, kAlarmHigh = 3 };
struct Edge {
  TimePoint at;
  Pin pin = Pin::kStep;
  bool rising = true;
  std::int32_t count = 0;  // rotor: the counter after the edge
};

class EdgeListener {
 public:
  virtual ~EdgeListener() = default;
  virtual void on_edge(const Edge& edge) = 0;
};

struct Extremes {
  double min = 0;
  double max = 0;
};

// At the tip of the catheter: what the model says of the patient. No sensor sees it.
struct Tip {
  double volume_ul = 0;               // out since the run began
  std::array<double, 2> dose_ug{};    // of each drug in that
  std::array<double, 2> mg_per_ml{};  // now
  double pressure_kpa = 0;            // gauge
};

// A query names an instant not after the present. It may go back a little, because meters average over an internal interval: at least 10 s,
// what lies further back is clamped to what is remembered.
class World {
 public:
  virtual ~World() = default;
  // Volume that has passed the flow meters since the run began, µL; out of the pump is positive. Exact, so that a difference of two is the
  // exact mean flow between them.
  virtual double metered_volume_ul(TimePoint t) = 0;
  virtual double metered_flow_ul_per_min(TimePoint t) = 0;
  // Smallest and largest metered flow within [from, to], for saturation, µL/min.
  virtual Extremes metered_flow_extremes(TimePoint from, TimePoint to) = 0;
  // At the outlet of the pump, kPa gauge.
  virtual double outlet_pressure_kpa(TimePoint t) = 0;
  virtual double ambient_pressure_kpa_absolute(TimePoint t) = 0;
  virtual double fluid_temperature_c(TimePoint t) = 0;
  virtual Tip tip(TimePoint t) = 0;
  // The listener is called at each edge until it is taken out again.
  virtual void add_edge_listener(EdgeListener& listener) = 0;
  virtual void remove_edge_listener(EdgeListener& listener) = 0;
};

}  // namespace pumprig::instruments
