// The daemon's front: HTTP over a Unix socket, and over TCP when asked for. POST /rpc answers JSON-RPC, GET /events streams numbered events
// (SSE), GET /ws does both (WebSocket).
//
// One thread passes messages; RPC texts are handled on a second one, because some of them read files; runs have their own (JobQueue).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rig/base/result.h"
#include "rig/daemon/access.h"
#include "rig/daemon/rpc.h"

namespace pumprig::daemon {

struct ServerOptions {
  std::filesystem::path socket;
  std::size_t max_body = 1 << 20;                   // bytes of a request
  std::size_t remembered_events = 4096;             // for resuming and for slow subscribers
  std::size_t remembered_bytes = 16 << 20;          // of their data
  std::uint64_t first_event = 1;                    // number of the first event: above all of an earlier daemon
  std::size_t max_connections = 200;                // of these, half at most over TCP
  std::chrono::milliseconds request_limit{20'000};  // for a request to come in whole
  std::optional<TcpOptions> tcp;                    // also served when given
  std::vector<std::string> origins;                 // of web pages that may ask, "https://host"
  // Told of each refusal, in one line. Called on the thread that runs the server.
  std::function<void(const std::string&)> log = [](const std::string&) {};
};

class Server {
 public:
  // Binds the socket (0660; group "pumprig" where that exists and may be set). A socket file that nobody serves any more is taken over.
  // kUnavailable: another daemon serves it, or the folder cannot be written.
  static Result<std::unique_ptr<Server>> create(ServerOptions options, session::Runner& runner, DaemonFacts facts);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serves until SIGTERM, SIGINT or stop(): then aborts what runs to the safe state (a second signal: waits for nothing else), keeps it as
  // aborted, and returns.
  void run();
  // From any thread.
  void stop();
  // Where TCP is served; 0 when it is not.
  std::uint16_t tcp_port() const;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pumprig::daemon
