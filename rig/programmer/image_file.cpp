#include "rig/programmer/image_file.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>

#include "rig/base/sha256.h"
#include "rig/json/build.h"
#include "rig/json/reader.h"

namespace pumprig::programmer {
namespace {

using json::Setting;
using json::Shape;

constexpr const char* kVersionHelp = "write a version as 0.2.0: at most 255.255.65535, and above 0.0.0";

const std::vector<Setting>& image_settings() {
  static const std::vector<Setting> kSettings = {
      Setting("image", Shape::count("1", "1"), "form of this file").must(),
      Setting("model", Shape::text(), "of the pumps that it is for").must(),
      Setting("version", Shape::text(), "major.minor.patch").must(),
      Setting("file", Shape::text(), "name of the image's bytes, in the folder of this file").must(),
      Setting("sha256", Shape::text(), "of the image's bytes, 64 hexadecimal digits").must(),
      Setting("signature", Shape::text(), "by the maker's key, 128 hexadecimal digits").must(),
  };
  return kSettings;
}

Result<std::string> read_file(const std::filesystem::path& path, const char* remedy) {
  std::ifstream in(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) return fail(ErrorCode::kNotFound, remedy, path.string());
  return content;
}

bool read_version(const std::string& text, security::ImageFacts& facts) {
  unsigned major = 0, minor = 0, patch = 0;
  int used = 0;
  const int read = std::sscanf(text.c_str(), "%3u.%3u.%5u%n", &major, &minor, &patch, &used);
  if (read != 3 || static_cast<std::size_t>(used) != text.size() || major > 255 || minor > 255 || patch > 65'535) return false;
  facts.major = static_cast<std::uint8_t>(major);
  facts.minor = static_cast<std::uint8_t>(minor);
  facts.patch = static_cast<std::uint16_t>(patch);
  return major + minor + patch != 0;
}

// Nobody but its owner may read a key that signs.
Result<std::string> read_key(const std::filesystem::path& path) {
  std::error_code failed;
  const auto rights = std::filesystem::status(path, failed).permissions();
  if (!failed && (rights & (std::filesystem::perms::group_all | std::filesystem::perms::others_all)) != std::filesystem::perms::none) {
    return fail(ErrorCode::kRefused, "others may read or write this key; make it its owner's alone: chmod 600", path.string());
  }
  return read_file(path, "the key cannot be read; openssl ecparam -name prime256v1 -genkey -noout makes one");
}

}  // namespace

Result<clients::SignedImage> read_image_file(const std::filesystem::path& path) {
  TRY_ASSIGN(std::string text, read_file(path, "the image file cannot be read; rig image sign makes one"));
  TRY_ASSIGN(const json::Document document, json::Document::parse(std::move(text), path.string()));
  json::Mistakes mistakes(document);
  for (const auto& twice : document.duplicates()) mistakes.add(twice.offset, twice.pointer, "this key stands twice", "keep one of them");
  const json::Replacements none;
  json::Reader reader(mistakes, none);
  if (document.root().kind != json::Node::Kind::kObject) {
    mistakes.add(document.root().offset, "", "an image file is a JSON object", "rig image sign makes one");
    return tl::unexpected<Error>(json::to_error(mistakes.take()));
  }
  const json::Settings read = reader.read_members(document.root(), image_settings(), "");
  if (!mistakes.empty()) return tl::unexpected<Error>(json::to_error(mistakes.take()));

  clients::SignedImage out;
  out.facts.model = read.text("model");
  const auto wrong = [&](const char* key, const char* what) {
    mistakes.add(read.at(key).offset, read.at(key).pointer, "this is not what it must be", what);
  };
  if (out.facts.model.empty() || out.facts.model.size() > 16) wrong("model", "write 1 to 16 characters");
  if (!read_version(read.text("version"), out.facts)) wrong("version", kVersionHelp);
  const auto signature = from_hex(read.text("signature"));
  if (signature && signature->size() == out.signature.size()) {
    std::copy(signature->begin(), signature->end(), out.signature.begin());
  } else {
    wrong("signature", "write 128 hexadecimal digits");
  }
  const auto bytes =
      read_file(path.parent_path() / read.text("file"), "the image's bytes cannot be read; they stand beside the image file");
  if (!bytes) return tl::unexpected<Error>(bytes.error());
  out.facts.bytes.assign(bytes->begin(), bytes->end());
  if (sha256_hex(*bytes) != read.text("sha256"))
    wrong("sha256", "the image's bytes are other ones; take file and image file from one place");
  if (!mistakes.empty()) return tl::unexpected<Error>(json::to_error(mistakes.take()));
  return out;
}

Status write_image_file(const std::filesystem::path& path, const std::filesystem::path& binary, const std::string& model,
                        const std::string& version, const std::filesystem::path& key_file) {
  security::ImageFacts facts;
  facts.model = model;
  if (!read_version(version, facts)) return fail(ErrorCode::kInvalidArgument, kVersionHelp, version);
  if (std::filesystem::exists(path)) return fail(ErrorCode::kRefused, "this file exists; name another one", path.string());
  TRY_ASSIGN(const std::string bytes, read_file(binary, "the image cannot be read"));
  TRY_ASSIGN(const std::string key, read_key(key_file));
  facts.bytes.assign(bytes.begin(), bytes.end());
  TRY_ASSIGN(const auto signature, security::sign_image(key, facts));
  std::error_code ignored;
  if (!std::filesystem::equivalent(binary, path.parent_path() / binary.filename(), ignored)) {
    return fail(ErrorCode::kInvalidArgument, "the image must stand in the folder of its image file", binary.string());
  }
  std::string hex;
  for (const std::uint8_t byte : signature) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  const json::Node file = json::object_node({{"image", json::count_node(1)},
                                             {"model", json::text_node(model)},
                                             {"version", json::text_node(version)},
                                             {"file", json::text_node(binary.filename().string())},
                                             {"sha256", json::text_node(sha256_hex(bytes))},
                                             {"signature", json::text_node(hex)}});
  std::ofstream out(path);
  out << json::to_text(file, 2) << '\n';
  if (!out.flush()) return fail(ErrorCode::kUnavailable, "the image file cannot be written", path.string());
  return {};
}

}  // namespace pumprig::programmer
