// SQLite inside this room: statements that are ready, and exceptions turned into errors.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cerrno>
#include <cmath>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "rig/base/bytes.h"
#include "rig/base/memory.h"
#include "rig/base/result.h"
#include "rig/record/run.h"

namespace pumprig::record {

// `system_error`: the errno of the last call to the system that failed, 0 where none did.
Error sqlite_error(const SQLite::Exception& e, const std::string& where, int system_error);

// Runs `work`, which may throw what SQLiteCpp throws, and returns its Result.
template <typename Work>
auto guarded(const std::string& where, Work&& work) -> decltype(work()) {
  errno = 0;  // SQLite does not keep what the system said of a commit that failed
  try {
    return work();
  } catch (const SQLite::Exception& e) {
    return tl::unexpected<Error>(sqlite_error(e, where, errno));
  } catch (const std::bad_alloc&) {
    return tl::unexpected<Error>(out_of_memory());
  }
}

// Binds in order. Texts and blobs are not copied: they must live until step().
class Binder {
 public:
  explicit Binder(SQLite::Statement& statement) : statement_(statement) {}
  Binder& integer(std::int64_t v) {
    statement_.bind(++index_, v);
    return *this;
  }
  Binder& real(double v) {
    statement_.bind(++index_, v);
    return *this;
  }
  Binder& real(const std::optional<double>& v) {
    if (v) return real(*v);
    statement_.bind(++index_);
    return *this;
  }
  Binder& text(const std::string& v) {
    statement_.bindNoCopy(++index_, v);
    return *this;
  }
  Binder& text(std::string_view v) {
    statement_.bind(++index_, std::string(v));
    return *this;
  }
  Binder& text(const char*) = delete;
  Binder& blob(ByteView v) {
    statement_.bindNoCopy(++index_, v.data(), static_cast<int>(v.size()));
    return *this;
  }
  Binder& blob(const Hash& v) { return blob(ByteView(v)); }
  void step() {
    statement_.exec();
    statement_.reset();
  }

 private:
  SQLite::Statement& statement_;
  int index_ = 0;
};

// A blob of the current row; valid until the next step.
inline ByteView blob_of(const SQLite::Column& column) {
  const auto* data = static_cast<const std::uint8_t*>(column.getBlob());
  return {data, static_cast<std::size_t>(column.getBytes())};
}
inline std::optional<double> optional_of(const SQLite::Column& column) {
  if (column.isNull()) return std::nullopt;
  return column.getDouble();
}

}  // namespace pumprig::record
