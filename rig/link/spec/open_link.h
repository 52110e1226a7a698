// Opens whatever a spec names.
#pragma once

#include <memory>
#include <string_view>

#include "rig/link/link.h"

namespace pumprig::link {

// `defaults`: the line of the instrument's kind, which the spec's parameters override. kInvalidArgument: the spec is wrong (see
// parse_link_spec); kNotFound: it is not there, with what is; kUnavailable: in use, or nobody listens; kUnsupported: a virtual: link, which
// only its bench can open.
Result<std::unique_ptr<Link>> open_link(std::string_view spec, const LineSettings& defaults, exec::Executor& executor);
Result<std::unique_ptr<Link>> open_link(std::string_view spec, exec::Executor& executor);

}  // namespace pumprig::link
