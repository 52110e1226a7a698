#include "rig/bindings/module.h"

PYBIND11_MODULE(_core, m) {
  m.doc() = "C++ core of pumprig. Import pumprig instead.";
  pumprig::bindings::bind_record(m);
  pumprig::bindings::bind_session(m);
  pumprig::bindings::bind_hand(m);
  pumprig::bindings::bind_people(m);
}
