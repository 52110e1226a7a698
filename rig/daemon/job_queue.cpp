#include "rig/daemon/job_queue.h"

#include <algorithm>
#include <utility>

#include "rig/daemon/job_json.h"

namespace pumprig::daemon {

std::string_view to_text(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kFinished:
      return "finished";
    case JobState::kRefused:
      return "refused";
    case JobState::kWithdrawn:
      return "withdrawn";
  }
  return "refused";
}

std::string_view to_text(PauseState state) {
  switch (state) {
    case PauseState::kNone:
      return "none";
    case PauseState::kAsked:
      return "asked";
    case PauseState::kHeld:
      return "held";
  }
  return "none";
}

JobQueue::JobQueue(session::Runner& runner, Notify notify) : runner_(runner), notify_(std::move(notify)) {
  worker_ = std::thread([this] { work(); });
}

JobQueue::~JobQueue() {
  shut_down(session::StopLevel::kAbort, nullptr);
  worker_.join();
}

Result<Job> JobQueue::submit(session::RunRequest request, std::string submitted_by) {
  return add(std::move(request), std::move(submitted_by), nullptr);
}

Result<Job> JobQueue::open_by_hand(session::RunRequest request, std::string submitted_by, const HandTerms& terms) {
  return add(std::move(request), std::move(submitted_by), std::make_shared<HandDesk>(terms));
}

Result<Job> JobQueue::add(session::RunRequest request, std::string submitted_by, std::shared_ptr<HandDesk> hand) {
  const std::lock_guard lock(mutex_);
  if (ending_) return fail(ErrorCode::kUnavailable, "the daemon is ending and takes no more runs");
  const auto waiting = std::count_if(entries_.begin(), entries_.end(), [](const auto& e) { return e->job.state == JobState::kQueued; });
  if (static_cast<std::size_t>(waiting) >= kMaxQueued)
    return fail(ErrorCode::kUnavailable, "the queue is full; try again when runs have ended");
  auto entry = std::make_shared<Entry>();
  entry->job.id = "job-" + std::to_string(next_++);
  entry->job.scenario = request.scenario;
  entry->job.submitted_by = std::move(submitted_by);
  entry->job.by_hand = hand != nullptr;
  entry->hand = std::move(hand);
  entry->request = std::move(request);
  entries_.push_back(entry);
  tell(*entry);
  wake_.notify_one();
  return snapshot(*entry);
}

Result<Job> JobQueue::abort(std::string_view id, session::StopLevel level) {
  const std::lock_guard lock(mutex_);
  const auto entry = find_entry(id);
  if (!entry) return fail(ErrorCode::kNotFound, "there is no job or run \"" + std::string(id) + "\" here; queue.list names them");
  if (entry->job.state == JobState::kQueued) withdraw(*entry);
  // The runner's handler only posts to the executor of the run, so that calling it here cannot wait.
  if (entry->job.state == JobState::kRunning) entry->stop.request(level);
  return snapshot(*entry);
}

Result<std::shared_ptr<HandDesk>> JobQueue::hand(std::string_view id) {
  const std::lock_guard lock(mutex_);
  const auto entry = find_entry(id);
  if (!entry) return fail(ErrorCode::kNotFound, "there is no job or run \"" + std::string(id) + "\" here; queue.list names them", "/run");
  if (!entry->hand) return fail(ErrorCode::kUnsupported, entry->job.id + " takes its steps from its scenario, not from a client", "/run");
  entry->hand->renew();
  return entry->hand;
}

template <typename Lost>
void JobQueue::give_up_if(const Lost& lost, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    if (!entry->hand || entry->job.state >= JobState::kFinished || !lost(*entry->hand)) continue;
    if (entry->job.state == JobState::kQueued) withdraw(*entry);
    if (entry->job.state == JobState::kRunning) entry->stop.request(session::StopLevel::kAbort, reason);
  }
}

void JobQueue::age_leases(Duration passed) {
  give_up_if([passed](HandDesk& hand) { return hand.age(passed); }, "client lost: it was not heard of for longer than its lease");
}

void JobQueue::connection_ended(std::uint64_t connection) {
  give_up_if([connection](HandDesk& hand) { return hand.left_with(connection); }, "client lost: its connection ended");
}

Result<Job> JobQueue::pause(std::string_view id, bool wanted) {
  const std::lock_guard lock(mutex_);
  const auto entry = find_entry(id);
  if (!entry) return fail(ErrorCode::kNotFound, "there is no job or run \"" + std::string(id) + "\" here; queue.list names them", "/run");
  Job& job = entry->job;
  if (job.state != JobState::kRunning)
    return fail(ErrorCode::kUnavailable, job.id + " is not at work: it is " + std::string(to_text(job.state)));
  if (wanted && job.hold_points_ahead == 0 && job.pause != PauseState::kHeld) {
    return fail(ErrorCode::kUnsupported, "the scenario has no hold point ahead; a step \"hold_point\" says where a pause is allowed");
  }
  // As with abort, the runner's handler only posts.
  entry->stop.pause(wanted);
  const auto before = job.pause;
  if (wanted && job.pause == PauseState::kNone) job.pause = PauseState::kAsked;
  if (!wanted && job.pause == PauseState::kAsked) job.pause = PauseState::kNone;
  if (job.pause != before) tell(*entry);
  return snapshot(*entry);
}

void JobQueue::withdraw(Entry& entry) {
  entry.job.state = JobState::kWithdrawn;
  if (entry.hand) entry.hand->close(fail(ErrorCode::kCancelled, "the run was withdrawn before it began"));
  tell(entry);
}

