#include "rig/cli/daemon_run.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "rig/cli/daemon_client.h"

namespace pumprig::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using session::RunObserver;
using session::RunReport;
using session::RunRequest;
using session::StopLevel;
using session::StopSwitch;

// A bench file by its absolute path, so that two processes mean the same by it.
std::string bench_key(const std::string& bench) {
  std::error_code error;
  return fs::exists(bench, error) ? fs::weakly_canonical(bench, error).string() : bench;
}

// The daemon may stand in another folder and be another user: it gets the text of a file, and absolute paths.
Result<RunRequest> portable(const RunRequest& given) {
  RunRequest request = given;
  request.bench = bench_key(given.bench);
  request.out = fs::absolute(given.out).lexically_normal().string();
  std::error_code ignored;
  if (!fs::is_regular_file(given.scenario, ignored)) return request;
  std::ifstream in(given.scenario, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return fail(ErrorCode::kUnavailable, "cannot be read", given.scenario);
  request.scenario_text = text.str();
  return request;
}

// A new stop level wakes the thread that follows the events.
class StopDoorbell {
 public:
  explicit StopDoorbell(StopSwitch& stop) : stop_(stop), fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    stop_.attach([fd = fd_](StopLevel) {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
    });
  }
  ~StopDoorbell() {
    stop_.detach();
    ::close(fd_);
  }
  StopDoorbell(const StopDoorbell&) = delete;
  StopDoorbell& operator=(const StopDoorbell&) = delete;

  int fd() const { return fd_; }
  StopLevel answer() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd_, &count, sizeof count);
    return stop_.level();
  }

 private:
  StopSwitch& stop_;
  int fd_;
};

Result<RunReport> outcome_of(const Json& job) {
  const auto state = job.value("state", "");
  if (state == "finished") return session::report_from_json(job.at("report").dump());
  if (state == "withdrawn") {
    RunReport report;
    report.scenario = job.value("scenario", "");
    report.state = session::RunState::kFinished;
    report.verdict = Verdict::kAborted;
    report.reason = "aborted before it began";
    return report;
  }
  const auto error = job.at("error");
  auto code = ErrorCode::kInvalidArgument;
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    if (to_text(static_cast<ErrorCode>(i)) == error.value("code", "")) code = static_cast<ErrorCode>(i);
  }
  return fail(code, error.value("text", ""), error.value("where", ""));
}

session::Progress progress_of(const Json& json) {
  session::Progress progress;
  progress.fraction = json.value("fraction", 0.0);
  progress.now = TimePoint{from_seconds(json.value("now_s", 0.0))};
  progress.expected = from_seconds(json.value("expected_s", 0.0));
  progress.step = json.value("step", "");
  return progress;
}

// What a client knows of a job, from its events.
class Follower {
 public:
  Follower(const DaemonClient& client, std::string job, RunObserver& observer, StopSwitch& stop, OnStop on_stop)
      : client_(client), job_(std::move(job)), observer_(observer), stop_(stop), on_stop_(on_stop) {}

  // To its end. A stream that breaks while the daemon is there is taken up after the last event that came.
  Result<RunReport> follow() {
    StopDoorbell doorbell(stop_);
    const auto on_event = [this](const ServerEvent& event) { return take(event); };
    const auto on_interrupt = [&] { return interrupted(doorbell.answer()); };
    for (int in_vain = 0; in_vain < kMostInVain; ++in_vain) {
      const auto before = since_;
      const auto followed = client_.follow(job_, since_, on_event, doorbell.fd(), on_interrupt);
      if (left_) return fail(ErrorCode::kCancelled, "no longer followed; it goes on, `rig attach " + job_ + "` follows it again", job_);
      if (followed) return outcome_of(last_);
      TRY_ASSIGN(const bool over, ended());
      if (over) return outcome_of(last_);
      if (followed.error().code != ErrorCode::kUnavailable) return tl::unexpected<Error>(followed.error());
      if (since_ != before) in_vain = 0;
    }
    return fail(ErrorCode::kUnavailable, "the stream of events breaks off again and again; the run may still be at work", job_);
  }

 private:
  static constexpr int kMostInVain = 10;

