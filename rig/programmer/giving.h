// The review of what is given or entered beside a prescription: a refill, priming, a single bolus.
#pragma once

#include <cstdint>
#include <optional>

#include "rig/programmer/prescription.h"
#include "rig/programmer/refill.h"

namespace pumprig::programmer {

struct RefillEntry {
  std::uint32_t volume_nl = 0;               // in the reservoir when all is done
  std::optional<std::uint32_t> measured_nl;  // drawn out before
  std::uint32_t capacity_nl = 0;             // that whoever fills believes this pump to have; 0: the pump's own word
  std::optional<Fill> fill;                  // none: by the pump's log and the vials of the library
  bool correct = false;                      // nothing was filled in: the volume of the last fill was entered wrong
};
struct RefillReview {
  Review review;
  std::optional<Residual> residual;
  std::optional<RefillDate> next;
  clients::protocol::Residual judged_by_pump{};  // once it is entered
};
// Why a pump that was meant to have this capacity is not this one; empty: it is.
std::string wrong_capacity(std::uint32_t meant_nl, const Present& present);
// REQ-304: a volume beyond the model's capacity, and a capacity that is not the model's, are refused with the reason. REQ-305: a residual
// beyond bounds is confirmed. The date is that of the program in the pump.
RefillReview review_refill(const RefillEntry& entry, const Present& present);

// Priming sends the path's volume out at the fastest rate: into a path that holds drug already that is a dose, and is confirmed twice.
Review review_prime(std::uint32_t volume_nl, const Present& present);

// A single bolus of the clinician, held to the limits of the library like a day that it comes on top of: with every bolus of the last 24
// hours and those that the patient may still ask for. What the pump would refuse is refused before anybody confirms it.
Review review_bolus(std::uint32_t volume_nl, std::uint32_t duration_s, const Present& present);

}  // namespace pumprig::programmer
