// rig programmer: the physician's side by hand, a sub-command an action. What is unusual is confirmed at the terminal, or by --confirm.
#include "rig/clients/programmer.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "rig/base/quantity.h"
#include "rig/cli/commands.h"
#include "rig/cli/prescribe.h"
#include "rig/cli/pump_line.h"
#include "rig/cli/table.h"
#include "rig/programmer/refill.h"
#include "rig/scenario/language/calendar.h"

namespace pumprig::cli {
namespace {

using nlohmann::ordered_json;

struct ProgrammerOptions {
  std::string link;
  std::string keys;
  bool json = false;
  PrescribeWords words;
  unsigned confirmed = 0;
  std::string volume, measured, duration, to, what;
  std::uint32_t from_seq = 1;
};

int answer(const ProgrammerOptions& options, const ordered_json& json, const std::string& text) {
  std::printf("%s\n", options.json ? json.dump().c_str() : text.c_str());
  return kExitPass;
}

// A clinician's command that the pump takes or refuses.
template <typename Reply>
Result<int> took(const ProgrammerOptions& options, const clients::Answer<Reply>& reply, const std::string& done) {
  const auto& words = clients::protocol::describe(reply.status);
  const ordered_json json{{"outcome", reply.refused() ? "refused" : "done"}, {"reason", words.name}};
  answer(options, json, reply.refused() ? std::string("The pump refused: ") + words.text + "." : done);
  return reply.refused() ? kExitFail : kExitPass;
}

Result<std::uint32_t> nanolitres(const std::string& text) {
  TRY_ASSIGN(const auto volume, parse_quantity(text, Dimension::kVolume));
  return static_cast<std::uint32_t>(volume.value * 1000 + 0.5);
}

std::string alarm_words(std::uint32_t bits) {
  std::string out;
  for (const clients::Alarm alarm : clients::alarms_of(bits))
    out += (out.empty() ? "" : "; ") + std::string(clients::protocol::describe(alarm).text);
  return out.empty() ? "none" : out;
}

Result<int> status(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto now, line.run(pump.status()));
  TRY_ASSIGN(const auto program, line.run(pump.read_program()));
  const auto& s = now.fields;
  const auto& p = program.fields.program;
  const programmer::Concentration concentration{p.concentration_ng_per_ml};
  const auto* drug = programmer::find_drug(p.drug);
  ordered_json json{{"therapy", clients::protocol::describe(s.therapy_state).name},
                    {"rate_now_ml_per_day", s.rate_now_nl_per_day * 1e-6},
                    {"reservoir_ml", s.reservoir_nl * 1e-6},
                    {"alarms", alarm_words(s.alarm_bits)},
                    {"drug", drug == nullptr ? "" : drug->name},
                    {"concentration_mg_per_ml", static_cast<double>(p.concentration_ng_per_ml) * 1e-6},
                    {"battery_v", s.battery_mv * 1e-3},
                    {"program_revision", program.fields.revision}};
  std::string text = "Therapy     " + state_text(s.therapy_state) + "\nRate now    " + programmer::ml_per_day_text(s.rate_now_nl_per_day);
  if (concentration.ng_per_ml > 0) {
    text += ", " + programmer::to_text(programmer::dose_of(s.rate_now_nl_per_day, concentration)) + " of " +
            (drug == nullptr ? "drug " + std::to_string(p.drug) : drug->name) + " at " + programmer::to_text(concentration);
  }
  text += "\nReservoir   " + programmer::volume_text(s.reservoir_nl);
  if (const auto left = programmer::run_out(p, s.reservoir_nl); left && program.fields.revision != 0) {
    json["days_to_low"] = left->days_to_low;
    text += ", low alarm in " + std::to_string(static_cast<int>(left->days_to_low)) + " days with every patient bolus used";
  }
  if (s.phase_remaining_nl != 0) text += "\nTo be given " + programmer::volume_text(s.phase_remaining_nl) + " before the base follows";
  text += "\nBoluses     " + std::to_string(s.boluses_last_24h) + " in the last 24 hours, " + std::to_string(s.doses_left_24h) + " left";
  text += "\nAlarms      " + alarm_words(s.alarm_bits);
  return answer(options, json, text);
}

Result<int> do_prescribe(const ProgrammerOptions& options, PumpLine& line) {
  TRY_ASSIGN(const auto wanted, read_prescription(options.words));
  const bool can_ask = ::isatty(STDIN_FILENO) != 0 && options.confirmed == 0;
  unsigned given = 0;
  const Confirm confirm = [&](const std::string& what, bool twice) {
    if (!can_ask) return given++ < options.confirmed;
    std::printf("%s%s", what.c_str(),
                twice ? "This is a big change. Type the new dose once more to confirm it: " : "Program this? Type yes: ");
    std::fflush(stdout);
    std::string typed;
    std::getline(std::cin, typed);
    return typed == (twice ? options.words.dose : "yes");
  };
  const auto review = prescribe(line, wanted, confirm);
  if (!review && review.error().code == ErrorCode::kCancelled && !can_ask) {
    TRY_ASSIGN(const auto present, read_present(line));
    TRY_ASSIGN(const auto shown, programmer::review(wanted, present));
    const int needed = std::max(1, shown.confirmations());
    return fail(ErrorCode::kInvalidArgument,
                "nothing was changed; look at this and give --confirm " + std::to_string(needed) + ":\n" + review_text(shown));
  }
  TRY(review);
  ordered_json figures = ordered_json::object();
  for (const auto& figure : review->figures) figures[figure.name] = figure.value;
  return answer(options, {{"outcome", "programmed"}, {"figures", figures}},
                "Programmed and read back bit for bit:\n" + review_text(*review));
}

// What the pump was told at the last fill, by its own log; what it holds when the log has forgotten it.
Result<std::uint32_t> filled_last(PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto log, line.run(pump.read_log()));
  std::uint32_t filled = line.session().identity().capacity_nl;
  for (const auto& entry : log.entries) {
    if (entry.code == clients::LogCode::kReservoirEntered) filled = static_cast<std::uint32_t>(entry.argument_1);
  }
  return filled;
}

