// What a decoder of frames is, so that transact.h can feed any of them: bytes in, frames out, no clock, no link.
//
//   struct Decoder {
//     using Frame = …;                        // may hold views into the decoder; good until the next call
//     void begin(ByteView request);           // a new exchange: forget what is half read; the request says what to expect
//     Decoded next(ByteView& input);          // takes bytes off `input`; kNeedMore when it is used up
//     const Frame& frame() const;             // after kFrame
//     std::string_view fault() const;         // after kBad: one sentence
//   };
#pragma once

#include <cstdint>

namespace pumprig::link {

enum class Decoded : std::uint8_t { kNeedMore, kFrame, kBad };

}  // namespace pumprig::link
