// Fields of a message, listed once: encoding, decoding and size derive from the same list (print.h adds printing).
//
//   struct SilenceAlarm {
//     static constexpr const char* kName = "SilenceAlarm";
//     std::uint32_t duration_s = 0;
//     static constexpr void fields(auto& v, auto& m) { v("duration_s", m.duration_s); }
//   };
//
// On the wire: little-endian, no padding; bool and enumeration as their integer; a List as a count byte and so many items; a Text as its
// whole width, zero-padded; records in place. The fields of a later minor stand at the end, behind one
// `if (v.since(minor))`: a message has all of them or none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "firmware/protocol/version.h"

namespace pumpfw::protocol {

template <typename T>
concept Record = requires {
  T::kName;
};

// At most N items; those beyond `count` are not sent.
template <Record T, std::size_t N>
struct List {
  static_assert(N < 256);
  std::uint8_t count = 0;
  std::array<T, N> items{};

  static constexpr std::size_t capacity() { return N; }
  constexpr bool push(const T& item) {
    if (count >= N) return false;
    items[count++] = item;
    return true;
  }
  constexpr std::span<const T> view() const { return {items.data(), count}; }
  friend constexpr bool operator==(const List& a, const List& b) requires requires(const T& x) { x == x; }
  {
    bool same = a.count == b.count;
    for (std::size_t i = 0; same && i < a.count; ++i) same = a.items[i] == b.items[i];
    return same;
  }
};

// Plain text of at most N bytes, zero-padded; not terminated when it fills the field.
template <std::size_t N>
struct Text {
  std::array<char, N> chars{};

  constexpr Text() = default;
  constexpr Text(const char* text) {  // NOLINT: text literals become fields; what does not fit is cut
    for (std::size_t i = 0; i < N && text[i] != '\0'; ++i) chars[i] = text[i];
  }
  constexpr std::size_t size() const {
    std::size_t n = 0;
    while (n < N && chars[n] != '\0') ++n;
    return n;
  }
  friend constexpr bool operator==(const Text&, const Text&) = default;
};

class Encoder {
 public:
  constexpr explicit Encoder(std::span<std::uint8_t> out, std::uint8_t minor = kMinor) : out_(out), minor_(minor) {}

  template <typename T>
  constexpr void operator()(const char*, const T& value) {
    put(value);
  }
  constexpr bool since(std::uint8_t minor) const { return minor_ >= minor; }
  constexpr std::size_t size() const { return at_; }
  constexpr bool ok() const { return ok_; }

