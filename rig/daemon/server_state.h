// What the files of the server share. Heavy: Boost. For server.cpp, connection.cpp and websocket.cpp only.
#pragma once

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "rig/daemon/event_log.h"
#include "rig/daemon/server.h"

namespace pumprig::daemon {

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

inline constexpr auto kQuiet = asio::as_tuple(asio::use_awaitable);
inline constexpr auto kWriteLimit = std::chrono::seconds(30);
inline constexpr std::size_t kEventsPerWrite = 64;

struct Subscription {
  std::string job;  // empty: all jobs
  std::uint64_t since = 0;
};
struct Conversation;

struct Server::State {
  State(ServerOptions given, session::Runner& runner, DaemonFacts facts)
      : options(std::move(given)),
        acceptor(io),
        tcp_acceptor(io),
        signals(io),
        log(options.remembered_events, options.remembered_bytes, options.first_event),
        last_event(log.last()),
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
      wake_subscribers();
    });
  }
  EventLog::Batch events_after(std::uint64_t since) {
    const std::lock_guard lock(log_mutex);
    return log.after(since, kEventsPerWrite);
  }
  void wake_subscribers() {
    for (auto* sleeper : sleepers) sleeper->cancel();
  }
  // Until there is something new, or for a heartbeat.
  awaitable<void> sleep(asio::steady_timer& sleeper) {
    sleeper.expires_at(asio::steady_timer::time_point::max());
    sleepers.insert(&sleeper);
    co_await sleeper.async_wait(kQuiet);
    sleepers.erase(&sleeper);
  }

  Status bind();
  void begin_end(session::StopLevel level);
  awaitable<void> watch_signals();
  Status bind_tcp();
  template <typename Acceptor>
  awaitable<void> accept(Acceptor& from);
  bool has_room(const Peer& peer) const;
  void release(const Peer& peer);
  awaitable<void> serve(Stream stream, Peer peer);
  awaitable<bool> serve_one(Stream& stream, beast::flat_buffer& buffer, const Peer& peer);
  std::optional<Response> refusal(const Request& request, const Peer& peer) const;
  void tell_refusal(const std::string& why, const Peer& peer) const;
  awaitable<bool> answer(Stream& stream, Request& request, Peer peer);
  static awaitable<bool> send(Stream& stream, Response& response);
  // What the address of a request subscribes to; nothing when it names a job that nobody knows.
  std::optional<Subscription> subscription_of(const Request& request) const;
  // What is new for a subscriber, whose number it moves on. Nothing, and `over`: there will be no more.
  EventLog::Batch take_news(Subscription& to, bool& over);
  // Takes in, for a while, what a refused client still sends: closed with that unread, its connection would be reset before it has the
  // answer.
  static awaitable<void> part(Stream& stream);
  awaitable<bool> send_plain(Stream& stream, const Request& request, http::status status, std::string_view text);
  awaitable<bool> stream_events(Stream& stream, Request& request);
  awaitable<bool> converse(Stream& stream, Request& request, Peer peer);
  awaitable<void> hear(std::shared_ptr<Conversation> talk, Peer peer);
  void leave();
  awaitable<void> beat();
  awaitable<void> mind_leases();
  awaitable<void> say_farewell();
  awaitable<std::string> call(std::string text, Peer peer) const;

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
  std::set<asio::steady_timer*> sleepers;  // of subscribers that have all there is
  asio::steady_timer farewell;             // cancelled when the last subscriber has gone
  std::size_t connections = 0;
  std::size_t tcp_connections = 0;
  std::uint64_t next_connection = 1;
  std::size_t subscribers = 0;
  bool ended = false;
  bool bound = false;
  JobQueue queue;
  Rpc rpc;
};

}  // namespace pumprig::daemon
