// An object in static storage that is made when its arguments are known, and never destroyed.
#pragma once

#include <new>
#include <utility>

namespace pumpfw::mps2 {

template <typename T>
class Placed {
 public:
  template <typename... Arguments>
  T& make(Arguments&&... arguments) {
    return *new (storage_) T(std::forward<Arguments>(arguments)...);
  }

 private:
  alignas(T) unsigned char storage_[sizeof(T)];
};

}  // namespace pumpfw::mps2
