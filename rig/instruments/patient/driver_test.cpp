#include <gtest/gtest.h>

#include "rig/instruments/catalogue.h"
#include "rig/instruments/patient/codec.h"
#include "rig/instruments/support/contract_rig.h"

namespace pumprig::instruments::patient {
namespace {

using namespace std::chrono_literals;

// The plain world: 1 uL/min from the start, 10 mg/mL of the first drug.
TEST(PatientDriver, TheDoseIsTheOneOfAnInstantBetweenRequestAndReply) {
  ContractRig rig(contract_cases(*find_kind("patient")).front());
  rig.open();
  rig.run_for(60s, 1s);
  std::size_t doses = 0;
  for (const auto& [channel, sample] : rig.samples()) {
    if (channel == kDoseB) {
      EXPECT_EQ(sample.value, 0);
    }
    if (channel != kDoseA && channel != kVolume) continue;
    const double per_second = channel == kDoseA ? 10.0 / 60 : 1.0 / 60;
    EXPECT_GE(sample.value, per_second * to_seconds(sample.requested) - 1e-12);
    EXPECT_LE(sample.value, per_second * to_seconds(sample.replied) + 1e-12);
    if (channel == kDoseA) ++doses;
  }
  EXPECT_GE(doses, 59U);
}

TEST(PatientDriver, SaysOfEveryChannelThatItIsAModel) {
  const Descriptor& kind = *find_kind("patient");
  EXPECT_TRUE(kind.model);
  ContractRig rig(contract_cases(kind).front());
  rig.open();
  for (const auto& channel : rig.driver().channels()) {
    EXPECT_NE(channel.source.find("not a sensor"), std::string::npos) << channel.name;
    EXPECT_EQ(channel.kind, SampleKind::kPoint);
  }
  for (const auto* other : catalogue()) EXPECT_EQ(other->model, other->kind == "patient") << other->kind;
}

}  // namespace
}  // namespace pumprig::instruments::patient
