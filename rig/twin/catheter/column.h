// A tube with drug in it: a row of well-mixed cells of equal volume that moves on with the fluid and disperses along its axis.
//
// The frame moves with the fluid, so that nothing is smeared by the scheme itself: a cell enters whole and leaves whole, and only the axial
// dispersion of Taylor and Aris moves drug from cell to cell:
//   D_eff = D·(1 + Pe²/48),  Pe = u·r/D,  u = Q/(π·r²)       (Taylor 1953, Aris 1956; after times beyond r²/D·0.07, 10 s here)
// Its second moment is exact for any step. Volumes µL, masses µg, concentrations µg/µL (= mg/mL), times s.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace pumprig::twin {

inline constexpr std::size_t kDrugs = 2;
using Concentration = std::array<double, kDrugs>;  // µg/µL
using DrugMass = std::array<double, kDrugs>;       // µg

inline DrugMass operator*(const Concentration& c, double ul) {
  DrugMass out{};
  for (std::size_t d = 0; d < kDrugs; ++d) out[d] = c[d] * ul;
  return out;
}
inline DrugMass& operator+=(DrugMass& a, const DrugMass& b) {
  for (std::size_t d = 0; d < kDrugs; ++d) a[d] += b[d];
  return a;
}

// A straight tube of even bore.
struct TubeShape {
  double volume_ul = 0;
  double radius_m = 0;
  double diffusivity_m2_per_s = 5e-10;  // of the drug's molecules
  std::size_t cells = 256;
};

// D·(1 + Pe²/48) at a mean speed.
double taylor_aris_m2_per_s(double speed_m_per_s, double radius_m, double diffusivity_m2_per_s);

class Column {
 public:
  enum class End : std::size_t { kInlet = 0, kOutlet = 1 };

  Column(const TubeShape& shape, const Concentration& content);

  // Fluid enters or leaves at an end; the volume in it may change (a wall gives way). Taking more than there is gives what there is.
  void give(End end, double ul, const DrugMass& mass);
  DrugMass take(End end, double ul);
  // What take() would give, without taking it.
  DrugMass peek(End end, double ul) const;

  // Says that `ul` flowed through in `seconds`. Dispersion is done once a cell's worth has passed, at the mean speed of that time.
  void flowed(double ul, double seconds);
  // Fills all of it anew.
  void fill(const Concentration& content);

  double volume_ul() const { return volume_; }
  double cell_ul() const { return cell_; }
  DrugMass mass() const;
  // At the very end.
  Concentration at(End end) const;
  // The same everywhere, to 1e-9: then nothing but volume and mass is reckoned.
  bool even() const { return even_; }

 private:
  struct Part {
    double volume = 0;
    DrugMass mass{};
  };
  std::size_t count() const { return end_ - begin_; }
  void break_up();
  void become_even_if_so();
  void push(End end, const Concentration& content);
  Part pop(End end);
  void disperse(double share);

  double cell_;
  double area_m2_;
  TubeShape shape_;
  double volume_ = 0;
  bool even_ = true;
  DrugMass even_mass_{};
  std::array<Part, 2> part_{};        // not full cells at the two ends
  std::vector<Concentration> cells_;  // the full ones are [begin_, end_), inlet first
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  double passed_ul_ = 0;  // since dispersion was last done
  double passed_s_ = 0;
};

}  // namespace pumprig::twin
