// Valid requests of every kind and every role, and what may become of them on the way.
#pragma once

#include <random>

#include "firmware/pump/campaign/wire.h"

namespace pumpfw::campaign {

using Random = std::mt19937_64;

// A payload of some request of any kind, from any role, with fields that a pump may well accept.
Bytes any_payload(Random& random, Address address);

// What arrives of it: mostly something else. Damaged so that the frame's CRC sees it; altered behind a CRC that has been mended, so that
// the fields reach the parser; cut, joined with another, sent twice.
Bytes altered(Random& random, const Bytes& payload, const Bytes& other);

}  // namespace pumpfw::campaign
