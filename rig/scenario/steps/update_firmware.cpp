#include <algorithm>
#include <string_view>
#include <utility>

#include "rig/clients/image_update.h"
#include "rig/scenario/run/context.h"
#include "rig/scenario/steps/common.h"

namespace pumprig::scenario {
namespace {

using clients::IdentifyReply;
using clients::ImageFlaw;
using clients::Role;

ImageFlaw flaw_of(const std::string& image) {
  if (image == "bad_signature") return ImageFlaw::kBadSignature;
  if (image == "other_model") return ImageFlaw::kOtherModel;
  if (image == "same_version") return ImageFlaw::kSameVersion;
  return image == "older_version" ? ImageFlaw::kOlderVersion : ImageFlaw::kNone;
}

std::string version_of(const IdentifyReply& who) {
  return std::to_string(who.firmware_major) + "." + std::to_string(who.firmware_minor) + "." + std::to_string(who.firmware_patch);
}

bool same_firmware(const IdentifyReply& a, const IdentifyReply& b) {
  return version_of(a) == version_of(b) && a.firmware_hash == b.firmware_hash && a.boot_count == b.boot_count;
}

// Only a simulated board keeps a made-up image as so many bytes. A real one would be left with nothing that starts.
void needs(const Step&, const BenchFacts& bench, std::vector<std::string>& missing) {
  if (!bench.is_virtual) missing.push_back("a simulated pump: the images of this step are made up, and a real board could not start them");
}

void estimate(const Step& step, Estimate& out) {
  if (step.settings.text("expect") == "done") out.pass(std::chrono::seconds(1), std::chrono::seconds(10));
}

std::string explain(const Step& step) {
  static constexpr std::pair<std::string_view, std::string_view> kImages[] = {{"good", "of a newer version"},
                                                                              {"bad_signature", "with a bad signature"},
                                                                              {"damaged", "damaged on its way"},
                                                                              {"other_model", "made for another model"},
                                                                              {"same_version", "of the version that runs"},
                                                                              {"older_version", "of an older version"}};
  const auto* const found =
      std::find_if(std::begin(kImages), std::end(kImages), [&](const auto& row) { return row.first == step.settings.text("image"); });
  return "the " + step.settings.text("role") + " brings a firmware image " + std::string(found->second) + "; " +
         explain_expected(step, "the pump must take it, and run it after its reset");
}

Task<IdentifyReply> identify(clients::PumpSession& pump) {
  CO_TRY_ASSIGN(const auto who, co_await pump.ask(Role::kClinician, clients::protocol::Identify{}));
  co_return who.fields;
}

Task<void> run(const Step& step, RunContext& context) {
  const Settings& settings = step.settings;
  clients::PumpSession& pump = context.bench().pump();
  const TimePoint begin = context.now();
  CO_TRY_ASSIGN(const IdentifyReply before, co_await identify(pump));
  CO_TRY_ASSIGN(const auto image,
                clients::trial_image(before, flaw_of(settings.text("image")), static_cast<std::size_t>(settings.number("size"))));
  const clients::ImageTransport transport{asking_role(step), settings.text("image") == "damaged"};
  const auto answer = co_await clients::update_image(pump, image, transport);
  if (!answer && answer.error().code == ErrorCode::kProtocol) {  // it does otherwise than it answers
    context.add_answer_check(step, settings.text("expect"), answer.error().text, false, begin);
    co_return Status{};
  }
  if (!answer) co_return fail(answer.error(), "the image could not be brought to the pump");
  if (!answer->refused()) {
    judge_answer(step, context, answer->status, begin, "runs " + version_of(answer->fields));
    co_return Status{};
  }
  // A refusal that leaves other firmware behind, or a reset, is none.
  CO_TRY_ASSIGN(const IdentifyReply after, co_await identify(pump));
  if (!same_firmware(before, after)) {
    context.add_answer_check(step, settings.text("expect"), "refused, and runs " + version_of(after) + " after " + version_of(before),
                             false, begin);
    co_return Status{};
  }
  judge_answer(step, context, answer->status, begin);
  co_return Status{};
}

}  // namespace

StepKind step_update_firmware() {
  StepKind kind;
  kind.name = "update_firmware";
  kind.summary = "Brings a made-up firmware image to a simulated pump; whether taken or refused, what runs afterwards is looked at.";
  kind.settings = {
      Setting("image", Shape::choice({"good", "bad_signature", "damaged", "other_model", "same_version", "older_version"}),
              "what is wrong with it; good: signed with the key of test images, for this model, of the next version")
          .by_default("\"good\""),
      role_setting("who brings it").by_default("\"clinician\""),
      Setting("size", Shape::count("1", "131072"), "bytes of it; 256 go in each part").by_default("\"1000\""),
      expect_setting("done", true),
      reason_setting(),
      id_setting(),
      requirements_setting(),
  };
  kind.makes_check = true;
  kind.reasons = reasons({Reasons::kTherapy, Reasons::kImage});
  kind.example = R"({"step": "update_firmware", "expect": "done"})";
  kind.check = &check_reason;
  kind.needs = &needs;
  kind.estimate = &estimate;
  kind.explain = &explain;
  kind.run = &run;
  return kind;
}

}  // namespace pumprig::scenario
