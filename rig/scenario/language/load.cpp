#include "rig/scenario/language/load.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "rig/base/calendar.h"
#include "rig/base/sha256.h"
#include "rig/scenario/language/parameters.h"
#include "rig/scenario/language/reader.h"
#include "rig/scenario/language/step_kind.h"
#include "rig/scenario/steps/channels.h"

namespace pumprig::scenario {
namespace {

std::vector<std::string> kind_names() {
  std::vector<std::string> out;
  for (const auto& kind : step_catalogue()) out.push_back(kind.name);
  return out;
}

class Loader {
 public:
  Loader(const Document& document, const LoadOptions& options)
      : document_(document), options_(options), mistakes_(document), context_{mistakes_, options.bench} {}

  LoadOutcome load() {
    LoadOutcome out;
    note_duplicates();
    const Node& root = document_.root();
    if (root.kind != Node::Kind::kObject) {
      mistakes_.add(root.offset, "", std::string(to_text(root.kind)) + " where a scenario is wanted", "begin with { \"scenario\": 1, … }");
    } else {
      read_all(root);
    }
    out.mistakes = mistakes_.take();
    if (out.mistakes.empty()) out.scenario = std::move(scenario_);
    return out;
  }

  // The document is one step; `ids` and `labels` are those of the steps before it, and get its own when it is good.
  Result<Step> load_step(const std::string& pointer, std::set<std::string>& ids, std::set<std::string, std::less<>>& labels) {
    note_duplicates();
    ids_ = ids;
    context_.labels = labels;
    Reader reader(mistakes_, parameters_.replacements);
    auto step = read_step(document_.root(), pointer, reader);
    const auto mistakes = mistakes_.take();
    if (!mistakes.empty() || !step) return tl::unexpected<Error>(to_error(mistakes));
    ids = std::move(ids_);
    labels = std::move(context_.labels);
    return std::move(*step);
  }

 private:
  void note_duplicates() {
    for (const auto& duplicate : document_.duplicates()) {
      mistakes_.add(duplicate.offset, duplicate.pointer, "this key stands here twice", "keep one of the two");
    }
  }

  void read_all(const Node& root) {
    const auto* parameters = root.find("parameters");
    parameters_ = read_parameters(parameters == nullptr ? nullptr : &parameters->value, options_.overrides, mistakes_);
    Reader reader(mistakes_, parameters_.replacements);
    const Settings top = reader.read_members(root, scenario_settings(), "", {"parameters", "steps", "$schema"});
    if (top.has("requirements")) take_requirements(top.list("requirements"));
    if (const auto* steps = root.find("steps")) {
      scenario_.steps = read_steps(steps->value, "/steps", reader);
      if (steps->value.kind == Node::Kind::kList && steps->value.items.empty()) {
        mistakes_.add(steps->value.offset, "/steps", "there is no step", "write at least one");
      }
    } else if (!options_.steps_come_later) {
      mistakes_.add(root.offset, "", "\"steps\" is missing", "a list of steps");
    }
    if (top.has("record")) read_record(top.list("record"));
    if (top.has("initial")) check_initial(top.object("initial"));
    if (mistakes_.empty()) finish(top);
  }

  void take_requirements(const std::vector<Value>& ids) {
    for (const auto& id : ids) {
      if (options_.requirements != nullptr && options_.requirements->find(id.text()) == nullptr) {
        context_.add(id, "there is no requirement \"" + id.text() + "\"", suggest_requirement(id.text()));
      }
      requirements_.insert(id.text());
    }
  }

  // Ids differ in digits, so a spelling distance says little: name those of the same hundred.
  std::string suggest_requirement(const std::string& id) const {
    std::string near;
    for (const auto& known : options_.requirements->ids()) {
      if (known.size() == id.size() && known.compare(0, known.size() - 2, id, 0, id.size() - 2) == 0)
        near += (near.empty() ? "" : ", ") + known;
    }
    return near.empty() ? "scenarios/requirements.json lists them" : "there are " + near;
  }

  void read_record(const std::vector<Value>& list) {
    std::set<std::string> seen;
    for (const auto& item : list) {
      const Settings& entry = *std::get<std::shared_ptr<const Settings>>(item.data);
      if (!entry.has("channel")) continue;
      const Value& channel = entry.at("channel");
      if (!seen.insert(channel.text()).second)
        context_.add(channel, "the channel \"" + channel.text() + "\" is recorded twice", "keep one of the two");
      check_channel(channel, context_);
      scenario_.record.push_back({channel.text(), entry.has("every") ? std::optional(entry.duration("every")) : std::nullopt});
    }
  }

