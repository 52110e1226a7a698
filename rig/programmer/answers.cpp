#include "rig/programmer/answers.h"

#include <cmath>

#include "rig/base/weekly.h"
#include "rig/clients/program_facts.h"
#include "rig/json/build.h"
#include "rig/programmer/pump_limits.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {
namespace {

using json::add_member;
using json::bool_node;
using json::count_node;
using json::Node;
using json::number_node;
using json::object_node;
using json::text_node;

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::kNote:
      return "note";
    case Severity::kConfirm:
      return "confirm";
    case Severity::kConfirmTwice:
      return "confirm_twice";
    case Severity::kRefuse:
      return "refuse";
  }
  return "";
}

// The protocol's words of those that stand.
Node alarm_list(std::uint32_t alarm_bits) {
  std::vector<Node> out;
  for (unsigned i = 0; i < 32; ++i) {
    if ((alarm_bits >> i & 1U) != 0) out.push_back(text_node(clients::protocol::describe(static_cast<clients::Alarm>(i)).name));
  }
  return json::list_node(std::move(out));
}

// A figure of whole nanolitres and the like, without the dust of binary fractions.
Node decimal_node(std::int64_t count, double per_unit) {
  return number_node(static_cast<double>(count) / per_unit);
}

// null: not known.
void add_date(Node& out, const RefillDate& due) {
  add_member(out, "next_refill_in_days", due.known() ? number_node(due.days) : Node{});
  add_member(out, "next_refill_by", due.known() ? text_node(due.by_stability ? "stability" : "volume") : Node{});
}

std::string_view judged_name(clients::protocol::Residual judged) {
  using clients::protocol::Residual;
  return judged == Residual::kFits            ? "fits"
         : judged == Residual::kTooLittleLeft ? "too_little_left"
         : judged == Residual::kTooMuchLeft   ? "too_much_left"
                                              : "not_measured";
}

Node millilitres(std::uint32_t nl) {
  return number_node(nl / 1e6);  // the nearest number, so that it is written short
}

// null: there is none.
Node program_node(const clients::Program& p, bool programmed) {
  if (!programmed) return {};
  const Concentration strength{p.concentration_ng_per_ml};
  const auto milligrams = [](std::int64_t ng) { return number_node(static_cast<double>(ng) / 1e6); };
  const auto dose = [&](std::uint32_t nl_per_day) { return milligrams(dose_of(nl_per_day, strength).ng_per_day); };
  Node out = object_node({{"mode", text_node(clients::protocol::describe(p.mode).name)},
                          {"base_ml_per_day", millilitres(p.basal_rate_nl_per_day)},
                          {"base_mg_per_day", dose(p.basal_rate_nl_per_day)}});
  std::vector<Node> pieces;
  for (const auto& piece : p.segments.view()) {
    pieces.push_back(object_node({{"weekdays", text_node(weekdays_text(piece.weekdays))},
                                  {"from", text_node(time_of_day_text(piece.start_min))},
                                  {"ml_per_day", millilitres(piece.rate_nl_per_day)},
                                  {"mg_per_day", dose(piece.rate_nl_per_day)}}));
  }
  const auto bolus = [&](std::uint32_t nl, std::uint32_t duration_s) {
    return object_node(
        {{"ml", millilitres(nl)}, {"mg", milligrams(dose_in_steps(nl, strength).ng)}, {"duration_s", count_node(duration_s)}});
  };
  Node periodic;
  if (p.mode == clients::protocol::BasalMode::kPeriodic) {
    periodic = bolus(p.periodic_dose_nl, p.periodic_duration_s);
    add_member(periodic, "interval_s", count_node(p.periodic_interval_s));
  }
  Node patient;
  if (p.patient_bolus_enabled) {
    patient = bolus(p.bolus_dose_nl, p.bolus_duration_s);
    add_member(patient, "lockout_s", count_node(p.bolus_lockout_s));
    add_member(patient, "per_24h", count_node(p.bolus_max_per_24h));
    add_member(patient, "ceiling_1h_ml", millilitres(p.ceiling_1h_nl));
    add_member(patient, "ceiling_24h_ml", millilitres(p.ceiling_24h_nl));
  }
  add_member(out, "schedule", json::list_node(std::move(pieces)));
  add_member(out, "periodic_bolus", std::move(periodic));
  add_member(out, "patient_bolus", std::move(patient));
  add_member(out, "pump_tube_ml", millilitres(p.pump_tube_nl));
  add_member(out, "catheter_ml", millilitres(p.catheter_nl));
  add_member(out, "low_alarm_ml", millilitres(p.low_reservoir_threshold_nl));
  add_member(out, "occlusion_trip_kpa", number_node(p.occlusion_trip_pa / 1e3));
  add_member(out, "occlusion_alarm_within_s", count_node(std::llround(std::ceil(clients::occlusion_alarm_within_s(p)))));
  add_member(out, "critical_repeat_min", count_node(p.critical_repeat_min));
  add_member(out, "noncritical_repeat_min", count_node(p.noncritical_repeat_min));
  return out;
}

}  // namespace

