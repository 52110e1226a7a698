#include "rig/record/run.h"

namespace pumprig::record {

std::string_view to_text(BenchKind kind) {
  switch (kind) {
    case BenchKind::kVirtual:
      return "virtual";
    case BenchKind::kVirtualArm:
      return "virtual-arm";
    case BenchKind::kReal:
      return "real";
  }
  return "virtual";
}

std::optional<BenchKind> bench_kind_from_text(std::string_view text) {
  for (const auto kind : {BenchKind::kVirtual, BenchKind::kVirtualArm, BenchKind::kReal}) {
    if (to_text(kind) == text) return kind;
  }
  return std::nullopt;
}

std::string_view to_text(FinishState state) {
  switch (state) {
    case FinishState::kRunning:
      return "running";
    case FinishState::kFinished:
      return "finished";
    case FinishState::kAborted:
      return "aborted";
    case FinishState::kInterrupted:
      return "interrupted";
  }
  return "interrupted";
}

}  // namespace pumprig::record
