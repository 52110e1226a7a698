// For tests: fills a message from JSON and checks it against JSON, by the message's own list of fields.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "firmware/protocol/messages.h"

namespace pumpfw::protocol::testing {

class FromJson {
 public:
  explicit FromJson(const nlohmann::json& json) : json_(json) {}
  template <typename T>
  void operator()(const char* name, T& value) {
    ++fields_;
    get(json_.at(name), value);
  }
  bool since(std::uint8_t) const { return true; }
  std::size_t fields() const { return fields_; }

 private:
  template <typename T>
  static void get(const nlohmann::json& json, T& value) {
    if constexpr (Record<T>) {
      FromJson nested(json);
      T::fields(nested, value);
      EXPECT_EQ(nested.fields(), json.size());
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(json.get<std::underlying_type_t<T>>());
    } else {
      value = json.get<T>();
    }
  }
  template <typename T, std::size_t N>
  static void get(const nlohmann::json& json, List<T, N>& list) {
    for (const auto& item : json) {
      T value;
      get(item, value);
      EXPECT_TRUE(list.push(value));
    }
  }
  template <std::size_t N>
  static void get(const nlohmann::json& json, Text<N>& text) {
    text = Text<N>(json.get<std::string>().c_str());
  }
  template <std::size_t N>
  static void get(const nlohmann::json& json, std::array<std::uint8_t, N>& bytes) {
    const auto hex = json.get<std::string>();
    EXPECT_EQ(hex.size(), 2 * N);
    for (std::size_t i = 0; i < N; ++i) bytes[i] = static_cast<std::uint8_t>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
  }

  const nlohmann::json& json_;
  std::size_t fields_ = 0;
};

template <Record M>
M from_json(const nlohmann::json& json) {
  M message;
  FromJson reader(json);
  M::fields(reader, message);
  EXPECT_EQ(reader.fields(), json.size()) << M::kName;
  return message;
}

}  // namespace pumpfw::protocol::testing
