// A whole pump on a fake board, and rigs that speak with it for one role each, in the clear and sealed.
#pragma once

#include "firmware/protocol/frame.h"
#include "firmware/pump/testing/fake_board.h"
#include "rig/security/testing/pair.h"

namespace pumprig::security::testing {

using pumpfw::kMinute;
using pumpfw::testing::FakeBoard;

inline pumpfw::Pump::Config config(bool test_image, pumpfw::Mutant mutant = pumpfw::Mutant::kNone) {
  pumpfw::Pump::Config out;
  out.mutant = mutant;
  out.build.board_serial = "VB-0007";
  out.build.test_image = test_image;
  return out;
}

// One role's end of the link, clear or sealed.
class Rig {
 public:
  Rig(FakeBoard& board, Role role, const Secret& key) : board_(board), role_(role), session_(role, device(), key) {}

  static Bytes device() {
    Bytes out(16);
    const std::string serial = "VB-0007";
    std::copy(serial.begin(), serial.end(), out.begin());
    return out;
  }

  template <typename Message>
  Bytes in_clear(const Message& message) {
    protocol::Session clear(protocol::Direction::kToPump, role_, ++clear_id_);
    Bytes body(protocol::kMaxBody);
    body.resize(protocol::write_request(++nonce_, message, body));
    Bytes payload(protocol::kMaxPayload);
    payload.resize(clear.seal(body, payload));
    return payload;
  }
  template <typename Message>
  std::optional<StatusCode> ask_clear(const Message& message, typename Message::Reply& reply) {
    const Bytes answer = exchange(in_clear(message));
    if (answer.empty()) return std::nullopt;
    ByteView fields;
    protocol::ReplyHead head;
    if (!protocol::read_body(ByteView(answer).subspan(protocol::kHeadSize), head, fields)) return std::nullopt;
    protocol::decode(fields, reply, protocol::Trailing::kIgnored);
    return head.status;
  }
  template <typename Message>
  std::optional<StatusCode> ask_clear(const Message& message) {
    typename Message::Reply reply;
    return ask_clear(message, reply);
  }

  // Of a session with the next nonce; whatever session was open is closed.
  protocol::OpenSession opening(std::uint64_t counter) { return session_.begin(++id_, nonce_ + 1, counter, chance_); }

  std::optional<StatusCode> open() {
    protocol::OpenSessionReply reply;
    const auto request = opening(++counter_);
    const auto status = ask_clear(request, reply);
    if (status == StatusCode::kOk) {
      EXPECT_TRUE(session_.finish(reply));
    }
    if (status == StatusCode::kSessionReplayed) counter_ = session_.last_counter(reply).value();
    return status;
  }

  // A request of the session that is open, as a payload that has yet to be sent.
  template <typename Message>
  Bytes sealed(const Message& message) {
    Bytes body(protocol::kMaxBody);
    body.resize(protocol::write_request(++nonce_, message, body));
    Bytes payload(protocol::kMaxPayload);
    payload.resize(session_.seal(body, payload));
    return payload;
  }
  // None: no answer, or none that opens.
  std::optional<StatusCode> ask_sealed(const Bytes& payload, Bytes& fields_out) {
    const Bytes answer = exchange(payload);
    ByteView plain;
    if (answer.empty() || session_.open(answer, plain) != OpenStatus::kOk) return std::nullopt;
    ByteView fields;
    protocol::ReplyHead head;
    EXPECT_TRUE(protocol::read_body(plain, head, fields));
    fields_out.assign(fields.begin(), fields.end());
    return head.status;
  }
  template <typename Message>
  std::optional<StatusCode> ask(const Message& message, typename Message::Reply& reply) {
    sent = sealed(message);
    Bytes fields;
    const auto status = ask_sealed(sent, fields);
    if (status) protocol::decode(fields, reply, protocol::Trailing::kIgnored);
    return status;
  }
  template <typename Message>
  std::optional<StatusCode> ask(const Message& message) {
    typename Message::Reply reply;
    return ask(message, reply);
  }

  // A payload as it stands; the payload that comes back, if any does.
  Bytes exchange(const Bytes& payload) {
    board_.telemetry.clear();
    Bytes frame(protocol::kMaxFrame);
    frame.resize(protocol::encode_frame(payload, frame));
    board_.send(frame);
    for (int i = 0; i < 6 && board_.telemetry.empty(); ++i) board_.run_for(kSecond);
    for (const std::uint8_t byte : board_.telemetry) {
      if (decoder_.push(byte)) return {decoder_.payload().begin(), decoder_.payload().end()};
    }
    return {};
  }

  Bytes sent;

 private:
  FakeBoard& board_;
  Role role_;
  SealedSession session_;
  Chance chance_ = Chance::seeded(4, "whole pump");
  protocol::FrameDecoder decoder_;
  inline static std::uint32_t clear_id_ = 10;  // the pump takes up a new one only
  std::uint32_t id_ = 100;
  inline static std::uint32_t rigs_ = 0;
  std::uint32_t nonce_ = ++rigs_ * 10'000;  // what a pump has answered once it answers so again
  std::uint64_t counter_ = 0;
};

// A test image on a wire that has been given its keys.
struct Provisioned {
  explicit Provisioned(pumpfw::Mutant mutant = pumpfw::Mutant::kNone) : board(config(true, mutant)) {
    board.run_for(2 * kSecond);
    Rig blank(board, Role::kService, Secret());
    EXPECT_EQ(blank.open(), StatusCode::kOk);
    EXPECT_EQ(blank.ask(test_keys()), StatusCode::kOk);
    keys_frame = blank.sent;
  }
  FakeBoard board;
  Bytes keys_frame;
};

}  // namespace pumprig::security::testing
