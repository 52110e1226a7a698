// Walks the whole hash chain of a run and says what is damaged or lost.
#include <algorithm>
#include <cstring>

#include "rig/record/reader_state.h"

namespace pumprig::record {
namespace {

enum class Table : std::uint8_t { kChannel, kLink, kChunk, kLinkChunk, kEvent, kVerdict, kPlan, kNotRun };
constexpr const char* kTableNames[] = {"channel", "link", "chunk", "link_chunk", "event", "verdict", "plan", "not_run"};

struct Place {
  std::int64_t seq;
  Table table;
};

std::string seconds_text(std::int64_t ns) {
  auto text = number_text(static_cast<double>(ns / 1'000'000) / 1e3);
  return text + " s";
}

// What one item contributes to the chain.
struct Item {
  std::string stream;
  Bytes content;
  bool in_digest = true;
  Hash link{};
  std::string what;  // for messages
};

class Verifier {
 public:
  Verifier(SQLite::Database& db, Compressor& compressor, const std::string& where, const std::map<std::string, std::string>& rows,
           BenchKind kind)
      : db_(db), compressor_(compressor), where_(where), rows_(rows), kind_(kind), chain_(Hash{}) {}

  VerifyReport run();
  const Chain& chain() const { return chain_; }

 private:
  void problem(std::string text) { report_.problems.push_back(std::move(text)); }
  void check_file();
  void check_layout();
  void check_genesis();
  std::vector<Place> places();
  void walk(const std::vector<Place>& all);
  void check_item(const Place& place);
  Result<Item> load(const Place& place);
  Result<Item> load_chunk(SQLite::Statement& row);
  Result<Item> load_link_chunk(SQLite::Statement& row);
  void check_end(FinishState state);
  void report_lost(std::int64_t first, std::int64_t last);

