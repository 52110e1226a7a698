#include <algorithm>
#include <vector>

#include "rig/daemon/access.h"
#include "rig/daemon/server_state.h"
#include "rig/daemon/sse.h"

namespace pumprig::daemon {
namespace {

constexpr auto kPartingLimit = std::chrono::seconds(2);
constexpr std::size_t kPartingPiece = 64 << 10;
constexpr std::size_t kPartingPieces = 256;

std::string_view text_of(beast::string_view text) {
  return {text.data(), text.size()};
}

std::string_view field_of(const Request& request, http::field field) {
  return text_of(request[field]);
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

constexpr std::string_view kPlainText = "text/plain; charset=utf-8";
constexpr std::string_view kJson = "application/json";

// Number of the last event that the client has: the header that browsers send, else ?since=N.
std::optional<std::uint64_t> since_of(const Request& request) {
  if (request.find("Last-Event-ID") != request.end()) return whole_number(text_of(request["Last-Event-ID"]));
  const auto since = query_value(text_of(request.target()), "since");
  return since ? whole_number(*since) : std::nullopt;
}

}  // namespace

// The answer to one who may not ask at all. rigd serves no pages: what a browser sends comes from somebody else's.
std::optional<Response> Server::State::refusal(const Request& request, const Peer& peer) const {
  const auto refuse = [&](http::status status, const std::string& why) {
    tell_refusal(why, peer);
    auto response = make_response(request, status, kPlainText, why + "\n");
    response.keep_alive(false);
    return response;
  };
  const auto origin = field_of(request, http::field::origin);
  if (request.find(http::field::origin) != request.end() &&
      std::find(options.origins.begin(), options.origins.end(), origin) == options.origins.end()) {
    return refuse(http::status::forbidden, "a foreign origin");
  }
  if (peer.tcp.empty()) return std::nullopt;
  const auto text = field_of(request, http::field::authorization);
  if (is_authorised(text, options.tcp->token)) return std::nullopt;
  // A browser can give its token nowhere else.
  if (websocket_offers(field_of(request, http::field::sec_websocket_protocol), options.tcp->token)) return std::nullopt;
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
      co_await part(stream);
      co_return false;
    }
    std::tie(error, bytes) = co_await http::async_read(stream, buffer, parser, kQuiet);
  }
  if (error == beast::error::timeout && (parser.got_some() || buffer.size() > 0)) tell_refusal("a request that came too slowly", peer);
  if (error == http::error::header_limit) tell_refusal("a head of more than 8 KiB", peer);
  if (error == http::error::body_limit) {
    const auto why = "a body of more than " + std::to_string(options.max_body) + " bytes";
    tell_refusal(why, peer);
    auto response = make_response(parser.get(), http::status::payload_too_large, kPlainText, why + "\n");
    response.keep_alive(false);
    co_await send(stream, response);
    co_await part(stream);
  }
  if (error) co_return false;
  auto request = parser.release();
  co_return co_await answer(stream, request, peer);
}

awaitable<std::string> Server::State::call(std::string text, Peer peer) const {
  co_return rpc.handle(text, peer);
}

// False when the connection is at its end.
awaitable<bool> Server::State::answer(Stream& stream, Request& request, Peer peer) {
  const auto target = text_of(request.target());
  const auto path = target.substr(0, target.find('?'));
  if (path == "/events" && request.method() == http::verb::get) co_return co_await stream_events(stream, request);
  if (path == "/ws" && request.method() == http::verb::get) co_return co_await converse(stream, request, peer);
  Response response;
  if (path == "/rpc" && request.method() == http::verb::post) {
    std::string body = std::move(request.body());
    auto task = call(std::move(body), peer);
    std::string answer = co_await asio::co_spawn(office, std::move(task), use_awaitable);
    const auto status = answer.empty() ? http::status::no_content : http::status::ok;
    response = make_response(request, status, kJson, std::move(answer));
  } else if (path == "/rpc" || path == "/events" || path == "/ws") {
    response = make_response(request, http::status::method_not_allowed, kPlainText, "POST /rpc, GET /events, GET /ws\n");
    response.set(http::field::allow, path == "/rpc" ? "POST" : "GET");
  } else {
    response = make_response(request, http::status::not_found, kPlainText,
                             "rigd: POST /rpc (JSON-RPC 2.0), GET /events (server-sent events), GET /ws (both)\n");
  }
  co_return co_await send(stream, response);
}

