// Result<T> and Error: how a room tells another that something did not work.
//
// No exceptions pass between rooms. An Error says what went wrong, where (port, frame, file with line and JSON pointer) and what to do.
// A verdict about the pump is never an Error (see verdict.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace pumprig {

// Whose fault it is, and whether trying again can help.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument,  // the caller's: a value out of range or a file with a mistake; do not retry
  kNotFound,         // what was named does not exist: file, port, run, channel; do not retry
  kUnavailable,      // it exists but is not there now: unplugged, busy, locked by another; retry may help
  kTimeout,          // no answer before the deadline; retry may help
  kCorrupt,          // bytes or stored data that fail their own check; a retry of the transfer may help
  kProtocol,         // the far end answered, but not what its protocol allows; do not retry blindly
  kRefused,          // the far end understood and declined (an error reply, a limit of the pump); do not retry
  kUnsupported,      // this build, bench or device cannot do it; do not retry
  kCancelled,        // somebody asked for the work to stop
  kInternal,         // a mistake of ours
};

// The one spelling that JSON, database and Python use.
std::string_view to_text(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string text;                    // one sentence: what is wrong, and the remedy where there is one
  std::string where;                   // port, frame, "file:line:column /json/pointer"; may be empty
  std::shared_ptr<const Error> cause;  // what lay beneath; may be null

  // "where: text (code)", followed by the causes.
  std::string describe() const;
};

template <typename T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string text, std::string where = {}) {
  return tl::unexpected<Error>(Error{code, std::move(text), std::move(where), nullptr});
}
// The same failure seen from one room higher up: keeps the code, adds a sentence.
inline tl::unexpected<Error> fail(const Error& cause, std::string text, std::string where = {}) {
  return tl::unexpected<Error>(Error{cause.code, std::move(text), std::move(where), std::make_shared<const Error>(cause)});
}

}  // namespace pumprig

#define PUMPRIG_CONCAT_(a, b) a##b
#define PUMPRIG_CONCAT(a, b) PUMPRIG_CONCAT_(a, b)

// TRY(expr): returns the error of a Status or Result from the enclosing function.
#define TRY(expr)                                                                              \
  do {                                                                                         \
    auto&& try_result = (expr);                                                                \
    if (!try_result) return ::tl::unexpected<::pumprig::Error>(std::move(try_result).error()); \
  } while (false)

// TRY_ASSIGN(auto x, expr): the value, or return the error.
#define TRY_ASSIGN(lhs, expr) TRY_ASSIGN_(PUMPRIG_CONCAT(try_value_, __LINE__), lhs, expr)
#define TRY_ASSIGN_(tmp, lhs, expr)                                            \
  auto tmp = (expr);                                                           \
  if (!tmp) return ::tl::unexpected<::pumprig::Error>(std::move(tmp).error()); \
  lhs = std::move(*tmp)

// The same in a coroutine that returns Task<T>: co_return instead of return. `expr` holds its own co_await.
#define CO_TRY(expr)                                                                              \
  do {                                                                                            \
    auto&& try_result = (expr);                                                                   \
    if (!try_result) co_return ::tl::unexpected<::pumprig::Error>(std::move(try_result).error()); \
  } while (false)

#define CO_TRY_ASSIGN(lhs, expr) CO_TRY_ASSIGN_(PUMPRIG_CONCAT(try_value_, __LINE__), lhs, expr)
#define CO_TRY_ASSIGN_(tmp, lhs, expr)                                            \
  auto tmp = (expr);                                                              \
  if (!tmp) co_return ::tl::unexpected<::pumprig::Error>(std::move(tmp).error()); \
  lhs = std::move(*tmp)