Result<int> refill(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto filled, nanolitres(options.volume));
  TRY_ASSIGN(const auto before, line.run(pump.status()));
  TRY_ASSIGN(const auto program, line.run(pump.read_program()));
  std::string residual_text;
  ordered_json json{{"outcome", "done"}, {"expected_ml", before.fields.reservoir_nl * 1e-6}, {"entered_ml", filled * 1e-6}};
  if (!options.measured.empty()) {
    TRY_ASSIGN(const auto measured, nanolitres(options.measured));
    TRY_ASSIGN(const auto last, filled_last(line));
    const auto residual = programmer::judge_residual(last, before.fields.reservoir_nl, measured);
    char words[160];
    std::snprintf(words, sizeof(words), "\nExpected %.3f mL, found %.3f mL: %+.1f %%%s", before.fields.reservoir_nl * 1e-6, measured * 1e-6,
                  residual.error_percent,
                  residual.over_infusion    ? ", OVER-INFUSION"
                  : residual.under_infusion ? ", UNDER-INFUSION"
                                            : "");
    residual_text = words;
    json["error_percent"] = residual.error_percent;
    json["over_infusion"] = residual.over_infusion;
    json["under_infusion"] = residual.under_infusion;
  }
  TRY(line.run(pump.refill(filled, line.session().identity().capacity_nl)));
  std::string text = "The pump holds " + programmer::volume_text(filled) + "." + residual_text;
  const auto* drug = programmer::find_drug(program.fields.program.drug);
  const auto next = drug == nullptr ? std::nullopt
                                    : programmer::next_refill(program.fields.program, filled, *drug,
                                                              options.what == "first"     ? programmer::Fill::kFirst
                                                              : options.what == "diluted" ? programmer::Fill::kLaterDiluted
                                                                                          : programmer::Fill::kLater);
  if (next) {
    text += "\nNext refill " + next->text() + ".";
    json["next_refill_days"] = next->days;
    json["next_refill_by"] = next->by_stability ? "stability" : "volume";
  }
  return answer(options, json, text);
}

