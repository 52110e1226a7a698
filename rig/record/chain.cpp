#include "rig/record/chain.h"

#include <bit>
#include <cmath>

#include "rig/record/pack.h"

namespace pumprig::record {
namespace {

void put_text(Bytes& out, std::string_view text) {
  put_varint(out, text.size());
  out.insert(out.end(), text.begin(), text.end());
}

void put_double(Bytes& out, double v) {
  put_le64(out, std::bit_cast<std::uint64_t>(v));
}

void put_optional(Bytes& out, const std::optional<double>& v) {
  put_u8(out, v.has_value() ? 1 : 0);
  if (v) put_double(out, *v);
}

void put_texts(Bytes& out, const std::vector<std::string>& texts) {
  put_varint(out, texts.size());
  for (const auto& text : texts) put_text(out, text);
}

void put_rows(Sha256& hash, const std::map<std::string, std::string>& rows) {
  Bytes bytes;
  for (const auto& [key, value] : rows) {
    put_text(bytes, key);
    put_text(bytes, value);
  }
  hash.update(ByteView(bytes));
}

}  // namespace

Hash Chain::add(std::string_view stream, ByteView content, bool in_digest) {
  hash_.update("pumprig item 1");
  hash_.update(stream);
  const std::uint8_t end_of_name = 0;
  hash_.update(ByteView(&end_of_name, 1));
  hash_.update(content);
  const Hash item = hash_.finish();
  hash_.update(ByteView(head_));
  hash_.update(ByteView(item));
  head_ = hash_.finish();
  ++items_;
  if (in_digest) {
    auto it = streams_.find(stream);
    if (it == streams_.end()) it = streams_.emplace(stream, Hash{}).first;
    hash_.update(ByteView(it->second));
    hash_.update(ByteView(item));
    it->second = hash_.finish();
  }
  return head_;
}

std::string Chain::digest(BenchKind kind) const {
  Sha256 hash;
  hash.update("pumprig digest 1");
  Bytes bytes;
  put_text(bytes, to_text(kind));
  for (const auto& [name, value] : streams_) {
    put_text(bytes, name);
    bytes.insert(bytes.end(), value.begin(), value.end());
  }
  hash.update(ByteView(bytes));
  return hash.finish_hex();
}

std::map<std::string, std::string> Chain::streams() const {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : streams_) out.emplace(name, hex(value));
  return out;
}

Bytes canonical(const ChannelInfo& c) {
  Bytes out;
  put_text(out, c.unit);
  put_text(out, c.instrument);
  put_text(out, c.source);
  put_text(out, to_text(c.kind));
  put_double(out, c.uncertainty.absolute);
  put_double(out, c.uncertainty.relative);
  put_u8(out, c.evidence ? 1 : 0);
  put_text(out, to_text(c.clock));
  put_double(out, c.resolution);
  if (c.uncertainty.per_minute != 0) put_double(out, c.uncertainty.per_minute);  // layout 1 had none: its digests stay
  return out;
}

Bytes canonical(const Event& e) {
  Bytes out;
  put_varint(out, zigzag(to_ns(e.t)));
  put_text(out, e.source);
  put_text(out, e.kind);
  put_text(out, e.text);
  put_text(out, e.json);
  put_u8(out, e.provenance ? 1 : 0);
  return out;
}

Bytes canonical(const CheckVerdict& v) {
  Bytes out;
  put_text(out, v.check);
  put_texts(out, v.requirements);
  put_text(out, to_text(v.verdict));
  put_text(out, v.limit);
  put_optional(out, v.limit_lo);
  put_optional(out, v.limit_hi);
  put_optional(out, v.value);
  put_text(out, v.unit);
  put_optional(out, v.margin);
  put_optional(out, v.uncertainty);
  put_varint(out, zigzag(to_ns(v.window_start)));
  put_varint(out, zigzag(to_ns(v.window_end)));
  put_text(out, v.source);
  put_text(out, to_text(v.clock));
  put_text(out, v.explanation);
  put_text(out, v.error ? to_text(*v.error) : std::string_view());
  return out;
}

Bytes canonical(const PlanItem& p) {
  Bytes out;
  put_u8(out, static_cast<std::uint8_t>(p.kind));
  put_text(out, p.id);
  put_text(out, p.text);
  put_texts(out, p.requirements);
  return out;
}

Bytes canonical(const NotRun& n) {
  Bytes out;
  put_text(out, n.check);
  put_texts(out, n.requirements);
  put_text(out, n.reason);
  return out;
}

Hash genesis_hash(const std::map<std::string, std::string>& rows) {
  Sha256 hash;
  hash.update("pumprig run 1");
  put_rows(hash, rows);
  return hash.finish();
}

Hash seal_hash(const Hash& head, const std::map<std::string, std::string>& rows) {
  Sha256 hash;
  hash.update("pumprig seal 1");
  hash.update(ByteView(head));
  put_rows(hash, rows);
  return hash.finish();
}

std::string hex(const Hash& hash) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const auto b : hash) {
    out += kDigits[b >> 4];
    out += kDigits[b & 0x0F];
  }
  return out;
}

std::string channel_stream(std::string_view name) {
  return "channel " + std::string(name);
}
std::string link_stream(std::string_view name) {
  return "link " + std::string(name);
}

}  // namespace pumprig::record
