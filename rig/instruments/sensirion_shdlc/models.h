// What is known of the sensors: range, accuracy and how they name themselves.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace pumprig::instruments::sensirion_shdlc {

enum class Chip : std::uint8_t { kSf04, kSf06 };

struct Model {
  std::string_view name;  // "LG16-0150D": the part name that an SF04 tells, and the setting
  Chip chip = Chip::kSf04;
  std::uint32_t product_id = 0;  // SF06: upper 24 bits of what command 50 tells
  std::uint16_t scale = 0;       // ticks per unit as command 53 tells; of an SF04 what the driver takes when told nothing else
  std::uint16_t unit = 0;        // unit code of command 53
  double full_scale = 0;         // µL/min
  double limit = 0;              // µL/min, beyond it the reading stands still
  // Accuracy: the larger of a part of the reading and a part of full scale.
  double of_reading = 0;
  double of_full_scale = 0;
  double repeat_of_full_scale = 0;
  bool assumed = false;  // scale or accuracy is an assumption to be checked against the sensor's own sheet
};

std::span<const Model> models();
// Null when unknown.
const Model* find_model(std::string_view name);
std::vector<std::string_view> model_names();

}  // namespace pumprig::instruments::sensirion_shdlc
