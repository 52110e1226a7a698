#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "rig/twin/control/control_lines.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pumprig::twin;
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  static_cast<void>(parse_control_reply(line));
  const auto request = parse_control_request(line);
  // What was understood is understood again when it is written down.
  if (request && !parse_control_request(format_control_request(*request))) std::abort();
  return 0;
}
