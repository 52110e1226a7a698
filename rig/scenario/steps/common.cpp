#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {

std::string check_id(const Step& step) {
  if (step.settings.has("id")) return step.settings.text("id");
  std::string path;
  for (std::size_t at = 0; at < step.pointer.size();) {
    const auto end = std::min(step.pointer.find('/', at + 1), step.pointer.size());
    const std::string token = step.pointer.substr(at + 1, end - at - 1);
    if (!token.empty() && token.front() >= '0' && token.front() <= '9') path += (path.empty() ? "" : ".") + token;
    at = end;
  }
  return step.kind->name + "-" + path;
}

}  // namespace pumprig::scenario
