#include "rig/daemon/access.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <vector>

#include "rig/base/sha256.h"

namespace pumprig::daemon {
namespace {

constexpr std::size_t kShortest = 16;
constexpr std::size_t kLongest = 512;

tl::unexpected<Error> unreadable(const std::string& where) {
  return fail(ErrorCode::kUnavailable, std::string("the token cannot be read: ") + std::strerror(errno), where);
}

// At most kLongest + 2 bytes: more is no token.
Result<std::string> read_start(int fd, const std::string& where) {
  std::array<char, kLongest + 2> bytes{};
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got = ::read(fd, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(where);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  return std::string(bytes.data(), size);
}

bool is_token(std::string_view given, std::string_view token) {
  if (token.empty()) return false;
  // Digests have one length whatever is guessed, and every byte of them is looked at.
  const std::string a = sha256_hex(given);
  const std::string b = sha256_hex(token);
  int differs = 0;
  for (std::size_t i = 0; i < b.size(); ++i) differs |= a[i] ^ b[i];
  return differs == 0;
}

std::vector<std::string_view> protocols_of(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    auto one = list.substr(0, list.find(','));
    list.remove_prefix(std::min(one.size() + 1, list.size()));
    while (!one.empty() && one.front() == ' ') one.remove_prefix(1);
    while (!one.empty() && one.back() == ' ') one.remove_suffix(1);
    out.push_back(one);
  }
  return out;
}

}  // namespace

Result<TcpOptions> parse_tcp(std::string_view text) {
  const auto wrong = [&] {
    return fail(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is no address and port; write for example 127.0.0.1:7878");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  TcpOptions options;
  options.address = text.substr(0, colon);
  if (options.address.starts_with('[') && options.address.ends_with(']')) {
    options.address = options.address.substr(1, options.address.size() - 2);
  }
  const auto digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), options.port);
  if (error != std::errc{} || end != digits.data() + digits.size()) return wrong();
  if (options.address != "127.0.0.1" && options.address != "::1") {
    return fail(ErrorCode::kInvalidArgument,
                "rigd serves TCP on 127.0.0.1 or ::1 only, because nothing is encrypted; from another machine use ssh -L",
                std::string(text));
  }
  return options;
}

Result<std::string> read_token(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return unreadable(file.string());
  struct stat status {};
  const bool known = ::fstat(fd, &status) == 0;
  auto text = read_start(fd, file.string());
  ::close(fd);
  TRY(text);
  if (!known || (status.st_mode & 077) != 0) {
    return fail(ErrorCode::kInvalidArgument, "others may read this file, so that it holds no secret; chmod 600 it", file.string());
  }
  if (text->ends_with('\n')) text->pop_back();
  const bool visible = std::all_of(text->begin(), text->end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!visible || text->size() < kShortest || text->size() > kLongest) {
    return fail(ErrorCode::kInvalidArgument, "a token is one line of 16 to 512 visible characters; make one with `openssl rand -hex 32`",
                file.string());
  }
  return text;
}

bool is_authorised(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  return authorization.starts_with(kScheme) && is_token(authorization.substr(kScheme.size()), token);
}

bool offers_protocol(std::string_view list, std::string_view name) {
  const auto protocols = protocols_of(list);
  return std::find(protocols.begin(), protocols.end(), name) != protocols.end();
}

bool websocket_offers(std::string_view list, std::string_view token) {
  constexpr std::string_view kScheme = "bearer.";
  for (const auto protocol : protocols_of(list)) {
    if (protocol.starts_with(kScheme)) return is_token(protocol.substr(kScheme.size()), token);
  }
  return false;
}

}  // namespace pumprig::daemon
