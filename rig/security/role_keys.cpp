#include "rig/security/role_keys.h"

#include "firmware/protocol/text.h"
#include "rig/security/chance.h"

namespace pumprig::security {
namespace {

using pumpfw::protocol::Role;
constexpr Role kRoles[] = {Role::kPatient, Role::kClinician, Role::kService};

}  // namespace

const Secret* RoleKeys::find(Role role) const {
  const auto index = static_cast<std::size_t>(role) - 1;
  return index < of.size() && of[index] ? &*of[index] : nullptr;
}

void RoleKeys::set(Role role, const Secret& key) {
  of[static_cast<std::size_t>(role) - 1] = key;
}

Result<RoleKeys> read_key_folder(const std::string& folder) {
  RoleKeys keys;
  for (const Role role : kRoles) {
    auto key = read_key_file(folder + "/" + pumpfw::protocol::describe(role).name + ".key");
    if (key) {
      keys.set(role, *key);
    } else if (key.error().code != ErrorCode::kNotFound) {
      return tl::unexpected<Error>(key.error());
    }
  }
  if (!keys.any()) return fail(ErrorCode::kNotFound, "none of patient.key, clinician.key and service.key is there", folder);
  return keys;
}

RoleKeys test_keys() {
  RoleKeys keys;
  for (const Role role : kRoles) {
    Secret key;
    Chance::seeded(0, std::string("test key of ") + pumpfw::protocol::describe(role).name).fill(key.fill());
    keys.set(role, key);
  }
  return keys;
}

}  // namespace pumprig::security
