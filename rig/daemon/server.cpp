#include "rig/daemon/server.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstring>
#include <utility>

#include "rig/daemon/event_log.h"
#include "rig/daemon/sse.h"

namespace pumprig::daemon {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::awaitable;
using asio::use_awaitable;
using Unix = asio::local::stream_protocol;
using Tcp = asio::ip::tcp;
using Socket = asio::generic::stream_protocol::socket;
using Stream = beast::basic_stream<asio::generic::stream_protocol>;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr auto kWriteLimit = std::chrono::seconds(30);
constexpr auto kFarewellLimit = std::chrono::seconds(2);
constexpr auto kAcceptPause = std::chrono::milliseconds(100);
constexpr auto kHeartbeat = std::chrono::seconds(15);
constexpr std::size_t kEventsPerWrite = 64;

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

Response make_response(const Request& request, http::status status, std::string_view type, std::string body) {
  Response response(status, request.version());
  response.set(http::field::content_type, type);
  response.set(http::field::cache_control, "no-store");
  response.keep_alive(request.keep_alive());
  response.body() = std::move(body);
  response.prepare_payload();
  return response;
}

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kJson = "application/json";

// Number of the last event that the client has: the header that browsers send, else ?since=N.
std::optional<std::uint64_t> since_of(const Request& request) {
  if (const auto header = request.find("Last-Event-ID"); header != request.end()) {
    return whole_number({header->value().data(), header->value().size()});
  }
  const auto since = query_value({request.target().data(), request.target().size()}, "since");
  return since ? whole_number(*since) : std::nullopt;
}

void set_owner_group(const std::string& path) {
  const group* found = ::getgrnam("pumprig");
  // Not ours to give: then it keeps the group of whoever started the daemon.
  if (found != nullptr && ::chown(path.c_str(), static_cast<uid_t>(-1), found->gr_gid) != 0) return;
}

}  // namespace

struct Server::State {
  State(ServerOptions given, session::Runner& runner, DaemonFacts facts)
      : options(std::move(given)),
        acceptor(io),
        tcp_acceptor(io),
        signals(io),
        log(options.remembered_events, options.remembered_bytes, options.first_event),
        last_event(log.last()),
        news(io, asio::steady_timer::time_point::max()),
        farewell(io),
        queue(runner,
              [this](std::string job, std::string kind, std::string data) { publish(std::move(job), std::move(kind), std::move(data)); }),
        rpc(queue, std::move(facts), [this] { return last_event.load(); }) {}

  // From any thread; never waits for a subscriber. However much is published, one wake-up at most is on its way.
  void publish(std::string job, std::string kind, std::string data) {
    {
      const std::lock_guard lock(log_mutex);
      last_event = log.add(std::move(job), std::move(kind), std::move(data));
    }
    if (wake_up_posted.exchange(true)) return;
    asio::post(io, [this] {
      wake_up_posted = false;
      news.cancel();  // wakes every subscriber
    });
  }
  EventLog::Batch events_after(std::uint64_t since) {
    const std::lock_guard lock(log_mutex);
    return log.after(since, kEventsPerWrite);
  }

  Status bind();
  void begin_end(session::StopLevel level);
  awaitable<void> watch_signals();
  Status bind_tcp();
  template <typename Acceptor>
  awaitable<void> accept(Acceptor& from);
  bool has_room(const Peer& peer) const;
  void release(bool over_tcp);
  awaitable<void> serve(Stream stream, Peer peer);
  awaitable<bool> serve_one(Stream& stream, beast::flat_buffer& buffer, const Peer& peer);
  std::optional<Response> refusal(const Request& request, const Peer& peer) const;
  void tell_refusal(const std::string& why, const Peer& peer) const;
  awaitable<bool> answer(Stream& stream, Request& request, Peer peer);
  awaitable<bool> send(Stream& stream, Response& response);
  awaitable<bool> stream_events(Stream& stream, Request& request);
  awaitable<void> beat();
  awaitable<void> say_farewell();
  awaitable<std::string> call(std::string text, Peer peer);

