#include <algorithm>
#include <limits>

#include "rig/record/reader_state.h"

namespace pumprig::record {
namespace {

constexpr auto kNotANumber = std::numeric_limits<double>::quiet_NaN();

Sample tail_sample(SQLite::Statement& row) {  // n, t_ns, value, flags, window, requested, replied
  return {at_ns(row.getColumn(1).getInt64()),
          Duration{row.getColumn(4).getInt64()},
          row.getColumn(2).isNull() ? kNotANumber : row.getColumn(2).getDouble(),
          at_ns(row.getColumn(5).getInt64()),
          at_ns(row.getColumn(6).getInt64()),
          static_cast<std::uint8_t>(row.getColumn(3).getInt())};
}

Columns read_tail(SQLite::Database& db, ChannelId id) {
  Columns out;
  SQLite::Statement select(db, "SELECT n, t_ns, value, flags, window_ns, requested_ns, replied_ns FROM tail WHERE channel=? ORDER BY n");
  select.bind(1, static_cast<int>(id));
  while (select.executeStep()) out.push(tail_sample(select));
  return out;
}

void widen(StoredChannel& channel, std::size_t n, const Range& range) {
  if (channel.samples == 0 || at_ns(range.t0) < channel.first) channel.first = at_ns(range.t0);
  if (channel.samples == 0 || at_ns(range.t1) > channel.last) channel.last = at_ns(range.t1);
  channel.samples += n;
  channel.valid += range.valid;
  if (range.min) channel.min = channel.min ? std::min(*channel.min, *range.min) : *range.min;
  if (range.max) channel.max = channel.max ? std::max(*channel.max, *range.max) : *range.max;
}

// Takes samples or whole chunks and keeps the extremes of each of `parts` equal parts of [from, to].
class EnvelopeMaker {
 public:
  EnvelopeMaker(TimePoint from, TimePoint to, std::size_t parts)
      : from_(to_ns(from)),
        width_(std::max<std::int64_t>(1, (to_ns(to) - to_ns(from)) / static_cast<std::int64_t>(parts) + 1)),
        parts_(parts) {}

  std::size_t part_of(std::int64_t t) const { return static_cast<std::size_t>((t - from_) / width_); }
  void take(std::int64_t t0, std::int64_t t1, double min, double max) {
    auto& part = parts_[part_of(t0)];
    if (!part) {
      part = Envelope{t0, t1, min, max};
      return;
    }
    part->t0_ns = std::min(part->t0_ns, t0);
    part->t1_ns = std::max(part->t1_ns, t1);
    part->min = std::min(part->min, min);
    part->max = std::max(part->max, max);
  }
  void take(const Columns& samples, TimePoint from, TimePoint to) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double v = samples.value[i];
      if ((samples.flags[i] & kSampleValid) == 0 || std::isnan(v) || samples.t[i] < to_ns(from) || samples.t[i] > to_ns(to)) continue;
      take(samples.t[i], samples.t[i], v, v);
    }
  }
  std::vector<Envelope> finish() const {
    std::vector<Envelope> out;
    for (const auto& part : parts_) {
      if (part) out.push_back(*part);
    }
    return out;
  }

 private:
  std::int64_t from_;
  std::int64_t width_;
  std::vector<std::optional<Envelope>> parts_;
};

}  // namespace

Result<std::vector<StoredChannel>> RunReader::channels() const {
  return guarded(state_->where, [&]() -> Result<std::vector<StoredChannel>> {
    SQLite::Transaction together(state_->db);
    std::vector<StoredChannel> out;
    SQLite::Statement select(state_->db, "SELECT * FROM channel ORDER BY id");
    SQLite::Statement chunks(state_->db, "SELECT t0_ns, t1_ns, valid, min, max, n FROM chunk WHERE channel=?");
    while (select.executeStep()) {
      StoredChannel channel;
      channel.id = static_cast<ChannelId>(select.getColumn(0).getInt());
      channel.info = channel_of(select);
      chunks.reset();
      chunks.bind(1, static_cast<int>(channel.id));
      while (chunks.executeStep()) {
        const Range range{chunks.getColumn(0).getInt64(), chunks.getColumn(1).getInt64(),
                          static_cast<std::size_t>(chunks.getColumn(2).getInt64()), optional_of(chunks.getColumn(3)),
                          optional_of(chunks.getColumn(4))};
        widen(channel, static_cast<std::size_t>(chunks.getColumn(5).getInt64()), range);
      }
      const Columns tail = read_tail(state_->db, channel.id);
      if (!tail.empty()) widen(channel, tail.size(), range_of(tail));
      out.push_back(std::move(channel));
    }
    return out;
  });
}

