#include "rig/record/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace pumprig::record {

namespace {

// What the system says where it is about the disk.
std::string system_text(int system_error) {
  switch (system_error) {
    case EIO:
    case EROFS:
    case EDQUOT:
    case ENODEV:
    case ENXIO:
    case ESTALE:
      return std::string(" (") + std::strerror(system_error) + ")";
    default:
      return "";
  }
}

}  // namespace

Error sqlite_error(const SQLite::Exception& e, const std::string& where, int system_error) {
  const int code = e.getErrorCode();
  if (system_error == EROFS && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_READONLY))
    return {ErrorCode::kUnavailable, "the file system has become read-only", where, nullptr};
  switch (code) {
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
      return {ErrorCode::kUnavailable, std::string("the disk does not work: ") + e.what() + system_text(system_error), where, nullptr};
    case SQLITE_NOMEM:
      return out_of_memory();
    default:
      return {ErrorCode::kCorrupt, std::string("SQLite says: ") + e.what(), where, nullptr};
  }
}

}  // namespace pumprig::record
