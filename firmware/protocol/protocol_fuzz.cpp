// Any bytes from the line: the decoder, the envelope and every message parser must neither crash nor accept what does not encode back.
#include <algorithm>
#include <cstdlib>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/messages.h"
#include "firmware/protocol/print.h"

namespace {

using namespace pumpfw::protocol;

// What an older minor wrote lacks the fields that came later.
template <Record M>
bool encodes_back(const M& message, std::uint8_t minor, std::span<const std::uint8_t> fields) {
  std::array<std::uint8_t, kMaxPayload> again{};
  bool fits = false;
  const std::size_t size = encode(message, again, minor, &fits);
  return fits && size == fields.size() && std::equal(fields.begin(), fields.end(), again.begin());
}

template <Record M>
void try_message(std::span<const std::uint8_t> fields) {
  M message;
  if (!decode(fields, message, Trailing::kRefused)) return;
  bool same = false;
  for (std::uint8_t minor = 0; minor <= kMinor; ++minor) same = same || encodes_back(message, minor, fields);
  if (!same) std::abort();
  std::size_t printed = 0;
  print(message, [&](const char*, std::size_t n) { printed += n; });
  static_cast<void>(printed);  // that it prints without harm is the point
}

template <Record... Ms>
void try_all(std::span<const std::uint8_t> fields) {
  (try_message<Ms>(fields), ...);
}

void try_payload(PumpSessions& pump, std::span<const std::uint8_t> payload) {
  const auto opened = pump.open(payload);
  std::array<std::uint8_t, kMaxPayload> out{};
  if (opened.status != OpenStatus::kOk) PumpSessions::refusal(opened.status, payload, out);
  const auto body = payload.size() > kHeadSize ? payload.subspan(kHeadSize) : std::span<const std::uint8_t>{};
  RequestHead request;
  ReplyHead reply;
  std::span<const std::uint8_t> fields;
  if (read_body(body, request, fields))
    try_all<WriteProgram, EnterReservoir, ReadLog, ClearAlarm, SilenceAlarm, EstablishState, ResetDevice, Empty>(fields);
  if (read_body(body, reply, fields))
    try_all<IdentifyReply, StatusReply, ProgramReply, WriteProgramReply, TherapyReply, BolusReply, ReservoirReply, LogReply, AlarmReply,
            StateReply>(fields);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::span<const std::uint8_t> bytes(data + 1, size - 1);
  PumpSessions pump;
  if ((data[0] & 1) != 0) {  // behind the CRC, which no fuzzer guesses
    try_payload(pump, bytes.first(bytes.size() < kMaxPayload ? bytes.size() : kMaxPayload));
    return 0;
  }
  FrameDecoder decoder;
  for (const std::uint8_t byte : bytes) {
    if (decoder.push(byte)) try_payload(pump, decoder.payload());
  }
  return 0;
}
