// What a patient's device remembers of a request until its outcome is known, and by what it knows the pump again that was asked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "rig/clients/pump_session.h"
#include "rig/json/document.h"

namespace pumprig::programmer {

// What of the pump tells its life from another's, by the status that was read last.
json::Node life_of(const clients::PumpSession& session);
// Why `now` can not be the later life of the pump that `then` was; empty: it can.
std::string other_life(const json::Node& then, const json::Node& now);

// The requests whose outcome is not known, one a pump: by its serial number; a board that was given none (as every rig twin) by its link
// too.
class RequestMemory {
 public:
  RequestMemory(std::filesystem::path file, std::string serial, std::string link);
  // Whether something waits that was asked over a link, of whatever pump stood there.
  static bool waits_at(const std::filesystem::path& file, const std::string& link);

  struct Request {
    std::uint32_t nonce = 0;
    json::Node life;  // of the pump that was asked
  };
  std::optional<Request> unsettled() const;
  // kUnavailable when it can not be written down.
  Status keep(std::uint32_t nonce, json::Node life) const;
  Status forget() const { return write(std::nullopt); }

  const std::string& pump() const { return pump_; }
  // Why it can not be the pump that was asked, with what whoever knows better may do.
  std::string remedy(const std::string& why) const;

 private:
  Status write(std::optional<json::Node> request) const;
  json::Node read() const;

  std::filesystem::path file_;
  std::string link_;
  std::string pump_;
};

}  // namespace pumprig::programmer
