// The private half of the key that test images are built with (firmware/boards/lockstep/test_image_key.h). No secret: it signs what only a
// pump with a test image takes, and protects nothing but a test. A product is built with its maker's key, whose private half is nowhere
// here.
#pragma once

namespace pumprig::security {

inline constexpr const char* kTestImageKeyPem = R"(-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIMvvbxnWLb7BQymnhns37BSQLkMf01TxmVWKo6LFlNXnoAoGCCqGSM49
AwEHoUQDQgAEOU9J/HLDyIHPmOcnwLsTtBGZT8JYPt68U6pqRBg9rA9MwKnjFxa9
EbnpSjxAsC08191EX2qgirimRVVUcDXvHA==
-----END EC PRIVATE KEY-----
)";

}  // namespace pumprig::security
