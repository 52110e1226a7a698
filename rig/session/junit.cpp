#include <pugixml.hpp>
#include <sstream>

#include "rig/session/report.h"

namespace pumprig::session {
namespace {

struct Counts {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  void add(const Counts& other) { tests += other.tests, failures += other.failures, errors += other.errors, skipped += other.skipped; }
};

// XML 1.0 has no place for control characters, not even escaped.
std::string clean(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
  return out;
}

void set(pugi::xml_node node, const char* name, std::string_view value) {
  node.append_attribute(name) = clean(value).c_str();
}

void add_property(pugi::xml_node properties, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  auto property = properties.append_child("property");
  set(property, "name", name);
  set(property, "value", value);
}

std::string number(double value) {
  std::ostringstream out;
  out.precision(9);
  out << value;
  return out.str();
}

std::string seconds(Duration d) {
  std::ostringstream out;
  out.setf(std::ios::fixed);
  out.precision(6);
  out << to_seconds(d);
  return out.str();
}

std::string measured(const CheckRow& check) {
  std::string text = "limit " + (check.limit.empty() ? std::string("none") : check.limit);
  if (check.value) text += ", measured " + number(*check.value) + " " + check.unit;
  if (check.margin) text += ", margin " + number(*check.margin) + " " + check.unit;
  if (check.uncertainty) text += ", uncertainty ± " + number(*check.uncertainty) + " " + check.unit;
  text += ", window " + number(to_seconds(check.from)) + " s to " + number(to_seconds(check.to)) + " s";
  if (!check.channel.empty()) text += ", from " + check.channel;
  if (!check.clock.empty()) text += ", clock of the " + check.clock;
  return text;
}

void add_result(pugi::xml_node test_case, Counts& counts, std::optional<Verdict> verdict, std::string_view type, std::string_view message,
                std::string_view body) {
  if (verdict == Verdict::kPass) return;
  const char* element = "error";
  if (!verdict) {
    element = "skipped";
    ++counts.skipped;
  } else if (*verdict == Verdict::kFail) {
    element = "failure";
    ++counts.failures;
  } else {
    ++counts.errors;
  }
  auto node = test_case.append_child(element);
  if (verdict) set(node, "type", type);
  set(node, "message", message);
  if (!body.empty()) node.append_child(pugi::node_pcdata).set_value(clean(body).c_str());
}

pugi::xml_node add_case(pugi::xml_node suite, Counts& counts, const RunReport& report, std::string_view name) {
  ++counts.tests;
  auto test_case = suite.append_child("testcase");
  set(test_case, "classname", report.scenario.empty() ? report.file : report.scenario);
  set(test_case, "name", name);
  return test_case;
}

void add_check(pugi::xml_node suite, Counts& counts, const RunReport& report, const CheckRow& check) {
  auto test_case = add_case(suite, counts, report, check.id);
  if (!check.requirements.empty()) {
    auto properties = test_case.append_child("properties");
    for (const auto& requirement : check.requirements) add_property(properties, "requirement", requirement);
  }
  std::string type = check.verdict ? std::string(to_text(*check.verdict)) : "";
  if (check.verdict == Verdict::kError && !check.error.empty()) type = check.error;
  const std::string message = check.reason.empty() ? measured(check) : check.reason;
  add_result(test_case, counts, check.verdict, type, message, measured(check) + "\nrepeat with: " + report.repeat);
}

// What no check carries: a run that broke, was aborted, refused or never began. Every suite has at least one case.
void add_run(pugi::xml_node suite, Counts& counts, const RunReport& report) {
  std::optional<Verdict> worst;
  for (const auto& check : report.checks) {
    if (check.verdict) worst = worst ? worse(*worst, *check.verdict) : *check.verdict;
  }
  if (report.state == RunState::kNotRun) {
    add_result(add_case(suite, counts, report, "run"), counts, std::nullopt, "", report.reason, "");
    return;
  }
  auto verdict = report.verdict.value_or(Verdict::kInconclusive);
  const bool whole = report.state == RunState::kFinished;
  if (!whole) verdict = Verdict::kError;
  const bool said_by_a_check = worst && *worst >= verdict;
  if (whole && (said_by_a_check || (verdict == Verdict::kPass && !report.checks.empty()))) return;
  const std::string_view type = whole ? to_text(verdict) : to_text(report.state);
  add_result(add_case(suite, counts, report, "run"), counts, verdict, type, report.reason, "repeat with: " + report.repeat);
}

void put_counts(pugi::xml_node node, const Counts& counts) {
  node.append_attribute("tests") = counts.tests;
  node.append_attribute("failures") = counts.failures;
  node.append_attribute("errors") = counts.errors;
  node.append_attribute("skipped") = counts.skipped;
}

Counts add_suite(pugi::xml_node suites, const RunReport& report) {
  auto suite = suites.append_child("testsuite");
  // Seen at first sight in every server: a virtual run is no bench run.
  const std::string name = report.scenario.empty() ? report.file : report.scenario;
  set(suite, "name", report.bench_kind.empty() ? name : name + " [" + report.bench_kind + "]");
  set(suite, "time", seconds(report.wall_time));
  if (!report.started_utc.empty()) set(suite, "timestamp", report.started_utc);
  auto properties = suite.append_child("properties");
  add_property(properties, "bench", report.bench);
  add_property(properties, "bench_kind", report.bench_kind);
  add_property(properties, "firmware_sha256", report.firmware_sha256);
  add_property(properties, "seed", std::to_string(report.seed));
  add_property(properties, "speed", report.speed);
  add_property(properties, "rig_version", report.rig_version);
  add_property(properties, "run", report.path);
  add_property(properties, "digest", report.digest);
  add_property(properties, "scenario_time_s", number(to_seconds(report.scenario_time)));
  for (const auto& [key, value] : report.parameters) add_property(properties, "parameter." + key, value);
  for (const auto& [key, value] : report.key_values) add_property(properties, "label." + key, value);
  Counts counts;
  for (const auto& check : report.checks) add_check(suite, counts, report, check);
  add_run(suite, counts, report);
  put_counts(suite, counts);
  return counts;
}

}  // namespace

std::string to_junit(std::span<const RunReport> reports) {
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto suites = document.append_child("testsuites");
  suites.append_attribute("name") = "pumprig";
  Counts all;
  for (const auto& report : reports) all.add(add_suite(suites, report));
  put_counts(suites, all);
  std::ostringstream out;
  document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
  return out.str();
}

}  // namespace pumprig::session
