// A far end for tests: speaks the protocol as a pump does, keeps little of a pump's mind, and misbehaves on demand.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/messages.h"
#include "firmware/protocol/reply_cache.h"
#include "firmware/security/secure_sessions.h"
#include "rig/exec/executor.h"
#include "rig/link/link.h"

namespace pumprig::clients::testing {

namespace protocol = pumpfw::protocol;

class ScriptedPump {
 public:
  // What happens to one reply. kLoseRequest: as if the request had never arrived.
  enum class Mishap : std::uint8_t { kNone, kLoseReply, kLoseRequest, kDamageReply, kNoiseBefore, kBusy };
  struct Plan {
    Mishap mishap = Mishap::kNone;
    Duration delay{0};
  };

  ScriptedPump(exec::Executor& executor, link::Link& link) : executor_(executor), link_(link) {}

  // Answers until cancelled or the line goes.
  Task<void> serve();
  // Loses what a reset loses.
  void restart();
  // From now on it can speak the sealed suite: blank, on a wire; or with keys.
  void secure(pumpfw::security::SecurityState kept = {});

  // For the next replies, one after the other; none left: answered at once.
  std::deque<Plan> plans;
  // Refuses the next request of a kind.
  std::function<protocol::StatusCode(protocol::MessageType)> refuses;
  // Changes a reply before it leaves.
  std::function<void(protocol::Program&)> tampers_read_back;
  std::function<void(protocol::IdentifyReply&)> tampers_identity;  // in the clear only
  std::uint8_t major = protocol::kMajor;
  bool stop_lies = false;
  bool forgets_reservoir = false;
  std::uint32_t log_hole = 0;           // sequence number that is left out
  bool log_turns = false;               // the oldest entry is being overwritten while the next answer about it is made
  std::uint32_t causes_that_stand = 0;  // alarms that nobody can clear
  std::uint32_t log_altered = 0;        // the one that is told otherwise than it was written
  double clock_rate = 1 + 20e-6;
  double clock_offset_s = 1000;

  protocol::IdentifyReply identity;
  protocol::StatusReply status;
  protocol::ProgramReply program;
  protocol::DeviceState state;
  std::vector<protocol::LogEntry> log;

  protocol::EnterReservoir entered;  // last
  protocol::Residual residual = protocol::Residual::kNotMeasured;
  std::uint32_t boluses = 0;
  std::unique_ptr<pumpfw::security::SecureSessions> security;  // null: the clear suite only
  std::vector<protocol::RequestHead> requests;                 // as they arrived, repetitions too
  std::vector<TimePoint> arrivals;
  std::vector<TimePoint> departures;

 private:
  Task<void> answer(ByteView payload);
  std::size_t make_body(protocol::Role role, const protocol::RequestHead& head, ByteView fields);
  std::size_t execute(protocol::Role role, const protocol::RequestHead& head, ByteView fields);
  std::size_t open_session(protocol::Role role, const protocol::RequestHead& head, ByteView fields);
  std::size_t provision(const protocol::RequestHead& head, ByteView fields);
  bool refused_in_clear(protocol::MessageType type) const;
  std::uint64_t ticks() const;
  template <protocol::Record M>
  std::size_t reply(const protocol::RequestHead& head, protocol::StatusCode code, const M& message) {
    return protocol::write_reply(head, code, message, body_);
  }
  protocol::StatusReply status_now() const;
  protocol::LogReply read_log(const protocol::ReadLog& request);

  exec::Executor& executor_;
  link::Link& link_;
  protocol::FrameDecoder decoder_;
  protocol::PumpSessions sessions_;
  protocol::ReplyCache cache_;
  TimePoint booted_{};
  bool sealed_ = false;  // the request under way
  std::uint32_t chance_ = 1;
  std::array<std::uint8_t, protocol::kMaxBody> body_{};
};

}  // namespace pumprig::clients::testing
