#include "rig/record/link_codec.h"

#include <string>

#include "rig/record/pack.h"

namespace pumprig::record {

void LinkColumns::clear() {
  t.clear();
  header.clear();
  data.clear();
}

void pack_link(const LinkColumns& transfers, std::vector<std::uint64_t>& scratch, Bytes& out) {
  put_u8(out, kLinkPackVersion);
  put_varint(out, transfers.size());
  put_varint(out, transfers.data.size());
  put_integers(out, transfers.t, scratch);
  put_integers(out, transfers.header, scratch);
  out.insert(out.end(), transfers.data.begin(), transfers.data.end());
}

Result<LinkColumns> unpack_link(ByteView packed) {
  PackReader in(packed);
  TRY_ASSIGN(const auto version, in.u8());
  if (version != kLinkPackVersion) return fail(ErrorCode::kCorrupt, "chunk of link bytes has unknown version " + std::to_string(version));
  TRY_ASSIGN(const auto n, in.varint());
  TRY_ASSIGN(const auto bytes, in.varint());
  // One transfer may be larger than a chunk is meant to be; it then stands alone.
  if (n == 0 || n > kMaxRecordsInLinkChunk) return fail(ErrorCode::kCorrupt, "chunk is said to hold " + std::to_string(n) + " transfers");
  LinkColumns out;
  out.t.resize(n);
  out.header.resize(n);
  std::vector<std::uint64_t> scratch;
  TRY(in.integers(out.t, scratch));
  TRY(in.integers(out.header, scratch));
  TRY_ASSIGN(const auto data, in.bytes(bytes));
  if (!in.done()) return fail(ErrorCode::kCorrupt, "chunk of link bytes has " + std::to_string(in.left()) + " bytes too many");
  std::uint64_t total = 0;
  for (const auto header : out.header) {
    if (header < 0 || static_cast<std::uint64_t>(header) / 2 > bytes) return fail(ErrorCode::kCorrupt, "transfer is longer than its chunk");
    total += static_cast<std::uint64_t>(header) / 2;
    if (total > bytes) break;
  }
  if (total != bytes) return fail(ErrorCode::kCorrupt, "transfers do not add up to the bytes of their chunk");
  out.data.assign(data.begin(), data.end());
  return out;
}

}  // namespace pumprig::record
