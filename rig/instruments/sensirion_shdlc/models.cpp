#include "rig/instruments/sensirion_shdlc/models.h"

#include <array>

namespace pumprig::instruments::sensirion_shdlc {
namespace {

constexpr std::uint16_t kUlPerMin = 0x0844;
constexpr std::uint16_t kMlPerMin = 0x0845;
constexpr std::uint16_t kMlPerHour = 0x0855;

// Ranges and accuracies of the LG16 family and LD20-2600B as the maker states them for water. Where `assumed` stands, the scale (SF04: so
// that the limit uses most of 16 bits) or the accuracy (SF06: as of its nearest relative) is not stated publicly: give it in the bench
// file.
constexpr std::array<Model, 10> kModels{{
    {"LD20-0600L", Chip::kSf06, 0x070103, 1200, kMlPerHour, 20'000.0 / 60, 27'000.0 / 60, 0.05, 0.0025, 0.00025, true},
    {"LD20-2600B", Chip::kSf06, 0x070102, 20, kMlPerHour, 1'000'000.0 / 60, 1'600'000.0 / 60, 0.05, 0.0025, 0.00025, false},
    {"LG16-0025D", Chip::kSf04, 0, 16384, kUlPerMin, 1.5, 1.7, 0.10, 0.005, 0.0006, true},
    {"LG16-0150D", Chip::kSf04, 0, 4000, kUlPerMin, 7, 8, 0.05, 0.003, 0.0005, true},
    {"LG16-0430D", Chip::kSf04, 0, 270, kUlPerMin, 80, 120, 0.05, 0.0015, 0.0001, false},
    {"LG16-1000D", Chip::kSf04, 0, 29, kUlPerMin, 1000, 1100, 0.05, 0.002, 0.0002, true},
    {"LG16-2000D", Chip::kSf04, 0, 5, kUlPerMin, 5000, 5500, 0.05, 0.002, 0.0002, true},
    {"SLF3S-0600F", Chip::kSf06, 0x070303, 10, kUlPerMin, 2000, 3250, 0.05, 0.0025, 0.00025, true},
    {"SLF3S-1300F", Chip::kSf06, 0x070302, 500, kMlPerMin, 40'000, 65'000, 0.05, 0.0025, 0.00025, true},
    {"SLF3S-4000B", Chip::kSf06, 0x070305, 32, kMlPerMin, 600'000, 1'000'000, 0.05, 0.0025, 0.00025, true},
}};

}  // namespace

std::span<const Model> models() {
  return kModels;
}

const Model* find_model(std::string_view name) {
  for (const Model& model : kModels) {
    if (model.name == name) return &model;
  }
  return nullptr;
}

std::vector<std::string_view> model_names() {
  std::vector<std::string_view> names;
  for (const Model& model : kModels) names.push_back(model.name);
  return names;
}

}  // namespace pumprig::instruments::sensirion_shdlc
