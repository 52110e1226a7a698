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

// Announces the image, sends its parts, has it started, and identifies the pump anew. The pump's refusal, at whichever step, is an answer
// with its status; the pump then runs what it ran. kProtocol: it took the image and says another version or hash after its reset. An error
// of the link before the last step has changed nothing; at the last one, the next open() says which version runs.
Task<Answer<IdentifyReply>> update_image(PumpSession& session, const SignedImage& image);

}  // namespace pumprig::clients