Node status_answer(const Desk& desk) {
  const auto& s = desk.status();
  const Present& present = desk.present();
  const auto& p = present.program;
  const Drug* drug = find_drug(p.drug);
  Node out = object_node({{"therapy", text_node(clients::protocol::describe(s.therapy_state).name)},
                          {"rate_now_ml_per_day", decimal_node(s.rate_now_nl_per_day, 1e6)},
                          {"reservoir_ml", decimal_node(s.reservoir_nl, 1e6)},
                          {"capacity_ml", decimal_node(present.capacity_nl, 1e6)},
                          {"alarms", text_node(alarm_text(s.alarm_bits))},
                          {"alarm_list", alarm_list(s.alarm_bits)},
                          {"drug", text_node(drug == nullptr ? "" : drug->name)},
                          {"concentration_mg_per_ml", decimal_node(p.concentration_ng_per_ml, 1e6)},
                          {"battery_v", decimal_node(s.battery_mv, 1e3)},
                          {"battery_loaded_v", decimal_node(s.battery_loaded_mv, 1e3)},
                          {"battery_used_percent", decimal_node(s.battery_used_permille, 10)},
                          {"days_to_replacement", number_node(static_cast<double>(s.replace_by_s - s.local_time_s) / 86'400)},
                          {"temperature_c", decimal_node(s.temperature_decic, 10)},
                          {"boluses_last_24h", count_node(s.boluses_last_24h)},
                          {"doses_left_24h", count_node(s.doses_left_24h)},
                          {"boluses_granted", count_node(s.boluses_granted)},
                          {"boluses_refused", count_node(s.boluses_refused)},
                          {"given_since_refill_ml", decimal_node(s.given_nl, 1e6)},
                          {"self_test_failed", text_node(s.self_test_failed == 0 ? "" : self_test_text(s.self_test_failed))},
                          {"phase_remaining_ml", decimal_node(s.phase_remaining_nl, 1e6)},
                          {"calendar", text_node(pump_date_text(s.local_time_s))},
                          {"program_revision", count_node(desk.revision())},
                          {"program", program_node(p, present.programmed)}});
  if (const auto left = run_out(p, s.reservoir_nl); left && present.programmed)
    add_member(out, "days_to_low", number_node(left->days_to_low));
  if (drug != nullptr && present.programmed && s.reservoir_nl != 0) {
    if (const auto due = next_refill(p, *drug, present)) add_date(out, *due);
  }
  add_member(out, "history_known", bool_node(present.history_unknown.empty()));
  add_member(out, "text", text_node(desk.state_page()));
  return out;
}

Node review_answer(const Review& review, std::string_view outcome) {
  Node figures = object_node();
  for (const Figure& figure : review.figures) add_member(figures, figure.name, text_node(figure.value));
  std::vector<Node> findings;
  for (const Finding& finding : review.findings) {
    findings.push_back(object_node({{"severity", text_node(to_text(finding.severity))}, {"text", text_node(finding.text)}}));
  }
  Node out = object_node({{"outcome", text_node(outcome)},
                          {"figures", std::move(figures)},
                          {"findings", json::list_node(std::move(findings))},
                          {"refused", bool_node(review.refused())},
                          {"confirmations", count_node(review.confirmations())},
                          {"text", text_node(review.text())}});
  if (review.most) {
    add_member(out, "mg_per_24h", number_node(static_cast<double>(review.day_dose.ng_per_day) / 1e6));
    add_member(out, "highest_mg_in_24h", number_node(static_cast<double>(review.most->day.ng_per_day) / 1e6));
    add_member(out, "highest_mg_in_1h", number_node(static_cast<double>(review.most->hour.ng) / 1e6));
    add_member(out, "program", program_node(review.program, true));
  }
  return out;
}

Node refill_answer(const RefillReview& done, const RefillEntry& entry, const Present& present) {
  Node out = review_answer(done.review, "done");
  add_member(out, "expected_ml", decimal_node(present.reservoir_nl, 1e6));
  add_member(out, "entered_ml", decimal_node(entry.volume_nl, 1e6));
  if (done.residual) {
    const auto& error = done.residual->error_percent;
    add_member(out, "error_percent", error ? number_node(*error) : Node{});
    add_member(out, "over_infusion", bool_node(done.residual->over_infusion));
    add_member(out, "under_infusion", bool_node(done.residual->under_infusion));
  } else if (entry.measured_nl) {
    for (const char* member : {"error_percent", "over_infusion", "under_infusion"}) add_member(out, member, Node{});
  }
  if (entry.measured_nl) add_member(out, "judged_by_pump", text_node(judged_name(done.judged_by_pump)));
  if (done.next) add_date(out, *done.next);
  return out;
}

Node done_answer(const Done& done) {
  return object_node(
      {{"outcome", text_node(done.refused ? "refused" : "done")}, {"reason", text_node(done.reason)}, {"text", text_node(done.text)}});
}

Node proof_answer(const Proof& proof) {
  return object_node({{"running", bool_node(proof.running)},
                      {"as_written", bool_node(proof.as_written)},
                      {"known", bool_node(proof.known)},
                      {"therapy", text_node(proof.known ? clients::protocol::describe(proof.status.therapy_state).name : "unknown")},
                      {"program_revision", count_node(proof.revision)},
                      {"banner", text_node(proof.banner)},
                      {"text", text_node(proof.text)}});
}

Node log_answer(const clients::Programmer::Log& log, const clients::StatusReply& status) {
  std::vector<Node> entries;
  for (const auto& entry : log.entries) {
    const std::string date = entry_date_text(entry, status);
    entries.push_back(object_node({{"seq", count_node(entry.seq)},
                                   {"pump_s", number_node(clients::pump_seconds(entry.rtc_ticks))},
                                   {"calendar", date.empty() ? Node{} : text_node(date)},
                                   {"event", text_node(clients::protocol::describe(entry.code).name)},
                                   {"argument_1", count_node(entry.argument_1)},
                                   {"argument_2", count_node(entry.argument_2)},
                                   {"text", text_node(log_text(entry))}}));
  }
  return object_node({{"oldest_seq", count_node(log.oldest_seq)},
                      {"chain", text_node(log.chained ? "whole" : "not told")},
                      {"entries", json::list_node(std::move(entries))}});
}

Node library_answer() {
  std::vector<Node> drugs;
  for (const Drug& drug : drug_library()) {
    drugs.push_back(
        object_node({{"drug", text_node(drug.name)},
                     {"lowest_concentration_mg_per_ml", number_node(static_cast<double>(drug.lowest_concentration.ng_per_ml) * 1e-6)},
                     {"highest_concentration_mg_per_ml", number_node(static_cast<double>(drug.highest_concentration.ng_per_ml) * 1e-6)},
                     {"lowest_start_mg_per_day", number_node(static_cast<double>(drug.lowest_start.ng_per_day) * 1e-6)},
                     {"highest_start_mg_per_day", number_node(static_cast<double>(drug.highest_start.ng_per_day) * 1e-6)},
                     {"soft_limit_mg_per_day", number_node(static_cast<double>(drug.soft_limit.ng_per_day) * 1e-6)},
                     {"hard_limit_mg_per_day", number_node(static_cast<double>(drug.hard_limit.ng_per_day) * 1e-6)},
                     {"largest_step_mg_per_day", number_node(static_cast<double>(drug.largest_step.ng_per_day) * 1e-6)},
                     {"shortest_interval_s", count_node(drug.shortest_interval_s)},
                     {"stable_days_first", count_node(drug.stable_days_first)},
                     {"stable_days", count_node(drug.stable_days)},
                     {"stable_days_diluted", count_node(drug.stable_days_diluted)},
                     {"patient_boluses", bool_node(drug.patient_boluses)},
                     {"text", text_node(limits_text(drug))}}));
  }
  return object_node({{"drugs", json::list_node(std::move(drugs))}});
}

Node shown_answer(const Shown& shown) {
  const auto count = [](auto value) { return value ? count_node(static_cast<std::int64_t>(*value)) : Node{}; };
  return object_node({{"outcome", text_node(shown.outcome)},
                      {"granted", shown.granted ? bool_node(*shown.granted) : Node{}},
                      {"known", bool_node(shown.known == Shown::Known::kYes)},
                      {"earlier", bool_node(shown.earlier)},
                      {"text", text_node(shown.text)},
                      {"next_dose_in_s", count(shown.next_dose_in_s)},
                      {"doses_left_24h", count(shown.doses_left_24h)},
                      {"bridge_ends_in_s", count(shown.bridge_ends_in_s)}});
}

}  // namespace pumprig::programmer
