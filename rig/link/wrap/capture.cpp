#include "rig/link/wrap/capture.h"

namespace pumprig::link {

Result<std::size_t> CapturingLink::do_try_read(std::span<std::uint8_t> into) {
  auto got = inner_->try_read(into);
  if (got && *got > 0) sink_.captured(Direction::kFromDevice, executor_.now(), ByteView(into.data(), *got));
  return got;
}

Result<std::size_t> CapturingLink::do_try_write(ByteView bytes) {
  auto put = inner_->try_write(bytes);
  if (put && *put > 0) sink_.captured(Direction::kToDevice, executor_.now(), bytes.first(*put));
  return put;
}

}  // namespace pumprig::link
