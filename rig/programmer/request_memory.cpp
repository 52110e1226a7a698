#include "rig/programmer/request_memory.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

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
constexpr double kSlow = 0.01;

double number_in(const json::Node& object, std::string_view name, double otherwise = 0) {
  const auto* found = object.find(name);
  return found != nullptr && found->value.kind == json::Node::Kind::kNumber ? found->value.number : otherwise;
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

std::string other_life(const json::Node& then, const json::Node& now) {
  for (const char* name : kGrowing) {
    if (number_in(now, name) < number_in(then, name)) {
      return std::string(name) + " was " + std::to_string(static_cast<std::int64_t>(number_in(then, name))) + " and is " +
             std::to_string(static_cast<std::int64_t>(number_in(now, name)));
    }
  }
  const double passed = number_in(now, "pump_s") - number_in(then, "pump_s");
  const double wanted = number_in(now, "at_utc_s") - number_in(then, "at_utc_s");
  if (passed < 0 || passed < wanted * (1 - kSlow) - kLate_s) {
    return "its clock has gone on by " + std::to_string(static_cast<std::int64_t>(passed)) + " s since the request, and " +
           std::to_string(static_cast<std::int64_t>(wanted)) + " s have passed";
  }
  return {};
}

RequestMemory::RequestMemory(fs::path file, std::string serial, std::string link)
    : file_(std::move(file)), link_(std::move(link)), pump_(std::move(serial)) {
  if (pump_.empty() || pump_ == "0") pump_ += " at " + link_;
}

bool RequestMemory::waits_at(const fs::path& file, const std::string& link) {
  const json::Node all = RequestMemory(file, "", link).read();
  return std::any_of(all.members.begin(), all.members.end(), [&](const json::Member& member) {
    const auto* at = member.value.find("link");
    return at != nullptr && at->value.text == link;
  });
}

std::optional<RequestMemory::Request> RequestMemory::unsettled() const {
  const json::Node all = read();
  const auto* found = all.find(pump_);
  if (found == nullptr || found->value.kind != json::Node::Kind::kObject) return std::nullopt;
  const double nonce = number_in(found->value, "nonce", -1);
  if (nonce < 0 || nonce > 0xFFFFFFFF) return std::nullopt;
  return Request{static_cast<std::uint32_t>(nonce), found->value};
}

Status RequestMemory::keep(std::uint32_t nonce, json::Node life) const {
  json::add_member(life, "nonce", json::count_node(nonce));
  json::add_member(life, "link", json::text_node(link_));
  return write(std::move(life));
}

std::string RequestMemory::remedy(const std::string& why) const {
  return "asked was pump " + pump_ + ": " + why + "; where it was exchanged or begun anew, take \"" + pump_ + "\" out of " + file_.string();
}

Status RequestMemory::write(std::optional<json::Node> request) const {
  json::Node all = read();
  std::erase_if(all.members, [&](const json::Member& member) { return member.key == pump_; });
  if (request) json::add_member(all, pump_, std::move(*request));
  std::error_code failed;
  if (file_.has_parent_path()) fs::create_directories(file_.parent_path(), failed);
  const fs::path fresh = file_.string() + ".new";
  std::ofstream out(fresh);
  out << json::to_text(all, 0) << std::endl;
  const bool written = out.good();
  out.close();
  if (written) fs::rename(fresh, file_, failed);
  if (written && !failed) return {};
  return fail(ErrorCode::kUnavailable,
              "this can not be written down: " + (failed ? failed.message() : std::string("the file takes no more")), file_.string());
}

json::Node RequestMemory::read() const {
  std::ifstream in(file_);
  auto document = json::Document::parse(std::string(std::istreambuf_iterator<char>(in), {}), file_.string());
  const bool good = document && document->root().kind == json::Node::Kind::kObject;
  return good ? document->root() : json::object_node();
}

}  // namespace pumprig::programmer