  ServerOptions options;
  asio::io_context io{1};
  asio::thread_pool office{1};  // handles RPC texts
  Unix::acceptor acceptor;
  Tcp::acceptor tcp_acceptor;
  asio::signal_set signals;
  std::mutex log_mutex;
  EventLog log;
  std::atomic<std::uint64_t> last_event;
  std::atomic<bool> wake_up_posted{false};
  asio::steady_timer news;      // never expires; cancelled when there is something new
  asio::steady_timer farewell;  // cancelled when the last subscriber has gone
  std::size_t connections = 0;
  std::size_t tcp_connections = 0;
  std::size_t subscribers = 0;
  bool ended = false;
  bool bound = false;
  JobQueue queue;
  Rpc rpc;
};

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

void Server::State::release(bool over_tcp) {
  --connections;
  if (over_tcp) --tcp_connections;
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
    const auto peer = peer_of(socket);
    if (!has_room(peer)) {
      tell_refusal("too many connections", peer);
      continue;
    }
    const bool over_tcp = !peer.tcp.empty();
    ++connections;
    if (over_tcp) ++tcp_connections;
    asio::co_spawn(io, serve(Stream(Socket(std::move(socket))), peer), [this, over_tcp](std::exception_ptr) { release(over_tcp); });
  }
}

void Server::State::tell_refusal(const std::string& why, const Peer& peer) const {
  const auto process = peer.pid < 0 ? std::string() : " pid " + std::to_string(peer.pid);
  options.log("refused: " + why + ", from " + peer.describe() + process);
}

// The answer to one who may not ask at all. rigd serves no pages: whatever a browser sends comes from somebody else's.
std::optional<Response> Server::State::refusal(const Request& request, const Peer& peer) const {
  const auto refuse = [&](http::status status, const std::string& why) {
    tell_refusal(why, peer);
    auto response = make_response(request, status, kText, why + "\n");
    response.keep_alive(false);
    return response;
  };
  if (request.find(http::field::origin) != request.end()) return refuse(http::status::forbidden, "a foreign origin");
  if (peer.tcp.empty()) return std::nullopt;
  const auto given = request.find(http::field::authorization);
  const auto text = given == request.end() ? std::string_view() : std::string_view(given->value().data(), given->value().size());
  if (is_authorised(text, options.tcp->token)) return std::nullopt;
  auto response = refuse(http::status::unauthorized, text.empty() ? "no token" : "a wrong token");
  response.set(http::field::www_authenticate, "Bearer");
  return response;
}

awaitable<void> Server::State::serve(Stream stream, Peer peer) {
  beast::flat_buffer buffer;
  for (bool keep = true; keep;) keep = co_await serve_one(stream, buffer, peer);
}

// False when the connection is at its end.
awaitable<bool> Server::State::serve_one(Stream& stream, beast::flat_buffer& buffer, const Peer& peer) {
  http::request_parser<http::string_body> parser;
  parser.body_limit(options.max_body);
  stream.expires_after(options.request_limit);
  // Who may not ask is told so before the body is taken in.
  auto [error, bytes] = co_await http::async_read_header(stream, buffer, parser, kQuiet);
  if (!error) {
    auto refused = refusal(parser.get(), peer);
    if (refused) {
      co_await send(stream, *refused);
      co_return false;
    }
    std::tie(error, bytes) = co_await http::async_read(stream, buffer, parser, kQuiet);
  }
  if (error == beast::error::timeout && (parser.got_some() || buffer.size() > 0)) tell_refusal("a request that came too slowly", peer);
  if (error == http::error::header_limit) tell_refusal("a head of more than 8 KiB", peer);
  if (error == http::error::body_limit) {
    const auto why = "a body of more than " + std::to_string(options.max_body) + " bytes";
    tell_refusal(why, peer);
    auto response = make_response(parser.get(), http::status::payload_too_large, kText, why + "\n");
    response.keep_alive(false);
    co_await send(stream, response);
  }
  if (error) co_return false;
  auto request = parser.release();
  co_return co_await answer(stream, request, peer);
}

