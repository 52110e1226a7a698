// What a patient's device remembers of a request until its outcome is known, and by what it knows the pump again that was asked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "rig/clients/pump_session.h"
#include "rig/json/document.h"
#include "rig/link/posix/unique_fd.h"

namespace pumprig::programmer {

// What of the pump tells its life from another's, by the status that was read last.
json::Node life_of(const clients::PumpSession& session);
// Why `now` can not be the later life of the pump that `then` was; empty: it can. `rate`: that of the pump's clock to the day; 0: any.
std::string other_life(const json::Node& then, const json::Node& now, double rate = 1);
// How fast the pump's clock goes, seen over a moment; its last status is then a later one.
Task<double> clock_rate(clients::PumpSession& session);

// The requests whose outcome is not known, one a pump: by its serial number; a board that was given none (as every rig twin) by its link
// too.
class RequestMemory {
 public:
  RequestMemory(std::filesystem::path file, std::string serial, std::string link);
  // Whether something waits that was asked over a link, of whatever pump stood there.
  static Result<bool> waits_at(const std::filesystem::path& file, const std::string& link);
  // One at a time works with a file: held from the press until its outcome is written down. kTimeout: another holds it.
  static Result<link::UniqueFd> take(const std::filesystem::path& file);

  struct Request {
    std::uint32_t nonce = 0;
    json::Node life;  // of the pump that was asked
  };
  // An Error: what stands there can not be read, so that nobody knows. A file that is not there says that nothing waits.
  Result<std::optional<Request>> unsettled() const;
  // kUnavailable when it can not be written down.
  Status keep(std::uint32_t nonce, json::Node life) const;
  Status forget() const { return write(std::nullopt); }

  const std::string& pump() const { return pump_; }
  // Why it can not be the pump that was asked, with what whoever knows better may do.
  std::string remedy(const std::string& why) const;

 private:
  Status write(std::optional<json::Node> request) const;
  Result<json::Node> read() const;

  std::filesystem::path file_;
  std::string link_;
  std::string pump_;
};

}  // namespace pumprig::programmer
