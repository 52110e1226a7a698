// A session over a memory wire, under the virtual executor, with a scripted pump at the far end.
#pragma once

#include <gtest/gtest.h>

#include "rig/clients/pump_session.h"
#include "rig/clients/testing/scripted_pump.h"
#include "rig/link/memory/memory_link.h"

namespace pumprig::clients::testing {

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    pump.identity.model = "PR-20";
    pump.identity.board_serial = "PB-0001";
    pump.identity.capacity_nl = 20'000'000;
    pump.identity.image_kind = protocol::ImageKind::kTest;
    pump.status.therapy_state = protocol::TherapyState::kStopped;
    server = executor->spawn(pump.serve());
  }
  ~ClientTest() override {
    server.cancel();
    (void)executor->run(server.join());
  }

  template <typename T>
  Result<T> run(Task<T> task) {
    return executor->run(std::move(task));
  }
  void open() {
    const auto opened = run(session.open());
    ASSERT_TRUE(opened) << opened.error().describe();
  }
  std::size_t count(protocol::MessageType type) const {
    return static_cast<std::size_t>(
        std::count_if(pump.requests.begin(), pump.requests.end(), [&](const auto& head) { return head.type == type; }));
  }

  std::unique_ptr<exec::Executor> executor = exec::Executor::make_virtual();
  link::MemoryPair wire = link::make_memory_pair(*executor, {.name = "pump", .baud = 115200, .latency = std::chrono::milliseconds(1)});
  ScriptedPump pump{*executor, *wire.device};
  PumpSession session{*wire.rig, {}};
  exec::JoinHandle<void> server;
};

}  // namespace pumprig::clients::testing