Result<StoredChannel> RunReader::channel(const std::string& name) const {
  TRY_ASSIGN(auto all, channels());
  std::string known;
  for (auto& channel : all) {
    if (channel.info.name == name) return std::move(channel);
    known += (known.empty() ? "" : ", ") + channel.info.name;
  }
  return fail(ErrorCode::kNotFound, "the run has no channel \"" + name + "\"; it has: " + (known.empty() ? "none" : known), state_->where);
}

Result<Columns> RunReader::samples(ChannelId id, TimePoint from, TimePoint to) const {
  return guarded(state_->where, [&]() -> Result<Columns> {
    SQLite::Transaction together(state_->db);
    Columns out;
    SQLite::Statement select(state_->db, "SELECT seq, storage, data FROM chunk WHERE channel=? AND t1_ns>=? AND t0_ns<=? ORDER BY seq");
    select.bind(1, static_cast<int>(id));
    select.bind(2, to_ns(from));
    select.bind(3, to_ns(to));
    while (select.executeStep()) {
      auto packed = state_->compressor.decompress(static_cast<Storage>(select.getColumn(1).getInt()), blob_of(select.getColumn(2)));
      const auto place = "chunk " + select.getColumn(0).getString();
      if (!packed) return fail(packed.error(), place + " is damaged", state_->where);
      auto chunk = unpack_samples(*packed);
      if (!chunk) return fail(chunk.error(), place + " is damaged", state_->where);
      out.append(*chunk, from, to);
    }
    out.append(read_tail(state_->db, id), from, to);
    return out;
  });
}

Result<std::vector<Envelope>> RunReader::envelope(ChannelId id, std::size_t parts, TimePoint from, TimePoint to) const {
  TRY_ASSIGN(const auto all, channels());
  const auto index = static_cast<std::size_t>(id);
  if (index >= all.size()) return fail(ErrorCode::kNotFound, "no such channel", state_->where);
  if (parts == 0 || all[index].samples == 0) return std::vector<Envelope>();
  const TimePoint begin = std::max(from, all[index].first);
  const TimePoint end = std::min(to, all[index].last);
  if (begin > end) return std::vector<Envelope>();
  return guarded(state_->where, [&]() -> Result<std::vector<Envelope>> {
    SQLite::Transaction together(state_->db);
    EnvelopeMaker maker(begin, end, parts);
    SQLite::Statement select(
        state_->db, "SELECT t0_ns, t1_ns, min, max, storage, data FROM chunk WHERE channel=? AND t1_ns>=? AND t0_ns<=? ORDER BY seq");
    select.bind(1, static_cast<int>(id));
    select.bind(2, to_ns(begin));
    select.bind(3, to_ns(end));
    while (select.executeStep()) {
      const auto t0 = select.getColumn(0).getInt64();
      const auto t1 = select.getColumn(1).getInt64();
      if (select.getColumn(2).isNull()) continue;  // no valid sample in it
      if (t0 >= to_ns(begin) && t1 <= to_ns(end) && maker.part_of(t0) == maker.part_of(t1)) {
        maker.take(t0, t1, select.getColumn(2).getDouble(), select.getColumn(3).getDouble());
        continue;
      }
      TRY_ASSIGN(const auto packed,
                 state_->compressor.decompress(static_cast<Storage>(select.getColumn(4).getInt()), blob_of(select.getColumn(5))));
      TRY_ASSIGN(const auto chunk, unpack_samples(packed));
      maker.take(chunk, begin, end);
    }
    maker.take(read_tail(state_->db, id), begin, end);
    return maker.finish();
  });
}

}  // namespace pumprig::record