Result<int> read_the_log(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto log, line.run(pump.read_log(options.from_seq)));
  if (options.json) {
    ordered_json all = ordered_json::array();
    for (const auto& entry : log.entries) {
      all.push_back({{"seq", entry.seq},
                     {"pump_s", clients::pump_seconds(entry.rtc_ticks)},
                     {"event", clients::protocol::describe(entry.code).name},
                     {"argument_1", entry.argument_1},
                     {"argument_2", entry.argument_2}});
    }
    return answer(options, {{"oldest_seq", log.oldest_seq}, {"entries", all}}, "");
  }
  Table table({{"entry", Table::Align::kRight},
               {"since power-on", Table::Align::kRight},
               {"what"},
               {"", Table::Align::kRight},
               {"", Table::Align::kRight}});
  for (const auto& entry : log.entries) {
    table.add({std::to_string(entry.seq), span_text(static_cast<std::uint64_t>(clients::pump_seconds(entry.rtc_ticks))),
               clients::protocol::describe(entry.code).text, std::to_string(entry.argument_1), std::to_string(entry.argument_2)});
  }
  std::printf("%s", table.text(false).c_str());
  return kExitPass;
}

Result<int> start(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto done, line.run(pump.start()));
  return took(options, done, "Therapy runs: " + state_text(done.fields.therapy_state) + ".");
}
// One action, without a question: an emergency has no time for a dialogue.
Result<int> stop(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto done, line.run(pump.stop()));
  return took(options, done, "Therapy is STOPPED: " + state_text(done.fields.therapy_state) + ".");
}
Result<int> prime(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto volume, nanolitres(options.volume));
  TRY_ASSIGN(const auto done, line.run(pump.prime(volume)));
  return took(options, done, "Priming " + programmer::volume_text(volume) + " at 24 milliliters per day; the base follows.");
}
Result<int> give_bolus(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto volume, nanolitres(options.volume));
  TRY_ASSIGN(const auto span, parse_quantity(options.duration, Dimension::kDuration));
  TRY_ASSIGN(const auto done, line.run(pump.give_bolus(volume, static_cast<std::uint32_t>(span.value + 0.5))));
  return took(options, done, "A single bolus of " + programmer::volume_text(volume) + " is being given.");
}
Result<int> cancel(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto done, line.run(options.what == "bolus" ? pump.cancel_bolus() : pump.cancel_prime()));
  return took(options, done, "Ended.");
}
Result<int> set_clock(const ProgrammerOptions& options, PumpLine& line) {
  const auto local_time_s = scenario::parse_calendar(options.to);
  if (!local_time_s)
    return fail(ErrorCode::kInvalidArgument, "\"" + options.to + "\" is no date and time; write it as 2026-03-02 08:00:00");
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto done, line.run(pump.set_clock(*local_time_s)));
  return took(options, done, "The pump's calendar stands at " + options.to + "; lockouts and counts go on as they were.");
}
Result<int> clear(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto done, line.run(pump.clear_alarms()));
  return answer(options, {{"outcome", "done"}, {"alarms", alarm_words(done.fields.alarm_bits)}},
                "Alarms that still stand: " + alarm_words(done.fields.alarm_bits) + ".");
}
Result<int> test_alarm(const ProgrammerOptions& options, PumpLine& line) {
  clients::Programmer pump(line.session());
  TRY_ASSIGN(const auto done, line.run(pump.test_alarm()));
  return took(options, done, "The pump sounds its critical signal, then the other.");
}

}  // namespace

