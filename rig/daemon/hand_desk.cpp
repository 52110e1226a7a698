#include "rig/daemon/hand_desk.h"

#include <utility>

#include "rig/session/hand_session.h"

namespace pumprig::daemon {

Result<std::uint64_t> HandDesk::give(scenario::HandCommand command) {
  std::uint64_t number = 0;
  Status over;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ >= kMostWaiting) return fail(ErrorCode::kUnavailable, "too many commands wait; fetch the answers of those before");
    ++waiting_;
    number = ++last_;
    over = over_;
  }
  if (!over) {
    put(number, tl::unexpected<Error>(over.error()));
    return number;
  }
  hand_.submit(std::move(command), [desk = shared_from_this(), number](Result<scenario::HandAnswer> answer) {
    if (answer) {
      desk->put(number, session::to_json(*answer));
    } else {
      desk->put(number, tl::unexpected<Error>(std::move(answer).error()));
    }
  });
  return number;
}

Status HandDesk::end(scenario::HandCommand command) {
  TRY_ASSIGN(const auto number, give(std::move(command)));
  static_cast<void>(number);  // nobody asks for this answer: the job tells of its end
  const std::lock_guard lock(mutex_);
  lost_ = true;
  return {};
}

void HandDesk::put(std::uint64_t number, Answer answer) {
  const std::lock_guard lock(mutex_);
  if (number != kOpening) --waiting_;
  answers_.emplace(number, std::move(answer));
  if (answers_.size() > kMostAnswers + 1) answers_.erase(answers_.upper_bound(kOpening));
}

Result<std::optional<HandDesk::Answer>> HandDesk::answer(std::uint64_t number) const {
  const std::lock_guard lock(mutex_);
  if (const auto found = answers_.find(number); found != answers_.end()) return std::optional(found->second);
  // Answers come in the order of the commands, so that one before the oldest that is kept has been pushed out.
  const auto oldest = answers_.upper_bound(kOpening);
  const bool pushed_out = number != kOpening && oldest != answers_.end() && number < oldest->first;
  if (number > last_ || pushed_out) {
    return fail(ErrorCode::kNotFound,
                "there is no answer " + std::to_string(number) + (pushed_out ? " any more" : ": no such command was given"), "/number");
  }
  return std::optional<Answer>();
}

void HandDesk::renew() {
  const std::lock_guard lock(mutex_);
  left_ = terms_.lease;
}

bool HandDesk::age(Duration passed) {
  const std::lock_guard lock(mutex_);
  left_ -= passed;
  return left_ < Duration{0} && !std::exchange(lost_, true);
}

bool HandDesk::left_with(std::uint64_t connection) {
  const std::lock_guard lock(mutex_);
  return connection != 0 && terms_.connection == connection && !std::exchange(lost_, true);
}

scenario::HandRun& HandDesk::prepare() {
  hand_.on_ready([desk = weak_from_this()] {
    if (const auto here = desk.lock()) here->put(kOpening, std::string("{}"));
  });
  return hand_;
}

void HandDesk::close(const Status& why) {
  const Error error = why ? Error{ErrorCode::kCancelled, "the run has ended", {}, nullptr} : why.error();
  {
    const std::lock_guard lock(mutex_);
    over_ = tl::unexpected<Error>(error);
  }
  hand_.close(why);
  // Taken only when it has not been open: then that is what is the matter, not a cancellation.
  const bool cancelled = error.code == ErrorCode::kCancelled;
  put(kOpening, tl::unexpected<Error>(Error{cancelled ? ErrorCode::kUnavailable : error.code, error.text, error.where, nullptr}));
}

}  // namespace pumprig::daemon
