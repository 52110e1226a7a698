// Where the files that ship with the rig are: bundled scenarios, benches, requirements, report templates.
#pragma once

#include <filesystem>
#include <string>

namespace pumprig {

// The folder that holds scenarios/ and reports/: PUMPRIG_DATA, else what set_data_dir() said (the Python package does), else
// share/pumprig beside the program's bin/, else the source tree of a development build.
std::filesystem::path data_dir();
void set_data_dir(std::filesystem::path dir);

}  // namespace pumprig
