// A value that is kept twice in the RAM, so that damage of either shows (REQ-702). Whoever changes it looks first: damage does not heal by
// being counted on.
#pragma once

namespace pumpfw {

template <typename T>
class Twice {
 public:
  const T& get() const { return value_; }
  bool intact() const { return intact_ && value_ == copy_; }

  // change([](T& value) { … }) and what that returns.
  template <typename Change>
  decltype(auto) change(Change change) {
    struct Keeper {
      Twice& kept;
      ~Keeper() { kept.copy_ = kept.value_; }
    };
    intact_ = intact();
    const Keeper keeper{*this};
    return change(value_);
  }
  // Both anew.
  void reset(const T& value) {
    value_ = copy_ = value;
    intact_ = true;
  }

 private:
  T value_{};
  T copy_{};
  bool intact_ = true;
};

}  // namespace pumpfw
