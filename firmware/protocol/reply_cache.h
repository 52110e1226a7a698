// The pump's memory of the last request of each role that changed something: the same nonce again gets the same reply and has no effect, so
// that a rig whose reply was lost may ask again. Lost at a reset; a granted bolus is remembered beyond it by the therapy's own records.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/permissions.h"

namespace pumpfw::protocol {

class ReplyCache {
 public:
  static constexpr std::size_t kLongest = 48;  // bytes of a reply's body; replies of messages that change something are short

  // The reply's body given to this very request before; empty when it is a new one.
  std::span<const std::uint8_t> find(Role role, const RequestHead& request) const {
    const Slot& slot = slots_[index(role)];
    if (slot.size == 0 || slot.request.nonce != request.nonce || slot.request.type != request.type) return {};
    return {slot.body.data(), slot.size};
  }

  // Call with every reply body that is sent. Those of messages that only read are not kept, nor is kBusy, which asks to ask again.
  void keep(Role role, const RequestHead& request, std::span<const std::uint8_t> body) {
    ReplyHead head;
    std::span<const std::uint8_t> fields;
    if (reads_only(request.type) || body.size() > kLongest || !read_body(body, head, fields)) return;
    if (head.status == StatusCode::kBusy) return;
    Slot& slot = slots_[index(role)];
    slot.request = request;
    slot.size = static_cast<std::uint8_t>(body.size());
    for (std::size_t i = 0; i < body.size(); ++i) slot.body[i] = body[i];
  }

 private:
  struct Slot {
    RequestHead request;
    std::uint8_t size = 0;
    std::array<std::uint8_t, kLongest> body{};
  };
  static std::size_t index(Role role) { return static_cast<std::size_t>(role) - 1; }

  std::array<Slot, 3> slots_{};
};

}  // namespace pumpfw::protocol
