// The questions of a prescription, one at a time, each limit explained where it binds.
#include <algorithm>

#include "rig/programmer/dialogue.h"

namespace pumprig::programmer {
namespace {

// A drug of the library by number, name or the beginning of it.
const Drug* drug_by(const std::string& text) {
  int number = 1;
  for (const Drug& drug : drug_library()) {
    if (text == std::to_string(number++)) return &drug;
    if (text.size() >= 3 && std::string_view(drug.name).starts_with(text)) return &drug;
  }
  return nullptr;
}

std::string indented(const std::string& text) {
  std::string out = "  ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  while (out.ends_with(' ') || out.ends_with('\n')) out.pop_back();
  return out;
}

std::string joined(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "; " : std::string(1, c);
  return out;
}

}  // namespace

std::string Dialogue::said_of(const PrescribeWords& words, About about, bool refusals) const {
  PrescribeWords so_far = words;
  const bool no_base = so_far.dose.empty() && so_far.schedule.empty() && !so_far.minimum_rate;
  if (no_base) so_far.minimum_rate = true;  // stands in until the dose is asked for
  const auto wanted = read_prescription(so_far, desk_.present());
  if (!wanted) return wanted.error().text;
  const auto review = programmer::review(*wanted, desk_.present());
  if (!review) return review.error().text;
  std::string out;
  for (const Finding& finding : review->findings) {
    if (finding.about != about || (finding.severity == Severity::kRefuse) != refusals) continue;
    out += (out.empty() ? "" : "\n") + finding.text;
  }
  return out;
}

bool Dialogue::ask_drug() {
  std::string list;
  int number = 1;
  for (const Drug& drug : drug_library()) list += "  " + std::to_string(number++) + " " + drug.name + "\n";
  const Drug* before = desk_.present().programmed ? find_drug(desk_.present().program.drug) : nullptr;
  const auto typed =
      question({.prompt = "Drug, of the library:\n" + list + "Drug",
                .explained = "The library holds examples for a simulator. Another drug than before is never bridged.",
                .otherwise = before == nullptr ? "" : before->name,
                .check = [](const std::string& text) {
                  return drug_by(text) != nullptr ? "" : "the library has no \"" + text + "\"; type a number or a name of it";
                }});
  if (!typed) return false;
  const Drug& drug = *drug_by(*typed);
  words_.drug = drug.name;
  say(indented(std::string(drug.name) + "\n" + limits_text(drug)));
  return true;
}

bool Dialogue::ask_concentration() {
  const auto typed = question({.prompt = "Concentration, as on the vial that was filled in",
                               .explained = "With its unit, \"20 mg/mL\" or \"25 mcg/mL\": 1 mg is 1000 mcg.",
                               .check = [this](const std::string& text) {
                                 if (const auto read = parse_concentration(text); !read) return read.error().text;
                                 PrescribeWords words;
                                 words.drug = words_.drug;
                                 words.concentration = text;
                                 return joined(said_of(words, About::kConcentration, true));
                               }});
  if (typed) words_.concentration = *typed;
  return typed.has_value();
}

bool Dialogue::ask_schedule() {
  words_.schedule.clear();
  say("  One piece at a time: days, the time from which it holds, the dose. A day begins at 00:00.");
  for (;;) {
    const auto piece =
        question({.prompt = "Piece, \"mon-fri 07:00 6 mg/day\", or done, or again",
                  .explained = "Days: daily, mon-fri, sat,sun. Each weekday needs a piece from 00:00. again: forget the pieces "
                               "and begin anew.",
                  .check = [this](const std::string& text) {
                    if (text == "again") return std::string();
                    if (text != "done") return fault_of(read_piece(text));
                    if (words_.schedule.empty()) return std::string("a schedule has a piece at least");
                    const std::string wrong = joined(said_of(words_, About::kBase, true));
                    return wrong.empty() ? wrong : wrong + "; the pieces are " + words_.schedule + "; again: begin anew";
                  }});
    if (!piece) return false;
    if (*piece == "done") return true;
    if (*piece == "again") {
      words_.schedule.clear();
      continue;
    }
    words_.schedule += (words_.schedule.empty() ? "" : "; ") + *piece;
  }
}

// Each part is tried beside those that were given already, and harmless ones for the rest.
bool Dialogue::ask_periodic() {
  PrescribeWords words;
  words.drug = words_.drug;
  words.concentration = words_.concentration;
  const auto tried = [&](std::string PrescribeWords::*part, const std::string& text) {
    PrescribeWords with = words;
    with.*part = text;
    if (with.periodic_dose.empty()) return joined(said_of(with, About::kBase, true));
    if (with.periodic_duration.empty()) with.periodic_duration = "24 h";
    if (with.periodic_interval.empty()) with.periodic_interval = "7 day";
    return joined(said_of(with, About::kBase, true));
  };
  const auto ask = [&](const char* prompt, const char* explained, std::string PrescribeWords::*part) {
    const auto typed =
        question({.prompt = prompt, .explained = explained, .check = [&](const std::string& text) { return tried(part, text); }});
    if (typed) words.*part = *typed;
    return typed.has_value();
  };
  const bool all = ask("Dose between the boluses", "\"4 mg/day\": the constant dose beside which they are given.", &PrescribeWords::dose) &&
                   ask("Dose or volume of each bolus", "\"0.25 mg\" or \"12.5 uL\"; the pump gives 0.25 to 1000 microliters.",
                       &PrescribeWords::periodic_dose) &&
                   ask("Each given within", "\"10 min\".", &PrescribeWords::periodic_duration) &&
                   ask("Interval, from the start of one to the next", "\"6 h\"; longer than the bolus itself, 10 min to 7 days.",
                       &PrescribeWords::periodic_interval);
  if (!all) return false;
  words_.dose = words.dose;
  words_.periodic_dose = words.periodic_dose;
  words_.periodic_duration = words.periodic_duration;
  words_.periodic_interval = words.periodic_interval;
  return true;
}

bool Dialogue::ask_base() {
  words_.dose.clear();
  words_.periodic_dose = words_.periodic_duration = words_.periodic_interval = "";
  words_.schedule.clear();
  words_.minimum_rate = false;
  const auto typed =
      question({.prompt = "Dose, \"5 mg/day\" or \"90 mcg/day\"; or \"schedule\", \"periodic\", or \"minimum rate\"",
                .explained = "A dose per day or per hour; an hour's is taken times 24. schedule: doses by weekday and time. periodic: "
                             "a constant dose, and a bolus at a constant interval. minimum rate: therapy off, the rotor kept turning.",
                .check = [this](const std::string& text) {
                  if (text == "schedule" || text == "periodic" || text == "minimum rate") return std::string();
                  if (const auto read = parse_dose_rate(text); !read) return read.error().text;
                  PrescribeWords words;
                  words.drug = words_.drug;
                  words.concentration = words_.concentration;
                  words.dose = text;
                  return joined(said_of(words, About::kBase, true));
                }});
  if (!typed) return false;
  if (*typed == "schedule") {
    if (!ask_schedule()) return false;
  } else if (*typed == "periodic") {
    if (!ask_periodic()) return false;
  } else if (*typed == "minimum rate") {
    words_.minimum_rate = true;
  } else {
    words_.dose = *typed;
    const DoseRate dose = *parse_dose_rate(*typed);
    say("  That is " + to_text(dose) + ", " + per_hour_text(dose) + ".");
  }
  return true;
}

bool Dialogue::ask_boluses() {
  words_.bolus_dose = words_.bolus_duration = words_.bolus_lockout = "";
  words_.boluses_per_day = 0;
  if (!find_drug(words_.drug)->patient_boluses) {
    say("  " + words_.drug + " is not given as a patient's bolus, so there are none.");
    return true;
  }
  const auto wanted = yes("May the patient ask for boluses", "Only with all four limits: dose, duration, lockout and number in 24 hours.");
  if (!wanted) return false;
  if (!*wanted) return true;
  PrescribeWords words = words_;
  // Each limit is tried beside those that were given already and harmless ones for the rest.
  words.bolus_duration = "10 min";
  words.bolus_lockout = "24 h";
  words.boluses_per_day = 1;
  const auto tried = [this, &words] { return joined(said_of(words, About::kPatientBolus, true)); };
  const auto ask = [&](const char* prompt, const char* explained, std::string& into, auto read) {
    const std::string before = into;
    const auto typed = question({.prompt = prompt, .explained = explained, .check = [&](const std::string& text) {
                                   if (const auto value = read(text); !value) return value.error().text;
                                   into = text;
                                   std::string wrong = tried();
                                   if (!wrong.empty()) into = before;
                                   return wrong;
                                 }});
    return typed.has_value();
  };
  if (!ask("Dose of a bolus", "\"0.25 mg\"; usual is 5 to 20 % of a day's.", words.bolus_dose,
           [](const std::string& t) { return parse_mass(t); }) ||
      !ask("Given within", "\"10 min\".", words.bolus_duration, [](const std::string& t) { return read_span(t); }) ||
      !ask("Lockout, from the start of one to the next", "\"3 h\"; not shorter than the bolus itself, 1 min to 24 h.", words.bolus_lockout,
           [](const std::string& t) { return read_span(t); })) {
    return false;
  }
  const auto count =
      question({.prompt = "Boluses in any 24 hours, at most", .explained = "1 to 20.", .check = [&](const std::string& text) {
                  const bool number =
                      text.size() <= 2 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
                  if (!number || text == "0" || text == "00") return std::string("type a number from 1 to 20");
                  words.boluses_per_day = static_cast<unsigned>(std::stoul(text));
                  return tried();
                }});
  if (!count) return false;
  words_ = words;
  return true;
}

bool Dialogue::ask_path() {
  const auto ask = [this](const char* prompt, std::uint32_t before, const char* usual, std::string& into) {
    const auto typed = question({.prompt = prompt,
                                 .explained = "For priming and bridges, from the cards of pump and catheter: 0.0022 mL a cm of 0.53 mm.",
                                 .otherwise = before != 0 ? volume_words(before) : usual,
                                 .check = [](const std::string& text) { return fault_of(read_volume(text)); }});
    if (typed) into = *typed;
    return typed.has_value();
  };
  const auto& before = desk_.present().program;
  return ask("Volume of the pump's tube", before.pump_tube_nl, "199 uL", words_.pump_tube) &&
         ask("Volume of the catheter", before.catheter_nl, "176 uL", words_.catheter);
}

bool Dialogue::ask_low_alarm() {
  const auto typed =
      question({.prompt = "Low alarm at",
                .explained = "1 to 10 mL left in the reservoir; 4 mL leave more time than 2.",
                .otherwise = desk_.present().programmed ? volume_words(desk_.present().program.low_reservoir_threshold_nl) : "2 mL",
                .check = [this](const std::string& text) {
                  if (const auto read = read_volume(text); !read) return read.error().text;
                  PrescribeWords words = words_;
                  words.low_reservoir = text;
                  return joined(said_of(words, About::kLowReservoir, true));
                }});
  if (typed) words_.low_reservoir = *typed;
  return typed.has_value();
}

bool Dialogue::change(const std::string& what) {
  if (what == "drug") return ask_drug() && ask_concentration() && ask_base() && ask_boluses();
  if (what == "concentration") return ask_concentration();
  if (what == "dose") return ask_base();
  if (what == "boluses") return ask_boluses();
  if (what == "path") return ask_path();
  return ask_low_alarm();
}

bool Dialogue::ask_change() {
  const auto part =
      question({.prompt = "Change the drug, concentration, dose, boluses, path or low alarm, or go back",
                .explained = "Nothing was changed in the pump. Lines that begin with \"refused\" say what would do.",
                .check = [](const std::string& text) {
                  static constexpr std::string_view kParts[] = {"drug", "concentration", "dose", "boluses", "path", "low alarm"};
                  const bool known = std::find(std::begin(kParts), std::end(kParts), text) != std::end(kParts);
                  return known ? "" : "type one of these";
                }});
  return part && change(*part);
}

// Shows the whole prescription until it is programmed or left; each part may be changed in between.
bool Dialogue::review_and_program() {
  for (;;) {
    const auto review = desk_.review(words_);
    if (!review) {
      say_error(review.error());
      return false;
    }
    if (review->refused()) {
      say("This can not be programmed:\n" + review->text());
    } else {
      const auto done = desk_.prescribe(words_, consent());
      if (done) {
        say("Programmed and read back bit for bit.");
        return true;
      }
      say_error(done.error());
      if (desk_.changed_meanwhile()) continue;
      if (done.error().code != ErrorCode::kCancelled || left_) return false;
    }
    if (!ask_change()) return false;
  }
}

void Dialogue::prescribe() {
  words_ = {};
  for (const Step step : {&Dialogue::ask_drug, &Dialogue::ask_concentration, &Dialogue::ask_base, &Dialogue::ask_boluses,
                          &Dialogue::ask_path, &Dialogue::ask_low_alarm}) {
    if (!(this->*step)()) {
      if (!ended_) say("Nothing was programmed.");
      return;
    }
  }
  if (!review_and_program()) {
    if (!ended_) say("Left as it is.");
    return;
  }
  look();
  if (!clients::delivers(desk_.status().therapy_state)) say("Therapy does not run yet: \"start\" starts it.");
}

}  // namespace pumprig::programmer
