#include "rig/link/wrap/faulty.h"

namespace pumprig::link {

FaultyLink::FaultyLink(std::unique_ptr<Link> inner, std::uint64_t seed)
    : Link(inner->executor()), inner_(std::move(inner)), rng_(Rng::stream(seed, "line faults")) {}

FaultyLink::~FaultyLink() {
  scope_.cancel();
}

void FaultyLink::set_fault(const LineFault& fault) {
  fault_ = fault;
  writes_ = 0;
}

Task<void> FaultyLink::write_later(exec::Executor& executor, Link& inner, Bytes bytes, Duration delay) {
  CO_TRY(co_await executor.sleep_for(delay));
  co_return co_await inner.write_all(bytes, kNever);
}

Result<std::size_t> FaultyLink::do_try_write(ByteView bytes) {
  if (fault_.kind == LineFault::Kind::kNone || bytes.empty() || ++writes_ % fault_.every != 0) return inner_->try_write(bytes);
  ++faults_done_;
  Bytes changed(bytes.begin(), bytes.end());
  switch (fault_.kind) {
    case LineFault::Kind::kNone:
    case LineFault::Kind::kDrop:
      return bytes.size();
    case LineFault::Kind::kCut:
      changed.resize(rng_.below(changed.size()));
      break;
    case LineFault::Kind::kFlipBit: {
      auto& byte = changed[rng_.below(changed.size())];
      byte = static_cast<std::uint8_t>(byte ^ (1U << rng_.below(8)));
      break;
    }
    case LineFault::Kind::kDelay:
      executor_.spawn(write_later(executor_, *inner_, std::move(changed), fault_.delay), &scope_);
      return bytes.size();
  }
  TRY(inner_->try_write(changed));
  return bytes.size();
}

}  // namespace pumprig::link
