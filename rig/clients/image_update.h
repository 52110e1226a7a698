// Brings a signed firmware image to a pump, and sees what it starts afterwards.
#pragma once

#include "rig/clients/pump_session.h"
#include "rig/security/image_signing.h"

namespace pumprig::clients {

struct SignedImage {
  security::ImageFacts facts;
  security::ImageSignature signature{};
};
std::string version_text(const security::ImageFacts& facts);  // "0.2.0"

// Announces the image in the role, sends its parts, has it started, and identifies the pump anew. The pump's refusal, at whichever step, is
// an answer with its status; the pump then runs what it ran. kProtocol: it took the image and says another version or hash after its reset.
// An error of the link before the last step has changed nothing; at the last one, the next open() says which version runs. `damaged`: one
// bit of its first part is another on the way.
struct ImageTransport {
  Role role = Role::kClinician;
  bool damaged = false;
};
Task<Answer<IdentifyReply>> update_image(PumpSession& session, const SignedImage& image, ImageTransport transport = {});

// What may be wrong with an image, or with its way to the pump.
enum class ImageFlaw : std::uint8_t { kNone, kBadSignature, kOtherModel, kSameVersion, kOlderVersion };
// Some bytes, signed with the key of test images, as firmware above the one that runs, or not, by `flaw`. kRefused for a pump that runs a
// product image: nothing that is made up goes near it. kUnsupported where no version lies below.
Result<SignedImage> trial_image(const IdentifyReply& pump, ImageFlaw flaw, std::size_t size);

}  // namespace pumprig::clients
