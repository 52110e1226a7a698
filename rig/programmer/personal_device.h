// The patient's personal therapy manager as a device that somebody holds: it says within five seconds what came of a press, or that this is
// unknown, and never leaves the patient to guess. What it has not heard the outcome of it writes down, and asks for before anything else.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "rig/clients/personal_therapy_manager.h"
#include "rig/programmer/pump_line.h"
#include "rig/programmer/request_memory.h"

namespace pumprig::programmer {

// What the device shows.
struct Shown {
  enum class Known : std::uint8_t { kYes, kNo, kOutOfReach };
  Known known = Known::kYes;
  std::optional<bool> granted;  // of a request; none while its outcome is unknown, and for what only shows or mutes
  std::string outcome;          // "granted", the protocol's word of a refusal or a state, "muted", "unknown", "out_of_reach"
  std::string text;
  std::optional<std::uint32_t> next_dose_in_s;    // by lockout, count, ceilings and bridge; none: unsaid, or none to come
  std::optional<unsigned> doses_left_24h;         // none: nobody has said
  std::optional<std::uint64_t> bridge_ends_in_s;  // while one keeps doses away
  bool earlier = false;                           // the outcome is that of an earlier request
  std::string detail;                             // why the pump was not reached, or can not be the one that was asked; not for the patient
};

class PersonalDevice {
 public:
  // `memory`: the file in which a request stands until its outcome is known, for each pump, with what tells that pump's life from
  // another's.
  PersonalDevice(const std::string& link, std::string keys, std::filesystem::path memory);
  // For a session that is open already.
  PersonalDevice(clients::PumpSession& session, std::filesystem::path memory);

  // Of a session whose every exchange ends soon enough.
  static clients::PumpSession::Options options();

  // Asks for a dose; or, where the outcome of an earlier request is not known, for that. Known within five seconds, or `on_unknown` is told
  // what to say meanwhile, and the same request is asked about for `patience`. An Error: the link's spec, a key or the memory is wrong, and
  // nothing was asked.
  Result<Shown> request(Duration patience, const std::function<void(const std::string&)>& on_unknown = {});
  Result<Shown> status();
  Result<Shown> mute(const std::string& span);  // "10 min"

  // Gives the link back; the next call opens it again.
  void let_go();

  // From another thread: request() ends at its next turn, its outcome unknown.
  void lose_patience() { impatient_ = true; }

 private:
  Result<std::unique_ptr<clients::PersonalTherapyManager>> reach();
  Result<Shown> settle(clients::PersonalTherapyManager& patient, Duration patience, bool earlier,
                       const std::function<void(const std::string&)>& on_unknown);
  Result<Shown> tell(clients::PersonalTherapyManager& patient, const clients::Answer<clients::protocol::BolusReply>& answer, bool earlier);
  RequestMemory memory() const;
  Shown out_of_reach(const Error& why, bool asked) const;
  // Identifies what answers now, and holds it against the pump that was asked: why it can not be that one; empty: it can.
  Result<std::string> stranger(const RequestMemory& asked);
  // Why the pump of this session can not be the later life of the one that was asked; empty: it can.
  Result<std::string> other_than(const json::Node& asked);
  template <typename T>
  Result<T> run(Task<T> task) {
    const auto turn = take_turn(link_, std::chrono::seconds(2));
    if (!turn) return tl::unexpected<Error>(turn.error());
    return session_->executor().run(std::move(task));
  }

  std::string link_, keys_;
  std::filesystem::path memory_file_;
  std::optional<PumpLine> line_;
  clients::PumpSession* session_ = nullptr;
  std::atomic<bool> impatient_{false};
};

}  // namespace pumprig::programmer