void JobQueue::shut_down(session::StopLevel level, std::function<void()> drained) {
  const std::lock_guard lock(mutex_);
  ending_ = true;
  if (drained) drained_ = std::move(drained);
  for (const auto& entry : entries_) {
    if (entry->job.state == JobState::kQueued) withdraw(*entry);
  }
  if (current_) current_->stop.request(level);
  wake_.notify_one();
}

void JobQueue::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto next = [this] {
      return std::find_if(entries_.begin(), entries_.end(), [](const auto& e) { return e->job.state == JobState::kQueued; });
    };
    wake_.wait(lock, [&] { return ending_ || next() != entries_.end(); });
    if (ending_) break;
    const auto entry = *next();
    entry->job.state = JobState::kRunning;
    current_ = entry;
    tell(*entry);
    lock.unlock();
    run(entry);
    lock.lock();
    forget_oldest();
  }
  const auto drained = drained_;
  lock.unlock();
  if (drained) drained();
}

Result<session::RunReport> JobQueue::carry_out(Entry& entry) {
  if (!entry.hand) return runner_.run(entry.request, *this, entry.stop);
  auto result = runner_.run_by_hand(entry.request, entry.hand->prepare(), *this, entry.stop);
  Status why = result ? Status(fail(ErrorCode::kCancelled, "the run has ended")) : Status(tl::unexpected<Error>(result.error()));
  if (result && !result->reason.empty()) why = fail(ErrorCode::kCancelled, "the run has ended: " + result->reason);
  entry.hand->close(why);
  return result;
}

void JobQueue::run(const std::shared_ptr<Entry>& entry) {
  auto result = carry_out(*entry);
  const std::lock_guard lock(mutex_);
  current_ = nullptr;
  entry->job.pause = PauseState::kNone;
  entry->job.hold_points_ahead = 0;
  if (result) {
    entry->job.state = JobState::kFinished;
    entry->job.report = std::move(*result);
  } else {
    entry->job.state = JobState::kRefused;
    entry->job.error = std::move(result.error());
  }
  tell(*entry);
}

void JobQueue::forget_oldest() {
  auto done = std::count_if(entries_.begin(), entries_.end(), [](const auto& e) { return e->job.state >= JobState::kFinished; });
  std::erase_if(entries_, [&](const auto& e) {
    if (e->job.state < JobState::kFinished || static_cast<std::size_t>(done) <= kMaxRemembered) return false;
    --done;
    return true;
  });
}

void JobQueue::on_started(const session::RunReport& so_far) {
  const std::lock_guard lock(mutex_);
  current_->job.report = so_far;
  tell(*current_);
}

void JobQueue::on_progress(const session::Progress& progress) {
  const std::lock_guard lock(mutex_);
  current_->job.progress = progress;
  notify_(current_->job.id, "progress", progress_event(current_->job));
}

void JobQueue::on_value(std::string_view channel, TimePoint at, double value, std::string_view unit) {
  const std::lock_guard lock(mutex_);
  notify_(current_->job.id, "value", value_event(current_->job, channel, at, value, unit));
}

void JobQueue::on_check(const session::CheckRow& check) {
  const std::lock_guard lock(mutex_);
  notify_(current_->job.id, "check", check_event(current_->job, check));
}

void JobQueue::on_hold(std::size_t ahead, bool held) {
  const std::lock_guard lock(mutex_);
  Job& job = current_->job;
  const auto before = job.pause;
  job.hold_points_ahead = ahead;
  // A hold that ended was taken back; a wish that finds no hold point any more has come too late.
  if (held) {
    job.pause = PauseState::kHeld;
  } else if (job.pause == PauseState::kHeld || ahead == 0) {
    job.pause = PauseState::kNone;
  }
  if (job.pause != before) tell(*current_);
}

Job JobQueue::snapshot(const Entry& entry) const {
  Job job = entry.job;
  if (job.state != JobState::kQueued) return job;
  for (const auto& other : entries_) {
    if (other.get() == &entry) break;
    if (other->job.state <= JobState::kRunning) ++job.position;
  }
  return job;
}

std::shared_ptr<JobQueue::Entry> JobQueue::find_entry(std::string_view id) const {
  for (const auto& entry : entries_) {
    if (entry->job.id == id || (entry->job.report && !id.empty() && (entry->job.report->id == id || entry->job.report->path == id)))
      return entry;
  }
  return nullptr;
}

std::optional<Job> JobQueue::find(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  const auto entry = find_entry(id);
  if (!entry) return std::nullopt;
  return snapshot(*entry);
}

std::optional<Job> JobQueue::running() const {
  const std::lock_guard lock(mutex_);
  if (!current_) return std::nullopt;
  return snapshot(*current_);
}

bool JobQueue::ended(std::string_view job) const {
  const std::lock_guard lock(mutex_);
  const auto entry = find_entry(job);
  return !entry || entry->job.state >= JobState::kFinished;
}

std::vector<Job> JobQueue::list(bool all) const {
  const std::lock_guard lock(mutex_);
  std::vector<Job> jobs;
  for (const auto& entry : entries_) {
    if (all || entry->job.state <= JobState::kRunning) jobs.push_back(snapshot(*entry));
  }
  return jobs;
}

void JobQueue::tell(const Entry& entry) {
  notify_(entry.job.id, "job", to_json(snapshot(entry)));
}

}  // namespace pumprig::daemon
