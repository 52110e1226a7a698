#include <boost/beast/websocket.hpp>
#include <vector>

#include "rig/daemon/access.h"
#include "rig/daemon/server_state.h"
#include "rig/daemon/sse.h"

namespace pumprig::daemon {
namespace {

namespace websocket = beast::websocket;

constexpr auto kHandshakeLimit = std::chrono::seconds(20);
constexpr auto kIdleLimit = std::chrono::seconds(60);  // pings in between

}  // namespace

// One who asks and listens at once. Answers are given one by one: who sends and does not read is heard no further.
struct Conversation {
  Conversation(Stream&& stream, asio::io_context& io) : socket(std::move(stream)), sleeper(io), taken(io) {}

  websocket::stream<Stream> socket;
  asio::steady_timer sleeper;         // of the one who writes
  asio::steady_timer taken;           // cancelled when the answer is on its way
  std::optional<std::string> answer;  // to be written
  bool closed = false;                // one of the two has ended
};

// Reads requests until the far end has gone.
awaitable<void> Server::State::hear(std::shared_ptr<Conversation> talk, Peer peer) {
  beast::flat_buffer buffer;
  while (!talk->closed) {
    const auto [error, bytes] = co_await talk->socket.async_read(buffer, kQuiet);
    if (error == websocket::error::message_too_big)
      tell_refusal("a message of more than " + std::to_string(options.max_body) + " bytes", peer);
    if (error) break;
    std::string text = beast::buffers_to_string(buffer.data());
    buffer.consume(buffer.size());
    auto task = call(std::move(text), peer);
    std::string answer = co_await asio::co_spawn(office, std::move(task), asio::use_awaitable);
    if (answer.empty()) continue;
    talk->answer = std::move(answer);
    talk->sleeper.cancel();
    talk->taken.expires_at(asio::steady_timer::time_point::max());
    while (talk->answer && !talk->closed) co_await talk->taken.async_wait(kQuiet);
  }
  talk->closed = true;
  talk->sleeper.cancel();
}

// The same requests as at /rpc, and the same events as at /events, as notifications.
awaitable<bool> Server::State::converse(Stream& stream, Request& request, Peer peer) {
  const auto to_found = subscription_of(request);
  if (!to_found || !websocket::is_upgrade(request)) {
    co_return co_await send_plain(stream, request, to_found ? http::status::upgrade_required : http::status::not_found,
                                  to_found ? "this is a WebSocket\n" : "there is no such job or run here; queue.list names them\n");
  }
  auto to = *to_found;
  stream.expires_never();  // the WebSocket has limits of its own
  auto talk = std::make_shared<Conversation>(std::move(stream), io);
  talk->socket.set_option(websocket::stream_base::timeout{kHandshakeLimit, kIdleLimit, true});
  talk->socket.read_message_max(options.max_body);
  talk->socket.set_option(websocket::stream_base::decorator([&request](websocket::response_type& response) {
    const auto offered = request[http::field::sec_websocket_protocol];
    if (offers_protocol({offered.data(), offered.size()}, "rigd")) response.set(http::field::sec_websocket_protocol, "rigd");
  }));
  auto [error] = co_await talk->socket.async_accept(request, kQuiet);
  if (error) co_return false;
  ++subscribers;
  asio::co_spawn(io, hear(talk, peer), asio::detached);
  std::vector<std::string> texts;
  while (!error && !talk->closed) {
    bool over = false;
    texts.clear();
    if (talk->answer) texts.push_back(std::move(*talk->answer));
    talk->answer.reset();
    talk->taken.cancel();
    if (texts.empty()) texts = to_notifications(take_news(to, over));
    if (over) break;
    if (texts.empty()) co_await sleep(talk->sleeper);
    for (std::size_t i = 0; i < texts.size() && !error; ++i) {
      std::size_t bytes = 0;
      std::tie(error, bytes) = co_await talk->socket.async_write(asio::buffer(texts[i]), kQuiet);
    }
  }
  if (!error && !talk->closed) std::tie(error) = co_await talk->socket.async_close(websocket::close_code::normal, kQuiet);
  leave();
  talk->closed = true;
  talk->taken.cancel();
  beast::get_lowest_layer(talk->socket).close();
  co_return false;
}

}  // namespace pumprig::daemon
