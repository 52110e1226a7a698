#include "rig/instruments/catalogue.h"

#include <vector>

#define PUMPRIG_INSTRUMENT(kind)         \
  namespace pumprig::instruments::kind { \
  const Descriptor& descriptor();        \
  }
#include "rig/instruments/catalogue.inc"
#undef PUMPRIG_INSTRUMENT

namespace pumprig::instruments {

std::span<const Descriptor* const> catalogue() {
#define PUMPRIG_INSTRUMENT(kind) &kind::descriptor(),
  static const std::vector<const Descriptor*> all{
#include "rig/instruments/catalogue.inc"
  };
#undef PUMPRIG_INSTRUMENT
  return all;
}

const Descriptor* find_kind(std::string_view kind) {
  for (const Descriptor* descriptor : catalogue()) {
    if (descriptor->kind == kind) return descriptor;
  }
  return nullptr;
}

}  // namespace pumprig::instruments
