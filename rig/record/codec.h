// The packed form of a chunk of samples, and the compressed form in which it is stored.
//
// Packing is a pure function of the samples and the channel's resolution: the same samples give the same bytes on every machine, and
// different samples give different bytes. The hash chain and the content digest are taken over the packed form, so that another compressor
// changes nothing. A value column is stored as scaled integers only when every value comes back bit by bit; else its raw bits are kept.
#pragma once

#include <cstdint>
#include <memory>

#include "rig/base/bytes.h"
#include "rig/record/columns.h"

namespace pumprig::record {

inline constexpr std::uint8_t kSamplePackVersion = 1;
inline constexpr std::size_t kMaxSamplesInChunk = 4096;
inline constexpr std::size_t kMaxPackedSize = std::size_t{16} << 20;  // a larger one is refused when read

// How the packed bytes are stored; the number is in the file.
enum class Storage : std::uint8_t { kPlain = 0, kZstd = 1 };

class SamplePacker {
 public:
  // Appends the packed form of 1 … kMaxSamplesInChunk samples to `out`. `resolution`: ChannelInfo::resolution.
  void pack(const Columns& samples, double resolution, Bytes& out);

 private:
  void pack_values(const std::vector<double>& values, double resolution, Bytes& out);

  std::vector<std::uint64_t> scratch_;
  std::vector<std::int64_t> integers_;
};

// kCorrupt for bytes that no SamplePacker wrote. Never reads beyond `packed`, never makes more than kMaxSamplesInChunk rows.
Result<Columns> unpack_samples(ByteView packed);

// zstd level 1 with its tables kept between calls.
class Compressor {
 public:
  Compressor();
  ~Compressor();
  Compressor(Compressor&&) noexcept;
  Compressor& operator=(Compressor&&) noexcept;

  // Fills `out` with the stored form, which is plain where compression gains nothing.
  Storage compress(ByteView packed, Bytes& out);
  // kCorrupt for damaged data or a packed size above kMaxPackedSize.
  Result<Bytes> decompress(Storage storage, ByteView stored);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pumprig::record
