// Two ends of a wire in memory, with the timing of a serial line: what the virtual bench and the tests use.
//
// A chunk written at one end can be read at the other when its last bit has passed: 10 bits a byte at the baud rate, after what was sent
// before it, plus the latency. Baud 0: at once. Line time is wall time (no speed changes it), as on metal.
#pragma once

#include <memory>
#include <string>

#include "rig/link/link.h"

namespace pumprig::link {

struct MemoryWire;

// The plug between the rig and the wire. Pulled, the rig's end has hung up and what was under way is lost; the device notices nothing but
// silence, like a device whose USB adapter was pulled. After it is in again the rig's end works once it is reopened.
class Plug {
 public:
  Plug() = default;
  explicit Plug(std::shared_ptr<MemoryWire> wire) : wire_(std::move(wire)) {}
  void pull();
  void insert();

 private:
  std::shared_ptr<MemoryWire> wire_;
};

struct MemoryOptions {
  std::string name = "memory";  // what describe() says: "memory:NAME"
  int baud = 0;
  Duration latency{0};
};

struct MemoryPair {
  std::unique_ptr<Link> rig;
  std::unique_ptr<Link> device;
  Plug plug;
};

MemoryPair make_memory_pair(exec::Executor& executor, const MemoryOptions& options);

}  // namespace pumprig::link
