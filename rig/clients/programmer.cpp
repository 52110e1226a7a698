#include "rig/clients/programmer.h"

#include "rig/clients/log_chain.h"

namespace pumprig::clients {
namespace {

std::string name_of(TherapyState state) {
  return protocol::describe(state).name;
}

// Whether an answer leaves out its first entry, the one that was asked for or the oldest that the pump says it keeps.
bool begins_late(const protocol::LogReply& answer, std::uint32_t from_seq) {
  const std::uint32_t due = from_seq < answer.oldest_seq ? answer.oldest_seq : from_seq;
  const auto entries = answer.entries.view();
  return entries.empty() ? due <= answer.newest_seq : entries.front().seq != due;
}

}  // namespace

bool delivers(TherapyState state) {
  switch (state) {
    case TherapyState::kRunning:
    case TherapyState::kBolus:
    case TherapyState::kStallPause:
    case TherapyState::kMinimumRate:
    case TherapyState::kPriming:
    case TherapyState::kBridging:
    case TherapyState::kPeriodicBolus:
      return true;
    case TherapyState::kNotProgrammed:
    case TherapyState::kStopped:
    case TherapyState::kHalted:
    case TherapyState::kSelfTest:
      return false;
  }
  return false;
}

Task<Answer<IdentifyReply>> Programmer::identify() {
  return session_.ask(Role::kClinician, protocol::Identify{});
}
Task<Answer<StatusReply>> Programmer::status() {
  return session_.ask(Role::kClinician, protocol::ReadStatus{});
}
Task<Answer<protocol::ProgramReply>> Programmer::read_program() {
  return session_.ask(Role::kClinician, protocol::ReadProgram{});
}

Task<Answer<protocol::WriteProgramReply>> Programmer::program(const Program& program) {
  CO_TRY_ASSIGN(const auto answer, co_await offer(program));
  if (answer.refused()) co_return tl::unexpected<Error>(refusal(MessageType::kWriteProgram, answer.status));
  co_return answer;
}

Task<Answer<protocol::WriteProgramReply>> Programmer::offer(const Program& program) {
  const protocol::WriteProgram request{program, protocol::checksum(program)};
  CO_TRY_ASSIGN(const auto before, co_await read_program());
  CO_TRY_ASSIGN(const auto written, co_await session_.ask_after_self_test(Role::kClinician, request, kHearing));
  CO_TRY_ASSIGN(const auto back, co_await read_program());
  const Program& wanted = written.refused() ? before.fields.program : request.program;
  const std::uint32_t revision = written.refused() ? before.fields.revision : written.fields.revision;
  const bool crc_fits = back.fields.revision == 0 || back.fields.crc == protocol::checksum(wanted);
  if (back.fields.program != wanted || back.fields.revision != revision || !crc_fits) {
    co_return fail(ErrorCode::kProtocol, "the program read back is not the one that should stand: wanted " + to_text(wanted) +
                                             " of revision " + std::to_string(revision) + ", read " + to_text(back.fields.program) +
                                             " of revision " + std::to_string(back.fields.revision));
  }
  co_return written;
}

Task<Answer<protocol::TherapyReply>> Programmer::start() {
  return started({});
}

Task<Answer<protocol::TherapyReply>> Programmer::offer_start() {
  return started(kHearing);
}

Task<Answer<protocol::TherapyReply>> Programmer::started(Asking asking) {
  CO_TRY_ASSIGN(auto answer, co_await session_.ask_after_self_test(Role::kClinician, protocol::StartTherapy{}, asking));
  if (answer.refused()) co_return answer;
  CO_TRY_ASSIGN(const auto after, co_await status());
  answer.fields.therapy_state = after.fields.therapy_state;
  if (!delivers(after.fields.therapy_state)) {
    co_return fail(ErrorCode::kProtocol,
                   "the pump said that therapy started, and its state read back is " + name_of(after.fields.therapy_state));
  }
  co_return answer;
}

Task<Answer<protocol::TherapyReply>> Programmer::stop() {
  CO_TRY_ASSIGN(auto answer, co_await session_.ask(Role::kClinician, protocol::StopTherapy{}));
  CO_TRY_ASSIGN(const auto after, co_await status());
  answer.fields.therapy_state = after.fields.therapy_state;
  if (delivers(after.fields.therapy_state)) {
    co_return fail(ErrorCode::kProtocol,
                   "the pump said that therapy stopped, and its state read back is " + name_of(after.fields.therapy_state));
  }
  co_return answer;
}

Task<Answer<protocol::TherapyReply>> Programmer::prime(std::uint32_t volume_nl) {
  return session_.ask_after_self_test(Role::kClinician, protocol::Prime{volume_nl}, kHearing);
}
Task<Answer<protocol::TherapyReply>> Programmer::cancel_prime() {
  return session_.ask_after_self_test(Role::kClinician, protocol::CancelPrime{}, kHearing);
}
Task<Answer<protocol::BolusReply>> Programmer::give_bolus(std::uint32_t dose_nl, std::uint32_t duration_s) {
  return session_.ask_after_self_test(Role::kClinician, protocol::GiveBolus{dose_nl, duration_s}, kHearing);
}
Task<Answer<protocol::TherapyReply>> Programmer::cancel_bolus() {
  return session_.ask_after_self_test(Role::kClinician, protocol::CancelBolus{}, kHearing);
}
Task<Answer<protocol::AlarmReply>> Programmer::test_alarm() {
  return session_.ask_after_self_test(Role::kClinician, protocol::TestAlarm{}, kHearing);
}

Task<Answer<protocol::SelfTestReply>> Programmer::self_test() {
  if (session_.identity().protocol_minor < 2) {
    co_return fail(ErrorCode::kUnsupported, "this pump speaks telemetry " + std::to_string(session_.identity().protocol_major) + "." +
                                                std::to_string(session_.identity().protocol_minor) +
                                                ", and a self test on request came with 2.2; it tests itself when it is reset");
  }
  co_return co_await session_.ask_after_self_test(Role::kClinician, protocol::SelfTest{}, kHearing);
}

Task<Answer<protocol::ClockReply>> Programmer::set_clock(std::int64_t local_time_s) {
  const protocol::SetClock request{local_time_s};
  CO_TRY_ASSIGN(const auto answer, co_await session_.ask_after_self_test(Role::kClinician, request, kHearing));
  if (!answer.refused() && answer.fields.local_time_s != local_time_s) {
    co_return fail(ErrorCode::kProtocol, "the calendar was set to " + std::to_string(local_time_s) +
                                             " s, and the pump says that it stands at " + std::to_string(answer.fields.local_time_s) +
                                             " s");
  }
  co_return answer;
}

Task<Answer<protocol::ReservoirReply>> Programmer::refill(std::uint32_t volume_nl, std::uint32_t capacity_nl, std::uint32_t residual_nl) {
  return enter_reservoir({volume_nl, true, capacity_nl, residual_nl});
}
Task<Answer<protocol::ReservoirReply>> Programmer::correct_reservoir(std::uint32_t volume_nl, std::uint32_t capacity_nl) {
  return enter_reservoir({volume_nl, false, capacity_nl});
}

Task<Answer<protocol::ReservoirReply>> Programmer::enter_reservoir(protocol::EnterReservoir entry) {
  CO_TRY_ASSIGN(const auto answer, co_await offer_refill(entry));
  if (answer.refused()) co_return tl::unexpected<Error>(refusal(MessageType::kEnterReservoir, answer.status));
  co_return answer;
}

Task<Answer<protocol::ReservoirReply>> Programmer::offer_refill(protocol::EnterReservoir entry) {
  CO_TRY_ASSIGN(const auto answer, co_await session_.ask_after_self_test(Role::kClinician, entry, kHearing));
  if (answer.refused()) co_return answer;
  // The ledger counts steps of 12.5 nL.
  const std::int64_t off = std::int64_t{answer.fields.reservoir_nl} - std::int64_t{entry.volume_nl};
  if (off > 13 || off < -13) {
    co_return fail(ErrorCode::kProtocol, "the pump answered " + std::to_string(answer.fields.reservoir_nl) + " nL to an entry of " +
                                             std::to_string(entry.volume_nl) + " nL");
  }
  co_return answer;
}

Task<Programmer::Log> Programmer::read_log(std::uint32_t from_seq) {
  Log log;
  log.chained = session_.identity().protocol_minor >= 1;
  LogChain chain;
  std::uint32_t next = from_seq > 1 ? from_seq - 1 : 1;  // the first entry is held against the one before it
  for (bool first = true;; first = false) {
    const protocol::ReadLog request{next, protocol::kMaxLogEntries};
    CO_TRY_ASSIGN(auto answer, co_await session_.ask_after_self_test(Role::kClinician, request));
    // A full ring overwrites its oldest entry, and can not tell that one while it does; a moment later the next one is the oldest.
    if (first && begins_late(answer.fields, next)) {
      CO_TRY_ASSIGN(answer, co_await session_.ask_after_self_test(Role::kClinician, request));
    }
    log.oldest_seq = answer.fields.oldest_seq;
    log.newest_seq = answer.fields.newest_seq;
    if (first && next < log.oldest_seq) next = log.oldest_seq;
    for (const LogEntry& entry : answer.fields.entries.view()) {
      if (entry.seq != next)
        co_return fail(ErrorCode::kProtocol,
                       "the event log jumps to entry " + std::to_string(entry.seq) + " where " + std::to_string(next) + " was due");
      if (entry.seq >= from_seq) log.entries.push_back(entry);
      next = entry.seq + 1;
    }
    if (log.chained && !chain.take(answer.fields)) {
      CO_TRY_ASSIGN(const auto broken, co_await chain.find_break(session_, answer.fields));
      co_return fail(ErrorCode::kProtocol, "the chain of the event log breaks at entry " + std::to_string(broken) +
                                               ": it is not as it was written, or one before it is gone");
    }
    if (next > log.newest_seq) break;
    if (answer.fields.entries.count == 0) {
      const std::string newest = std::to_string(log.newest_seq);
      std::string text = next == log.newest_seq ? "entry " + newest + " of the event log is missing"
                                                : "entries " + std::to_string(next) + " to " + newest + " of the event log are missing";
      text.append(": the pump says that ").append(newest).append(" is its newest, and does not tell it");
      co_return fail(ErrorCode::kProtocol, std::move(text));
    }
  }
  co_return log;
}

std::vector<Alarm> alarms_of(std::uint32_t alarm_bits) {
  std::vector<Alarm> out;
  for (unsigned i = 0; i < 32; ++i) {
    if ((alarm_bits >> i & 1U) != 0) out.push_back(static_cast<Alarm>(i));
  }
  return out;
}

std::vector<protocol::SelfTestPart> parts_of(std::uint16_t bits) {
  std::vector<protocol::SelfTestPart> out;
  for (unsigned i = 0; i < 16; ++i) {
    if ((bits >> i & 1U) != 0) out.push_back(static_cast<protocol::SelfTestPart>(i));
  }
  return out;
}

Task<std::vector<Alarm>> Programmer::alarms() {
  CO_TRY_ASSIGN(const auto answer, co_await status());
  co_return alarms_of(answer.fields.alarm_bits);
}

Task<Answer<protocol::AlarmReply>> Programmer::clear_alarms(std::uint32_t alarm_bits) {
  return session_.ask_after_self_test(Role::kClinician, protocol::ClearAlarm{alarm_bits}, kHearing);
}
Task<Answer<protocol::AlarmReply>> Programmer::silence(std::uint32_t duration_s) {
  return session_.ask_after_self_test(Role::kClinician, protocol::SilenceAlarm{duration_s}, kHearing);
}

}  // namespace pumprig::clients
