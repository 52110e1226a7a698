#include "rig/link/posix/pty_link.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "rig/link/posix/fd_link.h"
#include "rig/link/posix/terminal.h"

namespace pumprig::link {
namespace {

namespace fs = std::filesystem;

// "in /tmp/twin there are: flow, pressure".
std::string neighbours(const std::string& path) {
  const fs::path folder = fs::path(path).parent_path();
  std::error_code ignored;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto type = entry.status(ignored).type();
    if (type == fs::file_type::character) names.push_back(entry.path().filename().string());
  }
  if (names.empty()) return "in " + folder.string() + " there is no terminal";
  std::sort(names.begin(), names.end());
  if (names.size() > 12) names.resize(12);
  std::string text = "in " + folder.string() + " there are: ";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return text;
}

class PtyLink final : public FdLink {
 public:
  PtyLink(std::string path, const LineSettings& line, exec::Executor& executor) : FdLink(executor), path_(std::move(path)), line_(line) {}
  std::string describe() const override { return "pty:" + path_; }

 private:
  int fd() const override { return fd_.get(); }
  std::string_view hang_up_text() const override { return "the far end of the pty has gone"; }
  Status do_set_line(const LineSettings& line) override {
    line_ = line;
    return fd_.valid() ? set_raw(fd_.get(), line_, false, describe()) : Status{};
  }
  void do_close() override { fd_.reset(); }

  Status do_reopen() override {
    fd_.reset();
    UniqueFd opened(::open(path_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!opened.valid()) {
      const int why = errno;
      const auto code = why == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
      return fail(code, std::string("cannot open it: ") + std::strerror(why) + "; " + neighbours(path_), describe());
    }
    TRY(set_raw(opened.get(), line_, false, describe()));
    flush_terminal(opened.get());  // what was written while nobody had it open is kept otherwise, and is old
    fd_ = std::move(opened);
    return {};
  }

  std::string path_;
  LineSettings line_;
  UniqueFd fd_;
};

class PtyDevice final : public FdLink {
 public:
  PtyDevice(std::string path, exec::Executor& executor) : FdLink(executor), path_(std::move(path)) {}
  ~PtyDevice() override { remove_symlink(); }
  std::string describe() const override { return "pty:" + path_; }

  Status create() {
    UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!master.valid() || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0) {
      return fail(ErrorCode::kUnavailable, std::string("cannot make a pty: ") + std::strerror(errno), describe());
    }
    char name[64] = {};
    if (::ptsname_r(master.get(), name, sizeof name) != 0) {
      return fail(ErrorCode::kInternal, std::string("a pty without a name: ") + std::strerror(errno), describe());
    }
    // One terminal end is kept open, so that programs may come and go without a hang-up here.
    UniqueFd keeper(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!keeper.valid()) return fail(ErrorCode::kUnavailable, std::string("cannot open ") + name + ": " + std::strerror(errno), describe());
    TRY(set_raw(keeper.get(), LineSettings{}, false, describe()));
    std::error_code error;
    if (fs::is_symlink(path_, error)) fs::remove(path_, error);
    fs::create_symlink(name, path_, error);
    if (error) return fail(ErrorCode::kUnavailable, "cannot make the link to " + std::string(name) + ": " + error.message(), describe());
    terminal_ = name;
    master_ = std::move(master);
    keeper_ = std::move(keeper);
    return {};
  }

 private:
  int fd() const override { return master_.get(); }
  std::string_view hang_up_text() const override { return "the pty has gone"; }
  Status do_set_line(const LineSettings&) override { return {}; }
  void do_close() override {
    master_.reset();
    keeper_.reset();
    remove_symlink();
  }
  Status do_reopen() override {
    do_close();
    return create();
  }
  // Only if it is still ours: another process may have put its own in place.
  void remove_symlink() {
    std::error_code error;
    if (!terminal_.empty() && fs::read_symlink(path_, error) == terminal_) fs::remove(path_, error);
    terminal_.clear();
  }

  std::string path_;
  std::string terminal_;
  UniqueFd master_;
  UniqueFd keeper_;
};

}  // namespace

Result<std::unique_ptr<Link>> open_pty(const std::string& path, const LineSettings& line, exec::Executor& executor) {
  auto link = std::make_unique<PtyLink>(path, line, executor);
  TRY(link->reopen());
  return link;
}

Result<std::unique_ptr<Link>> make_pty_device(const std::string& path, exec::Executor& executor) {
  auto device = std::make_unique<PtyDevice>(path, executor);
  TRY(device->create());
  return device;
}

}  // namespace pumprig::link
