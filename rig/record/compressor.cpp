#include <zstd.h>

#include <string>

#include "rig/record/codec.h"

namespace pumprig::record {

// A negative level gives up size for speed: the columns are packed already, and a run must not wait for its record.
constexpr int kLevel = -1;

struct Compressor::State {
  ZSTD_CCtx* out = ZSTD_createCCtx();
  ZSTD_DCtx* in = ZSTD_createDCtx();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    ZSTD_freeCCtx(out);
    ZSTD_freeDCtx(in);
  }
};

Compressor::Compressor() : state_(std::make_unique<State>()) {}
Compressor::~Compressor() = default;
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor& Compressor::operator=(Compressor&&) noexcept = default;

Storage Compressor::compress(ByteView packed, Bytes& out) {
  out.resize(ZSTD_compressBound(packed.size()));
  const std::size_t size = ZSTD_compressCCtx(state_->out, out.data(), out.size(), packed.data(), packed.size(), kLevel);
  if (ZSTD_isError(size) || size >= packed.size()) {
    out.assign(packed.begin(), packed.end());
    return Storage::kPlain;
  }
  out.resize(size);
  return Storage::kZstd;
}

Result<Bytes> Compressor::decompress(Storage storage, ByteView stored) {
  if (storage == Storage::kPlain) return Bytes(stored.begin(), stored.end());
  if (storage != Storage::kZstd) {
    return fail(ErrorCode::kCorrupt, "chunk is stored in unknown form " + std::to_string(static_cast<int>(storage)));
  }
  const auto size = ZSTD_getFrameContentSize(stored.data(), stored.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN) return fail(ErrorCode::kCorrupt, "chunk is not a zstd frame");
  if (size > kMaxPackedSize) return fail(ErrorCode::kCorrupt, "chunk is said to unpack to " + std::to_string(size) + " bytes");
  Bytes out(size);
  const std::size_t got = ZSTD_decompressDCtx(state_->in, out.data(), out.size(), stored.data(), stored.size());
  if (ZSTD_isError(got)) return fail(ErrorCode::kCorrupt, std::string("chunk does not decompress: ") + ZSTD_getErrorName(got));
  if (got != size) return fail(ErrorCode::kCorrupt, "chunk decompresses to fewer bytes than it says");
  return out;
}

}  // namespace pumprig::record
