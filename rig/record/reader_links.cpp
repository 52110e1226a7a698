#include "rig/record/reader_state.h"

namespace pumprig::record {
namespace {

void append(LinkColumns& out, const LinkColumns& more, TimePoint from, TimePoint to) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < more.size(); ++i) {
    const auto bytes = ByteView(more.data).subspan(at, more.length(i));
    at += bytes.size();
    if (more.t[i] >= to_ns(from) && more.t[i] <= to_ns(to)) out.push(at_ns(more.t[i]), more.direction(i), bytes);
  }
}

LinkColumns read_tail(SQLite::Database& db, LinkId id) {
  LinkColumns out;
  SQLite::Statement select(db, "SELECT t_ns, direction, data FROM link_tail WHERE link=? ORDER BY n");
  select.bind(1, static_cast<int>(id));
  while (select.executeStep()) {
    const bool sent = select.getColumn(1).getString() == to_text(Direction::kSent);
    out.push(at_ns(select.getColumn(0).getInt64()), sent ? Direction::kSent : Direction::kReceived, blob_of(select.getColumn(2)));
  }
  return out;
}

}  // namespace

Result<std::vector<StoredLink>> RunReader::links() const {
  return guarded(state_->where, [&]() -> Result<std::vector<StoredLink>> {
    SQLite::Transaction together(state_->db);
    std::vector<StoredLink> out;
    SQLite::Statement select(
        state_->db,
        "SELECT id, name, (SELECT sum(n) FROM link_chunk WHERE link=id), (SELECT sum(bytes) FROM link_chunk WHERE link=id) "
        "FROM link ORDER BY id");
    while (select.executeStep()) {
      StoredLink link{static_cast<LinkId>(select.getColumn(0).getInt()), select.getColumn(1).getString(),
                      static_cast<std::uint64_t>(select.getColumn(2).getInt64()),
                      static_cast<std::uint64_t>(select.getColumn(3).getInt64())};
      const auto tail = read_tail(state_->db, link.id);
      link.transfers += tail.size();
      link.bytes += tail.data.size();
      out.push_back(std::move(link));
    }
    return out;
  });
}

Result<LinkColumns> RunReader::transfers(LinkId id, TimePoint from, TimePoint to) const {
  return guarded(state_->where, [&]() -> Result<LinkColumns> {
    SQLite::Transaction together(state_->db);
    LinkColumns out;
    SQLite::Statement select(state_->db, "SELECT seq, storage, data FROM link_chunk WHERE link=? AND t1_ns>=? AND t0_ns<=? ORDER BY seq");
    select.bind(1, static_cast<int>(id));
    select.bind(2, to_ns(from));
    select.bind(3, to_ns(to));
    while (select.executeStep()) {
      const auto place = "chunk " + select.getColumn(0).getString();
      auto packed = state_->compressor.decompress(static_cast<Storage>(select.getColumn(1).getInt()), blob_of(select.getColumn(2)));
      if (!packed) return fail(packed.error(), place + " is damaged", state_->where);
      auto chunk = unpack_link(*packed);
      if (!chunk) return fail(chunk.error(), place + " is damaged", state_->where);
      append(out, *chunk, from, to);
    }
    append(out, read_tail(state_->db, id), from, to);
    return out;
  });
}

}  // namespace pumprig::record
