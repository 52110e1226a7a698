// Any bytes on the telemetry line and on the motor bus: the pump neither crashes nor steps faster than it may, and goes on by itself.
//
// Input: parts of [kind, size, bytes…]. Kind 0: raw bytes to the line. 1: a frame around them. 2: a frame around a fresh head and them.
// 3: bytes on the motor bus in place of the driver's next answers. 4: a pause of `size` seconds.
#include <algorithm>
#include <cstdlib>

#include "firmware/protocol/envelope.h"
#include "firmware/pump/testing/fake_board.h"

namespace {

using namespace pumpfw;

void frame(testing::FakeBoard& board, std::span<const std::uint8_t> payload) {
  std::array<std::uint8_t, protocol::kMaxFrame> out{};
  const std::size_t size = protocol::encode_frame(payload, out);
  board.send(std::span<const std::uint8_t>(out).first(size));
}

void ask(testing::FakeBoard& board, std::uint32_t counter, std::span<const std::uint8_t> rest) {
  if (rest.empty()) return;
  std::array<std::uint8_t, protocol::kMaxPayload> payload{};
  protocol::EnvelopeHead head;
  head.role = static_cast<protocol::Role>(1 + rest[0] % 3);
  head.session_id = 7;
  head.counter = counter;
  const std::size_t at = protocol::encode(head, payload);
  const std::size_t size = std::min(rest.size() - 1, payload.size() - at);
  std::copy_n(rest.begin() + 1, size, payload.begin() + static_cast<std::ptrdiff_t>(at));
  frame(board, std::span<const std::uint8_t>(payload).first(at + size));
}

void check_steps(const testing::FakeBoard& board) {
  for (std::size_t i = 1; i < board.steps.size(); ++i) {
    if (board.steps[i] - board.steps[i - 1] < kMinSpacing) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Pump::Config config;
  config.build.test_image = true;
  testing::FakeBoard board(config);
  board.run_for(kSecond);
  const std::span<const std::uint8_t> input(data, size);
  std::size_t at = 0;
  for (std::uint32_t part = 1; at + 2 <= input.size() && part < 40; ++part) {
    const std::uint8_t kind = input[at] % 5;
    const std::size_t wanted = input[at + 1];
    const auto bytes = kind == 4 ? std::span<const std::uint8_t>{} : input.subspan(at + 2, std::min(wanted, input.size() - at - 2));
    at += 2 + bytes.size();
    if (kind == 0) board.send(bytes);
    if (kind == 1 && !bytes.empty()) frame(board, bytes);
    if (kind == 2) ask(board, part, bytes);
    if (kind == 3) board.driver.babble.assign(bytes.begin(), bytes.end());
    board.run_for(kind == 4 ? std::min<std::size_t>(wanted, 20) * kSecond : 300);
  }
  check_steps(board);
  return 0;
}