// False when the connection is at its end.
awaitable<bool> Server::State::send(Stream& stream, Response& response) {
  stream.expires_after(kWriteLimit);
  const auto [error, bytes] = co_await http::async_write(stream, response, kQuiet);
  co_return !error && response.keep_alive();
}

awaitable<void> Server::State::part(Stream& stream) {
  boost::system::error_code error;
  stream.socket().shutdown(asio::socket_base::shutdown_send, error);
  stream.expires_after(kPartingLimit);
  std::vector<char> bin(kPartingPiece);
  for (std::size_t left = kPartingPieces; left > 0 && !error; --left) {
    std::size_t bytes = 0;
    std::tie(error, bytes) = co_await stream.async_read_some(asio::buffer(bin), kQuiet);
  }
}

awaitable<bool> Server::State::send_plain(Stream& stream, const Request& request, http::status status, std::string_view text) {
  auto response = make_response(request, status, kPlainText, std::string(text));
  co_return co_await send(stream, response);
}

std::optional<Subscription> Server::State::subscription_of(const Request& request) const {
  Subscription to;
  if (const auto run = query_value(text_of(request.target()), "run")) {
    const auto found = queue.find(*run);
    if (!found) return std::nullopt;
    to.job = found->id;
  }
  // Without a number: what comes from now on, or the whole of a job.
  to.since = since_of(request).value_or(to.job.empty() ? last_event.load() : 0);
  return to;
}

EventLog::Batch Server::State::take_news(Subscription& to, bool& over) {
  for (;;) {
    // In this order: what a job tells last is in the log before it counts as ended.
    const bool complete = ended || (!to.job.empty() && queue.ended(to.job));
    auto batch = events_after(to.since);
    over = complete && batch.events.empty();
    if (batch.events.empty()) return batch;
    to.since = batch.events.back().number;
    if (!to.job.empty()) std::erase_if(batch.events, [&](const LoggedEvent& event) { return event.job != to.job; });
    if (batch.lost || !batch.events.empty()) return batch;
  }
}

void Server::State::leave() {
  if (--subscribers == 0) farewell.cancel();
}

// Events as they come; with ?run= those of one job, to its end.
awaitable<bool> Server::State::stream_events(Stream& stream, Request& request) {
  auto to = subscription_of(request);
  if (!to) {
    co_return co_await send_plain(stream, request, http::status::not_found, "there is no such job or run here; queue.list names them\n");
  }
  http::response<http::empty_body> head(http::status::ok, 11);
  head.set(http::field::content_type, "text/event-stream");
  head.set(http::field::cache_control, "no-store");
  head.keep_alive(false);  // the stream ends where the connection does
  http::response_serializer<http::empty_body> serializer(head);
  asio::steady_timer sleeper(io);
  ++subscribers;
  stream.expires_after(kWriteLimit);
  auto [error, bytes] = co_await http::async_write_header(stream, serializer, kQuiet);
  bool slept = false;
  while (!error) {
    bool over = false;
    const auto before = to->since;
    std::string text = to_sse(take_news(*to, over));
    if (over) break;
    // Woken for nothing new: the heartbeat, by which a subscriber that is gone shows.
    if (text.empty() && slept && to->since == before) text = ": quiet\n\n";
    slept = text.empty();
    if (slept) {
      stream.expires_never();
      co_await sleep(sleeper);
      continue;
    }
    stream.expires_after(kWriteLimit);
    std::tie(error, bytes) = co_await asio::async_write(stream, asio::buffer(text), kQuiet);
  }
  leave();
  co_return false;
}

}  // namespace pumprig::daemon
