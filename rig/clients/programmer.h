// The physician programmer: programs, starts, stops, refills, reads the log, clears alarms. Whatever changes something is read back.
#pragma once

#include <vector>

#include "rig/clients/pump_session.h"

namespace pumprig::clients {

class Programmer {
 public:
  explicit Programmer(PumpSession& session) : session_(session) {}

  Task<Answer<IdentifyReply>> identify();
  Task<Answer<StatusReply>> status();

  // Writes the whole program and reads it back. kProtocol when the read-back differs in a single bit. kRefused: the pump's reason; the old
  // program then stands.
  Task<Answer<protocol::WriteProgramReply>> program(const Program& program);
  // The same, but a refusal is an answer with its status. A refused program is also read back: it must have left no trace.
  Task<Answer<protocol::WriteProgramReply>> offer(const Program& program);
  Task<Answer<protocol::ProgramReply>> read_program();

  // The instants are those of the request itself; the state read back is in the fields. kProtocol when the status read afterwards does not
  // bear the answer out.
  Task<Answer<protocol::TherapyReply>> start();
  Task<Answer<protocol::TherapyReply>> offer_start();  // a refusal is an answer with its status
  Task<Answer<protocol::TherapyReply>> stop();

  // The clinician's other commands. A refusal is an answer with its status. A bolus whose reply was lost is asked for again with the same
  // nonce, so it is given once.
  Task<Answer<protocol::TherapyReply>> prime(std::uint32_t volume_nl);
  Task<Answer<protocol::TherapyReply>> cancel_prime();
  Task<Answer<protocol::BolusReply>> give_bolus(std::uint32_t dose_nl, std::uint32_t duration_s);
  Task<Answer<protocol::TherapyReply>> cancel_bolus();
  // Seconds since 1970-01-01 00:00 of the patient's wall clock. kProtocol when the pump's calendar read back is another.
  Task<Answer<protocol::ClockReply>> set_clock(std::int64_t local_time_s);
  Task<Answer<protocol::AlarmReply>> test_alarm();
  // In full; therapy must be stopped. What failed is in the answer, part by part. kUnsupported: the pump speaks 2.1 or less.
  Task<Answer<protocol::SelfTestReply>> self_test();

  // What a refill put in. capacity_nl: of the model that the programmer believes in, 0 for the pump's own. residual_nl: found in it before,
  // which the pump judges and logs as well.
  static constexpr std::uint32_t kNotMeasured = protocol::EnterReservoir{}.residual_nl;
  Task<Answer<protocol::ReservoirReply>> refill(std::uint32_t volume_nl, std::uint32_t capacity_nl = 0,
                                                std::uint32_t residual_nl = kNotMeasured);
  // The same with all that may stand in an entry; a refusal is an answer with its status.
  Task<Answer<protocol::ReservoirReply>> offer_refill(protocol::EnterReservoir entry);
  Task<Answer<protocol::ReservoirReply>> correct_reservoir(std::uint32_t volume_nl, std::uint32_t capacity_nl = 0);

  struct Log {
    std::uint32_t oldest_seq = 0;  // still kept by the pump; beyond `from_seq`: the entries between are lost
    std::uint32_t newest_seq = 0;
    bool chained = false;  // the pump tells its checksums (since 2.1), and they were followed
    std::vector<LogEntry> entries;
  };
  // All entries from `from_seq` to the newest, in as many requests as it takes. kProtocol when a sequence number up to the newest that the
  // pump names is missing, or when an entry does not follow the one before it by the pump's chain of checksums.
  Task<Log> read_log(std::uint32_t from_seq = 1);

  Task<std::vector<Alarm>> alarms();
  // Clears all that can be; the answer's bits are those that still stand, and it is kAlarmCauseStands when there are any.
  Task<Answer<protocol::AlarmReply>> clear_alarms(std::uint32_t alarm_bits = 0xFFFFFFFF);
  Task<Answer<protocol::AlarmReply>> silence(std::uint32_t duration_s);

 private:
  Task<Answer<protocol::TherapyReply>> started(Asking asking);
  Task<Answer<protocol::ReservoirReply>> enter_reservoir(protocol::EnterReservoir entry);

  PumpSession& session_;
};

// Whether therapy is under way in this state, a pause that ends by itself included.
bool delivers(TherapyState state);
// The alarms of a status, by bit.
std::vector<Alarm> alarms_of(std::uint32_t alarm_bits);
// The parts of a self test, by bit.
std::vector<protocol::SelfTestPart> parts_of(std::uint16_t bits);

}  // namespace pumprig::clients
