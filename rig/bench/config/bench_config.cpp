#include "rig/bench/config/bench_config.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "rig/base/paths.h"
#include "rig/base/sha256.h"
#include "rig/instruments/catalogue.h"
#include "rig/json/document.h"
#include "rig/json/mistake.h"
#include "rig/json/reader.h"
#include "rig/link/spec/link_spec.h"

namespace pumprig::bench {
namespace {

using json::Shape;

std::vector<json::Setting> bench_settings() {
  return {
      json::Setting("schema", Shape::count("1", "1"), "version of this file's form").must(),
      json::Setting("name", Shape::name(), "what people call the bench").must(),
      json::Setting("kind", Shape::choice({"virtual", "virtual-arm", "virtual-arm-wire", "real", "twin-on-ports"}), "which world it is")
          .must(),
      json::Setting("title", Shape::text(), "one sentence about it"),
      json::Setting("wet_path",
                    Shape::object({json::Setting("restrictor", Shape::quantity(Dimension::kFlowResistance, "0 Pa.s/m3", "1e16 Pa.s/m3"),
                                                 "resistance between pressure sensor and meter")
                                       .by_default("\"1e14 Pa.s/m3\""),
                                   json::Setting("compliance", Shape::quantity(Dimension::kCompliance, "0.001 uL/kPa", "100 uL/kPa"),
                                                 "of all that lies before the restrictor")
                                       .by_default("\"0.2 uL/kPa\"")}),
                    "what lies between the pump's outlet and the meters")
          .by_default("{}"),
      json::Setting(
          "fluid",
          Shape::object({json::Setting("name", Shape::text(), "what is pumped").by_default("\"water\""),
                         json::Setting("temperature", Shape::quantity(Dimension::kTemperature, "0 degC", "60 degC"), "of the fluid")
                             .by_default("\"20 degC\""),
                         json::Setting("density", Shape::quantity(Dimension::kDensity, "0.5 g/mL", "2 g/mL"), "of the fluid")
                             .by_default("\"0.9982 g/mL\"")}),
          "what is pumped")
          .by_default("{}"),
      json::Setting(
          "pump_clock",
          Shape::object({json::Setting("offset", Shape::quantity(Dimension::kDuration, "-1 day", "1 day"), "pump minus rig at the start")
                             .by_default("\"0 s\""),
                         json::Setting("rate_error", Shape::quantity(Dimension::kRatio, "-10 %", "10 %"), "of the pump's clock")
                             .by_default("\"20 ppm\"")}),
          "how a virtual pump's clock goes")
          .by_default("{}"),
      json::Setting("reservoir_sensor", Shape::boolean(), "a virtual pump measures what is in its reservoir").by_default("true"),
      json::Setting("safe_state", Shape::choice({"therapy_stopped", "therapy_as_found"}), "where every run leaves the pump")
          .by_default("\"therapy_stopped\""),
      json::Setting("guard_band", Shape::quantity(Dimension::kRatio, "0 %", "100 %"),
                    "part of the uncertainty that a passing margin may lack")
          .by_default("\"0 %\""),
      json::Setting("firmware_mutant", Shape::name(), "a planted defect of the virtual pump's firmware, for tests of the rig"),
      json::Setting("control", Shape::text(), "Unix socket of a twin that another process runs, for faults"),
      json::Setting("room", Shape::text(), "where the bench stands"),
      json::Setting("operator", Shape::text(), "who works at it"),
  };
}

std::vector<json::Setting> instrument_settings() {
  return {
      json::Setting("kind", Shape::name(), "which instrument it is").must(),
      json::Setting("link", Shape::text(), "how it is reached, for example serial:usb=RIG-FLOW-01"),
      json::Setting("calibration",
                    Shape::object({json::Setting("certificate", Shape::text(), "its number"),
                                   json::Setting("due", Shape::text(), "date, YYYY-MM-DD")}),
                    "the last calibration"),
  };
}

std::optional<instruments::SettingValue> as_written(const json::Node& node) {
  switch (node.kind) {
    case json::Node::Kind::kBool:
      return instruments::SettingValue(node.boolean);
    case json::Node::Kind::kText:
      return instruments::SettingValue(node.text);
    case json::Node::Kind::kNumber:
      if (node.text.find_first_of(".eE") == std::string::npos) return instruments::SettingValue(static_cast<std::int64_t>(node.number));
      return instruments::SettingValue(node.number);
    default:
      return std::nullopt;
  }
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto* descriptor : instruments::catalogue()) names.emplace_back(descriptor->kind);
  return names;
}

void read_instrument_settings(const json::Node* node, std::size_t offset, const std::string& pointer, json::Mistakes& mistakes,
                              InstrumentConfig& out) {
  std::map<std::string, instruments::SettingValue, std::less<>> given;
  std::map<std::string, std::size_t, std::less<>> offsets;
  if (node != nullptr) {
    if (node->kind != json::Node::Kind::kObject) {
      mistakes.add(node->offset, pointer, "settings must be an object");
      return;
    }
    for (const auto& member : node->members) {
      const auto value = as_written(member.value);
      if (!value) {
        mistakes.add(member.value.offset, json::child_pointer(pointer, member.key), "a setting is a text, a number, true or false");
        continue;
      }
      given.emplace(member.key, *value);
      offsets.emplace(member.key, member.value.offset);
    }
  }
  std::vector<instruments::SettingMistake> wrong;
  out.settings = instruments::check_settings(*out.descriptor, given, wrong);
  for (auto& mistake : wrong) {
    const auto at = offsets.find(mistake.setting);
    mistakes.add(at == offsets.end() ? offset : at->second, json::child_pointer(pointer, mistake.setting), std::move(mistake.text));
  }
}

// How the line is set: as the link says, else as the settings say, else as the kind is used to. Then the settings say the same.
void settle_line(const json::Value& link, bool speed_is_set, json::Mistakes& mistakes, InstrumentConfig& out) {
  const auto baud = out.settings.all().find("baud");
  const bool has_baud = baud != out.settings.all().end();
  if (has_baud) out.line.baud = static_cast<int>(out.settings.integer("baud"));
  const auto spec = link::parse_link_spec(out.link, out.line);
  if (!spec) {
    mistakes.add(link.offset, link.pointer, spec.error().text);
    return;
  }
  if (speed_is_set && spec->line.baud != out.line.baud) {
    mistakes.add(link.offset, link.pointer,
                 "the link says " + std::to_string(spec->line.baud) + " baud, the settings say " + std::to_string(out.line.baud),
                 "leave one of them out");
  }
  out.line = spec->line;
  if (has_baud) out.settings.set("baud", std::int64_t{out.line.baud});
}

std::optional<InstrumentConfig> read_instrument(const json::Member& member, json::Reader& reader, bool needs_link, bool is_real) {
  const std::string pointer = json::child_pointer("/instruments", member.key);
  auto& mistakes = reader.mistakes();
  if (member.value.kind != json::Node::Kind::kObject) {
    mistakes.add(member.value.offset, pointer, "an instrument is an object", "write {\"kind\": …}");
    return std::nullopt;
  }
  const json::Settings fixed = reader.read_members(member.value, instrument_settings(), pointer, {"settings"});
  if (!fixed.has("kind")) return std::nullopt;
  InstrumentConfig out;
  out.name = member.key;
  out.descriptor = instruments::find_kind(fixed.text("kind"));
  if (out.descriptor == nullptr) {
    mistakes.add(fixed.at("kind").offset, fixed.at("kind").pointer, "no instrument kind is called \"" + fixed.text("kind") + "\"",
                 json::suggest(fixed.text("kind"), kind_names()));
    return std::nullopt;
  }
  if (is_real && out.descriptor->model) {
    mistakes.add(fixed.at("kind").offset, fixed.at("kind").pointer,
                 "\"" + fixed.text("kind") + "\" is a model and no device: it is on virtual benches only", "leave it out");
  }
  if (fixed.has("link")) {
    out.link = fixed.text("link");
  } else if (needs_link) {
    mistakes.add(member.value.offset, pointer, "the link is missing",
                 R"(say how it is reached, for example "link": "serial:usb=RIG-FLOW-01")");
  }
  if (fixed.has("calibration")) {
    const auto& calibration = fixed.object("calibration");
    if (calibration.has("certificate")) out.calibration.certificate = calibration.text("certificate");
    if (calibration.has("due")) out.calibration.due = calibration.text("due");
  }
  const json::Member* settings = member.value.find("settings");
  read_instrument_settings(settings == nullptr ? nullptr : &settings->value, member.value.offset, json::child_pointer(pointer, "settings"),
                           mistakes, out);
  out.line = out.descriptor->line;
  if (needs_link && fixed.has("link")) {
    const bool speed_is_set = settings != nullptr && settings->value.find("baud") != nullptr;
    settle_line(fixed.at("link"), speed_is_set, mistakes, out);
  }
  return out;
}

BenchKind kind_from(const std::string& text) {
  if (text == "virtual-arm") return BenchKind::kVirtualArm;
  if (text == "virtual-arm-wire") return BenchKind::kVirtualArmWire;
  if (text == "real") return BenchKind::kReal;
  if (text == "twin-on-ports") return BenchKind::kTwinOnPorts;
  return BenchKind::kVirtual;
}

void take_fixed(const json::Settings& in, BenchConfig& out) {
  out.name = in.text("name");
  out.kind = kind_from(in.text("kind"));
  const auto& wet_path = in.object("wet_path");
  out.wet_path = {wet_path.number("restrictor"), wet_path.number("compliance")};
  const auto& fluid = in.object("fluid");
  out.fluid = {fluid.text("name"), fluid.number("temperature"), fluid.number("density")};
  const auto& clock = in.object("pump_clock");
  out.virtual_bench.clock_offset_s = clock.number("offset");
  out.virtual_bench.clock_rate_error = clock.number("rate_error");
  out.virtual_bench.reservoir_sensor = in.boolean("reservoir_sensor");
  if (in.has("firmware_mutant")) out.virtual_bench.firmware_mutant = in.text("firmware_mutant");
  out.safe_state = in.text("safe_state") == "therapy_as_found" ? SafeState::kTherapyAsFound : SafeState::kTherapyStopped;
  out.guard_band = in.number("guard_band");
  if (in.has("control")) out.control = in.text("control");
  if (in.has("room")) out.room = in.text("room");
  if (in.has("operator")) out.operator_name = in.text("operator");
}

}  // namespace

