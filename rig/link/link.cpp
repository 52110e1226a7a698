#include "rig/link/link.h"

#include <array>

namespace pumprig::link {

void Link::note(const Error& error) {
  if (error.code != ErrorCode::kUnavailable || !up_) return;
  up_ = false;
  ++counters_.hang_ups;
}

Result<std::size_t> Link::try_read(std::span<std::uint8_t> into) {
  auto got = do_try_read(into);
  if (got) {
    counters_.bytes_read += *got;
  } else {
    note(got.error());
  }
  return got;
}

Result<std::size_t> Link::try_write(ByteView bytes) {
  auto put = do_try_write(bytes);
  if (put) {
    counters_.bytes_written += *put;
  } else {
    note(put.error());
  }
  return put;
}

// A line that hung up is ready at once and for ever: whoever waits for it again would go round and round.
Task<void> Link::refuse_wait() {
  co_return fail(ErrorCode::kUnavailable, "the far end is gone; reopen the link", describe());
}

Task<void> Link::wait_readable(TimePoint deadline) {
  return up_ ? do_wait_readable(deadline) : refuse_wait();
}
Task<void> Link::wait_writable(TimePoint deadline) {
  return up_ ? do_wait_writable(deadline) : refuse_wait();
}

Task<std::size_t> Link::read_some(std::span<std::uint8_t> into, TimePoint deadline) {
  for (;;) {
    CO_TRY_ASSIGN(const std::size_t got, try_read(into));
    if (got > 0) co_return got;
    const Status readable = co_await do_wait_readable(deadline);
    if (!readable) {
      note(readable.error());
      co_return tl::unexpected<Error>(readable.error());
    }
  }
}

Task<void> Link::write_all(ByteView bytes, TimePoint deadline) {
  while (!bytes.empty()) {
    CO_TRY_ASSIGN(const std::size_t put, try_write(bytes));
    bytes = bytes.subspan(put);
    if (put == 0) CO_TRY(co_await do_wait_writable(deadline));
  }
  co_return Status{};
}

std::size_t Link::discard_input() {
  std::array<std::uint8_t, 256> bytes{};
  std::size_t total = 0;
  for (;;) {
    const auto got = try_read(bytes);
    if (!got || *got == 0) return total;
    total += *got;
  }
}

Status Link::set_line(const LineSettings& line) {
  return do_set_line(line);
}
void Link::close() {
  do_close();
}
Status Link::reopen() {
  TRY(do_reopen());
  up_ = true;
  return {};
}

}  // namespace pumprig::link
