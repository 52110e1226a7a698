// Error of the C++ rooms becomes an exception of pumprig/_errors.py, which knows the class for each code.
#include <string>

#include "rig/bindings/module.h"

namespace pumprig::bindings {

void raise(const Error& error) {
  const py::object make = py::module_::import("pumprig._errors").attr("error_for");
  const py::object value = make(std::string(to_text(error.code)), error.describe(), error.where);
  PyErr_SetObject(py::type::of(value).ptr(), value.ptr());
  throw py::error_already_set();
}

}  // namespace pumprig::bindings
