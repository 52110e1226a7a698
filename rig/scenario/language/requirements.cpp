#include "rig/scenario/language/requirements.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "rig/scenario/language/reader.h"

namespace pumprig::scenario {
namespace {

const std::vector<Setting>& file_settings() {
  static const std::vector<Setting> kSettings = {
      Setting("about", Shape::text(), "what the file is"),
      Setting("requirements",
              Shape::list(Shape::object({
                  Setting("id", Shape::name(), "REQ-101").must(),
                  Setting("area", Shape::name(), "therapy, bolus, …").must(),
                  Setting("title", Shape::text(), "a few words").must(),
                  Setting("text", Shape::text(), "what must hold, with numbers").must(),
                  Setting("verification", Shape::list(Shape::text()), "how it is verified").must(),
              })),
              "the list")
          .must(),
  };
  return kSettings;
}

}  // namespace

Result<Requirements> Requirements::parse(std::string text, const std::string& file) {
  TRY_ASSIGN(const Document document, Document::parse(std::move(text), file));
  Mistakes mistakes(document);
  const Replacements nothing;
  Reader reader(mistakes, nothing);
  if (document.root().kind != Node::Kind::kObject) return fail(ErrorCode::kInvalidArgument, "this is not a list of requirements", file);
  const Settings top = reader.read_members(document.root(), file_settings(), "", {});
  Requirements out;
  for (const auto& value : top.has("requirements") ? top.list("requirements") : std::vector<Value>{}) {
    const Settings& item = *std::get<std::shared_ptr<const Settings>>(value.data);
    if (!mistakes.empty()) continue;
    if (out.find(item.text("id")) != nullptr) mistakes.add(value.offset, value.pointer, "\"" + item.text("id") + "\" stands above already");
    out.all_.push_back({item.text("id"), item.text("area"), item.text("title"), item.text("text"), item.texts("verification")});
  }
  for (const auto& duplicate : document.duplicates()) mistakes.add(duplicate.offset, duplicate.pointer, "this key stands here twice");
  if (!mistakes.empty()) return tl::unexpected<Error>(to_error(mistakes.take()));
  return out;
}

Result<Requirements> Requirements::load(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return fail(ErrorCode::kNotFound, "the list of requirements cannot be read", path);
  return parse(std::move(text).str(), path);
}

const Requirement* Requirements::find(std::string_view id) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [&](const Requirement& r) { return r.id == id; });
  return found == all_.end() ? nullptr : &*found;
}

std::vector<std::string> Requirements::ids() const {
  std::vector<std::string> out;
  for (const auto& requirement : all_) out.push_back(requirement.id);
  return out;
}

}  // namespace pumprig::scenario
