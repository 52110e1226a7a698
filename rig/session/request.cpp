#include "rig/session/request.h"

#include <cctype>
#include <charconv>
#include <cmath>

namespace pumprig::session {
namespace {

std::string shell_quoted(std::string_view word) {
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_-./=:+,@%").find(c) != std::string_view::npos;
  };
  bool safe = !word.empty();
  for (const char c : word) safe = safe && plain(c);
  if (safe) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

}  // namespace

Result<double> parse_speed(std::string_view text) {
  if (text == "max") return 0.0;
  double speed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), speed);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(speed) || speed <= 0) {
    return fail(ErrorCode::kInvalidArgument, "speed \"" + std::string(text) + "\" is neither \"max\" nor a number above 0");
  }
  return speed;
}

std::string speed_text(double speed) {
  if (speed == 0) return "max";
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, speed).ptr;
  return {buffer, end};
}

Result<std::pair<std::string, std::string>> parse_set(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    return fail(ErrorCode::kInvalidArgument,
                "\"" + std::string(text) + "\" is not NAME=VALUE; write for example --set rate=\"0.25 mL/day\"");
  }
  return std::pair{std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::string repeat_command(const RunRequest& request) {
  std::string command = "rig run " + shell_quoted(request.scenario) + " --bench " + shell_quoted(request.bench);
  for (const auto& [name, value] : request.sets) command += " --set " + shell_quoted(name + "=" + value);
  command += " --seed " + std::to_string(request.seed);
  if (request.speed) command += " --speed " + speed_text(*request.speed);
  return command;
}

Result<RunReport> Runner::run_by_hand(const RunRequest& request, scenario::HandRun&, RunObserver&, StopSwitch&) {
  return fail(ErrorCode::kUnsupported, "no run by hand is possible here", request.scenario);
}

void StopSwitch::request() {
  request(level() == StopLevel::kNone ? StopLevel::kAbort : StopLevel::kNow);
}

void StopSwitch::request(StopLevel level, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  if (level <= level_) return;
  if (level_ == StopLevel::kNone) reason_ = reason.empty() ? "somebody asked for it" : reason;
  level_ = level;
  if (handler_) handler_(level);
}

StopLevel StopSwitch::level() const {
  const std::lock_guard lock(mutex_);
  return level_;
}

std::string StopSwitch::reason() const {
  const std::lock_guard lock(mutex_);
  return reason_;
}

void StopSwitch::pause(bool wanted) {
  const std::lock_guard lock(mutex_);
  if (wanted == pause_wanted_) return;
  pause_wanted_ = wanted;
  if (pause_handler_) pause_handler_(wanted);
}

void StopSwitch::attach(std::function<void(StopLevel)> handler, std::function<void(bool)> pause_handler) {
  const std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
  pause_handler_ = std::move(pause_handler);
  if (pause_wanted_ && pause_handler_) pause_handler_(true);
  if (level_ != StopLevel::kNone) handler_(level_);
}

void StopSwitch::detach() {
  const std::lock_guard lock(mutex_);
  handler_ = nullptr;
  pause_handler_ = nullptr;
}

}  // namespace pumprig::session
