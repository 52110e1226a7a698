// Request and reply over a link: deadline, retries and stale input in one place for every instrument that is asked.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "rig/link/decode.h"
#include "rig/link/link.h"

namespace pumprig::link {

struct TransactPolicy {
  // Wall time from the request's last byte to the reply's last byte. No speed changes it: the device is an outside party.
  Duration reply_timeout = std::chrono::milliseconds(250);
  int attempts = 3;
  // After a failed attempt, how long a late reply is waited for and thrown away, so that it is not taken for the next one's.
  Duration drain = std::chrono::milliseconds(250);
  int baud = 115200;  // for the request's own time on the line; 0: none
};

// How one exchange went.
struct Exchange {
  TimePoint first_requested{};  // when the first attempt left
  TimePoint requested{};        // when the attempt that was answered left
  TimePoint replied{};          // when its whole answer was there
  int attempts = 0;
};

struct TransactCounters {
  std::uint64_t exchanges = 0;
  std::uint64_t retries = 0;
  std::uint64_t stale_bytes = 0;     // thrown away before a request
  std::uint64_t bad_frames = 0;      // failed their own check
  std::uint64_t foreign_frames = 0;  // good, but not the answer to this request
};

template <typename Decoder>
class Transactor {
 public:
  using Frame = typename Decoder::Frame;

  Transactor(Link& link, const TransactPolicy& policy) : link_(link), policy_(policy) {}

  // Sends `request` and yields the first frame for which accept(frame) holds; it is good until the next request. A lost or damaged reply is
  // asked for again. kTimeout or kCorrupt after the last attempt; kUnavailable and kCancelled at once. `request` and `exchange` must
  // outlive the call; one call at a time.
  template <typename Accept>
  Task<const Frame*> request(ByteView request, Accept accept, Exchange& exchange) {
    ++counters_.exchanges;
    exchange = Exchange{};
    exchange.first_requested = link_.executor().now();
    Status outcome;
    while (exchange.attempts < policy_.attempts) {
      if (exchange.attempts > 0) {
        ++counters_.retries;
        CO_TRY(co_await drain());
      }
      ++exchange.attempts;
      counters_.stale_bytes += link_.discard_input();
      decoder_.begin(request);
      exchange.requested = link_.executor().now();
      CO_TRY_ASSIGN(const std::size_t put, link_.try_write(request));
      const auto line_time =
          policy_.baud > 0 ? Duration(static_cast<std::int64_t>(request.size()) * 10'000'000'000 / policy_.baud) : Duration{0};
      const TimePoint deadline = link_.executor().after_wall(policy_.reply_timeout + line_time);
      if (put < request.size()) CO_TRY(co_await link_.write_all(request.subspan(put), deadline));
      bool damaged = false;
      for (;;) {
        CO_TRY_ASSIGN(const std::size_t got, link_.try_read(buffer_));
        if (got == 0) {
          outcome = co_await link_.wait_readable(deadline);
          if (outcome) continue;
          if (outcome.error().code != ErrorCode::kTimeout) co_return tl::unexpected<Error>(std::move(outcome).error());
          break;
        }
        ByteView input(buffer_.data(), got);
        for (Decoded step = decoder_.next(input); step != Decoded::kNeedMore; step = decoder_.next(input)) {
          if (step == Decoded::kBad) {
            ++counters_.bad_frames;
            damaged = true;
            fault_ = decoder_.fault();
          } else if (accept(decoder_.frame())) {
            exchange.replied = link_.executor().now();
            co_return &decoder_.frame();
          } else {
            ++counters_.foreign_frames;
          }
        }
        if (damaged) break;
      }
      if (damaged) outcome = fail(ErrorCode::kCorrupt, "the reply is damaged: " + fault_, link_.describe());
    }
    const std::string often = " after " + std::to_string(exchange.attempts) + (exchange.attempts == 1 ? " attempt" : " attempts");
    if (outcome.error().code == ErrorCode::kCorrupt) co_return fail(ErrorCode::kCorrupt, outcome.error().text + often, link_.describe());
    co_return fail(ErrorCode::kTimeout, "no answer" + often, link_.describe());
  }

  Decoder& decoder() { return decoder_; }
  TransactPolicy& policy() { return policy_; }
  const TransactCounters& counters() const { return counters_; }
  Link& link() const { return link_; }

 private:
  // Reads and forgets until nothing more comes for the drain time.
  Task<void> drain() {
    const TimePoint until = link_.executor().after_wall(policy_.drain);
    for (;;) {
      counters_.stale_bytes += link_.discard_input();
      const Status more = co_await link_.wait_readable(until);
      if (more) continue;
      if (more.error().code == ErrorCode::kTimeout) co_return Status{};
      co_return more;
    }
  }

  Link& link_;
  TransactPolicy policy_;
  Decoder decoder_;
  TransactCounters counters_;
  std::string fault_;
  std::array<std::uint8_t, 1024> buffer_{};
};

}  // namespace pumprig::link
