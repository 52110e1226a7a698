// How a Python thread waits for something that happens on another thread: without the GIL, but looking for Ctrl-C.
#pragma once

#include <pybind11/pybind11.h>

#include <chrono>
#include <functional>
#include <future>
#include <optional>

namespace pumprig::bindings {

namespace py = pybind11;

// Until `future` is ready. Ctrl-C (or what `each_round` raises) calls `on_interrupt` once, and the wait goes on: the pump comes to its safe
// state first. Returns what was raised, for the caller to throw when all is at rest.
template <typename Future>
std::optional<py::error_already_set> wait_with_signals(const Future& future, const std::function<void()>& on_interrupt,
                                                       const std::function<void()>& each_round = {}) {
  std::optional<py::error_already_set> interrupt;
  while (true) {
    {
      const py::gil_scoped_release release;
      if (future.wait_for(std::chrono::milliseconds(50)) == std::future_status::ready) break;
    }
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (each_round && !interrupt) each_round();
    } catch (py::error_already_set& raised) {
      if (!interrupt) interrupt.emplace(raised);
      on_interrupt();
    }
  }
  return interrupt;
}

}  // namespace pumprig::bindings
