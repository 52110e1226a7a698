#include "rig/session/hand_session.h"

#include <memory>
#include <utility>

#include "rig/session/local_runner.h"

namespace pumprig::session {

class HandSession::Observer final : public RunObserver {
 public:
  explicit Observer(std::string& path) : path_(path) {}
  void on_started(const RunReport& so_far) override { path_ = so_far.path; }

 private:
  std::string& path_;
};

HandSession::HandSession(RunRequest request) : request_(std::move(request)), thread_([this] { run(); }) {}

HandSession::~HandSession() {
  stop_.request();
  thread_.join();
}

void HandSession::run() {
  bool ready = false;
  hand_.on_ready([this, &ready] {
    ready = true;
    opened_.set_value({});
  });
  Observer observer(path_);
  auto report = run_by_hand(request_, hand_, observer, stop_);
  Status why = report ? Status(fail(ErrorCode::kCancelled, "the run has ended")) : Status(tl::unexpected<Error>(report.error()));
  if (!ready) {
    if (report) why = fail(ErrorCode::kUnavailable, report->reason.empty() ? "the run ended before it began" : report->reason);
    opened_.set_value(why);
  }
  hand_.close(why);
  report_.set_value(std::move(report));
}

std::future<Result<scenario::HandAnswer>> HandSession::submit(scenario::HandCommand command) {
  auto promise = std::make_shared<std::promise<Result<scenario::HandAnswer>>>();
  auto future = promise->get_future();
  hand_.submit(std::move(command), [promise](Result<scenario::HandAnswer> answer) { promise->set_value(std::move(answer)); });
  return future;
}

}  // namespace pumprig::session