  SQLite::Database& db_;
  Compressor& compressor_;
  const std::string& where_;
  const std::map<std::string, std::string>& rows_;
  BenchKind kind_;
  Chain chain_;
  std::int64_t next_ = 1;
  bool broken_ = false;  // the link before the next item is not known
  std::map<int, std::string> channel_names_;
  std::map<int, std::string> link_names_;
  VerifyReport report_;
};

void Verifier::check_file() {
  const auto checked = guarded(where_, [&]() -> Status {
    SQLite::Statement check(db_, "PRAGMA integrity_check(20)");
    while (check.executeStep()) {
      const auto text = check.getColumn(0).getString();
      if (text != "ok") problem("the file is damaged: " + text);
    }
    return {};
  });
  if (!checked) problem(checked.error().text);
}

// A column that got another name can hide or misplace what the hashes prove.
void Verifier::check_layout() {
  const auto layout_of = [](SQLite::Database& db) {
    std::map<std::string, std::string> out;
    SQLite::Statement select(db, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL");
    while (select.executeStep()) out.emplace(select.getColumn(0).getString(), select.getColumn(1).getString());
    return out;
  };
  const auto checked = guarded(where_, [&]() -> Status {
    SQLite::Database reference(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    reference.exec(schema_sql(db_.execAndGet("PRAGMA user_version").getInt()));
    if (layout_of(db_) != layout_of(reference)) problem("the layout of the file is not that of a run");
    return {};
  });
  if (!checked) problem(checked.error().text);
}

void Verifier::check_genesis() {
  const Hash genesis = genesis_hash(opening_rows(rows_));
  const auto stated = rows_.find("chain.genesis");
  if (stated == rows_.end() || stated->second != hex(genesis)) {
    problem("the metadata (scenario, bench, seed, operator, …) is not what it was when the run began");
  }
  chain_ = Chain(genesis);
}

std::vector<Place> Verifier::places() {
  std::vector<Place> out;
  for (std::size_t i = 0; i < std::size(kTableNames); ++i) {
    const auto read = guarded(where_, [&]() -> Status {
      SQLite::Statement select(db_, std::string("SELECT seq FROM ") + kTableNames[i]);
      while (select.executeStep()) out.push_back({select.getColumn(0).getInt64(), static_cast<Table>(i)});
      return {};
    });
    if (!read) problem(std::string("the table ") + kTableNames[i] + " can not be read to its end: " + read.error().text);
  }
  std::sort(out.begin(), out.end(), [](const Place& a, const Place& b) { return a.seq < b.seq; });
  return out;
}

Result<Item> Verifier::load_chunk(SQLite::Statement& row) {
  const auto t0 = row.getColumn(2).getInt64();
  const auto t1 = row.getColumn(3).getInt64();
  const auto& name = channel_names_[row.getColumn(1).getInt()];
  const auto what = row.getColumn(4).getString() + " samples of " + name + " from " + seconds_text(t0) + " to " + seconds_text(t1);
  Item item{channel_stream(name), {}, true, {}, what};
  auto packed = compressor_.decompress(static_cast<Storage>(row.getColumn(8).getInt()), blob_of(row.getColumn(9)));
  if (!packed) return fail(packed.error(), what + " can not be unpacked");
  auto samples = unpack_samples(*packed);
  if (!samples) return fail(samples.error(), what + " can not be unpacked");
  const Range range = range_of(*samples);
  if (range.t0 != t0 || range.t1 != t1 || samples->size() != static_cast<std::size_t>(row.getColumn(4).getInt64()) ||
      range.valid != static_cast<std::size_t>(row.getColumn(5).getInt64()) || range.min != optional_of(row.getColumn(6)) ||
      range.max != optional_of(row.getColumn(7))) {
    return fail(ErrorCode::kCorrupt, what + ": what is said beside the chunk does not agree with it");
  }
  item.content = std::move(*packed);
  return item;
}

Result<Item> Verifier::load_link_chunk(SQLite::Statement& row) {
  const auto& name = link_names_[row.getColumn(1).getInt()];
  const auto what = row.getColumn(5).getString() + " bytes of link " + name + " from " + seconds_text(row.getColumn(2).getInt64()) +
                    " to " + seconds_text(row.getColumn(3).getInt64());
  Item item{link_stream(name), {}, true, {}, what};
  auto packed = compressor_.decompress(static_cast<Storage>(row.getColumn(6).getInt()), blob_of(row.getColumn(7)));
  if (!packed) return fail(packed.error(), what + " can not be unpacked");
  auto transfers = unpack_link(*packed);
  if (!transfers) return fail(transfers.error(), what + " can not be unpacked");
  const auto [first, last] = std::minmax_element(transfers->t.begin(), transfers->t.end());
  if (*first != row.getColumn(2).getInt64() || *last != row.getColumn(3).getInt64() ||
      transfers->size() != static_cast<std::size_t>(row.getColumn(4).getInt64()) ||
      transfers->data.size() != static_cast<std::size_t>(row.getColumn(5).getInt64())) {
    return fail(ErrorCode::kCorrupt, what + ": what is said beside the chunk does not agree with it");
  }
  item.content = std::move(*packed);
  return item;
}

Result<Item> Verifier::load(const Place& place) {
  return guarded(where_, [&]() -> Result<Item> {
    SQLite::Statement row(db_, std::string("SELECT * FROM ") + kTableNames[static_cast<std::size_t>(place.table)] + " WHERE seq=?");
    row.bind(1, place.seq);
    if (!row.executeStep()) return fail(ErrorCode::kCorrupt, "it is not where the index says");
    Item item;
    switch (place.table) {
      case Table::kChannel: {
        const auto info = channel_of(row);
        channel_names_[row.getColumn(0).getInt()] = info.name;
        item = {channel_stream(info.name), canonical(info), true, {}, "the description of channel " + info.name};
        break;
      }
      case Table::kLink: {
        const auto name = row.getColumn(1).getString();
        link_names_[row.getColumn(0).getInt()] = name;
        item = {link_stream(name), {}, true, {}, "link " + name};
        break;
      }
      case Table::kChunk: {
        TRY_ASSIGN(item, load_chunk(row));
        break;
      }
      case Table::kLinkChunk: {
        TRY_ASSIGN(item, load_link_chunk(row));
        break;
      }
      case Table::kEvent: {
        const auto event = event_of(row);
        item = {std::string(kEventStream), canonical(event), !event.provenance, {}, "the event at " + seconds_text(to_ns(event.t))};
        break;
      }
      case Table::kVerdict: {
        TRY_ASSIGN(const auto verdict, verdict_of(row, where_));
        item = {std::string(kVerdictStream), canonical(verdict), true, {}, "the verdict of check " + verdict.check};
        break;
      }
      case Table::kPlan: {
        const auto planned = plan_item_of(row);
        item = {std::string(kPlanStream), canonical(planned), true, {}, "the plan's " + planned.id};
        break;
      }
      case Table::kNotRun: {
        const auto not_run = not_run_of(row);
        item = {std::string(kNotRunStream), canonical(not_run), true, {}, "the reason why " + not_run.check + " was not run"};
        break;
      }
    }
    const auto link = blob_of(row.getColumn(row.getColumnCount() - 1));
    if (link.size() != item.link.size()) return fail(ErrorCode::kCorrupt, item.what + " has no hash");
    std::memcpy(item.link.data(), link.data(), link.size());
    return item;
  });
}

void Verifier::report_lost(std::int64_t first, std::int64_t last) {
  if (first == last) return problem("item " + std::to_string(first) + " of the record is lost");
  problem("items " + std::to_string(first) + " to " + std::to_string(last) + " of the record are lost");
}

void Verifier::check_item(const Place& place) {
  const auto item = load(place);
  if (!item) {
    problem("item " + std::to_string(place.seq) + " (" + kTableNames[static_cast<std::size_t>(place.table)] + "): " + item.error().text);
    next_ = place.seq + 1;
    chain_.resume(Hash{}, place.seq);
    broken_ = true;
    return;
  }
  const bool follows = !broken_ && place.seq == next_;
  const Hash link = chain_.add(item->stream, item->content, item->in_digest);
  if (follows && link != item->link) {
    problem("item " + std::to_string(place.seq) + ": " + item->what + ": changed after it was recorded, or moved");
  } else if (follows) {
    ++report_.items;
  }
  chain_.resume(item->link, place.seq);  // what comes after is judged by itself
  broken_ = false;
  next_ = place.seq + 1;
}

void Verifier::walk(const std::vector<Place>& all) {
  for (const auto& place : all) {
    if (place.seq < next_) {
      problem("item " + std::to_string(place.seq) + " is there twice");
      continue;
    }
    if (place.seq > next_) {
      report_lost(next_, place.seq - 1);
      broken_ = true;
    }
    check_item(place);
  }
}

void Verifier::check_end(FinishState state) {
  report_.digest = chain_.digest(kind_);
  if (state == FinishState::kRunning) return problem("the run is still being written; what came last is not sealed yet");
  if (state == FinishState::kInterrupted) return problem("the run was interrupted: nobody finished it, and what came last is not sealed");
  for (const char* tail : {"tail", "link_tail"}) {
    const auto rows =
        guarded(where_, [&]() -> Result<int> { return db_.execAndGet(std::string("SELECT count(*) FROM ") + tail).getInt(); });
    if (!rows || *rows != 0) problem("the run is finished, and yet there is something that was never sealed");
  }
  auto rows = with_prefix(rows_, "finish.");
  const std::string seal = rows["finish.seal"];
  rows.erase("finish.seal");
  const auto items = integer_from_text(rows["finish.items"]);
  if (items && *items >= next_) report_lost(next_, *items);
  if (!items || *items < next_ - 1) problem("the number of items stated at the end is wrong");
  if (hex(seal_hash(chain_.head(), rows)) != seal)
    problem("the seal does not fit: the end of the record or the way the run ended was changed");
  if (rows["finish.digest"] != report_.digest) problem("the content digest stated at the end is not that of the content");
}

VerifyReport Verifier::run() {
  check_file();
  check_layout();
  check_genesis();
  walk(places());
  const bool finished = rows_.contains("finish.state");
  check_end(finished ? FinishState::kFinished : writer_alive(rows_) ? FinishState::kRunning : FinishState::kInterrupted);
  report_.complete = report_.problems.empty();
  return report_;
}

}  // namespace

Result<VerifyReport> RunReader::verify() const {
  TRY_ASSIGN(const auto all, rows());
  return guarded(state_->where, [&]() -> Result<VerifyReport> {
    SQLite::Transaction together(state_->db);
    Verifier verifier(state_->db, state_->compressor, state_->where, all, state_->info.bench_kind);
    return verifier.run();
  });
}

Result<std::map<std::string, std::string>> RunReader::streams() const {
  TRY_ASSIGN(const auto all, rows());
  return guarded(state_->where, [&]() -> Result<std::map<std::string, std::string>> {
    SQLite::Transaction together(state_->db);
    Verifier verifier(state_->db, state_->compressor, state_->where, all, state_->info.bench_kind);
    verifier.run();
    return verifier.chain().streams();
  });
}

}  // namespace pumprig::record
