// The emulated machine that both boards in QEMU run on.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rig/base/result.h"

namespace pumprig::twin {

// SHA-256 of a firmware image. kNotFound: there is none.
Result<std::string> hash_image(const std::filesystem::path& image);

// The command that starts `program` with the machine, its memory file (see BoardWorkplace) and the image, and with nothing that it would
// add by itself. How time goes and where the lines end is for the caller to add.
std::vector<std::string> machine_command(const std::string& program, const std::filesystem::path& image);

}  // namespace pumprig::twin
