#include "rig/programmer/personal_device.h"

#include <fstream>
#include <iterator>

#include "rig/json/build.h"
#include "rig/programmer/say.h"

namespace pumprig::programmer {
namespace {

namespace fs = std::filesystem;
using clients::protocol::StatusCode;

// An answer, or that there is none, within five seconds of the press: the last attempt begins here and may take kReplyTimeout.
constexpr Duration kTriesUntil = std::chrono::milliseconds(4300);
constexpr Duration kReplyTimeout = std::chrono::milliseconds(500);
constexpr Duration kTurn = std::chrono::seconds(2);  // of asking again

bool unanswered(ErrorCode code) {
  return code == ErrorCode::kTimeout || code == ErrorCode::kCorrupt || code == ErrorCode::kUnavailable;
}

std::string doses(unsigned left) {
  return std::to_string(left) + (left == 1 ? " dose" : " doses") + " left in the 24 hours";
}

// Until when a bridge keeps patient boluses away, from what is left of it and the rate at which it goes out.
std::optional<std::uint64_t> bridge_left(const clients::StatusReply& status) {
  if (status.therapy_state != clients::TherapyState::kBridging || status.rate_now_nl_per_day == 0) return std::nullopt;
  return static_cast<std::uint64_t>(86'400.0 * status.phase_remaining_nl / status.rate_now_nl_per_day);
}

std::string bridge_text(std::uint64_t seconds, std::int64_t local_time_s) {
  const auto until = pump_date_text(local_time_s + static_cast<std::int64_t>(seconds));
  return " While the drug changes over no dose can be given; that takes " + span_text(seconds) + " more" +
         (until.empty() ? "" : ", until about " + until) + ".";
}

Shown out_of_reach(const Error& why) {
  Shown out;
  out.detail = why.describe();
  out.known = Shown::Known::kOutOfReach;
  out.outcome = "out_of_reach";
  out.text = "The pump is not in reach, so nothing was asked of it now. Come nearer and try again. " + magnet_text();
  return out;
}

}  // namespace

// The requests whose outcome is not known, one a pump, by its serial number.
class PersonalDevice::Memory {
 public:
  Memory(fs::path file, std::string pump) : file_(std::move(file)), pump_(std::move(pump)) {}

  std::optional<std::uint32_t> unsettled() const {
    const json::Node all = read();
    const auto* found = all.find(pump_);
    if (found == nullptr || found->value.kind != json::Node::Kind::kNumber) return std::nullopt;
    const double nonce = found->value.number;
    if (nonce < 0 || nonce > 0xFFFFFFFF) return std::nullopt;
    return static_cast<std::uint32_t>(nonce);
  }

