#include "rig/daemon/access.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace pumprig::daemon {
namespace {

namespace fs = std::filesystem;

class TokenFile : public testing::Test {
 protected:
  TokenFile() {
    std::string pattern = (fs::temp_directory_path() / "pumprig-token-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~TokenFile() override { fs::remove_all(folder_); }
  fs::path write(const std::string& text, mode_t mode = 0600) const {
    const auto file = folder_ / "token";
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
    ::chmod(file.c_str(), mode);
    return file;
  }
  fs::path folder_;
};

TEST_F(TokenFile, HoldsOneLine) {
  EXPECT_EQ(*read_token(write("0123456789abcdef\n")), "0123456789abcdef");
  EXPECT_EQ(*read_token(write("0123456789abcdef")), "0123456789abcdef");
  EXPECT_EQ(read_token(write(std::string(512, 'x') + "\n"))->size(), 512U);
}

TEST_F(TokenFile, IsRefusedWhenOthersMayReadIt) {
  for (const mode_t mode : {0640U, 0604U, 0620U, 0660U, 0644U}) {
    const auto token = read_token(write("0123456789abcdef\n", mode));
    ASSERT_FALSE(token) << mode;
    EXPECT_NE(token.error().text.find("chmod 600"), std::string::npos);
  }
}

TEST_F(TokenFile, IsRefusedWhenItHoldsNoToken) {
  for (const auto& text : {std::string(), std::string("short"), std::string("0123456789abcdef\nmore"), std::string("0123456789 abcdef"),
                           std::string("0123456789abcdef\n\n"), std::string(513, 'x'), std::string(100'000, 'x')}) {
    EXPECT_FALSE(read_token(write(text))) << text.substr(0, 20);
  }
  EXPECT_EQ(read_token(folder_ / "nothing").error().code, ErrorCode::kUnavailable);
}

TEST(Access, AuthorisesTheWholeTokenAndNothingElse) {
  EXPECT_TRUE(is_authorised("Bearer 0123456789abcdef", "0123456789abcdef"));
  for (const auto* wrong : {"", "Bearer ", "0123456789abcdef", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0",
                            "Basic 0123456789abcdef", "Bearer  0123456789abcdef", "Bearer 1123456789abcdef"}) {
    EXPECT_FALSE(is_authorised(wrong, "0123456789abcdef")) << wrong;
  }
  EXPECT_FALSE(is_authorised("Bearer ", ""));
}

TEST(Access, APageGivesItsTokenAmongTheProtocolsOfItsWebSocket) {
  EXPECT_TRUE(websocket_offers("rigd, bearer.0123456789abcdef", "0123456789abcdef"));
  EXPECT_TRUE(websocket_offers("bearer.0123456789abcdef,rigd", "0123456789abcdef"));
  for (const auto* wrong : {"", "rigd", "0123456789abcdef", "bearer.", "bearer.0123456789abcde", "rigd bearer.0123456789abcdef", ",,,"}) {
    EXPECT_FALSE(websocket_offers(wrong, "0123456789abcdef")) << wrong;
  }
  EXPECT_FALSE(websocket_offers("bearer.", ""));
  EXPECT_TRUE(offers_protocol("a, rigd", "rigd"));
  EXPECT_FALSE(offers_protocol("rigdx", "rigd"));
}

TEST(Access, ServesThisMachineOnly) {
  EXPECT_EQ(parse_tcp("127.0.0.1:7878")->port, 7878);
  EXPECT_EQ(parse_tcp("[::1]:0")->address, "::1");
  for (const auto* wrong : {"", "7878", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1", "0.0.0.0:1", "[::]:1",
                            "192.168.1.1:7878", "localhost.evil:1"}) {
    EXPECT_EQ(parse_tcp(wrong).error().code, ErrorCode::kInvalidArgument) << wrong;
  }
}

}  // namespace
}  // namespace pumprig::daemon
