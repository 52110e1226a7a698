#include "rig/record/postscript.h"

#include <algorithm>

#include "rig/record/chain.h"
#include "rig/record/process.h"
#include "rig/record/reader.h"
#include "rig/record/schema.h"
#include "rig/record/sqlite.h"

namespace pumprig::record {
namespace {

constexpr int kPatienceMs = 2000;  // for a reader that holds the file

constexpr const char* kLastLink = R"sql(
  SELECT seq, chain FROM channel UNION ALL SELECT seq, chain FROM chunk UNION ALL SELECT seq, chain FROM event
  UNION ALL SELECT seq, chain FROM verdict UNION ALL SELECT seq, chain FROM plan UNION ALL SELECT seq, chain FROM not_run
  UNION ALL SELECT seq, chain FROM link UNION ALL SELECT seq, chain FROM link_chunk ORDER BY seq DESC LIMIT 1)sql";

// A run that died before its first item has only the first link.
std::pair<std::int64_t, Hash> last_link(SQLite::Database& db, const Hash& genesis) {
  SQLite::Statement last(db, kLastLink);
  if (!last.executeStep()) return {0, genesis};
  Hash link{};
  const ByteView stored = blob_of(last.getColumn(1));
  std::copy_n(stored.begin(), std::min(stored.size(), link.size()), link.begin());
  return {last.getColumn(0).getInt64(), link};
}

}  // namespace

Status add_postscript(const std::filesystem::path& path, Event event, std::int64_t given_up_by) {
  TRY_ASSIGN(const auto run, RunReader::open(path));
  TRY_ASSIGN(const auto state, run.state());
  TRY_ASSIGN(const auto rows, run.rows());
  const bool given_up = state == FinishState::kRunning && written_by(rows, given_up_by);
  if (state != FinishState::kInterrupted && !given_up) {
    return fail(ErrorCode::kRefused, "the run is " + std::string(to_text(state)) + ": only to an interrupted one can something be added",
                path.string());
  }
  return guarded(path.string(), [&]() -> Status {
    SQLite::Database db(path.string(), SQLite::OPEN_READWRITE, kPatienceMs);
    db.exec("BEGIN IMMEDIATE");
    const auto [seq, link] = last_link(db, genesis_hash(to_rows(run.info())));
    event.t = at_ns(db.execAndGet("SELECT ifnull(max(t_ns), 0) FROM event").getInt64());
    event.provenance = true;
    Chain chain(link);
    chain.resume(link, seq);
    const Hash next = chain.add(kEventStream, canonical(event), false);
    SQLite::Statement insert(db, "INSERT INTO event VALUES(?,?,?,?,?,?,?,?)");
    Binder(insert)
        .integer(seq + 1)
        .integer(to_ns(event.t))
        .text(event.source)
        .text(event.kind)
        .text(event.text)
        .text(event.json)
        .integer(1)
        .blob(next)
        .step();
    db.exec("DELETE FROM run WHERE key LIKE 'writer.%'");  // nobody writes it any more, whoever lives
    db.exec("COMMIT");
    return {};
  });
}

}  // namespace pumprig::record
