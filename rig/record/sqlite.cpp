#include "rig/record/sqlite.h"

#include <sqlite3.h>

namespace pumprig::record {

Error sqlite_error(const SQLite::Exception& e, const std::string& where) {
  switch (e.getErrorCode()) {
    case SQLITE_CORRUPT:
      return {ErrorCode::kCorrupt, std::string("the file is damaged: ") + e.what(), where, nullptr};
    case SQLITE_NOTADB:
      return {ErrorCode::kCorrupt, "this is not the file of a run", where, nullptr};
    case SQLITE_FULL:
      return {ErrorCode::kUnavailable, "the disk is full; make room and run again", where, nullptr};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorCode::kUnavailable, "another program has locked the file", where, nullptr};
    case SQLITE_CANTOPEN:
      return {ErrorCode::kUnavailable, "the file can not be opened; does the folder exist, and may you write there?", where, nullptr};
    case SQLITE_READONLY:
      return {ErrorCode::kUnavailable, "the file can not be written", where, nullptr};
    case SQLITE_IOERR:
      return {ErrorCode::kUnavailable, std::string("the disk does not work: ") + e.what(), where, nullptr};
    default:
      return {ErrorCode::kCorrupt, std::string("SQLite says: ") + e.what(), where, nullptr};
  }
}

}  // namespace pumprig::record
