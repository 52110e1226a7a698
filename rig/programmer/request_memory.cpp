#include "rig/programmer/request_memory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iterator>
#include <thread>

#include "rig/exec/utc.h"
#include "rig/json/build.h"

namespace pumprig::programmer {
namespace {

namespace fs = std::filesystem;

// What of a pump only grows in its life, from its first power-on: where one of these is less than it was, it is not that life.
constexpr std::array kGrowing{"boot_count", "steps_total", "log_newest_seq", "program_revision"};
// Nor does its real-time clock fall behind the day by more than this, as that of a pump which was begun anew does; a simulated pump on a
// busy machine may be a little late.
constexpr double kLate_s = 5;
constexpr double kSlow = 0.02;
constexpr Duration kPaceSeenWithin = std::chrono::milliseconds(700);  // to see the pace of a clock in
constexpr std::chrono::seconds kTurnAfter{2};                         // for as long another may hold the file

double number_in(const json::Node& object, std::string_view name, double otherwise = 0) {
  const auto* found = object.find(name);
  return found != nullptr && found->value.kind == json::Node::Kind::kNumber ? found->value.number : otherwise;
}

Error damaged(const fs::path& file) {
  return {ErrorCode::kCorrupt,
          "what is remembered of requests can not be read; when the clinic knows of it and no dose is open, take the file away",
          file.string(), nullptr};
}

tl::unexpected<Error> not_written(int why, const std::string& path) {
  return fail(ErrorCode::kUnavailable, std::string("this can not be written down: ") + std::strerror(why), path);
}

}  // namespace

json::Node life_of(const clients::PumpSession& session) {
  const auto& status = session.last_status();
  const double ago_s = to_seconds(session.executor().now() - session.last_status_at());
  return json::object_node({{"at_utc_s", json::number_node(static_cast<double>(exec::utc_now_ns()) * 1e-9 - ago_s)},
                            {"pump_s", json::number_node(static_cast<double>(status.rtc_ticks) / clients::protocol::kTicksPerSecond)},
                            {"boot_count", json::count_node(session.identity().boot_count)},
                            {"steps_total", json::count_node(static_cast<std::int64_t>(status.steps_total))},
                            {"log_newest_seq", json::count_node(status.log_newest_seq)},
                            {"program_revision", json::count_node(status.program_revision)}});
}

Task<double> clock_rate(clients::PumpSession& session) {
  auto& executor = session.executor();
  const auto ticks = [&] { return static_cast<double>(session.last_status().rtc_ticks) / clients::protocol::kTicksPerSecond; };
  CO_TRY(co_await session.ask(clients::Role::kPatient, clients::protocol::ReadStatus{}));
  const double pump_s = ticks();
  const TimePoint at = session.last_status_at();
  CO_TRY(co_await executor.sleep_until(executor.after_wall(kPaceSeenWithin)));
  CO_TRY(co_await session.ask(clients::Role::kPatient, clients::protocol::ReadStatus{}));
  co_return (ticks() - pump_s) / to_seconds(session.last_status_at() - at);
}

std::string other_life(const json::Node& then, const json::Node& now, double rate) {
  for (const char* name : kGrowing) {
    if (number_in(now, name) < number_in(then, name)) {
      return std::string(name) + " was " + std::to_string(static_cast<std::int64_t>(number_in(then, name))) + " and is " +
             std::to_string(static_cast<std::int64_t>(number_in(now, name)));
    }
  }
  const double passed = number_in(now, "pump_s") - number_in(then, "pump_s");
  const double wanted = number_in(now, "at_utc_s") - number_in(then, "at_utc_s");
  if (passed < 0 || passed < wanted * rate * (1 - kSlow) - kLate_s) {
    return "its clock has gone on by " + std::to_string(static_cast<std::int64_t>(passed)) + " s since the request, and " +
           std::to_string(static_cast<std::int64_t>(wanted)) + " s have passed";
  }
  return {};
}

RequestMemory::RequestMemory(fs::path file, std::string serial, std::string link)
    : file_(std::move(file)), link_(std::move(link)), pump_(std::move(serial)) {
  if (pump_.empty() || pump_ == "0") pump_ += " at " + link_;
}

Result<bool> RequestMemory::waits_at(const fs::path& file, const std::string& link) {
  TRY_ASSIGN(const json::Node all, RequestMemory(file, "", link).read());
  return std::any_of(all.members.begin(), all.members.end(), [&](const json::Member& member) {
    const auto* at = member.value.find("link");
    return at != nullptr && at->value.text == link;
  });
}

Result<link::UniqueFd> RequestMemory::take(const fs::path& file) {
  std::error_code failed;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), failed);
  const std::string path = file.string() + ".lock";
  link::UniqueFd lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) return not_written(errno, path);
  const auto until = std::chrono::steady_clock::now() + kTurnAfter;
  while (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= until) return fail(ErrorCode::kTimeout, "another request holds what is remembered", path);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return lock;
}