awaitable<std::string> Server::State::call(std::string text, Peer peer) {
  co_return rpc.handle(text, peer);
}

// False when the connection is at its end.
awaitable<bool> Server::State::answer(Stream& stream, Request& request, Peer peer) {
  const std::string_view target(request.target().data(), request.target().size());
  const auto path = target.substr(0, target.find('?'));
  if (path == "/events" && request.method() == http::verb::get) {
    co_return co_await stream_events(stream, request);
  }
  Response response;
  if (path == "/rpc" && request.method() == http::verb::post) {
    std::string body = std::move(request.body());
    auto task = call(std::move(body), peer);
    std::string answer = co_await asio::co_spawn(office, std::move(task), use_awaitable);
    const auto status = answer.empty() ? http::status::no_content : http::status::ok;
    response = make_response(request, status, kJson, std::move(answer));
  } else if (path == "/rpc" || path == "/events") {
    response = make_response(request, http::status::method_not_allowed, kText, "POST /rpc or GET /events\n");
    response.set(http::field::allow, path == "/rpc" ? "POST" : "GET");
  } else {
    response = make_response(request, http::status::not_found, kText, "rigd: POST /rpc (JSON-RPC 2.0), GET /events (server-sent events)\n");
  }
  co_return co_await send(stream, response);
}

// False when the connection is at its end.
awaitable<bool> Server::State::send(Stream& stream, Response& response) {
  stream.expires_after(kWriteLimit);
  const auto [error, bytes] = co_await http::async_write(stream, response, kQuiet);
  co_return !error && response.keep_alive();
}

// Events as they come; with ?run= those of one job, to its end.
awaitable<bool> Server::State::stream_events(Stream& stream, Request& request) {
  std::string job;
  if (const auto run = query_value({request.target().data(), request.target().size()}, "run")) {
    const auto found = queue.find(*run);
    if (!found) {
      auto response = make_response(request, http::status::not_found, kText, "there is no such job or run here; queue.list names them\n");
      co_return co_await send(stream, response);
    }
    job = found->id;
  }
  // Without a number: what comes from now on, or the whole of a job.
  std::uint64_t since = since_of(request).value_or(job.empty() ? last_event.load() : 0);
  http::response<http::empty_body> head(http::status::ok, 11);
  head.set(http::field::content_type, "text/event-stream");
  head.set(http::field::cache_control, "no-store");
  head.keep_alive(false);  // the stream ends where the connection does
  http::response_serializer<http::empty_body> serializer(head);
  ++subscribers;
  stream.expires_after(kWriteLimit);
  auto [error, bytes] = co_await http::async_write_header(stream, serializer, kQuiet);
  while (!error) {
    // In this order: what a job tells last is in the log before it counts as ended.
    const bool complete = ended || (!job.empty() && queue.ended(job));
    const auto batch = events_after(since);
    std::string text = to_sse(batch, job);
    if (!batch.events.empty()) since = batch.events.back().number;
    if (text.empty()) {
      if (!batch.events.empty()) continue;
      if (complete) break;
      stream.expires_never();
      co_await news.async_wait(kQuiet);
      // Woken for nothing new: the heartbeat, by which a subscriber that is gone shows.
      if (last_event > since || ended) continue;
      text = ": quiet\n\n";
    }
    stream.expires_after(kWriteLimit);
    std::tie(error, bytes) = co_await asio::async_write(stream, asio::buffer(text), kQuiet);
  }
  if (--subscribers == 0) farewell.cancel();
  co_return false;
}

awaitable<void> Server::State::beat() {
  asio::steady_timer timer(io);
  for (;;) {
    timer.expires_after(kHeartbeat);
    co_await timer.async_wait(kQuiet);
    news.cancel();
  }
}

// Nothing runs any more: subscribers get what is left, and the loop ends.
awaitable<void> Server::State::say_farewell() {
  boost::system::error_code ignored;
  acceptor.close(ignored);
  tcp_acceptor.close(ignored);
  ended = true;
  news.cancel();
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
