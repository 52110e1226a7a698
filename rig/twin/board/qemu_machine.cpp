#include "rig/twin/board/qemu_machine.h"

#include <fstream>
#include <iterator>

#include "rig/base/sha256.h"
#include "rig/twin/board/board_workplace.h"

namespace pumprig::twin {

Result<std::string> hash_image(const std::filesystem::path& image) {
  std::ifstream in(image, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (!in || content.empty())
    return fail(ErrorCode::kNotFound, "there is no firmware image; build the target firmware_arm", image.string());
  return sha256_hex(content);
}

std::vector<std::string> machine_command(const std::string& program, const std::filesystem::path& image) {
  const std::string memory = std::string("memory-backend-file,id=nvm,size=16M,share=on,mem-path=") + BoardWorkplace::kMemoryFile;
  return {program,
          "-M",
          "mps2-an386,memory-backend=nvm",
          "-object",
          memory,
          "-nic",
          "none",
          "-display",
          "none",
          "-nodefaults",
          "-monitor",
          "none",
          "-semihosting-config",
          "enable=on,target=native",
          "-kernel",
          image.string()};
}

}  // namespace pumprig::twin
