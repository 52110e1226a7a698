// Delta debugging over the list of actions, then the numbers of each.
#include <algorithm>
#include <array>

#include "firmware/pump/campaign/player.h"

namespace pumpfw::campaign {
namespace {

// Which requirement broke: what is shrunk must not become another finding.
std::string requirement(const std::string& finding) {
  return finding.substr(0, finding.find(" at "));
}

class Shrinker {
 public:
  Shrinker(History history, Mutant mutant, int plays) : best_(std::move(history)), mutant_(mutant), plays_(plays) {
    wanted_ = requirement(play(best_, mutant_).finding);
  }

  History run() {
    if (wanted_.empty()) return best_;
    for (bool any = true; any;) {
      any = drop_parts();
      any = join_waits() || any;
      any = shrink_numbers() || any;
    }
    return best_;
  }

 private:
  bool take(const History& tried) {
    if (plays_ <= 0) return false;
    --plays_;
    if (requirement(play(tried, mutant_).finding) != wanted_) return false;
    best_ = tried;
    return true;
  }

  bool drop_parts() {
    bool any = false;
    for (std::size_t part = std::max<std::size_t>(1, best_.size() / 2); part > 0; part /= 2) {
      for (std::size_t at = 0; at < best_.size();) {
        History tried = best_;
        const auto from = tried.begin() + static_cast<std::ptrdiff_t>(at);
        tried.erase(from, tried.begin() + static_cast<std::ptrdiff_t>(std::min(best_.size(), at + part)));
        if (take(tried)) {
          any = true;
        } else {
          at += part;
        }
      }
    }
    return any;
  }

  bool join_waits() {
    bool any = false;
    for (std::size_t at = 0; at + 1 < best_.size();) {
      History tried = best_;
      const bool two = tried[at].act == Act::kWait && tried[at + 1].act == Act::kWait;
      tried[at].a += tried[at + 1].a;
      tried.erase(tried.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      if (two && take(tried)) {
        any = true;
      } else {
        ++at;
      }
    }
    return any;
  }

  bool shrink_numbers() {
    bool any = false;
    for (std::size_t i = 0; i < best_.size(); ++i) {
      for (std::int64_t Action::*number : std::array{&Action::a, &Action::b, &Action::c}) any |= shrink_number(i, number);
    }
    return any;
  }

  bool shrink_number(std::size_t i, std::int64_t Action::*number) {
    bool any = false;
    const auto set = [&](std::int64_t value) {
      if (value == best_[i].*number) return false;
      History tried = best_;
      tried[i].*number = value;
      const bool taken = take(tried);
      any |= taken;
      return taken;
    };
    if (best_[i].*number <= 0 || set(0)) return any;
    // By halves of what is left to the least that is known to do no longer.
    std::int64_t too_small = 0;
    while (best_[i].*number - too_small > 1) {
      const std::int64_t middle = too_small + (best_[i].*number - too_small) / 2;
      if (!set(middle)) too_small = middle;
    }
    return any;
  }

  History best_;
  Mutant mutant_;
  int plays_;
  std::string wanted_;
};

}  // namespace

History shrink(History history, Mutant mutant, int plays) {
  return Shrinker(std::move(history), mutant, plays).run();
}

}  // namespace pumpfw::campaign
