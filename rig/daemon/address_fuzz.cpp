// Any bytes as the address of a request, as what a client says of its token, and as the address to serve.
#include "rig/daemon/access.h"
#include "rig/daemon/sse.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pumprig::daemon;
  constexpr std::string_view kToken = "0123456789abcdef";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto since = query_value(text, "since")) static_cast<void>(whole_number(*since));
  // A value is a part of the text, and nothing beyond it.
  if (const auto run = query_value(text, "run"); run && (run->data() < text.data() || run->data() + run->size() > text.data() + size))
    __builtin_trap();
  if (is_authorised(text, kToken) && text != "Bearer 0123456789abcdef") __builtin_trap();
  if (websocket_offers(text, kToken) && text.find("bearer.0123456789abcdef") == std::string_view::npos) __builtin_trap();
  if (const auto tcp = parse_tcp(text); tcp && tcp->address != "127.0.0.1" && tcp->address != "::1") __builtin_trap();
  return 0;
}
