#include "rig/security/secret.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pumprig::security {
namespace {

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

constexpr std::size_t kDigits = 2 * Secret::kSize;

int digit(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool blank(std::uint8_t c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

bool parse(ByteView text, Secret& key) {
  while (!text.empty() && blank(text.back())) text = text.first(text.size() - 1);
  while (!text.empty() && blank(text.front())) text = text.subspan(1);
  if (text.size() != kDigits) return false;
  for (std::size_t i = 0; i < Secret::kSize; ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    key.fill()[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

Status check_owner(int descriptor, const std::string& path) {
  struct stat facts {};
  if (::fstat(descriptor, &facts) != 0) return fail(ErrorCode::kUnavailable, std::strerror(errno), path);
  if (!S_ISREG(facts.st_mode)) return fail(ErrorCode::kRefused, "a key must stand in an ordinary file", path);
  if (facts.st_uid != ::geteuid()) return fail(ErrorCode::kRefused, "the key file belongs to another user", path);
  if ((facts.st_mode & 077) != 0) {
    return fail(ErrorCode::kRefused, "the key file is open to others; make it yours alone: chmod 600", path);
  }
  return {};
}

}  // namespace

Secret::Secret() {
  sodium_mlock(bytes_.data(), bytes_.size());  // as far as the system's limit goes
}

Secret::Secret(std::span<const std::uint8_t, kSize> bytes) : Secret() {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

Secret::~Secret() {
  sodium_munlock(bytes_.data(), bytes_.size());  // zeroes as well
}

Secret& Secret::operator=(const Secret& other) {
  bytes_ = other.bytes_;
  return *this;
}

void wipe(std::span<std::uint8_t> bytes) {
  sodium_memzero(bytes.data(), bytes.size());
}

Result<Secret> read_key_file(const std::string& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0) {
    return fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable, "the key file: " + std::string(std::strerror(errno)),
                path);
  }
  TRY(check_owner(file.get(), path));
  std::array<std::uint8_t, 256> text{};
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(file.get(), text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || size == text.size()) break;
    size += static_cast<std::size_t>(got);
  }
  Secret key;
  const bool good = parse(ByteView(text).first(size), key);
  wipe(text);
  if (!good) return fail(ErrorCode::kCorrupt, "a key file holds 64 hexadecimal digits and nothing else", path);
  return key;
}

Status write_key_file(const std::string& path, const Secret& key) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) {
    if (errno == EEXIST) return fail(ErrorCode::kRefused, "the key file is there already; a key is not overwritten", path);
    return fail(ErrorCode::kUnavailable, "the key file: " + std::string(std::strerror(errno)), path);
  }
  std::array<std::uint8_t, kDigits + 1> text{};
  for (std::size_t i = 0; i < Secret::kSize; ++i) {
    constexpr const char* kHex = "0123456789abcdef";
    text[2 * i] = static_cast<std::uint8_t>(kHex[key.view()[i] >> 4]);
    text[2 * i + 1] = static_cast<std::uint8_t>(kHex[key.view()[i] & 15]);
  }
  text[kDigits] = '\n';
  const ssize_t put = ::write(file.get(), text.data(), text.size());
  wipe(text);
  if (put != static_cast<ssize_t>(text.size()) || ::fsync(file.get()) != 0) {
    ::unlink(path.c_str());
    return fail(ErrorCode::kUnavailable, "the key file could not be written", path);
  }
  return {};
}

}  // namespace pumprig::security
