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

Task<Answer<IdentifyReply>> update_image(PumpSession& session, const SignedImage& image, ImageTransport transport) {
  const protocol::BeginImage begin = security::announce(image.facts, image.signature);
  CO_TRY_ASSIGN(const auto begun, co_await session.ask_after_self_test(transport.role, begin, kHearing));
  if (begun.refused()) co_return without_fields(begun);
  for (std::uint32_t offset = 0; offset < begin.size; offset += protocol::kImagePartSize) {
    protocol::ImagePart part = security::part_at(image.facts, offset);
    if (transport.damaged && offset == 0) part.bytes[0] ^= 1U;
    CO_TRY_ASSIGN(const auto taken, co_await session.ask(transport.role, part, kHearing));
    if (taken.refused()) co_return without_fields(taken);
  }
  const protocol::FinishImage finish{true};
  CO_TRY_ASSIGN(const auto finished, co_await session.ask(transport.role, finish, kHearing));
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

Result<SignedImage> trial_image(const IdentifyReply& pump, ImageFlaw flaw, std::size_t size) {
  if (pump.image_kind != protocol::ImageKind::kTest) {
    return fail(ErrorCode::kRefused, "the pump runs a product image; made-up firmware is for a pump with a test image only");
  }
  SignedImage out;
  security::ImageFacts& facts = out.facts;
  facts.model = flaw == ImageFlaw::kOtherModel ? "another" : to_text(pump.model);
  facts.major = pump.firmware_major;
  facts.minor = pump.firmware_minor;
  facts.patch = pump.firmware_patch;
  if (flaw == ImageFlaw::kOlderVersion) {
    if (facts.patch == 0 && facts.minor == 0 && facts.major == 0) {
      return fail(ErrorCode::kUnsupported, "the pump runs version 0.0.0, and none is older");
    }
    if (facts.patch != 0) {
      --facts.patch;
    } else if (facts.minor != 0) {
      --facts.minor;
    } else {
      --facts.major;
    }
  } else if (flaw != ImageFlaw::kSameVersion) {
    if (facts.patch == 0xFFFF)
      return fail(ErrorCode::kUnsupported, "the pump runs the last patch of its version; no newer one can be made up");
    ++facts.patch;
  }
  // Bytes that say nothing, another for each version.
  facts.bytes.resize(size);
  std::uint32_t state = protocol::image_version(facts.major, facts.minor, facts.patch);
  for (std::uint8_t& byte : facts.bytes) {
    state = state * 1'664'525U + 1'013'904'223U;
    byte = static_cast<std::uint8_t>(state >> 24U);
  }
  TRY_ASSIGN(out.signature, security::sign_test_image(facts));
  if (flaw == ImageFlaw::kBadSignature) out.signature[0] ^= 1U;
  return out;
}

}  // namespace pumprig::clients
