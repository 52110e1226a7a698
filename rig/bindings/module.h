// The extension module pumprig._core: one file a room, module.cpp only calls them.
#pragma once

#include <pybind11/pybind11.h>

#include "rig/base/result.h"

namespace pumprig::bindings {

namespace py = pybind11;

void bind_record(py::module_& m);
void bind_session(py::module_& m);
void bind_hand(py::module_& m);
void bind_people(py::module_& m);

// Raises the Python exception that stands for the code: pumprig.Error and below it.
[[noreturn]] void raise(const Error& error);

template <typename T>
T unwrap(Result<T> result) {
  if (!result) raise(result.error());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace pumprig::bindings
