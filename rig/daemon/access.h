// Who may talk to the daemon over TCP, which is served only when asked for: loopback, and with a token.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "rig/base/result.h"

namespace pumprig::daemon {

struct TcpOptions {
  std::string address;     // of this machine only: 127.0.0.1, ::1
  std::uint16_t port = 0;  // 0: any that is free
  std::string token;
};

// "127.0.0.1:7878" or "[::1]:7878". kInvalidArgument for what is no such text, and for an address that other machines reach: what is said
// there could be read on the way.
Result<TcpOptions> parse_tcp(std::string_view text);

// The token in a file that nobody but its owner may read: one line of 16 to 512 visible characters.
Result<std::string> read_token(const std::filesystem::path& file);

// "Bearer TOKEN" with this token, compared in a time that tells nothing of it.
bool is_authorised(std::string_view authorization, std::string_view token);

// One of the protocols that a WebSocket's client lists ("rigd, bearer.TOKEN") has this name.
bool offers_protocol(std::string_view list, std::string_view name);
// One of them is "bearer.TOKEN" with this token: the only way in which a page can give it.
bool websocket_offers(std::string_view list, std::string_view token);

}  // namespace pumprig::daemon
