// rig ports: the serial ports of this machine, and how a bench file names them.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/bench/ports.h"
#include "rig/cli/commands.h"
#include "rig/cli/progress_line.h"
#include "rig/cli/table.h"

namespace pumprig::cli {
namespace {

int list_ports(bool as_json) {
  const auto ports = bench::serial_ports();
  if (as_json) {
    auto json = nlohmann::ordered_json::array();
    for (const auto& port : ports) {
      json.push_back({{"link", port.link},
                      {"path", port.path},
                      {"usb_ids", port.usb_ids},
                      {"usb_serial", port.usb_serial},
                      {"description", port.description}});
    }
    const nlohmann::ordered_json all{{"ports", std::move(json)}};
    std::printf("%s\n", all.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return kExitPass;
  }
  if (ports.empty()) {
    std::printf("no serial port; is the adapter plugged in?\n");
    return kExitPass;
  }
  Table table({{"link"}, {"port"}, {"USB"}, {"serial number"}, {"description"}});
  for (const auto& port : ports) table.add({port.link, port.path, port.usb_ids, port.usb_serial, port.description});
  std::printf("%s", table.text(colour_on_stdout()).c_str());
  return kExitPass;
}

}  // namespace

void add_ports(CLI::App& app, Outcome& outcome) {
  auto as_json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("ports", "List the serial ports of this machine, with the link that a bench file writes for each");
  command->add_flag("--json", *as_json, "as JSON");
  command->callback([as_json, &outcome] { outcome.exit_code = list_ports(*as_json); });
}

}  // namespace pumprig::cli
