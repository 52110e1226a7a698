// The physician's session with one pump: looks, reviews, has confirmations given, writes, reads back, and proves at the end how the pump is
// left. The command line, the dialogue and Python all go through it, so that they have the same rules; all of it goes into the journal.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "rig/clients/image_update.h"
#include "rig/clients/programmer.h"
#include "rig/programmer/giving.h"
#include "rig/programmer/journal.h"
#include "rig/programmer/known_pump.h"
#include "rig/programmer/prescription.h"
#include "rig/programmer/pump_line.h"
#include "rig/programmer/words.h"

namespace pumprig::programmer {

// How confirmations are given: one by one by who is asked, or beforehand as their number.
struct Consent {
  // `again`: the second one. False: not given.
  std::function<bool(const Review&, bool again)> ask;
  std::function<void(const Review&)> reviewed = {};  // what is to be confirmed, or is refused
  unsigned given = 0;                                // when nobody can be asked
  std::string how = "give ";                         // what to do when they are too few: "give --confirm "
};

// What the pump made of a command.
struct Done {
  bool refused = false;
  std::string reason = "ok";  // the protocol's word
  std::string text;           // for people
};

// REQ-905: how the pump is left.
struct Proof {
  bool known = false;  // the pump answered
  bool running = false;
  bool as_written = false;  // the program read back is bit for bit the one that was written last, or stood at the beginning
  std::string banner;       // why the session must not end like this; empty when therapy runs as programmed
  std::string text;         // the state, for people
  clients::StatusReply status;
  std::uint32_t revision = 0;
};

class Desk {
 public:
  // Times out nothing by itself: an Error of the link (kTimeout, kCorrupt, kUnavailable) leaves the outcome of a command unknown; look()
  // and prove() then say what became of it.
  Desk(clients::PumpSession& session, Journal& journal);

  // Interrogates: status, program, what the log says of fills and programs.
  Result<Present> look();
  // Which pump this is.
  std::string pump_text() const;
  // What look() found, as people read it.
  std::string state_page() const;
  const Present& present() const { return present_; }
  const clients::StatusReply& status() const { return status_; }
  std::uint32_t revision() const { return revision_; }

  // The words are read against what stands in the pump.
  Result<Review> review(const PrescribeWords& words);
  // kRefused: by the review, or by the pump, whose reason is said; kInvalidArgument: too few confirmations were given beforehand;
  // kCancelled: not confirmed; kRefused as well where the pump changed meanwhile. Nothing was changed then. kProtocol: read back otherwise
  // than written.
  Result<Review> prescribe(const PrescribeWords& words, const Consent& consent);
  Result<RefillReview> refill(const RefillEntry& entry, const Consent& consent);
  Result<Done> prime(const std::string& volume, const Consent& consent);  // empty: the whole path
  Result<Done> bolus(const std::string& volume_or_dose, const std::string& duration, const Consent& consent);

  Result<Done> start();
  // One action, without a question or a look beforehand: an emergency has no time.
  Result<Done> stop();
  Result<Done> cancel();  // priming or a bolus, whichever runs
  Result<Done> cancel_bolus();
  Result<Done> cancel_prime();
  Result<Done> clear_alarms();
  Result<Done> silence(const std::string& span);
  Result<Done> test_alarm();
  // In full. Refused while therapy runs; a part that fails is a refusal with the reason "self_test", and every one is named.
  Result<Done> self_test();
  // A signed firmware image; the pump must be stopped. Whether the signature is good, the pump says.
  Result<Done> update(const clients::SignedImage& image);
  Result<Done> set_clock(const std::string& local_time);
  Result<clients::Programmer::Log> log(std::uint32_t from_seq = 1);

  Proof prove();
  // The last command was not done because the pump had changed while somebody confirmed: what it comes to now is to be shown anew.
  bool changed_meanwhile() const { return changed_meanwhile_; }
  // What look() or prove() found out about a program whose answer had been lost; once.
  std::string news() { return std::exchange(news_, {}); }

  // After an exchange that failed: lets a moment pass, and opens a line that has gone. kProtocol: another pump stands there now.
  Status come_back();

  Journal& journal() { return journal_; }
  clients::PumpSession& session() { return session_; }

 private:
  enum class Confirmed : std::uint8_t { kProgram, kVolume, kBolus };
  Status agree(const Review& review, const Consent& consent, Confirmed what);
  Status still_so(Confirmed what);
  template <typename Fields>
  Result<Done> said(const Result<clients::Answer<Fields>>& answer, const std::string& what, const std::string& done);
  Error noted(Error error, const std::string& what);
  std::string stands_text(const clients::protocol::ProgramReply& program);
  // A line that has gone is opened again; while it is not there, the exchange itself says so. Where another pump stands there then,
  // nothing is asked of it. `urgent`: whoever else uses the line is waited for only a moment.
  template <typename T>
  Result<T> run(Task<T> task, bool urgent = false) {
    const auto turn = take_turn(session_.link().describe(), std::chrono::seconds(urgent ? 1 : 10));
    if (!turn && !urgent) return tl::unexpected<Error>(turn.error());
    if (!session_.link().is_up() && session_.link().reopen()) TRY(identify_anew());
    return session_.executor().run(std::move(task));
  }
  Status identify_anew();
  // That the pump whose status was read last is the one of before. kProtocol: it is another; all that was known of the old one is
  // forgotten.
  Status same_pump();

  clients::PumpSession& session_;
  Journal& journal_;
  clients::Programmer pump_;
  Present present_;
  clients::StatusReply status_;
  std::uint32_t revision_ = 0;
  bool looked_ = false;
  bool changed_meanwhile_ = false;
  KnownPump known_;
  std::string news_;
  std::optional<clients::Program> expected_;  // that the pump should hold
  bool wrote_ = false;                        // it is one of this session; else the one that was found
  std::optional<clients::Program> doubtful_;  // sent, and the link failed before it was read back
};

}  // namespace pumprig::programmer
