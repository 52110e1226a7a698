#include "rig/record/codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "rig/record/pack.h"

namespace pumprig::record {
namespace {

// How a value column is written; the number is in the file.
enum class ValueMode : std::uint8_t { kRawBits = 0, kIntegerOverScale = 1, kIntegerTimesScale = 2, kFloatBits = 3 };

constexpr double kLargestExact = 9007199254740992.0;  // 2^53

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

double from_integer(ValueMode mode, std::int64_t k, double scale) {
  const auto number = static_cast<double>(k);
  return mode == ValueMode::kIntegerOverScale ? number / scale : number * scale;
}

// Every value as an integer by which it comes back exactly, or false.
bool to_integers(const std::vector<double>& values, ValueMode mode, double scale, std::vector<std::int64_t>& out) {
  out.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double scaled = mode == ValueMode::kIntegerOverScale ? values[i] * scale : values[i] / scale;
    if (!(std::fabs(scaled) < kLargestExact)) return false;
    out[i] = std::llrint(scaled);
    if (!same_bits(from_integer(mode, out[i], scale), values[i])) return false;
  }
  return true;
}

bool all_floats(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) {
    return std::fabs(v) <= static_cast<double>(std::numeric_limits<float>::max()) &&
           same_bits(static_cast<double>(static_cast<float>(v)), v);
  });
}

void put_flags(Bytes& out, const std::vector<std::uint8_t>& flags) {
  const bool equal = std::all_of(flags.begin(), flags.end(), [&](std::uint8_t f) { return f == flags[0]; });
  put_u8(out, equal ? 0 : 1);
  if (equal) {
    put_u8(out, flags[0]);
  } else {
    out.insert(out.end(), flags.begin(), flags.end());
  }
}

Status read_flags(PackReader& in, std::vector<std::uint8_t>& flags) {
  TRY_ASSIGN(const auto mode, in.u8());
  if (mode == 0) {
    TRY_ASSIGN(const auto flag, in.u8());
    std::fill(flags.begin(), flags.end(), flag);
    return {};
  }
  if (mode != 1) return fail(ErrorCode::kCorrupt, "flag column of unknown form " + std::to_string(mode));
  TRY_ASSIGN(const auto bytes, in.bytes(flags.size()));
  std::copy(bytes.begin(), bytes.end(), flags.begin());
  return {};
}

Status read_bits(PackReader& in, std::vector<double>& values, bool narrow, std::vector<std::uint64_t>& scratch) {
  scratch.resize(values.size());
  TRY(in.planes(scratch, narrow ? 4 : 8));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] =
        narrow ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(scratch[i]))) : std::bit_cast<double>(scratch[i]);
  }
  return {};
}

Status read_values(PackReader& in, std::vector<double>& values, std::vector<std::uint64_t>& scratch) {
  TRY_ASSIGN(const auto code, in.u8());
  if (code > static_cast<std::uint8_t>(ValueMode::kFloatBits)) {
    return fail(ErrorCode::kCorrupt, "value column of unknown form " + std::to_string(code));
  }
  const auto mode = static_cast<ValueMode>(code);
  if (mode == ValueMode::kRawBits || mode == ValueMode::kFloatBits) return read_bits(in, values, mode == ValueMode::kFloatBits, scratch);
  TRY_ASSIGN(const auto scale_bits, in.le64());
  const auto scale = std::bit_cast<double>(scale_bits);
  std::vector<std::int64_t> integers(values.size());
  TRY(in.integers(integers, scratch));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = from_integer(mode, integers[i], scale);
  return {};
}

}  // namespace

void SamplePacker::pack_values(const std::vector<double>& values, double resolution, Bytes& out) {
  struct Candidate {
    ValueMode mode;
    double scale;
  };
  std::array<Candidate, 8> candidates{};
  std::size_t count = 0;
  candidates[count++] = {ValueMode::kIntegerOverScale, 1.0};
  if (resolution > 0 && std::isfinite(resolution)) {
    // A meter that counts in 1/13 µL/min divides its count by 13; 13 is exact where 1/13 is not.
    const double per_unit = std::nearbyint(1.0 / resolution);
    const bool whole = per_unit >= 1 && per_unit < kLargestExact && std::fabs(per_unit * resolution - 1.0) < 1e-9;
    candidates[count++] = whole ? Candidate{ValueMode::kIntegerOverScale, per_unit} : Candidate{ValueMode::kIntegerTimesScale, resolution};
  }
  for (double scale = 10; scale <= 1e6; scale *= 10) candidates[count++] = {ValueMode::kIntegerOverScale, scale};
  for (std::size_t i = 0; i < count; ++i) {
    if (!to_integers(values, candidates[i].mode, candidates[i].scale, integers_)) continue;
    put_u8(out, static_cast<std::uint8_t>(candidates[i].mode));
    put_le64(out, std::bit_cast<std::uint64_t>(candidates[i].scale));
    put_integers(out, integers_, scratch_);
    return;
  }
  const bool narrow = all_floats(values);
  put_u8(out, static_cast<std::uint8_t>(narrow ? ValueMode::kFloatBits : ValueMode::kRawBits));
  scratch_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    scratch_[i] = narrow ? std::bit_cast<std::uint32_t>(static_cast<float>(values[i])) : std::bit_cast<std::uint64_t>(values[i]);
  }
  put_planes(out, scratch_, narrow ? 4 : 8);
}

void SamplePacker::pack(const Columns& samples, double resolution, Bytes& out) {
  put_u8(out, kSamplePackVersion);
  put_varint(out, samples.size());
  put_integers(out, samples.t, scratch_);
  put_integers(out, samples.window, scratch_);
  put_integers(out, samples.ask_before, scratch_);
  put_integers(out, samples.reply_after, scratch_);
  put_flags(out, samples.flags);
  pack_values(samples.value, resolution, out);
}

Result<Columns> unpack_samples(ByteView packed) {
  PackReader in(packed);
  TRY_ASSIGN(const auto version, in.u8());
  if (version != kSamplePackVersion) return fail(ErrorCode::kCorrupt, "chunk of samples has unknown version " + std::to_string(version));
  TRY_ASSIGN(const auto n, in.varint());
  if (n == 0 || n > kMaxSamplesInChunk) return fail(ErrorCode::kCorrupt, "chunk is said to hold " + std::to_string(n) + " samples");
  Columns out;
  out.t.resize(n);
  out.window.resize(n);
  out.ask_before.resize(n);
  out.reply_after.resize(n);
  out.flags.resize(n);
  out.value.resize(n);
  std::vector<std::uint64_t> scratch;
  TRY(in.integers(out.t, scratch));
  TRY(in.integers(out.window, scratch));
  TRY(in.integers(out.ask_before, scratch));
  TRY(in.integers(out.reply_after, scratch));
  TRY(read_flags(in, out.flags));
  TRY(read_values(in, out.value, scratch));
  if (!in.done()) return fail(ErrorCode::kCorrupt, "chunk of samples has " + std::to_string(in.left()) + " bytes too many");
  return out;
}

}  // namespace pumprig::record