Result<std::optional<RequestMemory::Request>> RequestMemory::unsettled() const {
  TRY_ASSIGN(const json::Node all, read());
  const auto* found = all.find(pump_);
  if (found == nullptr) return std::optional<Request>();
  const double nonce = number_in(found->value, "nonce", -1);
  if (found->value.kind != json::Node::Kind::kObject || nonce < 0 || nonce > 0xFFFFFFFF) return tl::unexpected<Error>(damaged(file_));
  return std::optional(Request{static_cast<std::uint32_t>(nonce), found->value});
}

Status RequestMemory::keep(std::uint32_t nonce, json::Node life) const {
  json::add_member(life, "nonce", json::count_node(nonce));
  json::add_member(life, "link", json::text_node(link_));
  return write(std::move(life));
}

std::string RequestMemory::remedy(const std::string& why) const {
  return "asked was pump " + pump_ + ": " + why + "; where it was exchanged or begun anew, take \"" + pump_ + "\" out of " + file_.string();
}

// The new file is on the disk before it takes the place of the old one, and the change of names after it.
Status RequestMemory::write(std::optional<json::Node> request) const {
  TRY_ASSIGN(json::Node all, read());
  std::erase_if(all.members, [&](const json::Member& member) { return member.key == pump_; });
  if (request) json::add_member(all, pump_, std::move(*request));
  std::error_code failed;
  if (file_.has_parent_path()) fs::create_directories(file_.parent_path(), failed);
  const std::string fresh = file_.string() + "." + std::to_string(::getpid()) + ".new";
  const std::string text = json::to_text(all, 0) + "\n";
  link::UniqueFd out(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const auto size = static_cast<ssize_t>(text.size());
  errno = 0;
  if (!out.valid() || ::write(out.get(), text.data(), text.size()) != size || ::fsync(out.get()) != 0) {
    const int why = errno == 0 ? ENOSPC : errno;
    ::unlink(fresh.c_str());
    return not_written(why, file_.string());
  }
  if (::rename(fresh.c_str(), file_.c_str()) != 0) return not_written(errno, file_.string());
  const std::string folder = file_.has_parent_path() ? file_.parent_path().string() : ".";
  const link::UniqueFd names(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (names.valid()) ::fsync(names.get());
  return {};
}

Result<json::Node> RequestMemory::read() const {
  std::error_code failed;
  if (fs::status(file_, failed).type() == fs::file_type::not_found) return json::object_node();
  std::ifstream in(file_);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  auto document = in.bad() || !in.is_open() ? Result<json::Document>(tl::unexpected<Error>(damaged(file_)))
                                            : json::Document::parse(text, file_.string());
  if (!document || document->root().kind != json::Node::Kind::kObject) return tl::unexpected<Error>(damaged(file_));
  return document->root();
}

}  // namespace pumprig::programmer
