#include "rig/clients/image_update.h"

#include <algorithm>

namespace pumprig::clients {
namespace {

constexpr std::chrono::milliseconds kLook{250};
constexpr int kLooks = 40;  // a pump resets 0.1 s after its answer, and starts in less than 5 s

bool runs(const IdentifyReply& who, const security::ImageFacts& facts) {
  return who.firmware_major == facts.major && who.firmware_minor == facts.minor && who.firmware_patch == facts.patch;
}

template <typename Fields>
Answer<IdentifyReply> without_fields(const Answer<Fields>& answer) {
  Answer<IdentifyReply> out;
  out.status = answer.status;
  out.first_requested = answer.first_requested;
  out.requested = answer.requested;
  out.replied = answer.replied;
  out.attempts = answer.attempts;
  return out;
}

}  // namespace

std::string version_text(const security::ImageFacts& facts) {
  return std::to_string(facts.major) + "." + std::to_string(facts.minor) + "." + std::to_string(facts.patch);
}

Task<Answer<IdentifyReply>> update_image(PumpSession& session, const SignedImage& image) {
  const protocol::BeginImage begin = security::announce(image.facts, image.signature);
  CO_TRY_ASSIGN(const auto begun, co_await session.ask_after_self_test(Role::kClinician, begin, kHearing));
  if (begun.refused()) co_return without_fields(begun);
  for (std::uint32_t offset = 0; offset < begin.size; offset += protocol::kImagePartSize) {
    const protocol::ImagePart part = security::part_at(image.facts, offset);
    CO_TRY_ASSIGN(const auto taken, co_await session.ask(Role::kClinician, part, kHearing));
    if (taken.refused()) co_return without_fields(taken);
  }
  const protocol::FinishImage finish{true};
  CO_TRY_ASSIGN(const auto finished, co_await session.ask(Role::kClinician, finish, kHearing));
  Answer<IdentifyReply> out = without_fields(finished);
  if (finished.refused()) co_return out;
  for (int look = 0; look < kLooks; ++look) {
    CO_TRY(co_await session.executor().sleep_until(session.executor().after_wall(kLook)));
    const Result<IdentifyReply> who = co_await session.open();
    if (!who && look + 1 == kLooks) co_return tl::unexpected<Error>(who.error());
    if (!who) continue;
    out.fields = *who;
    if (runs(*who, image.facts)) break;
  }
  if (!runs(out.fields, image.facts) || out.fields.firmware_hash != begin.sha256) {
    co_return fail(ErrorCode::kProtocol, "the pump took firmware " + version_text(image.facts) + " and says after its reset that it runs " +
                                             std::to_string(out.fields.firmware_major) + "." + std::to_string(out.fields.firmware_minor) +
                                             "." + std::to_string(out.fields.firmware_patch) + " of another hash; read its log");
  }
  co_return out;
}

}  // namespace pumprig::clients
