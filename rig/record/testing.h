// A folder that lasts for one test, and a small run to look at.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "rig/record/writer.h"

namespace pumprig::record {

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "pumprig_record_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// What small_run() leaves, for comparison.
inline constexpr int kSmallRunSeconds = 1500;

RunInfo small_info(BenchKind kind = BenchKind::kVirtual);
// Two channels over 1500 s, one link, five events, three verdicts and a check that was not run.
void fill_small_run(RunWriter& writer);
// Makes the file and finishes it; returns the digest.
std::string small_run(const std::filesystem::path& path, const RunInfo& info = small_info());
CheckVerdict small_verdict(const std::string& check, Verdict verdict);

}  // namespace pumprig::record
