// Faults and truth of a twin in this process.
#pragma once

#include "rig/twin/assembly/twin.h"
#include "rig/twin/control/twin_control.h"
#include "rig/twin/faults/catalogue.h"

namespace pumprig::twin {

class LocalControl final : public TwinControl {
 public:
  explicit LocalControl(Twin& twin) : twin_(twin) {}

  Task<void> inject(std::string fault, FaultParameters parameters) override;
  Task<void> clear(std::string fault) override;
  Task<void> set_drug(DrugContent content) override;
  Task<double> truth(std::string name) override;
  std::vector<std::string> active_names() const { return active_.names(); }

 private:
  FaultTarget target() { return {twin_.plant(), twin_.pump(), twin_.executor().now()}; }

  Twin& twin_;
  ActiveFaults active_;
  std::vector<std::string> drugs_;  // by their place in the model
};

}  // namespace pumprig::twin
