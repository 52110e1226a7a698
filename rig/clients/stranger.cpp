#include "rig/clients/stranger.h"

#include "firmware/protocol/security_messages.h"
#include "rig/base/rng.h"
#include "rig/security/chance.h"
#include "rig/security/sealed_session.h"

namespace pumprig::clients {
namespace {

// Of an answer in the clear; a sealed one is an answer, too, and nobody without the key knows what it says.
Stranger::Heard status_in(const std::optional<Bytes>& payload) {
  protocol::EnvelopeHead head;
  if (!payload || !protocol::decode(*payload, head, protocol::Trailing::kIgnored)) return std::nullopt;
  protocol::ReplyHead reply;
  ByteView fields;
  if (head.suite != protocol::Suite::kClear) return StatusCode::kOk;
  if (!protocol::read_body(ByteView(*payload).subspan(protocol::kHeadSize), reply, fields)) return std::nullopt;
  return reply.status;
}

// Another for each attempt, and never 0.
std::uint32_t session_id(std::uint32_t nonce) {
  return nonce == 0xFFFFFFFF ? 1 : ~nonce;
}

template <protocol::Record Request>
Task<Stranger::Heard> say_in_the_clear(PumpSession& pump, Role role, std::uint32_t id, std::uint32_t nonce, Request request) {
  Bytes body(protocol::kMaxBody);
  body.resize(protocol::write_request(nonce, request, body, pump.identity().protocol_minor));
  protocol::Session session(protocol::Direction::kToPump, role, id);
  Bytes payload(protocol::kMaxPayload);
  payload.resize(session.seal(body, payload));
  CO_TRY_ASSIGN(const auto heard, co_await pump.say(std::move(payload)));
  co_return status_in(heard);
}

}  // namespace

Task<Stranger::Heard> Stranger::stop_in_the_clear(Role role) {
  const std::uint32_t nonce = session_.next_nonce();
  return say_in_the_clear(session_, role, session_id(nonce), nonce, protocol::StopTherapy{});
}

Task<Stranger::Heard> Stranger::try_wrong_key(Role role) {
  const auto& serial = session_.identity().board_serial.chars;
  const ByteView device(reinterpret_cast<const std::uint8_t*>(serial.data()), serial.size());
  const std::array<std::uint8_t, 32> guess{0x5A};
  security::SealedSession session(role, device, security::Secret(guess));
  const std::uint32_t nonce = session_.next_nonce();
  auto chance = security::Chance::seeded(nonce, "a stranger");
  const std::uint32_t id = session_id(nonce);
  const protocol::OpenSession request = session.begin(id, nonce, ~std::uint64_t{0} >> 1, chance);
  co_return co_await say_in_the_clear(session_, role, id, nonce, request);
}

Task<Stranger::Heard> Stranger::replay() {
  Bytes payload = session_.last_sealed_change();
  if (payload.empty()) co_return fail(ErrorCode::kUnavailable, "nothing sealed was overheard that could be said again");
  CO_TRY_ASSIGN(const auto heard, co_await session_.say(std::move(payload)));
  co_return status_in(heard);
}

Task<Stranger::Heard> Stranger::give_keys() {
  CO_TRY_ASSIGN(const auto answer, co_await session_.ask(Role::kService, protocol::ProvisionKeys{}, kHearing));
  co_return Heard(answer.status);
}

Task<Stranger::Heard> Stranger::noise(Duration span, std::size_t bytes) {
  Rng rng = Rng::stream(session_.next_nonce(), "noise");
  link::Link& line = session_.link();
  const TimePoint until = session_.executor().now() + span;
  Heard heard;
  Bytes said(bytes);
  Bytes answer(256);
  while (session_.executor().now() < until) {
    for (std::uint8_t& byte : said) byte = static_cast<std::uint8_t>(rng.next());
    CO_TRY(co_await line.write_all(said, kNever));
    CO_TRY(co_await session_.executor().sleep_for(std::chrono::seconds(1)));
    CO_TRY_ASSIGN(const std::size_t got, line.try_read(answer));
    if (got != 0) heard = StatusCode::kOk;
  }
  co_return heard;
}

}  // namespace pumprig::clients
