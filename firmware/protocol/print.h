// Prints a record as "name value name value …" from its one list of fields. `sink` takes a const char* and a length; no memory is needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "firmware/protocol/fields.h"
#include "firmware/protocol/text.h"

namespace pumpfw::protocol {

// An enumeration of the protocol that has words.
template <typename T>
concept Described = std::is_enum_v<T> && requires(T code) {
  describe(code);
};

template <typename Sink>
class Printer {
 public:
  explicit Printer(Sink& sink) : sink_(sink) {}

  template <typename T>
  void operator()(const char* name, const T& value) {
    if (!first_) text(" ");
    first_ = false;
    text(name);
    text(" ");
    put(value);
  }
  constexpr bool since(std::uint8_t) const { return true; }

 private:
  template <typename T>
  void put(const T& value) {
    if constexpr (Record<T>) {
      text("{");
      first_ = true;
      T::fields(*this, value);
      first_ = false;
      text("}");
    } else if constexpr (Described<T>) {
      const CodeText& words = describe(value);
      text(words.name);
      if (words.code == 0xFFFF) put(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_enum_v<T>) {
      put(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_same_v<T, bool>) {
      text(value ? "yes" : "no");
    } else {
      if (value < 0) text("-");
      number(value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
    }
  }
  template <typename T, std::size_t N>
  void put(const List<T, N>& list) {
    text("[");
    for (std::size_t i = 0; i < list.count; ++i) {
      if (i > 0) text(" ");
      put(list.items[i]);
    }
    text("]");
  }
  template <std::size_t N>
  void put(const Text<N>& value) {
    text("\"");
    for (std::size_t i = 0; i < value.size(); ++i) {
      const char c = value.chars[i] >= ' ' && value.chars[i] <= '~' && value.chars[i] != '"' ? value.chars[i] : '?';
      sink_(&c, std::size_t{1});
    }
    text("\"");
  }
  template <std::size_t N>
  void put(const std::array<std::uint8_t, N>& bytes) {
    for (const std::uint8_t byte : bytes) {
      const char pair[2] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
      sink_(pair, sizeof(pair));
    }
  }

  void number(std::uint64_t value) {
    char digits[20];
    std::size_t at = sizeof(digits);
    do {
      digits[--at] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    sink_(digits + at, sizeof(digits) - at);
  }
  void text(const char* words) {
    std::size_t size = 0;
    while (words[size] != '\0') ++size;
    sink_(words, size);
  }

  Sink& sink_;
  bool first_ = true;
};

template <Record M, typename Sink>
void print(const M& message, Sink&& sink) {
  Printer<std::remove_reference_t<Sink>> printer(sink);
  M::fields(printer, message);
}

}  // namespace pumpfw::protocol
