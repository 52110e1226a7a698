// What a scenario must know of a bench, out of the bench's configuration: nothing is opened.
#pragma once

#include "rig/bench/config/bench_config.h"
#include "rig/scenario/language/bench_facts.h"

namespace pumprig::session {

scenario::BenchFacts facts_of(const bench::BenchConfig& config);

}  // namespace pumprig::session