  // False when the job has ended.
  bool take(const ServerEvent& event) {
    since_ = event.number;
    const auto data = Json::parse(event.data);
    // A gap may have swallowed the end of the job.
    if (event.kind == "gap") return !ended().value_or(false);
    if (event.kind == "progress") observer_.on_progress(progress_of(data));
    if (event.kind != "job") return true;
    last_ = data;
    if (data.at("state") == "running" && !data.at("report").is_null() && !started_) {
      started_ = true;
      if (const auto so_far = session::report_from_json(data.at("report").dump())) observer_.on_started(*so_far);
    }
    return data.at("state") == "queued" || data.at("state") == "running";
  }

  bool interrupted(StopLevel level) {
    if (on_stop_ == OnStop::kLeave) left_ = true;
    if (on_stop_ == OnStop::kAbort)
      static_cast<void>(client_.call("run.abort", Json{{"run", job_}, {"now", level == StopLevel::kNow}}.dump()));
    return !left_;
  }

  Result<bool> ended() {
    TRY_ASSIGN(const auto answer, client_.call("run.status", Json{{"run", job_}}.dump()));
    const auto now = Json::parse(answer).at("job");
    if (now.at("state") == "queued" || now.at("state") == "running") return false;
    last_ = now;
    return true;
  }

  const DaemonClient& client_;
  std::string job_;
  RunObserver& observer_;
  StopSwitch& stop_;
  OnStop on_stop_;
  std::uint64_t since_ = 0;
  Json last_;
  bool started_ = false;
  bool left_ = false;
};

// What another version of rigd answers may lack what we read.
template <typename Call>
auto guarded(const DaemonClient& client, Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const nlohmann::json::exception& e) {
    return fail(ErrorCode::kProtocol, std::string("rigd speaks another version: ") + e.what(), client.socket());
  }
}

class DaemonRunner : public session::Runner {
 public:
  explicit DaemonRunner(std::string socket) : client_(std::move(socket)) {}

  Result<RunReport> run(const RunRequest& given, RunObserver& observer, StopSwitch& stop) override {
    return guarded(client_, [&]() -> Result<RunReport> {
      TRY_ASSIGN(const auto job, submit_run(client_.socket(), given));
      return Follower(client_, job, observer, stop, OnStop::kAbort).follow();
    });
  }

 private:
  DaemonClient client_;
};

}  // namespace

Result<std::string> submit_run(const std::string& socket, const RunRequest& given) {
  const DaemonClient client(socket);
  return guarded(client, [&]() -> Result<std::string> {
    TRY_ASSIGN(const auto request, portable(given));
    TRY_ASSIGN(const auto submitted, client.call("run.submit", session::to_json(request)));
    return Json::parse(submitted).at("job").get<std::string>();
  });
}

Result<std::string> scenario_of(const std::string& socket, const std::string& run) {
  const DaemonClient client(socket);
  return guarded(client, [&]() -> Result<std::string> {
    TRY_ASSIGN(const auto status, client.call("run.status", Json{{"run", run}}.dump()));
    return Json::parse(status).at("job").at("scenario").get<std::string>();
  });
}

Result<RunReport> follow_run(const std::string& socket, const std::string& run, RunObserver& observer, StopSwitch& stop, OnStop on_stop) {
  const DaemonClient client(socket);
  return guarded(client, [&] { return Follower(client, run, observer, stop, on_stop).follow(); });
}

Result<std::unique_ptr<session::Runner>> daemon_runner(const std::string& socket, const RunRequest& request) {
  const DaemonClient client(socket);
  TRY_ASSIGN(const auto text, client.call("bench.info"));
  const auto info = Json::parse(text, nullptr, false);
  const auto held = info.is_object() ? info.value("bench", "") : std::string();
  if (held == bench_key(request.bench)) return std::make_unique<DaemonRunner>(socket);
  std::fprintf(stderr, "rig: note: rigd at %s holds bench \"%s\", not \"%s\": this run does without it\n", socket.c_str(), held.c_str(),
               request.bench.c_str());
  return std::unique_ptr<session::Runner>();
}

}  // namespace pumprig::cli
