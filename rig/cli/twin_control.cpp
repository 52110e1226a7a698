// rig twin-control: what hands and the world do to a virtual patient: fluid into the reservoir, a magnet, faults, how fast time goes.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "rig/cli/commands.h"
#include "rig/exec/executor.h"
#include "rig/twin/control/control_lines.h"
#include "rig/twin/control/line_socket.h"

namespace pumprig::cli {
namespace {

struct ControlOptions {
  std::string directory;
  twin::ControlRequest request;
  std::vector<std::string> with;
  std::string magnet;
  double speed = 0;
  bool json = false;
};

Task<std::string> said_by_twin(const std::string& path, const twin::ControlRequest& request, exec::Executor& executor) {
  CO_TRY_ASSIGN(link::UniqueFd descriptor, twin::connect_unix(path));
  twin::LineSocket socket(executor, std::move(descriptor));
  const TimePoint deadline = executor.after_wall(std::chrono::seconds(5));
  CO_TRY(co_await socket.write_line(twin::format_control_request(request), deadline));
  co_return co_await socket.read_line(twin::kLongestControlLine, deadline);
}

// A list of names, or of faults with what they need.
std::string list_text(const nlohmann::json& faults) {
  std::string out;
  for (const auto& fault : faults) {
    if (fault.is_string()) {
      out += fault.get<std::string>() + "\n";
      continue;
    }
    out += fault.value("name", "") + "  " + fault.value("summary", "") + "\n";
    for (const auto& p : fault["parameters"]) {
      out += "    " + p.value("name", "") + "=" + p.value("default", "") + "  " + p.value("help", "") + "\n";
    }
  }
  return out.empty() ? "none\n" : out;
}

Status control(ControlOptions options) {
  for (const std::string& word : options.with) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return fail(ErrorCode::kInvalidArgument, "\"" + word + "\" is no parameter; write NAME=VALUE");
    options.request.parameters.emplace(word.substr(0, equals), word.substr(equals + 1));
  }
  const auto executor = exec::Executor::make_wall();
  TRY_ASSIGN(const std::string line, executor->run(said_by_twin(options.directory + "/control", options.request, *executor)));
  TRY_ASSIGN(const twin::ControlReply reply, twin::parse_control_reply(line));
  if (reply.error) return tl::unexpected<Error>(*reply.error);
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (options.json) {
    std::printf("%s\n", line.c_str());
  } else if (reply.value) {
    std::printf("%.10g\n", *reply.value);
  } else if (parsed.contains("faults")) {
    std::printf("%s", list_text(parsed["faults"]).c_str());
  } else {
    std::printf("done\n");
  }
  return {};
}

}  // namespace

void add_twin_control(CLI::App& app, Outcome& outcome) {
  auto options = std::make_shared<ControlOptions>();
  auto* command =
      app.add_subcommand("twin-control", "Fill the reservoir of a running rig twin, hold a magnet to it, make faults, set its speed");
  command->footer("Exit codes: 0 done, 2 refused, or no twin is there.");
  command->require_subcommand(1);
  command->add_option("DIR", options->directory, "the folder of its --ptys")->required();
  command->add_flag("--json", options->json, "the twin's answer as it came");
  const auto add = [&](const char* name, const char* help) {
    auto* sub = command->add_subcommand(name, help);
    sub->fallthrough();
    sub->callback([options, &outcome, verb = std::string(name)] {
      if (options->request.verb.empty()) options->request.verb = verb;
      const auto done = control(*options);
      outcome.exit_code = done ? kExitPass : complain(done.error());
    });
    return sub;
  };
  add("reservoir", "What is truly in the reservoir: the syringe of a refill; enter it with rig programmer refill, too")
      ->add_option("VOLUME", options->request.volume, "\"20 mL\"")
      ->required();
  auto* sub = add("drug", "Which drug is truly in the reservoir");
  sub->add_option("NAME", options->request.name, "\"morphine sulfate\"")->required();
  sub->add_option("CONCENTRATION", options->request.concentration, "\"20 mg/mL\"")->required();
  sub->add_flag("--everywhere", options->request.everywhere, "in the pump's tube and the catheter, too");
  sub = add("inject", "Make a fault; `faults` lists them");
  sub->add_option("FAULT", options->request.name, "its name")->required();
  sub->add_option("WITH", options->with, "its parameters, NAME=VALUE with the unit");
  add("clear", "Take a fault away")->add_option("FAULT", options->request.name, "its name")->required();
  sub = command->add_subcommand("magnet", "Hold a magnet to the pump, or take it away");
  sub->fallthrough();
  sub->add_option("WHERE", options->magnet, "on or off")->required()->check(CLI::IsMember({"on", "off"}));
  sub->callback([options, &outcome] {
    options->request.verb = options->magnet == "on" ? "inject" : "clear";
    options->request.name = "magnet";
    const auto done = control(*options);
    outcome.exit_code = done ? kExitPass : complain(done.error());
  });
  sub = add("speed", "How fast time goes, scenario seconds per second; with a number, from now on so fast");
  sub->add_option("TO", options->speed, "a number above 0");
  sub->callback([options, &outcome] {
    options->request.verb = "speed";
    if (options->speed != 0) options->request.number = options->speed;
    const auto done = control(*options);
    outcome.exit_code = done ? kExitPass : complain(done.error());
  });
  add("clock", "Seconds of the twin since it began");
  add("truth", "A true value of the plant, for tests: reservoir_ul, metered_ul, outlet_kpa")
      ->add_option("NAME", options->request.name, "its name")
      ->required();
  add("faults", "What faults there are, with their parameters");
  add("active", "What faults act now");
}

}  // namespace pumprig::cli