 private:
  template <typename T>
  constexpr void put(const T& value) {
    if constexpr (Record<T>) {
      T::fields(*this, value);
    } else if constexpr (std::is_enum_v<T>) {
      put(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_same_v<T, bool>) {
      put_bytes(value ? 1 : 0, 1);
    } else {
      static_assert(std::is_integral_v<T>);
      put_bytes(static_cast<std::uint64_t>(value), sizeof(T));
    }
  }
  template <typename T, std::size_t N>
  constexpr void put(const List<T, N>& list) {
    if (list.count > N) ok_ = false;
    put_bytes(list.count, 1);
    for (std::size_t i = 0; ok_ && i < list.count; ++i) put(list.items[i]);
  }
  template <std::size_t N>
  constexpr void put(const Text<N>& text) {
    for (const char c : text.chars) put_bytes(static_cast<std::uint8_t>(c), 1);
  }
  template <std::size_t N>
  constexpr void put(const std::array<std::uint8_t, N>& bytes) {
    for (const std::uint8_t byte : bytes) put_bytes(byte, 1);
  }
  constexpr void put_bytes(std::uint64_t value, std::size_t width) {
    if (out_.size() - at_ < width) ok_ = false;
    if (!ok_) return;
    for (std::size_t i = 0; i < width; ++i) out_[at_++] = static_cast<std::uint8_t>(value >> (8 * i));
  }

  std::span<std::uint8_t> out_;
  std::uint8_t minor_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

class Decoder {
 public:
  constexpr explicit Decoder(std::span<const std::uint8_t> in) : in_(in) {}

  template <typename T>
  constexpr void operator()(const char*, T& value) {
    get(value);
  }
  // A sender of an older minor ends before such fields.
  constexpr bool since(std::uint8_t) const { return at_ < in_.size(); }
  constexpr bool ok() const { return ok_; }
  constexpr std::size_t left() const { return in_.size() - at_; }

 private:
  template <typename T>
  constexpr void get(T& value) {
    if constexpr (Record<T>) {
      T::fields(*this, value);
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(get_bytes(sizeof(T)));
    } else if constexpr (std::is_same_v<T, bool>) {
      const std::uint64_t raw = get_bytes(1);
      if (raw > 1) ok_ = false;
      value = raw == 1;
    } else {
      static_assert(std::is_integral_v<T>);
      value = static_cast<T>(get_bytes(sizeof(T)));
    }
  }
  template <typename T, std::size_t N>
  constexpr void get(List<T, N>& list) {
    const std::uint64_t count = get_bytes(1);
    if (count > N) ok_ = false;
    list.count = ok_ ? static_cast<std::uint8_t>(count) : std::uint8_t{0};
    for (std::size_t i = 0; i < list.count; ++i) get(list.items[i]);
  }
  template <std::size_t N>
  constexpr void get(Text<N>& text) {
    for (char& c : text.chars) c = static_cast<char>(get_bytes(1));
  }
  template <std::size_t N>
  constexpr void get(std::array<std::uint8_t, N>& bytes) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(get_bytes(1));
  }
  constexpr std::uint64_t get_bytes(std::size_t width) {
    if (left() < width) ok_ = false;
    if (!ok_) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value |= static_cast<std::uint64_t>(in_[at_++]) << (8 * i);
    return value;
  }

  std::span<const std::uint8_t> in_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

// Bytes that a record takes at most (its lists full).
class Sizer {
 public:
  template <typename T>
  constexpr void operator()(const char*, const T& value) {
    add(value);
  }
  constexpr bool since(std::uint8_t) const { return true; }
  constexpr std::size_t size() const { return size_; }

 private:
  template <typename T>
  constexpr void add(const T& value) {
    if constexpr (Record<T>) {
      T::fields(*this, value);
    } else if constexpr (std::is_same_v<T, bool>) {
      size_ += 1;
    } else {
      size_ += sizeof(T);
    }
  }
  template <typename T, std::size_t N>
  constexpr void add(const List<T, N>&) {
    size_ += 1;
    for (std::size_t i = 0; i < N; ++i) add(T{});
  }
  template <std::size_t N>
  constexpr void add(const Text<N>&) {
    size_ += N;
  }
  template <std::size_t N>
  constexpr void add(const std::array<std::uint8_t, N>&) {
    size_ += N;
  }
  std::size_t size_ = 0;
};

template <Record M>
constexpr std::size_t max_size() {
  Sizer sizer;
  const M message{};
  M::fields(sizer, message);
  return sizer.size();
}

// Writes the fields of `minor` and older. Returns their number of bytes; none for a message without fields and also when `out` is too
// small, which `fits` (if given) tells apart.
template <Record M>
constexpr std::size_t encode(const M& message, std::span<std::uint8_t> out, std::uint8_t minor = kMinor, bool* fits = nullptr) {
  Encoder encoder(out, minor);
  M::fields(encoder, message);
  if (fits != nullptr) *fits = encoder.ok();
  return encoder.ok() ? encoder.size() : 0;
}

enum class Trailing : std::uint8_t { kRefused, kIgnored };

// Reads a whole record: false, and `message` as it was, when bytes are missing, a bool is neither 0 nor 1, a list is too long, or bytes
// are left over (Trailing::kRefused: for requests).
template <Record M>
constexpr bool decode(std::span<const std::uint8_t> in, M& message, Trailing trailing) {
  Decoder decoder(in);
  M fresh{};
  M::fields(decoder, fresh);
  if (!decoder.ok() || (trailing == Trailing::kRefused && decoder.left() != 0)) return false;
  message = fresh;
  return true;
}

}  // namespace pumpfw::protocol
