// The printed session: everything that was asked, answered, reviewed, confirmed, written, read back and refused, and how the pump was left.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rig/programmer/review.h"

namespace pumprig::programmer {

enum class Noted : std::uint8_t {
  kPump,       // which pump answers, and how it was found
  kAsked,      // of the physician
  kAnswered,   // by the physician
  kReviewed,   // shown before it was confirmed
  kConfirmed,  // each confirmation
  kWritten,    // sent to the pump and taken by it
  kReadBack,   // what the pump then said
  kRefused,    // by the rules or the pump; nothing was changed
  kLost,       // the link failed, and what is not known therefore
  kProof,      // the state at the end
};
std::string_view to_text(Noted noted);

class Journal {
 public:
  struct Entry {
    std::int64_t utc_ns = 0;
    Noted noted{};
    std::string text;
    std::vector<Figure> figures;  // of a review
  };
  // `utc_now_ns`: the wall clock of the entries.
  explicit Journal(std::function<std::int64_t()> utc_now_ns);

  void note(Noted noted, std::string text, std::vector<Figure> figures = {});
  const std::vector<Entry>& entries() const { return entries_; }
  // "2026-03-02 08:00:00 UTC  reviewed   …", further lines of an entry below it.
  std::string text() const;
  std::string json() const;

  // Writes text(), or json() where the name ends in .json. kUnavailable says why it can not be written.
  Status print(const std::string& file) const;

 private:
  std::function<std::int64_t()> utc_now_ns_;
  std::vector<Entry> entries_;
};

}  // namespace pumprig::programmer
