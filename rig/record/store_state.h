// What RunStore holds; included by its own sources only.
#pragma once

#include <deque>

#include "rig/record/chain.h"
#include "rig/record/schema.h"
#include "rig/record/sqlite.h"
#include "rig/record/store.h"

namespace pumprig::record {

// Scenario time [begin, end) of a chunk, in ns.
struct Slot {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool holds(std::int64_t t) const { return t >= begin && t < end; }
};

struct OpenChannel {
  ChannelInfo info;
  std::string stream;
  Columns open;
  Slot slot;
  std::size_t in_tail = 0;  // how many of the open samples stand in the tail table
};

struct OpenLink {
  std::string stream;
  LinkColumns open;
  Slot slot;
  std::size_t in_tail = 0;
  std::size_t bytes_in_tail = 0;
};

void put_rows(SQLite::Database& db, const std::map<std::string, std::string>& rows);

struct RunStore::State {
  State(const std::filesystem::path& path, const RunInfo& run)
      : kind(run.bench_kind),
        db(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE),
        chain(genesis_hash(to_rows(run))),
        where(path.string()) {}

  BenchKind kind;
  SQLite::Database db;
  Chain chain;
  std::string where;
  std::deque<OpenChannel> channels;
  std::deque<OpenLink> links;
  SamplePacker packer;
  Compressor compressor;
  Bytes packed;
  Bytes stored;
  std::vector<std::uint64_t> scratch;
  bool in_transaction = false;
  bool closed = false;

  // Prepared after the tables exist.
  std::optional<SQLite::Statement> insert_chunk, insert_link_chunk, insert_event, insert_tail, insert_link_tail, clear_tail,
      clear_link_tail, begin, end;

  void prepare();
  void ensure_transaction() {
    if (in_transaction) return;
    begin->exec();
    begin->reset();
    in_transaction = true;
  }
  std::int64_t next_seq() const { return chain.items() + 1; }
  void seal(std::size_t index);
  void seal_link(std::size_t index);
  void write_tail();
  void write_link_tail(std::size_t index);
  void commit_rows() {
    if (!in_transaction) return;
    end->exec();
    end->reset();
    in_transaction = false;
  }
  void write_finish(const Finish& finish);
  void close();
};

}  // namespace pumprig::record
