// Where what ships with the rig is: bundled scenarios, benches, requirements, report templates, and the program itself.
#pragma once

#include <filesystem>
#include <string>

namespace pumprig {

// The folder that holds scenarios/ and reports/: PUMPRIG_DATA, else what set_data_dir() said (the Python package does), else
// share/pumprig beside the program's bin/, else the source tree of a development build.
std::filesystem::path data_dir();
void set_data_dir(std::filesystem::path dir);

// The program rig: PUMPRIG_RIG, else what set_rig_program() said, else beside the running program. Empty when there is none.
std::filesystem::path rig_program();
void set_rig_program(std::filesystem::path program);

}  // namespace pumprig
