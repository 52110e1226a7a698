// A run by hand in the daemon: the commands of a client, their answers until they are fetched, and how long the client may be silent.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "rig/scenario/run/hand_run.h"

namespace pumprig::daemon {

// On what terms a client holds a bench.
struct HandTerms {
  Duration lease = std::chrono::seconds(10);  // wall time; heard of for no longer than this, the client counts as lost
  std::uint64_t connection = 0;               // whose end is the client's too; 0: none
};

// Thread-safe.
class HandDesk : public std::enable_shared_from_this<HandDesk> {
 public:
  static constexpr std::uint64_t kOpening = 0;  // the number of what opens the bench
  static constexpr std::size_t kMostWaiting = 100;
  static constexpr std::size_t kMostAnswers = 100;  // later ones push out the oldest

  explicit HandDesk(const HandTerms& terms) : terms_(terms), left_(terms.lease) {}

  // The number by which the answer is asked for. kUnavailable: too many wait.
  Result<std::uint64_t> give(scenario::HandCommand command);
  // The last command: from now on the run needs its client no more.
  Status end(scenario::HandCommand command);
  // The answer as JSON (session::to_json); none: it is being worked on. kNotFound: no such command, or its answer is no longer there.
  // Another error is the answer.
  using Answer = Result<std::string>;
  Result<std::optional<Answer>> answer(std::uint64_t number) const;

  // The client has been heard of.
  void renew();
  // Lets time pass; true when the client counts as lost, once.
  bool age(Duration passed);
  // True when the client held the bench over this connection, once.
  bool left_with(std::uint64_t connection);

  // For the worker: what runs, and what tells the client that the bench is open. It must be called before the run begins.
  scenario::HandRun& prepare();
  // The run has ended, or never began: every command is answered with `why`.
  void close(const Status& why);

 private:
  void put(std::uint64_t number, Answer answer);

  const HandTerms terms_;
  scenario::HandRun hand_;
  mutable std::mutex mutex_;  // never held while hand_ is called, which may answer at once
  Duration left_;
  bool lost_ = false;  // or needed no more
  Status over_;        // an error once the run has ended
  std::uint64_t last_ = kOpening;
  std::size_t waiting_ = 0;
  std::map<std::uint64_t, Answer> answers_;
};

}  // namespace pumprig::daemon
