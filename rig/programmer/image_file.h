// A signed firmware image as its maker hands it out: a JSON file with model, version and signature, and the image's bytes in a file beside
// it.
#pragma once

#include <filesystem>
#include <string>

#include "rig/clients/image_update.h"

namespace pumprig::programmer {

// kNotFound; kInvalidArgument with every mistake of the file. The pump, not this, decides whether the signature is good.
Result<clients::SignedImage> read_image_file(const std::filesystem::path& path);

// Signs the bytes of `binary` with the key in `key_file` (PEM, P-256, its owner's alone) and writes `path`, in whose folder `binary`
// stands. kRefused when `path` exists.
Status write_image_file(const std::filesystem::path& path, const std::filesystem::path& binary, const std::string& model,
                        const std::string& version, const std::filesystem::path& key_file);

}  // namespace pumprig::programmer
