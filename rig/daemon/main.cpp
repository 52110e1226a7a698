// rigd: holds one bench, queues runs, streams how they go.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "rig/bench/config/bench_config.h"
#include "rig/daemon/openrpc.h"
#include "rig/daemon/server.h"
#include "rig/exec/utc.h"
#include "rig/session/local_runner.h"

namespace pumprig::daemon {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string socket;
  bool openrpc = false;
  std::string tcp;
  std::string token_file;
  std::vector<std::string> origins;
  std::string bench = "virtual";
  std::string runs = "runs";
};

constexpr const char* kFooter =
    R"(The socket answers JSON-RPC 2.0 at POST /rpc and streams numbered events at GET /events (server-sent events; resume with
Last-Event-ID or ?since=N); a WebSocket at GET /ws takes and gives both. docs/api.md describes every method and event; --openrpc prints the same for programs.
  curl --unix-socket SOCKET http://rigd/rpc -d '{"jsonrpc": "2.0", "id": 1, "method": "bench.info"}'
  curl --unix-socket SOCKET -N http://rigd/events?since=0

SIGTERM and Ctrl-C abort the run that is at work: it ends in the bench's safe state and is kept as aborted. A second signal waits
for nothing but the safe state. Exit code 0 after such an end, 2 when it could not serve.)";

// A bench file by its absolute path, as clients name it.
std::string bench_key(const std::string& bench) {
  std::error_code error;
  return fs::exists(bench, error) ? fs::weakly_canonical(bench, error).string() : bench;
}

Status serve(const Options& options) {
  TRY_ASSIGN(const auto config, bench::load_bench(options.bench));
  DaemonFacts facts;
  facts.version = session::kRigVersion;
  facts.bench = bench_key(options.bench);
  facts.bench_name = config.name;
  facts.bench_kind = to_text(config.kind);
  facts.runs = fs::absolute(options.runs).lexically_normal().string();
  ServerOptions server_options;
  server_options.socket = options.socket;
  // In microseconds since 1970: no daemon publishes a million events a second for as long as it lives.
  server_options.first_event = static_cast<std::uint64_t>(exec::utc_now_ns() / 1000);
  server_options.log = [](const std::string& line) { std::fprintf(stderr, "rigd: %s\n", line.c_str()); };
  server_options.origins = options.origins;
  if (options.tcp.empty() != options.token_file.empty())
    return fail(ErrorCode::kInvalidArgument, "--tcp and --token-file go together: TCP is served with a token only");
  if (!options.tcp.empty()) {
    TRY_ASSIGN(server_options.tcp, parse_tcp(options.tcp));
    TRY_ASSIGN(server_options.tcp->token, read_token(options.token_file));
  }
  const auto runner = session::make_local_runner();
  TRY_ASSIGN(const auto server, Server::create(server_options, *runner, facts));
  const auto tcp = server->tcp_port() == 0 ? std::string() : " and TCP port " + std::to_string(server->tcp_port());
  std::printf("rigd %s holds bench \"%s\" (%s) and serves %s%s\n", facts.version.c_str(), facts.bench_name.c_str(),
              facts.bench_kind.c_str(), options.socket.c_str(), tcp.c_str());
  std::fflush(stdout);
  server->run();
  return {};
}

}  // namespace
}  // namespace pumprig::daemon

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may grow no further is an error of the record, not the end of the program
  pumprig::daemon::Options options;
  CLI::App app("rigd: holds one bench, queues runs and streams how they go.", "rigd");
  app.footer(pumprig::daemon::kFooter);
  app.set_version_flag("--version", std::string("rigd ") + pumprig::session::kRigVersion);
  app.add_option("--socket", options.socket, "Unix socket to serve; only its owner and its group may talk to it");
  app.add_option("--bench", options.bench, "bench file, \"virtual\", \"virtual-arm\" or \"virtual-arm-wire\"")->capture_default_str();
  app.add_option("--runs", options.runs, "folder for the record of each run")->capture_default_str();
  app.add_option("--tcp", options.tcp, "also serve TCP, on this machine: 127.0.0.1:PORT (0: any free port). Needs --token-file");
  app.add_option("--token-file", options.token_file,
                 "file with the token that every request over TCP must carry; only its owner may read it");
  app.add_option("--origin", options.origins, "a web page that may use /ws, as browsers name it: https://host; may be repeated")
      ->expected(1)
      ->take_all();
  app.add_flag("--openrpc", options.openrpc, "only print the description of the API (OpenRPC)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (options.openrpc) {
    std::fputs(pumprig::daemon::openrpc_text(pumprig::session::kRigVersion).c_str(), stdout);
    return 0;
  }
  if (options.socket.empty()) {
    std::fprintf(stderr, "rigd: --socket is missing: name the Unix socket to serve\n");
    return 2;
  }
  if (const auto served = pumprig::daemon::serve(options); !served) {
    std::fprintf(stderr, "rigd: %s\n", served.error().describe().c_str());
    return 2;
  }
  return 0;
}