  void check_initial(const Settings& initial) {
    const std::string clock = initial.has("clock") ? initial.text("clock") : kClockNotSet;
    if (clock != kClockNotSet && !parse_calendar(clock)) {
      context_.add(initial.at("clock"), "\"" + initial.text("clock") + "\" is no date and time",
                   "write for example \"2026-03-01 08:00:00\", or \"not set\"");
    }
    if (initial.has("boluses") && initial.list("boluses").size() > 24) {
      context_.add(initial.at("boluses"), "the pump keeps no more than 24 boluses", "leave the oldest out");
    }
  }

  std::vector<Step> read_steps(const Node& node, const std::string& pointer, Reader& reader) {
    std::vector<Step> out;
    if (node.kind != Node::Kind::kList) {
      mistakes_.add(node.offset, pointer, std::string(to_text(node.kind)) + " where a list of steps is wanted");
      return out;
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (auto step = read_step(node.items[i], child_pointer(pointer, i), reader)) out.push_back(std::move(*step));
    }
    return out;
  }

  const StepKind* read_kind(const Node& node, const std::string& pointer) {
    if (node.kind != Node::Kind::kObject) {
      mistakes_.add(node.offset, pointer, std::string(to_text(node.kind)) + " where a step is wanted", "write { \"step\": \"wait\", … }");
      return nullptr;
    }
    const auto* kind = node.find("step");
    if (kind == nullptr || kind->value.kind != Node::Kind::kText) {
      mistakes_.add(kind == nullptr ? node.offset : kind->value.offset, pointer, "\"step\" does not say which kind of step this is",
                    suggest("", kind_names()));
      return nullptr;
    }
    const auto* found = find_step_kind(kind->value.text);
    if (found == nullptr) {
      mistakes_.add(kind->value.offset, child_pointer(pointer, "step"), "there is no step \"" + kind->value.text + "\"",
                    suggest(kind->value.text, kind_names()));
    }
    return found;
  }

  std::optional<Step> read_step(const Node& node, const std::string& pointer, Reader& reader) {
    Step step;
    step.kind = read_kind(node, pointer);
    if (step.kind == nullptr) return std::nullopt;
    step.pointer = pointer;
    step.offset = node.offset;
    std::vector<Setting> settings = common_step_settings();
    settings.insert(settings.end(), step.kind->settings.begin(), step.kind->settings.end());
    const bool nests = step.kind->nests != StepKind::Nests::kNever;
    const auto before = mistakes_.size();
    step.settings =
        reader.read_members(node, settings, pointer, nests ? std::vector<std::string>{"step", "during"} : std::vector<std::string>{"step"});
    const bool shapes_are_good = mistakes_.size() == before;
    take_label(step);
    read_nested(node, step, reader);
    if (step.settings.has("requirements")) take_requirements(step.settings.list("requirements"));
    if (step.settings.has("id") && !ids_.insert(step.settings.text("id")).second) {
      context_.add(step.settings.at("id"), "a check \"" + step.settings.text("id") + "\" stands above already", "give it another id");
    }
    if (shapes_are_good && step.kind->check != nullptr) step.kind->check(step, context_);
    return step;
  }

  void take_label(Step& step) {
    if (!step.settings.has("as")) return;
    step.label = step.settings.text("as");
    if (!context_.labels.insert(step.label).second) {
      context_.add(step.settings.at("as"), "the name \"" + step.label + "\" stands above already", "give it another one");
    }
  }

  void read_nested(const Node& node, Step& step, Reader& reader) {
    if (step.kind->nests == StepKind::Nests::kNever) return;
    if (const auto* during = node.find("during")) {
      step.during = read_steps(during->value, child_pointer(step.pointer, "during"), reader);
    } else if (step.kind->nests == StepKind::Nests::kAlways) {
      mistakes_.add(node.offset, step.pointer, "\"during\" is missing", "a list of steps");
    }
  }

  void finish(const Settings& top) {
    scenario_.file = document_.file();
    scenario_.name = top.text("name");
    scenario_.title = top.text("title");
    if (top.has("purpose")) scenario_.purpose = top.text("purpose");
    scenario_.tags = top.texts("tags");
    scenario_.requirements.assign(requirements_.begin(), requirements_.end());
    scenario_.parameters = parameters_.values;
    scenario_.initial = top.object("initial");
    Estimate estimate;
    estimate_steps(scenario_.steps, estimate);
    scenario_.shortest = estimate.shortest;
    scenario_.longest = estimate.longest;
    scenario_.volume_ul = estimate.volume_ul;
    std::map<std::string, std::string> members;
    for (const auto& [name, value] : top.all()) members[name] = to_json(value);
    members["parameters"] = parameters_.canonical_json;
    members["steps"] = steps_json(scenario_.steps);
    scenario_.canonical_json = object_json(members);
    scenario_.sha256 = sha256_hex(scenario_.canonical_json);
  }

