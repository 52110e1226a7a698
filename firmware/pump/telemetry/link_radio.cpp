// When the link's radio may listen, and to whom (REQ-607); and two planted mistakes about a link that is lost.
#include "firmware/pump/pump.h"
#include "firmware/pump/telemetry/link_server.h"

namespace pumpfw {

void LinkServer::switch_receiver(Tick now) {
  if (strangers_ != 0) air_.charge(now, strangers_);
  strangers_ = 0;
  const bool on = air_.allows(now, receiver_on_) || pump_.mutation().is(Mutant::kRadioUnlimited);
  if (on == receiver_on_) return;
  receiver_on_ = on;
  hal_.enable_receiver(on);
  if (on) {
    receiver_off_ += now - receiver_off_since_;
    unread_ = 0;
    decoder_.reset();
  } else {
    receiver_off_since_ = now;
    pump_.note_radio(now, protocol::LogCode::kReceiverOff, air_.strangers_ms() / 1000);
  }
}

void LinkServer::open_receiver(Tick now) {
  if (receiver_on_) return;
  air_.forget_strangers();
  switch_receiver(now);
  pump_.note_radio(now, protocol::LogCode::kReceiverOpened, 0);
}

void LinkServer::link_lost(Tick now) {
  lost_at_ = kNever;
  if (pump_.mutation().is(Mutant::kLostLinkStops)) pump_.stop(now, protocol::Role::kClinician);
  constexpr std::size_t kFields = protocol::kHeadSize + protocol::kRequestHeadSize;
  const std::span<const std::uint8_t> begun = decoder_.begun();
  if (!pump_.mutation().is(Mutant::kCutUpdateTaken) || begun.size() <= kFields) return;
  if (begun[protocol::kHeadSize] != static_cast<std::uint8_t>(protocol::MessageType::kWriteProgram)) return;
  protocol::WriteProgram mixed{pump_.program(), 0};
  std::array<std::uint8_t, protocol::kMaxBody> bytes{};
  const std::size_t size = protocol::encode(mixed, bytes);
  for (std::size_t i = 0; i < size && kFields + i < begun.size(); ++i) bytes[i] = begun[kFields + i];
  if (protocol::decode(std::span<const std::uint8_t>(bytes).first(size), mixed, protocol::Trailing::kRefused)) {
    pump_.set_program(now, mixed.program);
  }
}

}  // namespace pumpfw
