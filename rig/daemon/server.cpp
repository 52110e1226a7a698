#include "rig/daemon/server.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "rig/daemon/server_state.h"

namespace pumprig::daemon {
namespace {

constexpr auto kFarewellLimit = std::chrono::seconds(2);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr auto kHeartbeat = std::chrono::seconds(15);
constexpr auto kLeaseTick = std::chrono::milliseconds(250);

Peer peer_of(Unix::socket& socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
  return {credentials.uid, credentials.pid, {}};
}

Peer peer_of(Tcp::socket& socket) {
  boost::system::error_code error;
  const auto end = socket.remote_endpoint(error);
  return {-1, -1, error ? "unknown" : end.address().to_string() + ":" + std::to_string(end.port())};
}

// True when somebody accepts connections there.
bool is_served(const std::string& path) {
  asio::io_context io;
  Unix::socket socket(io);
  boost::system::error_code error;
  socket.connect(Unix::endpoint(path), error);
  return !error;
}

void set_owner_group(const std::string& path) {
  const group* found = ::getgrnam("pumprig");
  // Not ours to give: then it keeps the group of whoever started the daemon.
  if (found != nullptr && ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) return;
}

}  // namespace

Status Server::State::bind() {
  const auto path = options.socket.string();
  boost::system::error_code error;
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return fail(ErrorCode::kInvalidArgument, "the socket's path is longer than Unix allows", path);
  if (std::filesystem::exists(path)) {
    if (!std::filesystem::is_socket(path))
      return fail(ErrorCode::kInvalidArgument, "this is a file and no socket; choose another path", path);
    if (is_served(path)) return fail(ErrorCode::kUnavailable, "another daemon serves this socket", path);
    std::filesystem::remove(path);
  }
  acceptor.open(Unix(), error);
  const auto before = ::umask(0117);  // 0660
  if (!error) acceptor.bind(Unix::endpoint(path), error);
  ::umask(before);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(ErrorCode::kUnavailable, "cannot serve there: " + error.message(), path);
  bound = true;
  set_owner_group(path);
  return {};
}

Status Server::State::bind_tcp() {
  if (!options.tcp) return {};
  if (options.tcp->token.empty()) return fail(ErrorCode::kInvalidArgument, "TCP is served with a token only");
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.tcp->address, error);
  const Tcp::endpoint here(address, options.tcp->port);
  if (!error) tcp_acceptor.open(here.protocol(), error);
  if (!error) tcp_acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) tcp_acceptor.bind(here, error);
  if (!error) tcp_acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return fail(ErrorCode::kUnavailable, "cannot serve TCP there: " + error.message(),
                options.tcp->address + ":" + std::to_string(options.tcp->port));
  }
  return {};
}

void Server::State::begin_end(session::StopLevel level) {
  // What was published before the last run ended is in the log by then.
  queue.shut_down(level, [this] { asio::co_spawn(io, say_farewell(), asio::detached); });
}

awaitable<void> Server::State::watch_signals() {
  auto level = session::StopLevel::kAbort;
  for (;;) {
    const auto [error, number] = co_await signals.async_wait(kQuiet);
    if (error) co_return;
    begin_end(level);
    level = session::StopLevel::kNow;
  }
}

bool Server::State::has_room(const Peer& peer) const {
  if (connections >= options.max_connections) return false;
  return peer.tcp.empty() || tcp_connections < options.max_connections / 2;
}

void Server::State::release(const Peer& peer) {
  --connections;
  if (!peer.tcp.empty()) --tcp_connections;
  queue.connection_ended(peer.connection);
}

template <typename Acceptor>
awaitable<void> Server::State::accept(Acceptor& from) {
  asio::steady_timer pause(io);
  for (;;) {
    auto [error, socket] = co_await from.async_accept(kQuiet);
    if (!from.is_open()) co_return;
    if (error) {  // no descriptor is left, for example: trying again at once would only spin
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(kQuiet);
      continue;
    }
    auto peer = peer_of(socket);
    peer.connection = next_connection++;
    if (!has_room(peer)) {
      tell_refusal("too many connections", peer);
      continue;
    }
    ++connections;
    if (!peer.tcp.empty()) ++tcp_connections;
    asio::co_spawn(io, serve(Stream(Socket(std::move(socket))), peer), [this, peer](std::exception_ptr) { release(peer); });
  }
}

void Server::State::tell_refusal(const std::string& why, const Peer& peer) const {
  const auto process = peer.pid < 0 ? std::string() : " pid " + std::to_string(peer.pid);
  options.log("refused: " + why + ", from " + peer.describe() + process);
}

awaitable<void> Server::State::beat() {
  asio::steady_timer timer(io);
  for (;;) {
    timer.expires_after(kHeartbeat);
    co_await timer.async_wait(kQuiet);
    wake_subscribers();
  }
}

awaitable<void> Server::State::mind_leases() {
  asio::steady_timer timer(io);
  for (;;) {
    timer.expires_after(kLeaseTick);
    co_await timer.async_wait(kQuiet);
    queue.age_leases(kLeaseTick);
  }
}

// Nothing runs any more: subscribers get what is left, and the loop ends.
awaitable<void> Server::State::say_farewell() {
  boost::system::error_code ignored;
  acceptor.close(ignored);
  tcp_acceptor.close(ignored);
  ended = true;
  wake_subscribers();
  farewell.expires_after(kFarewellLimit);
  if (subscribers > 0) co_await farewell.async_wait(kQuiet);
  io.stop();
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() {
  if (state_->bound) {
    std::error_code ignored;
    std::filesystem::remove(state_->options.socket, ignored);
  }
}

Result<std::unique_ptr<Server>> Server::create(ServerOptions options, session::Runner& runner, DaemonFacts facts) {
  auto state = std::make_unique<State>(std::move(options), runner, std::move(facts));
  TRY(state->bind());
  TRY(state->bind_tcp());
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

void Server::run() {
  state_->signals.add(SIGINT);
  state_->signals.add(SIGTERM);
  asio::co_spawn(state_->io, state_->accept(state_->acceptor), asio::detached);
  if (state_->options.tcp) asio::co_spawn(state_->io, state_->accept(state_->tcp_acceptor), asio::detached);
  asio::co_spawn(state_->io, state_->watch_signals(), asio::detached);
  asio::co_spawn(state_->io, state_->beat(), asio::detached);
  asio::co_spawn(state_->io, state_->mind_leases(), asio::detached);
  state_->io.run();
  state_->office.join();
}

void Server::stop() {
  asio::post(state_->io, [this] { state_->begin_end(session::StopLevel::kAbort); });
}

std::uint16_t Server::tcp_port() const {
  boost::system::error_code error;
  const auto end = state_->tcp_acceptor.local_endpoint(error);
  return error ? std::uint16_t{0} : end.port();
}

}  // namespace pumprig::daemon
