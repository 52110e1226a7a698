#include "rig/clients/testing/scripted_pump.h"

#include <algorithm>

#include "firmware/protocol/log_chain.h"

namespace pumprig::clients::testing {

using protocol::MessageType;
using protocol::StatusCode;

Task<void> ScriptedPump::serve() {
  std::array<std::uint8_t, 256> input{};
  for (;;) {
    CO_TRY_ASSIGN(const std::size_t got, co_await link_.read_some(input, kNever));
    for (std::size_t i = 0; i < got; ++i) {
      if (!decoder_.push(input[i])) continue;
      const Bytes payload(decoder_.payload().begin(), decoder_.payload().end());
      CO_TRY(co_await answer(payload));
    }
  }
}

void ScriptedPump::restart() {
  sessions_ = {};
  cache_ = {};
  ++identity.boot_count;
  booted_ = executor_.now();
  if (security) secure(security->state());
}

void ScriptedPump::secure(pumpfw::security::SecurityState kept) {
  pumpfw::security::Config config;
  for (std::size_t i = 0; i < config.device.size(); ++i) config.device[i] = static_cast<std::uint8_t>(identity.board_serial.chars[i]);
  config.wired = true;
  config.entropy = [](void* pump, std::span<std::uint8_t> out) {
    std::uint32_t& state_of = static_cast<ScriptedPump*>(pump)->chance_;
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>((state_of = state_of * 1664525 + 1013904223) >> 24);
  };
  config.entropy_context = this;
  security = std::make_unique<pumpfw::security::SecureSessions>(config);
  security->restore(kept, ticks());
}

std::uint64_t ScriptedPump::ticks() const {
  return static_cast<std::uint64_t>(to_seconds(executor_.now()) * 32768);
}

bool ScriptedPump::refused_in_clear(protocol::MessageType type) const {
  return !sealed_ && security && security->keyed() && type != MessageType::kIdentify && type != MessageType::kOpenSession;
}

Task<void> ScriptedPump::answer(ByteView payload) {
  Plan plan;
  if (!plans.empty()) {
    plan = plans.front();
    plans.pop_front();
  }
  if (plan.mishap == Mishap::kLoseRequest) co_return Status{};
  sealed_ = payload.size() > 2 && payload[2] == static_cast<std::uint8_t>(protocol::Suite::kSealed);
  if (sealed_ && !security) co_return Status{};
  protocol::PumpSessions::Opened opened;
  if (sealed_) {
    opened = security->open(payload, ticks());
  } else {
    opened = sessions_.open(payload);
  }
  if (opened.status != protocol::OpenStatus::kOk) co_return Status{};
  protocol::RequestHead head;
  ByteView fields;
  if (!protocol::read_body(opened.body, head, fields)) co_return Status{};
  requests.push_back(head);
  arrivals.push_back(executor_.now());
  const std::size_t size = plan.mishap == Mishap::kBusy || refused_in_clear(head.type) ? reply(head, StatusCode::kBusy, protocol::Empty{})
                                                                                       : make_body(opened.role, head, fields);
  cache_.keep(opened.role, head, ByteView(body_).first(size));
  Bytes sealed(protocol::kMaxPayload);
  if (sealed_) {
    sealed.resize(security->seal(opened.role, ByteView(body_).first(size), sealed));
    if (sealed.empty()) co_return Status{};
  } else if (refused_in_clear(head.type)) {
    sealed.resize(protocol::PumpSessions::refusal(protocol::OpenStatus::kUnknownSuite, payload, sealed));
  } else {
    sealed.resize(sessions_.seal(opened.role, ByteView(body_).first(size), sealed));
    sealed[0] = major;
  }
  if (plan.delay > Duration{0}) CO_TRY(co_await executor_.sleep_for(plan.delay));
  departures.push_back(executor_.now());
  if (plan.mishap == Mishap::kLoseReply) co_return Status{};
  Bytes wire(protocol::kMaxFrame);
  wire.resize(protocol::encode_frame(sealed, wire));
  if (plan.mishap == Mishap::kDamageReply) wire[wire.size() / 2] ^= 0x10;
  if (plan.mishap == Mishap::kNoiseBefore) wire.insert(wire.begin(), {7, 8, 0, 3, 255, 1});
  co_return co_await link_.write_all(wire, kNever);
}

std::size_t ScriptedPump::make_body(protocol::Role role, const protocol::RequestHead& head, ByteView fields) {
  const ByteView before = cache_.find(role, head);
  if (!before.empty()) {
    std::copy(before.begin(), before.end(), body_.begin());
    return before.size();
  }
  const StatusCode refused = refuses ? refuses(head.type) : StatusCode::kOk;
  if (refused != StatusCode::kOk) return reply(head, refused, protocol::Empty{});
  return execute(role, head, fields);
}

std::size_t ScriptedPump::execute(protocol::Role role, const protocol::RequestHead& head, ByteView fields) {
  switch (head.type) {
    case MessageType::kIdentify: {
      protocol::IdentifyReply who = identity;
      who.suites = !security ? 1 : security->keyed() ? 2 : 3;
      if (!sealed_ && tampers_identity) tampers_identity(who);
      return reply(head, StatusCode::kOk, who);
    }
    case MessageType::kSelfTest:
      return reply(head, StatusCode::kOk, protocol::SelfTestReply{0x3FF, status.self_test_failed, 0});
    case MessageType::kReadStatus:
      return reply(head, StatusCode::kOk, status_now());
    case MessageType::kReadProgram: {
      protocol::ProgramReply back = program;
      if (tampers_read_back) tampers_read_back(back.program);
      return reply(head, StatusCode::kOk, back);
    }
    case MessageType::kWriteProgram: {
      protocol::WriteProgram request;
      if (!protocol::decode(fields, request, protocol::Trailing::kRefused)) return reply(head, StatusCode::kBadLength, protocol::Empty{});
      if (request.crc != protocol::checksum(request.program)) return reply(head, StatusCode::kBadChecksum, protocol::Empty{});
      if (request.program.basal_rate_nl_per_day > 24'000'000) return reply(head, StatusCode::kRateOutOfRange, protocol::Empty{});
      program = {request.program, request.crc, program.revision + 1};
      return reply(head, StatusCode::kOk, protocol::WriteProgramReply{program.revision});
    }
    case MessageType::kStartTherapy:
      status.therapy_state = protocol::TherapyState::kRunning;
      return reply(head, StatusCode::kOk, protocol::TherapyReply{status.therapy_state, status_now().rtc_ticks});
    case MessageType::kStopTherapy:
      if (!stop_lies) status.therapy_state = protocol::TherapyState::kStopped;
      return reply(head, StatusCode::kOk, protocol::TherapyReply{protocol::TherapyState::kStopped, status_now().rtc_ticks});
    case MessageType::kRequestBolus:
      if (status.lockout_remaining_s > 0)
        return reply(head, StatusCode::kLockout, protocol::BolusReply{0, status.lockout_remaining_s, 3, 0, status.next_bolus_in_s});
      ++boluses;
      status.lockout_remaining_s = 3600;
      return reply(head, StatusCode::kOk, protocol::BolusReply{12'500, 3600, 3, status_now().rtc_ticks, status.next_bolus_in_s});
    case MessageType::kEnterReservoir: {
      protocol::EnterReservoir request;
      protocol::decode(fields, request, protocol::Trailing::kRefused);
      entered = request;
      const std::uint32_t expected = status.reservoir_nl;
      if (!forgets_reservoir) status.reservoir_nl = request.volume_nl;
      return reply(head, StatusCode::kOk, protocol::ReservoirReply{expected, status.reservoir_nl, residual});
    }
    case MessageType::kReadLog: {
      protocol::ReadLog request;
      protocol::decode(fields, request, protocol::Trailing::kRefused);
      return reply(head, StatusCode::kOk, read_log(request));
    }
    case MessageType::kClearAlarm:
      status.alarm_bits &= causes_that_stand;
      return reply(head, status.alarm_bits == 0 ? StatusCode::kOk : StatusCode::kAlarmCauseStands, protocol::AlarmReply{status.alarm_bits});
    case MessageType::kSilenceAlarm:
      return reply(head, StatusCode::kOk, protocol::AlarmReply{status.alarm_bits});
    case MessageType::kEstablishState: {
      protocol::EstablishState request;
      protocol::decode(fields, request, protocol::Trailing::kRefused);
      state = request.state;
      if (forgets_reservoir) state.reservoir_nl += 100;
      return reply(head, StatusCode::kOk, protocol::Empty{});
    }
    case MessageType::kReadState:
      return reply(head, StatusCode::kOk, protocol::StateReply{state, status_now().rtc_ticks});
    case MessageType::kResetDevice: {
      const std::size_t size = reply(head, StatusCode::kOk, protocol::Empty{});
      ++identity.boot_count;
      return size;
    }
    case MessageType::kOpenSession:
      return open_session(role, head, fields);
    case MessageType::kProvisionKeys:
      return provision(head, fields);
    default:
      break;
  }
  return reply(head, StatusCode::kUnknownMessage, protocol::Empty{});
}

std::size_t ScriptedPump::open_session(protocol::Role role, const protocol::RequestHead& head, ByteView fields) {
  protocol::OpenSession request;
  if (!security || !protocol::decode(fields, request, protocol::Trailing::kRefused)) {
    return reply(head, StatusCode::kUnknownMessage, protocol::Empty{});
  }
  protocol::OpenSessionReply answer;
  const StatusCode code = security->open_session(role, head.nonce, request, ticks(), ticks(), answer);
  return reply(head, code, answer);
}

std::size_t ScriptedPump::provision(const protocol::RequestHead& head, ByteView fields) {
  protocol::ProvisionKeys request;
  if (!security || !protocol::decode(fields, request, protocol::Trailing::kRefused)) {
    return reply(head, StatusCode::kUnknownMessage, protocol::Empty{});
  }
  return reply(head, security->provision(sealed_, request), protocol::Empty{});
}

protocol::StatusReply ScriptedPump::status_now() const {
  protocol::StatusReply now = status;
  now.program_revision = std::max(status.program_revision, program.revision);
  const double seconds = clock_offset_s + clock_rate * to_seconds(executor_.now());
  now.rtc_ticks = static_cast<std::uint64_t>(seconds * 32768);
  now.monotonic_ticks = static_cast<std::uint64_t>(to_seconds(executor_.now() - booted_) * 32768);
  return now;
}

protocol::LogReply ScriptedPump::read_log(const protocol::ReadLog& request) {
  protocol::LogReply out;
  if (log.empty()) return out;
  out.oldest_seq = log.front().seq;
  out.newest_seq = log.back().seq;
  std::uint32_t crc = 0;
  for (const protocol::LogEntry& written : log) {
    crc = protocol::chain(written, crc);
    const bool left_out = written.seq == log_hole || (log_turns && written.seq == out.oldest_seq);
    if (written.seq < request.from_seq || left_out || out.entries.count >= request.count) continue;
    protocol::LogEntry told = written;
    if (told.seq == log_altered) ++told.argument_1;
    if (out.entries.count == 0) out.first_crc = crc;
    out.last_crc = crc;
    out.entries.push(told);
  }
  if (log_turns) {
    log.push_back({out.newest_seq + 1, out.newest_seq + 1, protocol::LogCode::kBolusRefused, 0, 0});
    log.erase(log.begin());
    log_turns = false;
  }
  return out;
}

}  // namespace pumprig::clients::testing
