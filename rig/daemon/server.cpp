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
using Stream = beast::basic_stream<Unix>;
using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
constexpr auto kRequestLimit = std::chrono::seconds(60);
constexpr auto kWriteLimit = std::chrono::seconds(30);
constexpr auto kFarewellLimit = std::chrono::seconds(2);
constexpr auto kHeartbeat = std::chrono::seconds(15);
constexpr std::size_t kEventsPerWrite = 64;

Peer peer_of(Stream& stream) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(stream.socket().native_handle(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
  return {credentials.uid, credentials.pid};
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
  awaitable<void> accept();
  awaitable<void> serve(Stream stream);
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
  asio::signal_set signals;
  std::mutex log_mutex;
  EventLog log;
  std::atomic<std::uint64_t> last_event;
  std::atomic<bool> wake_up_posted{false};
  asio::steady_timer news;      // never expires; cancelled when there is something new
  asio::steady_timer farewell;  // cancelled when the last subscriber has gone
  std::size_t connections = 0;
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

awaitable<void> Server::State::accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor.async_accept(kQuiet);
    if (!acceptor.is_open()) co_return;
    if (error || connections >= options.max_connections) continue;
    ++connections;
    asio::co_spawn(io, serve(Stream(std::move(socket))), [this](std::exception_ptr) { --connections; });
  }
}

awaitable<void> Server::State::serve(Stream stream) {
  const auto peer = peer_of(stream);
  beast::flat_buffer buffer;
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(options.max_body);
    stream.expires_after(kRequestLimit);
    const auto [error, bytes] = co_await http::async_read(stream, buffer, parser, kQuiet);
    auto request = parser.release();
    if (error == http::error::body_limit) {
      auto response = make_response(request, http::status::payload_too_large, kText,
                                    "a request may have at most " + std::to_string(options.max_body) + " bytes\n");
      response.keep_alive(false);
      co_await http::async_write(stream, response, kQuiet);
    }
    if (error) co_return;
    const bool keep = co_await answer(stream, request, peer);
    if (!keep) co_return;
  }
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
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

void Server::run() {
  state_->signals.add(SIGINT);
  state_->signals.add(SIGTERM);
  asio::co_spawn(state_->io, state_->accept(), asio::detached);
  asio::co_spawn(state_->io, state_->watch_signals(), asio::detached);
  asio::co_spawn(state_->io, state_->beat(), asio::detached);
  state_->io.run();
  state_->office.join();
}

void Server::stop() {
  asio::post(state_->io, [this] { state_->begin_end(session::StopLevel::kAbort); });
}

}  // namespace pumprig::daemon