std::string_view to_text(BenchKind kind) {
  switch (kind) {
    case BenchKind::kVirtual:
      return "virtual";
    case BenchKind::kVirtualArm:
      return "virtual-arm";
    case BenchKind::kReal:
      return "real";
    case BenchKind::kTwinOnPorts:
      return "twin-on-ports";
    case BenchKind::kVirtualArmWire:
      return "virtual-arm-wire";
  }
  return "virtual";
}

bool is_virtual(BenchKind kind) {
  return kind == BenchKind::kVirtual || kind == BenchKind::kVirtualArm || kind == BenchKind::kVirtualArmWire;
}

std::string_view to_text(SafeState state) {
  return state == SafeState::kTherapyStopped ? "therapy_stopped" : "therapy_as_found";
}

const InstrumentConfig* BenchConfig::find(std::string_view wanted) const {
  for (const auto& instrument : instruments) {
    if (instrument.name == wanted) return &instrument;
  }
  return nullptr;
}

Result<BenchConfig> parse_bench(std::string text, std::string file) {
  TRY_ASSIGN(const json::Document document, json::Document::parse(text, file));
  json::Mistakes mistakes(document);
  for (const auto& twice : document.duplicates()) mistakes.add(twice.offset, twice.pointer, "this key stands twice", "keep one of them");
  const json::Replacements none;
  json::Reader reader(mistakes, none);
  const json::Node& root = document.root();
  if (root.kind != json::Node::Kind::kObject) {
    mistakes.add(root.offset, "", "a bench file is a JSON object");
    return tl::unexpected<Error>(json::to_error(mistakes.take()));
  }
  const json::Settings fixed = reader.read_members(root, bench_settings(), "", {"instruments"});

  BenchConfig out;
  out.file = std::move(file);
  const bool needs_link = fixed.has("kind") && (fixed.text("kind") == "real" || fixed.text("kind") == "twin-on-ports");
  const bool is_real = fixed.has("kind") && fixed.text("kind") == "real";
  if (const json::Member* list = root.find("instruments"); list == nullptr) {
    mistakes.add(root.offset, "/instruments", "the instruments are missing",
                 "add \"instruments\": {\"pump\": {\"kind\": \"pump_board\", …}}");
  } else if (list->value.kind != json::Node::Kind::kObject) {
    mistakes.add(list->value.offset, "/instruments", "instruments must be an object: name to instrument");
  } else {
    for (const auto& member : list->value.members) {
      if (auto instrument = read_instrument(member, reader, needs_link, is_real)) out.instruments.push_back(std::move(*instrument));
    }
    const auto is_pump = [](const InstrumentConfig& i) { return i.descriptor->kind == "pump_board"; };
    if (mistakes.empty() && std::count_if(out.instruments.begin(), out.instruments.end(), is_pump) != 1) {
      mistakes.add(list->value.offset, "/instruments", "a bench has exactly one instrument of kind \"pump_board\"");
    }
  }
  if (!mistakes.empty()) return tl::unexpected<Error>(json::to_error(mistakes.take()));
  take_fixed(fixed, out);
  out.sha256 = sha256_hex(text);
  out.text = std::move(text);
  return out;
}

Result<BenchConfig> load_bench(std::string_view spec) {
  std::filesystem::path path(spec);
  if (spec == "virtual" || spec == "virtual-arm" || spec == "virtual-arm-wire")
    path = data_dir() / "scenarios" / "benches" / (std::string(spec) + ".json");
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return fail(ErrorCode::kNotFound, R"(the bench file cannot be read; name a file, or "virtual", "virtual-arm" or "virtual-arm-wire")",
                path.string());
  }
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return parse_bench(std::move(text), path.string());
}

}  // namespace pumprig::bench
