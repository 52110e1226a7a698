#include "rig/twin/control/local_control.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace pumprig::twin {
namespace {

struct Truth {
  std::string_view name;
  double (*read)(Plant& plant, TimePoint t);
};

constexpr std::array kTruths = {
    Truth{"outlet_kpa", [](Plant& plant, TimePoint t) { return plant.outlet_kpa(t); }},
    Truth{"metered_ul", [](Plant& plant, TimePoint t) { return plant.metered_ul(t); }},
    Truth{"metered_ul_per_min", [](Plant& plant, TimePoint t) { return plant.metered_ul_per_min(t); }},
    Truth{"delivered_ul", [](Plant& plant, TimePoint t) { return plant.delivered_ul(t); }},
    Truth{"displaced_ul", [](Plant& plant, TimePoint) { return plant.displaced_ul(); }},
    Truth{"tip_dose_a_ug", [](Plant& plant, TimePoint t) { return plant.tip_dose_ug(t)[0]; }},
    Truth{"tip_dose_b_ug", [](Plant& plant, TimePoint t) { return plant.tip_dose_ug(t)[1]; }},
    Truth{"tip_a_mg_per_ml", [](Plant& plant, TimePoint t) { return plant.tip_concentration(t)[0]; }},
    Truth{"tip_b_mg_per_ml", [](Plant& plant, TimePoint t) { return plant.tip_concentration(t)[1]; }},
    Truth{"tip_kpa", [](Plant& plant, TimePoint t) { return plant.tip_kpa(t); }},
    Truth{"leaked_dose_a_ug", [](Plant& plant, TimePoint t) { return plant.drug_path(t).lost()[0]; }},
    Truth{"leaked_dose_b_ug", [](Plant& plant, TimePoint t) { return plant.drug_path(t).lost()[1]; }},
    Truth{"leaked_ul", [](Plant& plant, TimePoint t) { return plant.leaked_ul(t); }},
    Truth{"pocket_ul", [](Plant& plant, TimePoint) { return plant.pocket_ul(); }},
    Truth{"reservoir_ul", [](Plant& plant, TimePoint t) { return plant.reservoir_ul(t); }},
};

}  // namespace

Task<void> LocalControl::inject(std::string fault, FaultParameters parameters) {
  co_return active_.inject(target(), fault, parameters);
}

Task<void> LocalControl::clear(std::string fault) {
  co_return active_.clear(target(), fault);
}

Task<void> LocalControl::set_drug(DrugContent content) {
  if (content.drug.empty() || !(content.mg_per_ml >= 0) || !std::isfinite(content.mg_per_ml)) {
    co_return fail(ErrorCode::kInvalidArgument, "a drug has a name and a concentration that is not negative");
  }
  const bool everywhere = content.where == DrugContent::Where::kEverywhere;
  if (everywhere) drugs_.clear();
  auto found = std::find(drugs_.begin(), drugs_.end(), content.drug);
  if (found == drugs_.end()) {
    if (drugs_.size() == kDrugs) {
      co_return fail(ErrorCode::kUnsupported, "the catheter's model carries two drugs at once: " + drugs_[0] + " and " + drugs_[1]);
    }
    found = drugs_.insert(drugs_.end(), content.drug);
  }
  Concentration concentration{};
  concentration[static_cast<std::size_t>(found - drugs_.begin())] = content.mg_per_ml;
  const TimePoint now = twin_.executor().now();
  if (everywhere) {
    twin_.plant().set_content(now, concentration);
  } else {
    twin_.plant().set_reservoir_content(now, concentration);
  }
  co_return Status{};
}

Task<double> LocalControl::truth(std::string name) {
  std::string known;
  for (const auto& truth : kTruths) {
    if (truth.name == name) co_return truth.read(twin_.plant(), twin_.executor().now());
    known += (known.empty() ? "" : ", ") + std::string(truth.name);
  }
  co_return fail(ErrorCode::kInvalidArgument, "the twin has no value \"" + name + "\"; it has " + known);
}

}  // namespace pumprig::twin
