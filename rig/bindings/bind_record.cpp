// Reading a run from Python. Sample columns are lent to numpy without copying: the array keeps the columns alive.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <memory>
#include <string>

#include "rig/bindings/module.h"
#include "rig/record/csv.h"
#include "rig/record/reader.h"

namespace pumprig::bindings {
namespace {

using Row = py::typing::Dict<py::str, py::object>;
using Rows = py::typing::List<Row>;

using record::Columns;
using record::RunReader;

using SharedColumns = std::shared_ptr<const Columns>;

// A read-only array over one column; its base is a capsule that owns the columns.
template <typename T>
py::array_t<T> lend(const SharedColumns& owner, const std::vector<T>& column) {
  auto* keeper = new SharedColumns(owner);
  py::capsule base(keeper, [](void* p) { delete static_cast<SharedColumns*>(p); });
  py::array_t<T> array(static_cast<py::ssize_t>(column.size()), column.data(), base);
  array.attr("setflags")(py::arg("write") = false);
  return array;
}

py::object optional_text(const std::optional<std::string>& text) {
  return text ? py::object(py::str(*text)) : py::object(py::none());
}

Row to_dict(const record::CheckResult& row) {
  Row out;
  out["check"] = row.check;
  out["requirements"] = row.requirements;
  out["not_run_reason"] = row.verdict || row.not_run_reason.empty() ? optional_text(std::nullopt) : optional_text(row.not_run_reason);
  if (!row.verdict) {
    out["verdict"] = py::none();
    return out;
  }
  const auto& v = *row.verdict;
  out["verdict"] = std::string(to_text(v.verdict));
  out["limit"] = v.limit;
  out["limit_lo"] = v.limit_lo;
  out["limit_hi"] = v.limit_hi;
  out["value"] = v.value;
  out["unit"] = v.unit;
  out["margin"] = v.margin;
  out["uncertainty"] = v.uncertainty;
  out["window_start_ns"] = to_ns(v.window_start);
  out["window_end_ns"] = to_ns(v.window_end);
  out["source"] = v.source;
  out["clock"] = std::string(to_text(v.clock));
  out["explanation"] = v.explanation;
  return out;
}

Row to_dict(const record::StoredChannel& channel) {
  Row out;
  out["name"] = channel.info.name;
  out["unit"] = channel.info.unit;
  out["instrument"] = channel.info.instrument;
  out["source"] = channel.info.source;
  out["kind"] = std::string(to_text(channel.info.kind));
  out["uncertainty_absolute"] = channel.info.uncertainty.absolute;
  out["uncertainty_relative"] = channel.info.uncertainty.relative;
  out["evidence"] = channel.info.evidence;
  out["clock"] = std::string(to_text(channel.info.clock));
  out["samples"] = channel.samples;
  out["min"] = channel.min;
  out["max"] = channel.max;
  return out;
}

Rows channels(const RunReader& run) {
  Rows out;
  for (const auto& channel : unwrap(run.channels())) out.append(to_dict(channel));
  return out;
}

Rows checks(const RunReader& run) {
  Rows out;
  for (const auto& row : unwrap(run.checks())) out.append(to_dict(row));
  return out;
}

Rows events(const RunReader& run, std::int64_t after) {
  Rows out;
  for (const auto& stored : unwrap(run.events(after))) {
    Row row;
    row["seq"] = stored.seq;
    row["t_ns"] = to_ns(stored.event.t);
    row["source"] = stored.event.source;
    row["kind"] = stored.event.kind;
    row["text"] = stored.event.text;
    row["json"] = stored.event.json;
    out.append(row);
  }
  return out;
}

SharedColumns samples(const RunReader& run, const std::string& channel) {
  Result<SharedColumns> out = [&]() -> Result<SharedColumns> {
    const py::gil_scoped_release release;
    TRY_ASSIGN(const auto found, run.channel(channel));
    TRY_ASSIGN(auto columns, run.samples(found.id));
    return std::make_shared<const Columns>(std::move(columns));
  }();
  return unwrap(std::move(out));
}

Row verify(const RunReader& run) {
  Result<record::VerifyReport> report = [&] {
    const py::gil_scoped_release release;
    return run.verify();
  }();
  const auto found = unwrap(std::move(report));
  Row out;
  out["complete"] = found.complete;
  out["items"] = found.items;
  out["problems"] = found.problems;
  out["digest"] = found.digest;
  return out;
}

}  // namespace

void bind_record(py::module_& m) {
  py::class_<Columns, std::shared_ptr<Columns>>(m, "Samples",
                                                "Samples of one channel. Arrays are read-only views; times in ns of scenario time.")
      .def_property_readonly("t_ns", [](const std::shared_ptr<Columns>& c) { return lend<std::int64_t>(c, c->t); })
      .def_property_readonly("value", [](const std::shared_ptr<Columns>& c) { return lend<double>(c, c->value); })
      .def_property_readonly("flags", [](const std::shared_ptr<Columns>& c) { return lend<std::uint8_t>(c, c->flags); })
      .def_property_readonly("window_ns", [](const std::shared_ptr<Columns>& c) { return lend<std::int64_t>(c, c->window); })
      .def("__len__", &Columns::size);

  py::class_<RunReader>(m, "RunReader", "A run on disk. Use pumprig.open_run().")
      .def_static(
          "open", [](const std::string& path) { return unwrap(RunReader::open(path)); }, py::arg("path"))
      .def_property_readonly("path", [](const RunReader& r) { return r.path().string(); })
      .def_property_readonly("rows", [](const RunReader& r) { return unwrap(r.rows()); })
      .def_property_readonly("bench_kind", [](const RunReader& r) { return std::string(to_text(r.info().bench_kind)); })
      .def_property_readonly("scenario", [](const RunReader& r) { return r.info().scenario; })
      .def_property_readonly("seed", [](const RunReader& r) { return r.info().seed; })
      .def_property_readonly("started_utc_ns", [](const RunReader& r) { return r.info().started_utc_ns; })
      .def_property_readonly("state", [](const RunReader& r) { return std::string(to_text(unwrap(r.state()))); })
      .def_property_readonly("digest", [](const RunReader& r) { return unwrap(r.digest()); })
      .def_property_readonly("verdict",
                             [](const RunReader& r) -> std::optional<std::string> {
                               const auto verdict = unwrap(r.verdict());
                               if (!verdict) return std::nullopt;
                               return std::string(to_text(*verdict));
                             })
      .def("channels", &channels)
      .def("checks", &checks)
      .def("events", &events, py::arg("after") = 0)
      .def(
          "samples", [](const RunReader& r, const std::string& c) { return std::const_pointer_cast<Columns>(samples(r, c)); },
          py::arg("channel"))
      .def(
          "export_csv",
          [](const RunReader& r, const std::string& folder) {
            std::vector<std::string> files;
            for (const auto& file : unwrap(record::export_csv(r, folder))) files.push_back(file.string());
            return files;
          },
          py::arg("folder"))
      .def("verify", &verify);
}

}  // namespace pumprig::bindings
