#include "rig/twin/catheter/column.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace pumprig::twin {
namespace {

// Concentrations that differ by less than this part of the largest are the same.
constexpr double kSame = 1e-9;
// Most that one exchange between neighbours may move; up to 1/2 it is stable, and below 1/3 it makes no ripple.
constexpr double kLargestExchange = 0.3;
constexpr double kM3PerUl = 1e-9;

Concentration per_volume(const DrugMass& mass, double ul) {
  Concentration out{};
  if (ul > 0) {
    for (std::size_t d = 0; d < kDrugs; ++d) out[d] = mass[d] / ul;
  }
  return out;
}

bool same(const Concentration& a, const Concentration& b) {
  for (std::size_t d = 0; d < kDrugs; ++d) {
    if (std::fabs(a[d] - b[d]) > kSame * std::max(std::fabs(a[d]), std::fabs(b[d]))) return false;
  }
  return true;
}

}  // namespace

double taylor_aris_m2_per_s(double speed_m_per_s, double radius_m, double diffusivity_m2_per_s) {
  const double peclet = speed_m_per_s * radius_m / diffusivity_m2_per_s;
  return diffusivity_m2_per_s * (1 + peclet * peclet / 48);
}

Column::Column(const TubeShape& shape, const Concentration& content)
    : cell_(shape.volume_ul / static_cast<double>(shape.cells)),
      area_m2_(std::numbers::pi * shape.radius_m * shape.radius_m),
      shape_(shape),
      volume_(shape.volume_ul) {
  fill(content);
}

void Column::fill(const Concentration& content) {
  even_ = true;
  even_mass_ = content * volume_;
  passed_ul_ = passed_s_ = 0;
}

DrugMass Column::mass() const {
  if (even_) return even_mass_;
  DrugMass sum = part_[0].mass;
  for (std::size_t i = begin_; i < end_; ++i) sum += cells_[i] * cell_;
  sum += part_[1].mass;
  return sum;
}

Concentration Column::at(End end) const {
  if (even_) return per_volume(even_mass_, volume_);
  const Part& part = part_[static_cast<std::size_t>(end)];
  if (part.volume > 0) return per_volume(part.mass, part.volume);
  if (count() > 0) return end == End::kInlet ? cells_[begin_] : cells_[end_ - 1];
  const Part& other = part_[1 - static_cast<std::size_t>(end)];
  return per_volume(other.mass, other.volume);
}

// From one even volume to cells.
void Column::break_up() {
  const Concentration content = per_volume(even_mass_, volume_);
  auto full = static_cast<std::size_t>(volume_ / cell_);
  if (full > 0 && static_cast<double>(full) * cell_ > volume_) --full;
  cells_.assign(3 * full + 16, content);
  begin_ = full;
  end_ = 2 * full;
  // What is left over is no whole cell; of the mass nothing is lost to rounding.
  part_[0] = {};
  part_[1].volume = volume_ - static_cast<double>(full) * cell_;
  for (std::size_t d = 0; d < kDrugs; ++d) part_[1].mass[d] = even_mass_[d] - static_cast<double>(full) * cell_ * content[d];
  even_ = false;
}

void Column::become_even_if_so() {
  Concentration low = at(End::kInlet);
  Concentration high = low;
  const auto include = [&](const Concentration& c) {
    for (std::size_t d = 0; d < kDrugs; ++d) {
      low[d] = std::min(low[d], c[d]);
      high[d] = std::max(high[d], c[d]);
    }
  };
  include(at(End::kOutlet));
  if (!same(low, high)) return;
  for (std::size_t i = begin_; i < end_; ++i) include(cells_[i]);
  if (!same(low, high)) return;
  even_mass_ = mass();
  even_ = true;
}

void Column::push(End end, const Concentration& content) {
  if (end == End::kInlet ? begin_ == 0 : end_ == cells_.size()) {
    // To the middle of a row that has room at both ends.
    const std::size_t n = count();
    std::vector<Concentration> wider(3 * n + 16);
    std::copy(cells_.begin() + static_cast<std::ptrdiff_t>(begin_), cells_.begin() + static_cast<std::ptrdiff_t>(end_),
              wider.begin() + static_cast<std::ptrdiff_t>(n + 8));
    cells_ = std::move(wider);
    begin_ = n + 8;
    end_ = begin_ + n;
  }
  if (end == End::kInlet) {
    cells_[--begin_] = content;
  } else {
    cells_[end_++] = content;
  }
}

