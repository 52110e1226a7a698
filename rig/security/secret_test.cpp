#include "rig/security/secret.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <new>

namespace pumprig::security {
namespace {

class KeyFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) / ("keys" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    path_ = (folder_ / "clinician.key").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void put(const std::string& text, mode_t mode = 0600) {
    std::ofstream(path_) << text;
    ::chmod(path_.c_str(), mode);
  }

  std::filesystem::path folder_;
  std::string path_;
};

const std::string kDigits = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";

Secret counting() {
  Secret key;
  for (std::size_t i = 0; i < Secret::kSize; ++i) key.fill()[i] = static_cast<std::uint8_t>(i);
  return key;
}

TEST_F(KeyFile, IsReadBackAsItWasWrittenAndBelongsToItsOwnerAlone) {
  ASSERT_TRUE(write_key_file(path_, counting()));
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto read = read_key_file(path_);
  ASSERT_TRUE(read);
  EXPECT_TRUE(std::ranges::equal(read->view(), counting().view()));
}

TEST_F(KeyFile, IsNeverOverwritten) {
  ASSERT_TRUE(write_key_file(path_, counting()));
  EXPECT_EQ(write_key_file(path_, Secret()).error().code, ErrorCode::kRefused);
  EXPECT_TRUE(std::ranges::equal(read_key_file(path_)->view(), counting().view()));
}

TEST_F(KeyFile, ThatOthersMayReadIsRefused) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0644U}) {
    put(kDigits, mode);
    const auto read = read_key_file(path_);
    ASSERT_FALSE(read) << mode;
    EXPECT_EQ(read.error().code, ErrorCode::kRefused);
  }
}

TEST_F(KeyFile, OfAnyOtherShapeIsRefusedWithoutAWordOfIt) {
  for (const std::string& text : {std::string(), kDigits.substr(1), kDigits + "0", kDigits.substr(0, 63) + "g", std::string(5000, 'a'),
                                  kDigits.substr(0, 32) + " " + kDigits.substr(32)}) {
    put(text);
    const auto read = read_key_file(path_);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
    EXPECT_EQ(read.error().describe().find(kDigits.substr(2, 20)), std::string::npos);
  }
  put("\n  " + kDigits + "\r\n");
  EXPECT_TRUE(read_key_file(path_));
}

TEST_F(KeyFile, ThatIsNoFileIsRefused) {
  EXPECT_EQ(read_key_file(path_).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(read_key_file(folder_.string()).error().code, ErrorCode::kRefused);
}

TEST(SecretBytes, AreZeroAfterTheEnd) {
  alignas(Secret) std::array<std::uint8_t, sizeof(Secret)> room{};
  auto* key = new (room.data()) Secret(counting());
  key->~Secret();
  EXPECT_EQ(room, (std::array<std::uint8_t, sizeof(Secret)>{}));
}

}  // namespace
}  // namespace pumprig::security