void add_programmer(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<ProgrammerOptions>();
  auto* command = app.add_subcommand("programmer", "Play the physician: look at the pump, prescribe, refill, prime, stop");
  command->require_subcommand(1);
  command->add_option("--link", options->link, "the pump's link, for example pty:DIR/pump of a rig twin")->required();
  command->add_option("--keys", options->keys, "folder with clinician.key, for a pump that has keys");
  command->add_flag("--json", options->json, "the answer as JSON");
  const auto add = [&](const char* name, const char* help, Result<int> (*run)(const ProgrammerOptions&, PumpLine&)) {
    auto* sub = command->add_subcommand(name, help);
    sub->callback([options, &outcome, run] {
      auto line = PumpLine::open(options->link, options->keys);
      const auto code = line ? run(*options, *line) : Result<int>(tl::unexpected<Error>(line.error()));
      outcome.exit_code = code ? *code : complain(code.error());
    });
    return sub;
  };
  add("status", "Interrogate the pump: therapy, rate, dose, reservoir, alarms", &status);
  auto* sub = add("prescribe", "Review a prescription with its units spelled out, confirm it, program it and read it back", &do_prescribe);
  auto& words = options->words;
  sub->add_option("--drug", words.drug, "of the library: morphine sulfate, ziconotide, baclofen")->required();
  sub->add_option("--concentration", words.concentration, "\"20 mg/mL\", \"25 mcg/mL\"")->required();
  sub->add_option("--dose", words.dose, "\"5 mg/day\", \"90 mcg/day\", \"2 mcg/h\"");
  sub->add_option("--schedule", words.schedule, "\"daily 00:00 4 mg/day; daily 07:00 6 mg/day\"");
  sub->add_flag("--minimum-rate", words.minimum_rate, "therapy off, the rotor kept turning");
  sub->add_option("--bolus-dose", words.bolus_dose, "of a patient's bolus, \"0.25 mg\"");
  sub->add_option("--bolus-duration", words.bolus_duration, "\"10 min\"");
  sub->add_option("--bolus-lockout", words.bolus_lockout, "\"3 h\"");
  sub->add_option("--boluses-per-day", words.boluses_per_day, "most in any 24 hours");
  sub->add_option("--pump-tube", words.pump_tube, "volume from reservoir to port")->capture_default_str();
  sub->add_option("--catheter", words.catheter, "volume of the catheter")->capture_default_str();
  sub->add_option("--low-reservoir", words.low_reservoir, "volume of the low alarm")->capture_default_str();
  sub->add_option("--confirm", options->confirmed,
                  "so many confirmations are given herewith; without it they are asked for at the terminal");
  add("start", "Start or resume therapy", &start);
  add("stop", "Stop therapy at once, without a question", &stop);
  sub = add("refill", "Enter a refill; with --measured, judge what was found in the pump", &refill);
  sub->add_option("--volume", options->volume, "filled in, \"20 mL\"")->required();
  sub->add_option("--measured", options->measured, "drawn out before");
  sub->add_option("--fill", options->what, "first, later or diluted: how long the drug is stable")
      ->check(CLI::IsMember({"first", "later", "diluted"}));
  sub = add("prime", "Fill the path after an implant", &prime);
  sub->add_option("--volume", options->volume, "at most pump tube and catheter")->required();
  sub = add("bolus", "Give a single bolus", &give_bolus);
  sub->add_option("--volume", options->volume, "\"50 uL\"")->required();
  sub->add_option("--duration", options->duration, "\"30 min\"")->required();
  sub = add("cancel", "End the bolus or the priming that runs", &cancel);
  sub->add_option("WHAT", options->what, "bolus or priming")->required()->check(CLI::IsMember({"bolus", "priming"}));
  sub = add("clock", "Set the calendar by which a day schedule goes", &set_clock);
  sub->add_option("--to", options->to, "the patient's wall clock, \"2026-03-02 08:00:00\"")->required();
  sub = add("log", "Read the event log", &read_the_log);
  sub->add_option("--from", options->from_seq, "first entry")->capture_default_str();
  add("clear", "Clear the alarms that can be", &clear);
  add("test-alarm", "Sound both alarms", &test_alarm);
}

}  // namespace pumprig::cli