  static std::string object_json(const std::map<std::string, std::string>& members) {
    std::string out = "{";
    for (const auto& [name, json] : members) out += (out.size() > 1 ? "," : "") + quote_json(name) + ":" + json;
    return out + "}";
  }

  static std::string steps_json(const std::vector<Step>& steps) {
    std::string out = "[";
    for (const auto& step : steps) {
      std::map<std::string, std::string> members;
      for (const auto& [name, value] : step.settings.all()) members[name] = to_json(value);
      members["step"] = quote_json(step.kind->name);
      if (!step.during.empty()) members["during"] = steps_json(step.during);
      out += (out.size() > 1 ? "," : "") + object_json(members);
    }
    return out + "]";
  }

  const Document& document_;
  const LoadOptions& options_;
  Mistakes mistakes_;
  CheckContext context_;
  ParametersRead parameters_;
  std::set<std::string> ids_;
  std::set<std::string> requirements_;
  ResolvedScenario scenario_;
};

void collect_needs(const std::vector<Step>& steps, const BenchFacts& bench, std::vector<std::string>& missing) {
  for (const auto& step : steps) {
    if (step.kind->needs != nullptr) step.kind->needs(step, bench, missing);
    collect_needs(step.during, bench, missing);
  }
}

void explain_steps(const std::vector<Step>& steps, const std::string& indent, std::string& out) {
  for (const auto& step : steps) {
    out += indent + (step.kind->explain != nullptr ? step.kind->explain(step) : step.kind->name);
    if (!step.label.empty()) out += " [" + step.label + "]";
    out += '\n';
    explain_steps(step.during, indent + "  ", out);
  }
}

}  // namespace

Result<ResolvedScenario> LoadOutcome::to_result() && {
  if (scenario) return std::move(*scenario);
  return tl::unexpected<Error>(to_error(mistakes));
}

LoadOutcome load_scenario(std::string text, const std::string& file, const LoadOptions& options) {
  const auto document = Document::parse(std::move(text), file);
  if (!document) {
    LoadOutcome out;
    out.mistakes.push_back({document.error().where, "", document.error().text, ""});
    return out;
  }
  return Loader(*document, options).load();
}

Result<Step> StepLoader::load(std::string json) {
  TRY_ASSIGN(const auto document, Document::parse(std::move(json), "step " + std::to_string(count_ + 1)));
  auto ids = ids_;
  auto labels = labels_;
  TRY_ASSIGN(auto step, Loader(document, options_).load_step("/steps/" + std::to_string(count_), ids, labels));
  std::vector<std::string> missing;
  if (options_.bench != nullptr && step.kind->needs != nullptr) step.kind->needs(step, *options_.bench, missing);
  if (options_.bench != nullptr) collect_needs(step.during, *options_.bench, missing);
  if (!missing.empty()) return fail(ErrorCode::kUnsupported, "the bench lacks " + missing.front(), step.pointer);
  ids_ = std::move(ids);
  labels_ = std::move(labels);
  ++count_;
  return step;
}

LoadOutcome load_scenario_file(const std::string& path, const LoadOptions& options) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    LoadOutcome out;
    out.mistakes.push_back({path, "", "the file cannot be read", "check the name"});
    return out;
  }
  return load_scenario(std::move(text).str(), path, options);
}

void estimate_steps(const std::vector<Step>& steps, Estimate& estimate) {
  for (const auto& step : steps) {
    if (step.kind->estimate != nullptr) step.kind->estimate(step, estimate);
  }
}

std::vector<std::string> missing_needs(const ResolvedScenario& scenario, const BenchFacts& bench) {
  std::vector<std::string> all;
  for (const auto& request : scenario.record) {
    need_channel(request.channel, bench, all);
  }
  collect_needs(scenario.steps, bench, all);
  std::vector<std::string> out;
  for (auto& need : all) {
    if (std::find(out.begin(), out.end(), need) == out.end()) out.push_back(std::move(need));
  }
  return out;
}

std::string explain(const ResolvedScenario& scenario) {
  std::string out;
  explain_steps(scenario.steps, "", out);
  return out;
}

}  // namespace pumprig::scenario
