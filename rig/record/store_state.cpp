#include "rig/record/store_state.h"

#include <algorithm>

namespace pumprig::record {

void put_rows(SQLite::Database& db, const std::map<std::string, std::string>& rows) {
  SQLite::Statement insert(db, "INSERT OR REPLACE INTO run VALUES(?,?)");
  for (const auto& [key, value] : rows) Binder(insert).text(key).text(value).step();
}

void RunStore::State::prepare() {
  insert_chunk.emplace(db, "INSERT INTO chunk VALUES(?,?,?,?,?,?,?,?,?,?,?)");
  insert_link_chunk.emplace(db, "INSERT INTO link_chunk VALUES(?,?,?,?,?,?,?,?,?)");
  insert_event.emplace(db, "INSERT INTO event VALUES(?,?,?,?,?,?,?,?)");
  insert_tail.emplace(db, "INSERT INTO tail VALUES(?,?,?,?,?,?,?,?)");
  insert_link_tail.emplace(db, "INSERT INTO link_tail VALUES(?,?,?,?,?)");
  clear_tail.emplace(db, "DELETE FROM tail WHERE channel=?");
  clear_link_tail.emplace(db, "DELETE FROM link_tail WHERE link=?");
  begin.emplace(db, "BEGIN IMMEDIATE");
  end.emplace(db, "COMMIT");
}

void RunStore::State::seal(std::size_t index) {
  auto& channel = channels[index];
  if (channel.open.empty()) return;
  packed.clear();
  packer.pack(channel.open, channel.info.resolution, packed);
  const Storage storage = compressor.compress(packed, stored);
  const auto range = range_of(channel.open);
  const auto seq = next_seq();
  const Hash link = chain.add(channel.stream, packed);
  ensure_transaction();
  Binder(*insert_chunk)
      .integer(seq)
      .integer(static_cast<std::int64_t>(index))
      .integer(range.t0)
      .integer(range.t1)
      .integer(static_cast<std::int64_t>(channel.open.size()))
      .integer(static_cast<std::int64_t>(range.valid))
      .real(range.min)
      .real(range.max)
      .integer(static_cast<std::int64_t>(storage))
      .blob(stored)
      .blob(link)
      .step();
  if (channel.in_tail != 0) Binder(*clear_tail).integer(static_cast<std::int64_t>(index)).step();
  channel.in_tail = 0;
  channel.open.clear();
}

void RunStore::State::seal_link(std::size_t index) {
  auto& link = links[index];
  if (link.open.empty()) return;
  packed.clear();
  pack_link(link.open, scratch, packed);
  const Storage storage = compressor.compress(packed, stored);
  const auto [first, last] = std::minmax_element(link.open.t.begin(), link.open.t.end());
  const auto seq = next_seq();
  const Hash hash = chain.add(link.stream, packed);
  ensure_transaction();
  Binder(*insert_link_chunk)
      .integer(seq)
      .integer(static_cast<std::int64_t>(index))
      .integer(*first)
      .integer(*last)
      .integer(static_cast<std::int64_t>(link.open.size()))
      .integer(static_cast<std::int64_t>(link.open.data.size()))
      .integer(static_cast<std::int64_t>(storage))
      .blob(stored)
      .blob(hash)
      .step();
  if (link.in_tail != 0) Binder(*clear_link_tail).integer(static_cast<std::int64_t>(index)).step();
  link.in_tail = 0;
  link.bytes_in_tail = 0;
  link.open.clear();
}

void RunStore::State::write_tail() {
  for (std::size_t index = 0; index < channels.size(); ++index) {
    auto& channel = channels[index];
    for (std::size_t i = channel.in_tail; i < channel.open.size(); ++i) {
      ensure_transaction();
      const Sample s = channel.open.at(i);
      Binder(*insert_tail)
          .integer(static_cast<std::int64_t>(index))
          .integer(static_cast<std::int64_t>(i))
          .integer(to_ns(s.t))
          .real(s.value)
          .integer(s.flags)
          .integer(s.window.count())
          .integer(to_ns(s.requested))
          .integer(to_ns(s.replied))
          .step();
    }
    channel.in_tail = channel.open.size();
  }
  for (std::size_t index = 0; index < links.size(); ++index) write_link_tail(index);
}

void RunStore::State::write_link_tail(std::size_t index) {
  auto& link = links[index];
  for (std::size_t i = link.in_tail; i < link.open.size(); ++i) {
    ensure_transaction();
    Binder(*insert_link_tail)
        .integer(static_cast<std::int64_t>(index))
        .integer(static_cast<std::int64_t>(i))
        .integer(link.open.t[i])
        .text(to_text(link.open.direction(i)))
        .blob(ByteView(link.open.data).subspan(link.bytes_in_tail, link.open.length(i)))
        .step();
    link.bytes_in_tail += link.open.length(i);
  }
  link.in_tail = link.open.size();
}

void RunStore::State::write_finish(const Finish& finish) {
  ensure_transaction();
  std::map<std::string, std::string> rows{
      {"finish.state", std::string(to_text(finish.state))},
      {"finish.reason", finish.reason},
      {"finish.ended_utc_ns", std::to_string(finish.ended_utc_ns)},
      {"finish.end_ns", std::to_string(to_ns(finish.end))},
      {"finish.items", std::to_string(chain.items())},
      {"finish.digest", chain.digest(kind)},
  };
  if (!finish.board_serial.empty()) rows["finish.board_serial"] = finish.board_serial;
  const Hash seal = seal_hash(chain.head(), rows);
  rows["finish.seal"] = hex(seal);
  put_rows(db, rows);
}

// A closed run is one plain file: it can be read from a medium that can not be written, and copied with cp.
void RunStore::State::close() {
  db.exec("DELETE FROM run WHERE key LIKE 'writer.%'");
  for (auto* s :
       {&insert_chunk, &insert_link_chunk, &insert_event, &insert_tail, &insert_link_tail, &clear_tail, &clear_link_tail, &begin, &end}) {
    s->reset();
  }
  // Both fail while somebody reads; then the last reader's close does the first.
  db.tryExec("PRAGMA wal_checkpoint(TRUNCATE)");
  db.tryExec("PRAGMA journal_mode=DELETE");
  closed = true;
}

}  // namespace pumprig::record
