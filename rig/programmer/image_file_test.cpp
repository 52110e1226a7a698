#include "rig/programmer/image_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "firmware/boards/lockstep/test_image_key.h"
#include "rig/security/test_image_key.h"

namespace pumprig::programmer {
namespace {

using ::testing::HasSubstr;

class ImageFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "pumprig-image-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    write("pump.bin", std::string(1000, 'x'));
    write("maker.pem", security::kTestImageKeyPem);
    std::filesystem::permissions(folder_ / "maker.pem", std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const char* name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  Status sign(const char* version = "1.22.333", const char* model = "PR-20") {
    return write_image_file(folder_ / "pump.json", folder_ / "pump.bin", model, version, folder_ / "maker.pem");
  }
  std::string refusal(const Status& status) { return status ? "it was done" : status.error().describe(); }
  std::string text() {
    std::ifstream in(folder_ / "pump.json");
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  std::string reading() {
    const auto read = read_image_file(folder_ / "pump.json");
    return read ? "it was read" : read.error().describe();
  }
  // The image file with one thing put in place of another.
  void alter(const std::string& from, const std::string& to) {
    std::string content = text();
    ASSERT_NE(content.find(from), std::string::npos);
    content.replace(content.find(from), from.size(), to);
    write("pump.json", content);
  }

  std::filesystem::path folder_;
};

TEST_F(ImageFile, IsReadAsItWasSigned) {
  const Status signed_well = sign();
  ASSERT_TRUE(signed_well) << signed_well.error().describe();
  const auto image = read_image_file(folder_ / "pump.json");
  ASSERT_TRUE(image) << image.error().describe();
  EXPECT_EQ(image->facts.model, "PR-20");
  EXPECT_EQ(clients::version_text(image->facts), "1.22.333");
  EXPECT_EQ(image->facts.bytes, Bytes(1000, 'x'));
  EXPECT_TRUE(security::image_is_authentic(pumpfw::lockstep::kTestImageKey, image->facts, image->signature));
}

TEST_F(ImageFile, IsNotMadeOfWhatCanNotBe) {
  EXPECT_THAT(refusal(sign("1.2")), HasSubstr("write a version as 0.2.0"));
  EXPECT_THAT(refusal(sign("0.0.0")), HasSubstr("write a version as 0.2.0"));
  EXPECT_THAT(refusal(sign("1.2.3.4")), HasSubstr("write a version as 0.2.0"));
  EXPECT_THAT(refusal(sign("256.0.0")), HasSubstr("write a version as 0.2.0"));
  EXPECT_THAT(refusal(sign("1.2.3", "a model of many characters")), HasSubstr("1 to 16 characters"));
  std::filesystem::permissions(folder_ / "maker.pem", std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  EXPECT_THAT(refusal(sign()), HasSubstr("chmod 600"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "pump.json"));
}

TEST_F(ImageFile, IsNotOverwritten) {
  ASSERT_TRUE(sign());
  const std::string before = text();
  EXPECT_THAT(refusal(sign("2.0.0")), HasSubstr("this file exists"));
  EXPECT_EQ(text(), before);
}

TEST_F(ImageFile, SaysAllItsMistakesAtOnce) {
  ASSERT_TRUE(sign());
  alter("\"PR-20\"", "\"\"");
  alter("\"1.22.333\"", "\"one\"");
  alter("\"signature\": \"", "\"signature\": \"zz");
  const std::string said = reading();
  EXPECT_THAT(said, HasSubstr("1 to 16 characters"));
  EXPECT_THAT(said, HasSubstr("write a version as 0.2.0"));
  EXPECT_THAT(said, HasSubstr("128 hexadecimal digits"));
}

TEST_F(ImageFile, BelongsToItsOwnBytes) {
  ASSERT_TRUE(sign());
  write("pump.bin", std::string(1000, 'y'));
  EXPECT_THAT(reading(), HasSubstr("other ones"));
  std::filesystem::remove(folder_ / "pump.bin");
  EXPECT_THAT(reading(), HasSubstr("stand beside the image file"));
}

}  // namespace
}  // namespace pumprig::programmer
