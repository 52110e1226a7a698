// A pump that answers anything: the rig's end neither crashes nor waits for ever, and every question ends in an answer or an error.
//
// Input: parts of [kind, size, bytes…], one for each frame that the pump hears. Kind 0: raw bytes. 1: a frame around them. 2: a sealed
// reply whose status and fields they are. 3: silence. When they are used up the pump says nothing more.
#include <algorithm>
#include <array>
#include <cstdlib>

#include "firmware/protocol/frame.h"
#include "rig/clients/pump_session.h"
#include "rig/link/memory/memory_link.h"

namespace {

using namespace pumprig;
using namespace pumprig::clients;

struct Pump {
  link::Link& link;
  ByteView script;
  protocol::FrameDecoder decoder;
  protocol::PumpSessions sessions;
};

Bytes framed(ByteView payload) {
  Bytes wire(protocol::kMaxFrame);
  wire.resize(protocol::encode_frame(payload.first(std::min(payload.size(), protocol::kMaxPayload)), wire));
  return wire;
}

Bytes answer(Pump& pump, ByteView asked) {
  if (pump.script.size() < 2) return {};
  const unsigned kind = pump.script[0] % 4;
  const ByteView said = pump.script.subspan(2, std::min<std::size_t>(pump.script[1], pump.script.size() - 2));
  pump.script = pump.script.subspan(2 + said.size());
  if (kind == 0) return {said.begin(), said.end()};
  if (kind == 1) return framed(said);
  const auto opened = pump.sessions.open(asked);
  protocol::RequestHead head;
  ByteView fields;
  if (kind == 3 || opened.status != protocol::OpenStatus::kOk || !protocol::read_body(opened.body, head, fields)) return {};
  Bytes body(protocol::kRequestHeadSize);
  protocol::encode(head, body);
  body.insert(body.end(), said.begin(), said.end());
  Bytes sealed(protocol::kMaxPayload);
  sealed.resize(pump.sessions.seal(opened.role, body, sealed));
  return framed(sealed);
}

Task<void> serve(Pump& pump) {
  std::array<std::uint8_t, 256> input{};
  for (;;) {
    CO_TRY_ASSIGN(const std::size_t got, co_await pump.link.read_some(input, kNever));
    for (std::size_t i = 0; i < got; ++i) {
      if (!pump.decoder.push(input[i])) continue;
      const Bytes wire = answer(pump, pump.decoder.payload());
      if (!wire.empty()) CO_TRY(co_await pump.link.write_all(wire, kNever));
    }
  }
}

Task<void> talk(PumpSession& session) {
  CO_TRY(co_await session.open());
  const protocol::ReadStatus status;
  const protocol::ReadProgram program;
  const protocol::ReadLog log;
  const protocol::ReadState state;
  static_cast<void>(co_await session.ask(Role::kPatient, status));
  static_cast<void>(co_await session.ask(Role::kClinician, program));
  static_cast<void>(co_await session.ask(Role::kClinician, log));
  static_cast<void>(co_await session.ask(Role::kService, state));
  co_return Status{};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto executor = exec::Executor::make_virtual();
  link::MemoryPair wire = link::make_memory_pair(*executor, {.name = "pump", .baud = 115200, .latency = std::chrono::milliseconds(1)});
  Pump pump{*wire.device, ByteView(data, size), {}, {}};
  PumpSession session(*wire.rig, {});
  auto server = executor->spawn(serve(pump));
  const Status talked = executor->run(talk(session));
  if (!talked && talked.error().text.empty()) std::abort();
  server.cancel();
  static_cast<void>(executor->run(server.join()));
  return 0;
}
