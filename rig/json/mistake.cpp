#include "rig/json/mistake.h"

#include <algorithm>
#include <numeric>

namespace pumprig::json {
namespace {

// Optimal string alignment distance: insertions, deletions, replacements and swaps of neighbours cost one each.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before.swap(row);
    row.swap(next);
  }
  return row[b.size()];
}

}  // namespace

std::string Mistake::describe() const {
  std::string out = where;
  if (!pointer.empty()) out += ": " + pointer;
  out += ": " + text;
  if (!remedy.empty()) out += "; " + remedy;
  return out;
}

void Mistakes::add(std::size_t offset, std::string_view pointer, std::string text, std::string remedy) {
  list_.push_back({offset, {document_->where(offset), std::string(pointer), std::move(text), std::move(remedy)}});
}

std::vector<Mistake> Mistakes::take() {
  std::stable_sort(list_.begin(), list_.end(), [](const Placed& a, const Placed& b) { return a.offset < b.offset; });
  std::vector<Mistake> out;
  out.reserve(list_.size());
  for (auto& placed : list_) out.push_back(std::move(placed.mistake));
  list_.clear();
  return out;
}

Error to_error(const std::vector<Mistake>& mistakes) {
  Error error{ErrorCode::kInvalidArgument, "there is no mistake", {}, nullptr};
  if (mistakes.empty()) return error;
  error.where = mistakes.front().where + (mistakes.front().pointer.empty() ? "" : " " + mistakes.front().pointer);
  error.text = mistakes.size() == 1 ? "1 mistake" : std::to_string(mistakes.size()) + " mistakes";
  for (const auto& mistake : mistakes) error.text += "\n  " + mistake.describe();
  return error;
}

std::string suggest(std::string_view word, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : known) {
    const auto d = distance(word, candidate);
    if (d < best_distance) {
      best = &candidate;
      best_distance = d;
    }
  }
  if (best != nullptr) return "did you mean \"" + *best + "\"?";
  std::string out;
  for (const auto& candidate : known) out += (out.empty() ? "known are " : ", ") + candidate;
  return out.empty() ? "none is known here" : out;
}

}  // namespace pumprig::json
