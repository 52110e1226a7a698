#include "rig/scenario/language/schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "rig/scenario/language/step_kind.h"
#include "rig/scenario/testing.h"

namespace pumprig::scenario {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// A validator of somebody else's, over our schema.
class Foreign {
 public:
  Foreign() : json_(nlohmann::json::parse(scenario_schema())) {
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(json_), schema_);
  }
  bool accepts(const std::string& text) {
    const auto json = nlohmann::json::parse(text);
    valijson::Validator validator;
    return validator.validate(schema_, valijson::adapters::NlohmannJsonAdapter(json), nullptr);
  }

 private:
  nlohmann::json json_;
  valijson::Schema schema_;
};

TEST(Schema, TheCommittedFileIsTheGeneratedOne) {
  EXPECT_EQ(read(PUMPRIG_SOURCE_DIR "/scenarios/schema/scenario.schema.json"), scenario_schema())
      << "run pumprig_scenario_schema > scenarios/schema/scenario.schema.json";
}

TEST(Schema, AForeignValidatorAcceptsEveryExampleAndEveryBundledScenario) {
  Foreign foreign;
  for (const auto& kind : step_catalogue()) EXPECT_TRUE(foreign.accepts(testing::with_steps("[" + kind.example + "]"))) << kind.name;

  for (const auto& entry : std::filesystem::recursive_directory_iterator(PUMPRIG_SOURCE_DIR "/scenarios/suite")) {
    if (entry.path().extension() != ".json") continue;
    EXPECT_TRUE(foreign.accepts(read(entry.path()))) << entry.path();
  }
}

TEST(Schema, AForeignValidatorRefusesWhatTheReaderRefuses) {
  Foreign foreign;
  for (const auto* step : {R"({"step": "wiat", "for": "1 h"})", R"({"step": "wait"})", R"({"step": "wait", "for": 10})",
                           R"({"step": "wait", "for": "1 h", "fro": "x"})", R"({"for": "1 h"})", R"({"step": "bolus", "expect": "maybe"})",
                           R"({"step": "phase", "title": "x"})", R"({"step": "wait", "for": "1 h", "as": "a b"})",
                           R"({"step": "measure", "id": "m", "what": "volume", "channel": "a.b", "window": {"over": "x"}, "limit": {}})"}) {
    const auto text = testing::with_steps(std::string("[") + step + "]");
    EXPECT_FALSE(foreign.accepts(text)) << step;
    EXPECT_FALSE(load_scenario(text, "s.json", {}).scenario) << step;
  }
}

}  // namespace
}  // namespace pumprig::scenario
