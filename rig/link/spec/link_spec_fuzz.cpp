// Any text: no crash, and what is accepted comes back the same when it is written and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "rig/link/spec/link_spec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text.push_back(static_cast<char>(data[i]));
  const auto spec = pumprig::link::parse_link_spec(text);
  if (!spec) return 0;
  const auto again = pumprig::link::parse_link_spec(to_text(*spec));
  if (!again || to_text(*again) != to_text(*spec)) std::abort();
  return 0;
}
