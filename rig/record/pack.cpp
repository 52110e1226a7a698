#include "rig/record/pack.h"

#include <algorithm>
#include <string>

namespace pumprig::record {
namespace {

tl::unexpected<Error> cut_off() {
  return fail(ErrorCode::kCorrupt, "packed data ends too early");
}

unsigned bytes_needed(std::uint64_t v) {
  unsigned width = 0;
  while (v != 0) {
    ++width;
    v >>= 8;
  }
  return width;
}

}  // namespace

void put_planes(Bytes& out, std::span<const std::uint64_t> numbers, unsigned width) {
  const std::size_t n = numbers.size();
  const std::size_t start = out.size();
  out.resize(start + n * width);
  for (unsigned b = 0; b < width; ++b) {
    std::uint8_t* plane = out.data() + start + n * b;
    const unsigned shift = 8 * b;
    for (std::size_t i = 0; i < n; ++i) plane[i] = static_cast<std::uint8_t>(numbers[i] >> shift);
  }
}

void put_integers(Bytes& out, std::span<const std::int64_t> values, std::vector<std::uint64_t>& scratch) {
  const std::size_t n = values.size();
  put_varint(out, zigzag(values[0]));
  if (n == 1) return;
  scratch.resize(n - 1);
  std::int64_t lowest = INT64_MAX;
  for (std::size_t i = 1; i < n; ++i) {  // differences wrap round, which decoding undoes
    const auto d = static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(values[i - 1]);
    scratch[i - 1] = d;
    lowest = std::min(lowest, static_cast<std::int64_t>(d));
  }
  std::uint64_t all = 0;
  for (auto& d : scratch) {
    d -= static_cast<std::uint64_t>(lowest);
    all |= d;
  }
  const unsigned width = bytes_needed(all);
  put_varint(out, zigzag(lowest));
  put_u8(out, static_cast<std::uint8_t>(width));
  put_planes(out, scratch, width);
}

Result<std::uint8_t> PackReader::u8() {
  if (left() < 1) return cut_off();
  return in_[at_++];
}

Result<std::uint64_t> PackReader::varint() {
  std::uint64_t v = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (left() < 1) return cut_off();
    const std::uint8_t b = in_[at_++];
    if (shift == 63 && b > 1) break;
    v |= static_cast<std::uint64_t>(b & 0x7F) << shift;
    if ((b & 0x80) == 0) return v;
  }
  return fail(ErrorCode::kCorrupt, "packed integer is longer than 64 bits");
}

Result<std::uint64_t> PackReader::le64() {
  if (left() < 8) return cut_off();
  const auto v = get_le64(in_, at_);
  at_ += 8;
  return v;
}

Result<ByteView> PackReader::bytes(std::size_t n) {
  if (left() < n) return cut_off();
  const auto view = in_.subspan(at_, n);
  at_ += n;
  return view;
}

Status PackReader::planes(std::span<std::uint64_t> numbers, unsigned width) {
  if (width > 8) return fail(ErrorCode::kCorrupt, "packed integers are said to be " + std::to_string(width) + " bytes wide");
  const std::size_t n = numbers.size();
  TRY_ASSIGN(const auto data, bytes(n * width));
  std::fill(numbers.begin(), numbers.end(), 0);
  for (unsigned b = 0; b < width; ++b) {
    const auto plane = data.subspan(n * b, n);
    for (std::size_t i = 0; i < n; ++i) numbers[i] |= static_cast<std::uint64_t>(plane[i]) << (8 * b);
  }
  return {};
}

Status PackReader::integers(std::span<std::int64_t> values, std::vector<std::uint64_t>& scratch) {
  TRY_ASSIGN(const auto first, varint());
  values[0] = unzigzag(first);
  const std::size_t n = values.size();
  if (n == 1) return {};
  TRY_ASSIGN(const auto lowest_code, varint());
  const auto lowest = static_cast<std::uint64_t>(unzigzag(lowest_code));
  TRY_ASSIGN(const auto width, u8());
  scratch.resize(n - 1);
  TRY(planes(scratch, width));
  auto running = static_cast<std::uint64_t>(values[0]);
  for (std::size_t i = 1; i < n; ++i) {
    running += lowest + scratch[i - 1];
    values[i] = static_cast<std::int64_t>(running);
  }
  return {};
}

}  // namespace pumprig::record
