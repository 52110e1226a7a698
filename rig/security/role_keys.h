// The keys of a pump's roles, as far as this rig was given them.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "firmware/protocol/codes.h"
#include "rig/security/secret.h"

namespace pumprig::security {

struct RoleKeys {
  std::array<std::optional<Secret>, 3> of;  // by Role - 1

  const Secret* find(pumpfw::protocol::Role role) const;
  void set(pumpfw::protocol::Role role, const Secret& key);
  bool any() const { return of[0].has_value() || of[1].has_value() || of[2].has_value(); }
  bool all() const { return of[0].has_value() && of[1].has_value() && of[2].has_value(); }
};

// patient.key, clinician.key and service.key of a folder; those that are missing stay out. kNotFound when none is there; else as
// read_key_file().
Result<RoleKeys> read_key_folder(const std::string& folder);

// For simulated pumps: always the same, and no secret.
RoleKeys test_keys();

}  // namespace pumprig::security
