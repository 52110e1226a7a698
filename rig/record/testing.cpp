#include "rig/record/testing.h"

#include <cmath>

namespace pumprig::record {

RunInfo small_info(BenchKind kind) {
  RunInfo info(kind);
  info.id = "small";
  info.scenario = "small_run";
  info.scenario_json = R"({"name": "small_run"})";
  info.parameters_json = R"({"rate": "0.5 mL/day"})";
  info.bench = "virtual";
  info.bench_json = R"({"name": "virtual"})";
  info.seed = 18446744073709551615ULL;
  info.speed = "max";
  info.command = "rig run small_run --seed 18446744073709551615";
  info.firmware_hash = std::string(64, 'a');
  info.versions = {{"rig", "0.1.0"}, {"firmware", "1.2.3"}};
  info.operator_name = "J. Doe <lab & \"co\">";
  info.board_serial = "B-0001";
  info.fluid = {"water", 21.5, 0.998};
  info.room = "21.5 °C, 45 % r.h.";
  info.labels = {{"ticket", "17"}};
  info.started_utc_ns = 1'700'000'000'000'000'000;
  info.host = "lab3";
  return info;
}

CheckVerdict small_verdict(const std::string& check, Verdict verdict) {
  CheckVerdict v;
  v.check = check;
  v.requirements = {"REQ-103", "REQ-104"};
  v.verdict = verdict;
  v.limit = "0.5 mL/day ± 14.5 %";
  v.limit_lo = 0.4275;
  v.limit_hi = 0.5725;
  v.value = 0.5125;
  v.unit = "mL/day";
  v.margin = 0.06;
  v.uncertainty = 0.025;
  v.window_start = at_ns(100'000'000'000);
  v.window_end = at_ns(1'500'000'000'000);
  v.source = "flow.flow";
  v.explanation = "mean flow over the window";
  if (verdict == Verdict::kError) v.error = ErrorCode::kTimeout;
  return v;
}

void fill_small_run(RunWriter& writer) {
  using std::chrono::milliseconds;
  writer.plan({PlanItem::Kind::kStep, "/steps/0", "program 0.5 mL/day", {}});
  writer.plan({PlanItem::Kind::kCheck, "mean_rate", "mean flow within 14.5 %", {"REQ-103", "REQ-104"}});
  writer.plan({PlanItem::Kind::kCheck, "high_rate", "flow at 3 mL/h", {"REQ-101"}});
  const auto flow = *writer.add_channel(
      {"flow.flow", "uL/min", "flow", "virtual sensirion_shdlc", SampleKind::kMean, {0.01, 0.05}, true, ClockName::kRig, 1.0 / 13.0});
  const auto pressure = *writer.add_channel(
      {"pressure.pressure", "kPa gauge", "pressure", "virtual keller", SampleKind::kPoint, {0.2, 0}, true, ClockName::kRig, 0});
  const auto link = *writer.add_link("flow");
  for (int i = 0; i < kSmallRunSeconds; ++i) {
    const TimePoint t = at_ns(i * 1'000'000'000LL);
    const Bytes request{0x7E, 0x00, 0x35, static_cast<std::uint8_t>(i)};
    writer.push(link, Direction::kSent, t, request);
    writer.push(link, Direction::kReceived, t + milliseconds(4),
                Bytes{0x7E, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i), 0x7E});
    std::uint8_t flags = kSampleValid;
    if (i == 700) flags |= kSampleSaturated;
    if (i == 800) flags = kSampleGapBefore;
    writer.push(flow, {t + milliseconds(2), milliseconds(20), (i % 40) / 13.0, t, t + milliseconds(4), flags});
    writer.push(pressure, Sample::point(t, static_cast<double>(static_cast<float>(3.0 + std::sin(i * 0.01)))));
    if (i % 300 == 0) writer.event({t, "runner", "step", "step " + std::to_string(i / 300), R"({"n": 1})", false});
  }
  writer.verdict(small_verdict("mean_rate", Verdict::kPass));
  writer.verdict(small_verdict("ripple", Verdict::kFail));
  writer.verdict(small_verdict("witness", Verdict::kInconclusive));
  writer.not_run({"high_rate", {"REQ-101"}, "needs a meter above 1 mL/min"});
}

std::string small_run(const std::filesystem::path& path, const RunInfo& info) {
  auto writer = std::move(RunWriter::create(path, info).value());
  fill_small_run(writer);
  return writer.finish({FinishState::kFinished, "", 1'700'000'100'000'000'000, at_ns(kSmallRunSeconds * 1'000'000'000LL)}).value();
}

}  // namespace pumprig::record
