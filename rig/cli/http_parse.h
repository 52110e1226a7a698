// What a client must understand of HTTP/1.1 and of server-sent events. Bytes in, values out; no socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rig/base/result.h"

namespace pumprig::cli {

struct HttpHead {
  int status = 0;
  std::optional<std::size_t> content_length;
  std::size_t size = 0;  // bytes of the head, its blank line included
};

// The head of a response once it is complete; nothing while it is not. kProtocol: this is no HTTP response.
Result<std::optional<HttpHead>> parse_head(std::string_view bytes);

struct ServerEvent {
  std::uint64_t number = 0;
  std::string kind;
  std::string data;
};

// Takes a stream of server-sent events apart, in whatever pieces it comes.
class EventParser {
 public:
  // The events that `bytes` completes. Lines of more than 16 MiB are kProtocol.
  Result<std::vector<ServerEvent>> feed(std::string_view bytes);

 private:
  void take_line(std::string_view line, std::vector<ServerEvent>& events);

  std::string rest_;
  ServerEvent event_;
  std::uint64_t last_number_ = 0;
};

}  // namespace pumprig::cli
