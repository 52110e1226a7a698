// The pump's side of the telemetry link: frames in, sealed replies out. One request at a time.
//
// A request that changed something is answered when the change has reached the memory, so an answered change survives any reset.
// A status is answered when the outlet and the cell have been read for it.
// A message with any bad field is refused whole; what a role may not ask is refused before it is looked at.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "firmware/hal/hal.h"
#include "firmware/protocol/envelope.h"
#include "firmware/protocol/frame.h"
#include "firmware/protocol/image_messages.h"
#include "firmware/protocol/messages.h"
#include "firmware/protocol/reply_cache.h"
#include "firmware/protocol/security_messages.h"
#include "firmware/pump/base/units.h"
#include "firmware/pump/telemetry/air_time.h"
#include "firmware/pump/update/image_receiver.h"
#include "firmware/security/secure_sessions.h"

namespace pumpfw {

class Pump;
struct BuildInfo;

class LinkServer {
 public:
  LinkServer(hal::Hal& hal, Pump& pump, const BuildInfo& build);

  // `wired`: by the wire of the service connector, and not by radio. Keys are given by it only (REQ-608).
  void receive(Tick now, std::span<const std::uint8_t> bytes, bool wired);
  void receive_log(Tick now, std::span<const std::uint8_t> bytes);  // the answer to a read of the log
  void image_written();                                             // a part of an image stands in the second bank
  // Sends a reply whose change is safe now; gives up one that waits too long.
  void run(Tick now);
  // A magnet is held to the pump: whoever does that is no stranger from afar.
  void open_receiver(Tick now);
  Tick due() const;
  // A reply waits for something, perhaps for what has just come.
  bool waits() const { return wait_ != Wait::kNothing; }
  // What the memory holds of keys and sessions. Before that, only Identify and ReadStatus are answered: nothing of the therapy is loaded
  // either, so there is nothing to be learned.
  void restore_security(Tick now, const security::SecurityState& state);
  bool reading_log() const { return wait_ == Wait::kLog; }
  const protocol::FrameCounters& frames() const { return decoder_.counters(); }

 private:
  enum class Wait : std::uint8_t { kNothing, kSettled, kLog, kSenses, kImage, kSelfTest };
  static constexpr Tick kPatience = 4 * kSecond;     // an answer comes within 5 s
  static constexpr Tick kResetDelay = kSecond / 10;  // the reply leaves first

  // Whether the payload belongs to a session.
  bool handle(Tick now, std::span<const std::uint8_t> payload);
  void run_wait(Tick now);
  void dispatch(Tick now, std::span<const std::uint8_t> fields);
  template <typename Message>
  void handle_as(Tick now, std::span<const std::uint8_t> fields);
  void refuse(protocol::StatusCode status);  // a reply that says no more than its status
  template <typename Reply>
  void reply(protocol::StatusCode status, const Reply& message) {
    body_size_ = protocol::write_reply(request_, status, message, body_);
  }
  void read_log();
  void send();
  void transmit(protocol::Role role, bool sealed, std::span<const std::uint8_t> body, bool in_session);
  void transmit_payload(std::span<const std::uint8_t> payload, bool in_session);
  void switch_receiver(Tick now);
  bool minds_lost_links() const;  // two mutants
  void link_lost(Tick now);
  bool in_session() const;  // the request under way
  bool refused_in_clear(protocol::MessageType type) const;
  void keep_security();

  void on(Tick now, const protocol::Identify&);
  void on(Tick now, const protocol::ReadStatus&);
  void on(Tick now, const protocol::SelfTest&);
  void answer_self_test(Tick now);
  void on(Tick now, const protocol::ReadProgram&);
  void on(Tick now, const protocol::WriteProgram& message);
  void on(Tick now, const protocol::StartTherapy&);
  void on(Tick now, const protocol::StopTherapy&);
  void on(Tick now, const protocol::RequestBolus&);
  void on(Tick now, const protocol::Prime& message);
  void on(Tick now, const protocol::CancelPrime&);
  void on(Tick now, const protocol::GiveBolus& message);
  void on(Tick now, const protocol::CancelBolus&);
  void on(Tick now, const protocol::SetClock& message);
  void on(Tick now, const protocol::TestAlarm&);
  void on(Tick now, const protocol::EnterReservoir& message);
  void on(Tick now, const protocol::ReadLog& message);
  void on(Tick now, const protocol::ClearAlarm& message);
  void on(Tick now, const protocol::SilenceAlarm& message);
  void on(Tick now, const protocol::EstablishState& message);
  void on(Tick now, const protocol::ReadState&);
  void on(Tick now, const protocol::ResetDevice& message);
  void answer_therapy(Tick now, protocol::StatusCode status);
  void on(Tick now, const protocol::OpenSession& message);
  void on(Tick now, const protocol::ProvisionKeys& message);
  void on(Tick now, const protocol::BeginImage& message);
  void on(Tick now, const protocol::ImagePart& message);
  void on(Tick now, const protocol::FinishImage& message);
  protocol::StatusCode image_allowed() const;
  void answer_image(protocol::StatusCode status);
  void answer_status(Tick now);
  std::uint8_t doses_left(Tick now) const;

  hal::Hal& hal_;
  Pump& pump_;
  protocol::FrameDecoder decoder_;
  protocol::PumpSessions sessions_;  // of the clear suite
  security::Key fresh_{};            // what the next session's secret is made of
  security::SecureSessions security_;
  protocol::ReplyCache cache_;
  AirTime air_;
  std::size_t unread_ = 0;     // bytes that are not known yet to be a frame of a session
  std::size_t strangers_ = 0;  // bytes to and from strangers, to be charged
  bool receiver_on_ = true;
  Tick receiver_off_since_ = 0;
  Tick receiver_off_ = 0;  // in all
  ImageReceiver image_;

  protocol::Role role_ = protocol::Role::kPatient;  // of the request under way
  bool sealed_ = false;                             // it came in a sealed session, and so goes its reply
  bool opened_ = false;                             // it opened one
  protocol::RequestHead request_;
  std::array<std::uint8_t, protocol::kMaxBody> body_{};
  std::size_t body_size_ = 0;
  Wait wait_ = Wait::kNothing;
  Tick timeout_ = kNever;
  Tick reset_at_ = kNever;
  Tick lost_at_ = kNever;  // of two mutants
  protocol::LogReply log_;
  std::uint32_t log_next_ = 0;
  std::uint32_t log_end_ = 0;  // first number not wanted
};

}  // namespace pumpfw
