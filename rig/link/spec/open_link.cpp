#include "rig/link/spec/open_link.h"

#include "rig/link/posix/pty_link.h"
#include "rig/link/posix/socket_link.h"
#include "rig/link/serial/serial_link.h"
#include "rig/link/spec/link_spec.h"

namespace pumprig::link {

Result<std::unique_ptr<Link>> open_link(std::string_view text, const LineSettings& defaults, exec::Executor& executor) {
  TRY_ASSIGN(const LinkSpec spec, parse_link_spec(text, defaults));
  switch (spec.kind) {
    case LinkKind::kSerial:
      return open_serial({spec.target, spec.usb_serial}, spec.line, executor);
    case LinkKind::kPty:
      return open_pty(spec.target, spec.line, executor);
    case LinkKind::kTcp:
      return open_tcp(spec.target, spec.port, executor);
    case LinkKind::kUnix:
      return open_unix(spec.target, executor);
    case LinkKind::kVirtual:
      break;
  }
  return fail(ErrorCode::kUnsupported, "a virtual: link exists only on a virtual bench; name a port here, or run with --bench virtual",
              std::string(text));
}

Result<std::unique_ptr<Link>> open_link(std::string_view spec, exec::Executor& executor) {
  return open_link(spec, LineSettings{}, executor);
}

}  // namespace pumprig::link
