#include "rig/twin/control/local_control.h"

#include <array>

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
    Truth{"leaked_ul", [](Plant& plant, TimePoint t) { return plant.leaked_ul(t); }},
    Truth{"reservoir_ul", [](Plant& plant, TimePoint t) { return plant.reservoir_ul(t); }},
};

}  // namespace

Task<void> LocalControl::inject(std::string fault, FaultParameters parameters) {
  co_return active_.inject(target(), fault, parameters);
}

Task<void> LocalControl::clear(std::string fault) {
  co_return active_.clear(target(), fault);
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
