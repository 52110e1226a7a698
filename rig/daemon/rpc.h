// The daemon's methods as JSON-RPC 2.0: a request text in, a response text out. Knows nothing of sockets.
// The methods and their parameters are in method.h, for people in docs/api.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "rig/daemon/job_queue.h"

namespace pumprig::daemon {

struct DaemonFacts {
  std::string version;
  std::string bench;       // as rigd was told: "virtual" or the absolute path of a bench file
  std::string bench_name;  // as the file says
  std::string bench_kind;  // "virtual", "real", …
  std::string runs;        // absolute folder
};

// Who asks: as the kernel says it on a Unix socket, an address on TCP.
struct Peer {
  std::int64_t uid = -1;
  std::int64_t pid = -1;
  std::string tcp;               // "127.0.0.1:51234"; empty on a Unix socket
  std::uint64_t connection = 0;  // a number of its own for each

  // "uid 1000", "tcp 127.0.0.1:51234".
  std::string describe() const { return tcp.empty() ? "uid " + std::to_string(uid) : "tcp " + tcp; }
};

class Rpc {
 public:
  // `last_event` gives the number of the latest event; called on the thread that calls handle().
  Rpc(JobQueue& queue, DaemonFacts facts, std::function<std::uint64_t()> last_event);

  // One request or a batch. Empty when nothing is to be answered (notifications). Never fails: a mistake is an error response.
  std::string handle(std::string_view text, const Peer& peer) const;

  const DaemonFacts& facts() const { return facts_; }

 private:
  JobQueue& queue_;
  DaemonFacts facts_;
  std::function<std::uint64_t()> last_event_;
};

}  // namespace pumprig::daemon