  Status keep(std::optional<std::uint32_t> nonce) const {
    json::Node all = read();
    std::erase_if(all.members, [&](const json::Member& member) { return member.key == pump_; });
    if (nonce) json::add_member(all, pump_, json::count_node(*nonce));
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

 private:
  json::Node read() const {
    std::ifstream in(file_);
    auto document = json::Document::parse(std::string(std::istreambuf_iterator<char>(in), {}), file_.string());
    const bool good = document && document->root().kind == json::Node::Kind::kObject;
    return good ? document->root() : json::object_node();
  }
  fs::path file_;
  std::string pump_;
};

PersonalDevice::PersonalDevice(std::string link, std::string keys, fs::path memory)
    : link_(std::move(link)), keys_(std::move(keys)), memory_file_(std::move(memory)) {}
PersonalDevice::PersonalDevice(clients::PumpSession& session, fs::path memory) : memory_file_(std::move(memory)), session_(&session) {}

PersonalDevice::Memory PersonalDevice::memory() const {
  return {memory_file_, clients::to_text(session_->identity().board_serial)};
}

void PersonalDevice::let_go() {
  if (!line_) return;
  session_ = nullptr;
  line_.reset();
}

clients::PumpSession::Options PersonalDevice::options() {
  clients::PumpSession::Options out;
  out.reply_timeout = kReplyTimeout;
  out.attempts = 4;
  return out;
}

// Finds the pump. An Error of the link: it is not in reach.
Result<std::unique_ptr<clients::PersonalTherapyManager>> PersonalDevice::reach() {
  if (session_ == nullptr) {
    TRY_ASSIGN(auto line, PumpLine::open(link_, keys_, options(), kTriesUntil));
    line_ = std::move(line);
    session_ = &line_->session();
  } else if (!session_->link().is_up()) {
    TRY(session_->link().reopen());
  }
  return std::make_unique<clients::PersonalTherapyManager>(*session_);
}

Result<Shown> PersonalDevice::tell(clients::PersonalTherapyManager& patient, const clients::Answer<clients::protocol::BolusReply>& answer,
                                   bool earlier) {
  Shown out;
  out.earlier = earlier;
  out.granted = !answer.refused();
  out.next_dose_in_s = answer.fields.lockout_remaining_s;
  out.doses_left_24h = answer.fields.doses_left_24h;
  const auto& words = clients::protocol::describe(answer.status);
  out.outcome = out.granted ? "granted" : words.name;
  const auto now = run(patient.status());  // beside the answer: how it stands at this moment
  if (out.granted) {
    const bool runs = !earlier || (now && now->fields.therapy_state == clients::TherapyState::kBolus);
    out.text = runs ? "Your dose is being given." : "The dose that you asked for earlier was given.";
  } else {
    out.text = std::string(earlier ? "The dose that you asked for earlier was not given: " : "No dose is given: ") + words.text + ".";
  }
  if (answer.status == StatusCode::kBridging && now) {
    out.bridge_ends_in_s = bridge_left(now->fields);
    if (out.bridge_ends_in_s) out.text += bridge_text(*out.bridge_ends_in_s, now->fields.local_time_s);
  }
  if (*out.next_dose_in_s != 0) out.text += " The next one is possible in " + span_text(*out.next_dose_in_s) + ".";
  if (answer.status != StatusCode::kBolusDisabled) out.text += " " + doses(*out.doses_left_24h) + ".";
  return out;
}

// Asks with the same nonce until the pump says what happened, for as long as the patient has patience.
Result<Shown> PersonalDevice::settle(clients::PersonalTherapyManager& patient, Duration patience, bool earlier,
                                     const std::function<void(const std::string&)>& on_unknown) {
  auto& executor = session_->executor();
  const TimePoint until = executor.after_wall(patience);
  for (bool told = false;; told = true) {
    const auto answer = run(patient.settle());
    if (answer) {
      TRY(memory().keep(std::nullopt));
      session_->give_up_at(executor.after_wall(kTurn));
      return tell(patient, *answer, earlier || told);
    }
    if (!unanswered(answer.error().code)) return tl::unexpected<Error>(answer.error());
    if (impatient_ || executor.now() >= until) break;
    if (!told && on_unknown) on_unknown("It is unknown whether the dose was given. The pump is being asked what happened ...");
    static_cast<void>(come_back(*session_));  // not there yet: the next turn finds out
    session_->give_up_at(executor.after_wall(kTurn));
  }
  Shown out;
  out.known = Shown::Known::kNo;
  out.outcome = "unknown";
  out.earlier = earlier;
  out.text =
      "It is unknown whether the dose was given: the pump does not answer. Do not ask for another; run this again when the pump is in "
      "reach, and it will tell what happened. " +
      magnet_text();
  return out;
}

Result<Shown> PersonalDevice::request(Duration patience, const std::function<void(const std::string&)>& on_unknown) {
  impatient_ = false;
  const auto pressed = session_ == nullptr ? std::optional<TimePoint>() : session_->executor().after_wall(kTriesUntil);
  if (pressed) session_->give_up_at(*pressed);
  auto patient = reach();
  if (!patient && unanswered(patient.error().code)) return out_of_reach(patient.error());
  TRY(patient);
  // A line that was opened just now has an executor whose time began with the press.
  session_->give_up_at(pressed.value_or(TimePoint{} + kTriesUntil));
  if (const auto earlier = memory().unsettled()) {
    if (on_unknown) on_unknown("Asking first what became of the earlier request.");
    (*patient)->take_over(*earlier);
    return settle(**patient, patience, true, on_unknown);
  }
  TRY(memory().keep((*patient)->prepare()));
  return settle(**patient, patience, false, on_unknown);
}

Result<Shown> PersonalDevice::status() {
  if (session_ != nullptr) session_->give_up_at(session_->executor().after_wall(kTriesUntil));
  auto patient = reach();
  if (!patient && unanswered(patient.error().code)) return out_of_reach(patient.error());
  TRY(patient);
  const auto answer = run((*patient)->status());
  if (!answer && unanswered(answer.error().code)) return out_of_reach(answer.error());
  TRY(answer);
  const auto& now = answer->fields;
  Shown out;
  out.granted = true;
  out.outcome = clients::protocol::describe(now.therapy_state).name;
  out.next_dose_in_s = now.lockout_remaining_s;
  out.doses_left_24h = now.doses_left_24h;
  out.bridge_ends_in_s = bridge_left(now);
  out.text = "Therapy: " + state_text(now.therapy_state) + ".";
  if (now.lockout_remaining_s != 0) out.text += " The next dose is possible in " + span_text(now.lockout_remaining_s) + ".";
  const bool none = now.doses_left_24h == 0 && now.boluses_last_24h == 0;
  out.text += none ? " No doses of your own are enabled." : " " + doses(now.doses_left_24h) + ".";
  if (out.bridge_ends_in_s) out.text += bridge_text(*out.bridge_ends_in_s, now.local_time_s);
  if (now.alarm_bits != 0) out.text += " Alarm: " + alarm_text(now.alarm_bits) + ".";
  if (memory().unsettled()) {
    out.known = Shown::Known::kNo;
    out.text += " What became of your last request is not known yet: ask once more, and the pump tells; no second dose comes of it.";
  }
  return out;
}

Result<Shown> PersonalDevice::mute(std::uint32_t seconds) {
  if (session_ != nullptr) session_->give_up_at(session_->executor().after_wall(kTriesUntil));
  auto patient = reach();
  if (!patient && unanswered(patient.error().code)) return out_of_reach(patient.error());
  TRY(patient);
  const auto muted = run((*patient)->mute(seconds));
  if (!muted && unanswered(muted.error().code)) return out_of_reach(muted.error());
  TRY(muted);
  Shown out;
  out.granted = true;
  out.outcome = "muted";
  out.text = "The alarm is silent for " + span_text(seconds) + "; a new critical alarm sounds all the same.";
  return out;
}

}  // namespace pumprig::programmer
