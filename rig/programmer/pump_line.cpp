#include "rig/cli/pump_line.h"

#include "rig/link/spec/open_link.h"

namespace pumprig::cli {

Result<PumpLine> PumpLine::open(const std::string& link, const std::string& keys, bool give_keys) {
  clients::PumpSession::Options options;
  options.give_keys = give_keys;
  if (!keys.empty()) {
    TRY_ASSIGN(options.keys, security::read_key_folder(keys));
  }
  PumpLine line;
  line.executor_ = exec::Executor::make_wall();
  link::LineSettings settings;
  settings.baud = 115200;
  TRY_ASSIGN(line.link_, link::open_link(link, settings, *line.executor_));
  line.session_ = std::make_unique<clients::PumpSession>(*line.link_, options);
  TRY(line.executor_->run(line.session_->open()));
  return line;
}

Status PumpLine::come_back() {
  const auto pause = [](exec::Executor& executor) -> Task<void> { co_return co_await executor.sleep_for(std::chrono::milliseconds(250)); };
  TRY(executor_->run(pause(*executor_)));
  return link_->is_up() ? Status{} : link_->reopen();
}

std::string span_text(std::uint64_t seconds) {
  const std::uint64_t days = seconds / 86'400;
  const std::uint64_t hours = seconds / 3'600 % 24;
  const std::uint64_t minutes = seconds / 60 % 60;
  std::string out;
  const auto add = [&](std::uint64_t count, const char* unit) {
    if (count != 0) out += (out.empty() ? "" : " ") + std::to_string(count) + " " + unit;
  };
  add(days, days == 1 ? "day" : "days");
  add(hours, "h");
  add(minutes, "min");
  if (days == 0 && hours == 0) add(seconds % 60, "s");
  return out.empty() ? "0 s" : out;
}

std::string state_text(clients::TherapyState state) {
  const auto& words = clients::protocol::describe(state);
  return std::string(words.name) + " (" + words.text + ")";
}

}  // namespace pumprig::cli
