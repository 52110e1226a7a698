#include "rig/scenario/language/requirements.h"

#include <gtest/gtest.h>

#include <set>

namespace pumprig::scenario {
namespace {

TEST(Requirements, TheBundledListHasAllOfThem) {
  const auto list = Requirements::load(PUMPRIG_SOURCE_DIR "/scenarios/requirements.json");
  ASSERT_TRUE(list) << list.error().describe();
  EXPECT_EQ(list->all().size(), 71U);
  std::set<std::string> titles;
  for (const auto& requirement : list->all()) {
    EXPECT_EQ(requirement.id.size(), 7U);
    EXPECT_FALSE(requirement.verification.empty()) << requirement.id;
    EXPECT_TRUE(titles.insert(requirement.title).second) << requirement.title;
  }
  // First and last of each area, as the numbering goes.
  for (const auto* id : {"REQ-101", "REQ-111", "REQ-201", "REQ-212", "REQ-301", "REQ-307", "REQ-401", "REQ-411", "REQ-501", "REQ-505",
                         "REQ-601", "REQ-608", "REQ-701", "REQ-707", "REQ-801", "REQ-804", "REQ-901", "REQ-906"}) {
    EXPECT_NE(list->find(id), nullptr) << id;
  }
  EXPECT_EQ(list->find("REQ-112"), nullptr);
}

TEST(Requirements, AWrongListSaysWhereItIsWrong) {
  const auto list = Requirements::parse("{\"requirements\": [{\"id\": \"REQ-101\"}]}", "r.json");
  ASSERT_FALSE(list);
  EXPECT_NE(list.error().text.find("\"area\" is missing"), std::string::npos);
  EXPECT_FALSE(Requirements::load("/nowhere.json"));
}

}  // namespace
}  // namespace pumprig::scenario
