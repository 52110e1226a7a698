// Error of the C++ rooms becomes one Python hierarchy: pumprig.Error with .code and .where.
#include <map>
#include <string>

#include "rig/bindings/module.h"

namespace pumprig::bindings {
namespace {

// Which exception stands for a code. Python code catches what it can do something about; the rest is pumprig.Error.
std::string class_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "InputError";
    case ErrorCode::kNotFound: return "NotFoundError";
    case ErrorCode::kUnavailable: return "LinkError";
    case ErrorCode::kTimeout: return "LinkError";
    case ErrorCode::kCorrupt: return "CorruptError";
    case ErrorCode::kProtocol: return "ProtocolError";
    case ErrorCode::kRefused: return "RefusedError";
    case ErrorCode::kUnsupported: return "UnsupportedError";
    case ErrorCode::kCancelled: return "CancelledError";
    case ErrorCode::kInternal: return "InternalError";
  }
  return "InternalError";
}

}  // namespace

void bind_errors(py::module_& m) {
  auto add = [&m](const char* name, const py::object& base, const char* doc) {
    const std::string full = std::string("pumprig.") + name;
    PyObject* made = PyErr_NewExceptionWithDoc(full.c_str(), doc, base.ptr(), nullptr);
    if (made == nullptr) throw py::error_already_set();
    m.attr(name) = py::reinterpret_steal<py::object>(made);
    return py::object(m.attr(name));
  };
  const auto error = add("Error", py::reinterpret_borrow<py::object>(PyExc_Exception),
                         "Something in the rig did not work. `code` is one word, `where` the place; a verdict is never an Error.");
  add("InputError", error, "An argument or a file has a mistake; the text names each with its place and remedy.");
  add("NotFoundError", error, "What was named does not exist.");
  add("LinkError", error, "A device or file is not there now, or did not answer in time; trying again may help.");
  add("CorruptError", error, "Bytes or stored data fail their own check.");
  add("ProtocolError", error, "The far end answered what its protocol does not allow.");
  add("RefusedError", error, "The far end understood and declined.");
  add("UnsupportedError", error, "This build, bench or device can not do it.");
  add("CancelledError", error, "Somebody asked for the work to stop.");
  add("InternalError", error, "A mistake of pumprig itself.");
}

void raise(const Error& error) {
  const py::object module = py::module_::import("pumprig._core");
  const py::object type = module.attr(class_of(error.code).c_str());
  const py::object value = type(error.describe());
  value.attr("code") = std::string(to_text(error.code));
  value.attr("where") = error.where;
  PyErr_SetObject(type.ptr(), value.ptr());
  throw py::error_already_set();
}

}  // namespace pumprig::bindings
