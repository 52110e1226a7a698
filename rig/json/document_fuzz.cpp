#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "rig/json/document.h"

using pumprig::json::Document;
using pumprig::json::Node;

namespace {

void walk(const Node& node, std::size_t size) {
  if (node.offset >= size) std::abort();
  for (const auto& item : node.items) walk(item, size);
  for (const auto& member : node.members) {
    if (member.key_offset >= size) std::abort();
    walk(member.value, size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = Document::parse(std::string(data, data + size), "fuzz");
  if (document) walk(document->root(), size);
  return 0;
}
