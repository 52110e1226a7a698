// What `rig --help` says below the list of commands.
#pragma once

namespace pumprig::cli {

inline constexpr const char* kHelpFooter = R"(Exit codes, of every command:
  0  everything passed, or the command did what it was asked
  1  a check failed (compare: the two runs do not agree)
  2  something erred, was aborted or was wrong in the input
  3  something was inconclusive or not run
  Where several apply: 2, else 1, else 3, else 0.

A run ends in the safe state that the bench names (unless it says otherwise: therapy stopped), also after Ctrl-C and after
a second one. An aborted run is kept as aborted.

Environment:
  PUMPRIG_SOCKET  Unix socket of a rigd. It is used for the bench that it holds; other benches are opened by rig itself.
  PUMPRIG_DATA    folder with the bundled scenarios/ and reports/
  PUMPRIG_PYTHON  Python that makes reports; unless given, the python beside this program, else that of the build
  NO_COLOR        no colours)";

}  // namespace pumprig::cli
