// Prints the JSON Schema of a scenario file: pumprig_scenario_schema > scenarios/schema/scenario.schema.json
#include <cstdio>

#include "rig/scenario/language/schema.h"

int main() {
  std::fputs(pumprig::scenario::scenario_schema().c_str(), stdout);
  return 0;
}
