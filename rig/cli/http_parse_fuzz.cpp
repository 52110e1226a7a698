// Any bytes as a daemon's answer and as its event stream, in two pieces.
#include "rig/cli/http_parse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pumprig::cli;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto head = parse_head(text);
  if (head && *head && (*head)->size > size) __builtin_trap();
  EventParser whole;
  EventParser pieces;
  const auto at_once = whole.feed(text);
  auto first = pieces.feed(text.substr(0, size / 2));
  const auto second = pieces.feed(text.substr(size / 2));
  if (!at_once || !first || !second) return 0;
  if (at_once->size() != first->size() + second->size()) __builtin_trap();
  return 0;
}