// The next full cell at an end, or what lies beyond it all at the other end.
Column::Part Column::pop(End end) {
  if (count() == 0) return std::exchange(part_[1 - static_cast<std::size_t>(end)], Part{});
  return {cell_, (end == End::kInlet ? cells_[begin_++] : cells_[--end_]) * cell_};
}

void Column::give(End end, double ul, const DrugMass& mass) {
  if (!(ul > 0)) return;
  const Concentration content = per_volume(mass, ul);
  if (even_) {
    if (same(content, per_volume(even_mass_, volume_))) {
      even_mass_ += mass;
      volume_ += ul;
      return;
    }
    break_up();
  }
  volume_ += ul;
  Part& part = part_[static_cast<std::size_t>(end)];
  DrugMass left = mass;
  for (double room = std::max(0.0, cell_ - part.volume); ul >= room; room = cell_) {
    for (std::size_t d = 0; d < kDrugs; ++d) {
      const double share = std::min(left[d], content[d] * room);
      part.mass[d] += share;
      left[d] -= share;
    }
    push(end, per_volume(part.mass, cell_));
    part = {};
    ul -= room;
  }
  part.volume += ul;
  part.mass += left;
}

DrugMass Column::take(End end, double ul) {
  DrugMass out{};
  ul = std::min(ul, volume_);
  if (!(ul > 0)) return out;
  if (even_) {
    out = per_volume(even_mass_, volume_) * ul;
    for (std::size_t d = 0; d < kDrugs; ++d) even_mass_[d] -= out[d];
    volume_ -= ul;
    return out;
  }
  volume_ -= ul;
  Part& part = part_[static_cast<std::size_t>(end)];
  while (ul > 0) {
    if (ul >= part.volume) {
      out += part.mass;
      ul -= part.volume;
      part = pop(end);
      if (part.volume <= 0) break;
      continue;
    }
    const double share = ul / part.volume;
    for (std::size_t d = 0; d < kDrugs; ++d) {
      const double gone = part.mass[d] * share;
      out[d] += gone;
      part.mass[d] -= gone;
    }
    part.volume -= ul;
    ul = 0;
  }
  return out;
}

DrugMass Column::peek(End end, double ul) const {
  ul = std::min(ul, volume_);
  if (!(ul > 0)) return {};
  if (even_) return per_volume(even_mass_, volume_) * ul;
  const Part& near = part_[static_cast<std::size_t>(end)];
  const Part& far = part_[1 - static_cast<std::size_t>(end)];
  double some = std::min(ul, near.volume);
  DrugMass out = per_volume(near.mass, near.volume) * some;
  ul -= some;
  for (std::size_t n = 0; n < count() && ul > 0; ++n) {
    some = std::min(ul, cell_);
    out += cells_[end == End::kInlet ? begin_ + n : end_ - 1 - n] * some;
    ul -= some;
  }
  if (ul > 0) out += per_volume(far.mass, far.volume) * std::min(ul, far.volume);
  return out;
}

void Column::flowed(double ul, double seconds) {
  if (even_) return;
  passed_ul_ += ul;
  passed_s_ += seconds;
  if (passed_ul_ < cell_) return;
  const double speed = passed_s_ > 0 ? passed_ul_ * kM3PerUl / passed_s_ / area_m2_ : 0;
  const double length = cell_ * kM3PerUl / area_m2_;
  disperse(taylor_aris_m2_per_s(speed, shape_.radius_m, shape_.diffusivity_m2_per_s) * passed_s_ / (length * length));
  passed_ul_ = passed_s_ = 0;
  become_even_if_so();
}

// `share` is D·t/Δx² : the variance it adds is 2·share·Δx², exactly. Nothing passes the ends.
void Column::disperse(double share) {
  if (count() < 2) return;
  const auto times = static_cast<std::size_t>(std::ceil(share / kLargestExchange));
  const double each = share / static_cast<double>(times);
  for (std::size_t n = 0; n < times; ++n) {
    Concentration from_before{};
    for (std::size_t i = begin_; i + 1 < end_; ++i) {
      for (std::size_t d = 0; d < kDrugs; ++d) {
        const double over = each * (cells_[i][d] - cells_[i + 1][d]);
        cells_[i][d] += from_before[d] - over;
        from_before[d] = over;
      }
    }
    for (std::size_t d = 0; d < kDrugs; ++d) cells_[end_ - 1][d] += from_before[d];
  }
}

}  // namespace pumprig::twin
