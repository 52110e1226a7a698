#include "rig/scenario/steps/faults.h"

#include <algorithm>

namespace pumprig::scenario {
namespace {

void check_fault_value(const Setting& setting, const Value& value, CheckContext& context) {
  if (setting.shape.type == Shape::Type::kName) {
    if (!std::holds_alternative<std::string>(value.data)) context.add(value, "a name is wanted here", setting.help);
    return;
  }
  if (setting.shape.type != Shape::Type::kQuantity) {
    if (setting.shape.type == Shape::Type::kBool && !std::holds_alternative<bool>(value.data))
      context.add(value, "this must be true or false");
    return;
  }
  const auto* quantity = std::get_if<Quantity>(&value.data);
  if (quantity == nullptr || quantity->dimension != setting.shape.dimension) {
    context.add(value, "a " + std::string(to_text(setting.shape.dimension)) + " is wanted here", setting.help);
    return;
  }
  if (!setting.shape.min.empty() && quantity->value < parse_quantity(setting.shape.min)->value) {
    context.add(value, "\"" + quantity->text + "\" is too small", "it must be at least " + setting.shape.min);
  }
  if (!setting.shape.max.empty() && quantity->value > parse_quantity(setting.shape.max)->value) {
    context.add(value, "\"" + quantity->text + "\" is too large", "it must be at most " + setting.shape.max);
  }
}

}  // namespace

void check_fault(const Step& step, CheckContext& context) {
  if (context.bench == nullptr) return;
  const auto* fault = context.bench->find_fault(step.settings.text("fault"));
  if (fault == nullptr) {
    // A bench that can inject faults knows the word or it is misspelt; one that cannot is no judge of it. Lines all know.
    const auto& faults = context.bench->faults;
    const bool of_line = step.settings.text("fault").rfind("line_", 0) == 0;
    if (std::any_of(faults.begin(), faults.end(), [&](const FaultFact& f) { return f.of_line == of_line; })) {
      const auto& value = step.settings.at("fault");
      context.add(value, "the bench has no fault \"" + value.text() + "\"", suggest(value.text(), context.bench->fault_names()));
    }
    return;
  }
  std::vector<std::string> names;
  for (const auto& setting : fault->settings) names.push_back(setting.name);
  const Settings nothing;
  const Settings& given = step.settings.has("with") ? step.settings.object("with") : nothing;
  for (const auto& [name, value] : given.all()) {
    const auto known =
        std::find_if(fault->settings.begin(), fault->settings.end(), [&wanted = name](const Setting& s) { return s.name == wanted; });
    if (known == fault->settings.end()) {
      context.add(value, "the fault \"" + fault->name + "\" has no setting \"" + name + "\"", suggest(name, names));
    } else {
      check_fault_value(*known, value, context);
    }
  }
  for (const auto& setting : fault->settings) {
    if (setting.required && !given.has(setting.name)) {
      context.mistakes.add(step.offset, step.pointer, "the fault \"" + fault->name + "\" needs \"" + setting.name + "\"",
                           "write it under \"with\": " + setting.help);
    }
  }
}

void need_fault(const Step& step, const BenchFacts& bench, std::vector<std::string>& missing) {
  const auto& name = step.settings.text("fault");
  const auto* fault = bench.find_fault(name);
  if (fault == nullptr) missing.push_back("the fault \"" + name + "\"");
  if (fault == nullptr || !fault->of_line || !step.settings.has("with") || !step.settings.object("with").has("link")) return;
  const auto* link = std::get_if<std::string>(&step.settings.object("with").at("link").data);
  if (link != nullptr && std::find(bench.links.begin(), bench.links.end(), *link) == bench.links.end()) {
    missing.push_back("the instrument \"" + *link + "\"");
  }
}

}  // namespace pumprig::scenario
