// Runs a scenario of this folder on a bench, as `rig run` does, with the kinds of this folder beside those of the product.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "rig/session/local_runner.h"

namespace pumprig::examples {

// `scenario` is a file below docs/examples; so is `bench`, unless it is "virtual".
inline Result<session::RunReport> run_scenario(const std::string& scenario, const std::string& bench = "virtual") {
  const std::string folder = PUMPRIG_SOURCE_DIR "/docs/examples/";
  const auto out = std::filesystem::temp_directory_path() / ("pumprig_examples_" + std::to_string(::getpid()));
  session::RunRequest request;
  request.scenario = folder + scenario;
  request.bench = bench == "virtual" ? bench : folder + bench;
  request.out = out.string();
  session::RunObserver observer;
  session::StopSwitch stop;
  auto report = session::make_local_runner()->run(request, observer, stop);
  std::filesystem::remove_all(out);
  return report;
}

}  // namespace pumprig::examples
