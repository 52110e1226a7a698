// The twin as another process sees it: ptys and a control socket in a directory. Here both sides share one executor in wall time.
#include "rig/twin/ports/twin_on_ptys.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "rig/clients/programmer.h"
#include "rig/clients/pump_session.h"
#include "rig/link/posix/pty_link.h"
#include "rig/twin/control/line_socket.h"
#include "rig/twin/control/remote_control.h"
#include "rig/twin/ports/unheard_link.h"

namespace pumprig::twin {
namespace {

namespace fs = std::filesystem;

const instruments::Descriptor& pump_at_ports() {
  static const instruments::Descriptor descriptor{
      .kind = "pump_board", .summary = "the pump alone", .line = {}, .settings = {}, .channels = {}};
  return descriptor;
}

struct Ports {
  std::unique_ptr<exec::Executor> executor = exec::Executor::make_wall(60);
  fs::path directory = fs::temp_directory_path() / ("pumprig_ptys_" + std::to_string(::getpid()));
  std::string ready;
  exec::JoinHandle<void> twin;

  Ports() {
    fs::remove_all(directory);
    TwinOnPtysConfig config;
    config.bench.instruments.push_back({"pump", &pump_at_ports(), {}});
    config.directory = directory.string();
    config.ready = [this](const std::string& line) { ready = line; };
    Task<void> running = run_twin_on_ptys(std::move(config), *executor);
    twin = executor->spawn(std::move(running));
  }
  ~Ports() { fs::remove_all(directory); }
};

Task<void> until_ready(Ports& ports) {
  while (ports.ready.empty() && !ports.twin.done()) CO_TRY(co_await ports.executor->sleep_for(Duration{1'000'000}));
  co_return Status{};
}

Task<void> end_twin(Ports& ports) {
  ports.twin.cancel();
  Task<void> joined = ports.twin.join();
  const Status ended = co_await joined;
  if (!ended && ended.error().code != ErrorCode::kCancelled) co_return ended;
  co_return Status{};
}

Task<double> deliver_for_a_minute(Ports& ports) {
  CO_TRY(co_await until_ready(ports));
  CO_TRY_ASSIGN(const auto link, link::open_pty((ports.directory / "pump").string(), {}, *ports.executor));
  clients::PumpSession session(*link, clients::PumpSession::Options{});
  CO_TRY(co_await session.open());
  clients::Programmer programmer(session);
  CO_TRY(co_await programmer.refill(20'000'000));
  pumpfw::protocol::Program program;
  program.basal_rate_nl_per_day = 24'000'000;
  CO_TRY(co_await programmer.program(program));
  CO_TRY(co_await programmer.start());
  CO_TRY_ASSIGN(const auto control, connect_control((ports.directory / "control").string(), *ports.executor));
  std::string name = "displaced_ul";
  Task<double> first = control->truth(name);
  CO_TRY_ASSIGN(const double before, co_await first);
  const TimePoint since = ports.executor->now();
  CO_TRY(co_await ports.executor->sleep_for(std::chrono::minutes(2)));
  Task<double> second = control->truth(name);
  CO_TRY_ASSIGN(const double after, co_await second);
  const double minutes = to_seconds(ports.executor->now() - since) / 60;
  CO_TRY(co_await programmer.stop());
  CO_TRY(co_await end_twin(ports));
  co_return (after - before) / minutes;
}

TEST(TwinOnPtys, AForeignProcessDrivesThePumpThroughItsPort) {
  Ports ports;
  const auto rate = ports.executor->run(deliver_for_a_minute(ports));
  ASSERT_TRUE(rate) << rate.error().describe();
  EXPECT_NEAR(*rate, 24'000.0 / 1440,
              0.2 * 24'000.0 / 1440);  // wide: the two questions come late on a busy machine, and a roller notch counts
  const auto ready = nlohmann::json::parse(ports.ready);
  EXPECT_EQ(ready.at("ready"), true);
  EXPECT_EQ(ready.at("links").at("pump"), (ports.directory / "pump").string());
  EXPECT_FALSE(ready.at("firmware_hash").get<std::string>().empty());
  EXPECT_TRUE(fs::is_empty(ports.directory)) << "links are left behind";
}

Task<std::string> say(LineSocket& socket, std::string line) {
  CO_TRY(co_await socket.write_line(std::move(line), kNever));
  co_return co_await socket.read_line(1 << 20, kNever);
}

Task<void> inject_from_outside(Ports& ports) {
  CO_TRY(co_await until_ready(ports));
  const std::string path = (ports.directory / "control").string();
  CO_TRY_ASSIGN(const auto control, connect_control(path, *ports.executor));
  FaultParameters parameters{{"resistance", "2e14 Pa.s/m3"}};
  Task<void> inject = control->inject("leak", parameters);
  CO_TRY(co_await inject);
  CO_TRY(co_await control->set_reservoir_ul(2'200.5));
  Task<double> ask = control->truth("reservoir_ul");
  CO_TRY_ASSIGN(const double reservoir, co_await ask);
  EXPECT_DOUBLE_EQ(reservoir, 2'200.5);

  FaultParameters none;
  Task<void> wrong = control->inject("leek", none);
  const Status refused = co_await wrong;
  EXPECT_FALSE(refused);
  EXPECT_TRUE(refused || refused.error().code == ErrorCode::kInvalidArgument);
  Task<double> unknown = control->truth("mood");
  EXPECT_FALSE(co_await unknown);

  CO_TRY_ASSIGN(link::UniqueFd descriptor, connect_unix(path));
  LineSocket socket(*ports.executor, std::move(descriptor));
  const std::vector<std::pair<std::string, std::string>> talk = {
      {R"({"do":"active"})", R"({"faults":["leak"],"ok":true})"}, {R"({"do":"clear","fault":"leak"})", R"({"ok":true})"},
      {R"({"do":"active"})", R"({"faults":[],"ok":true})"},       {R"({"do":"speed","to":90})", R"({"ok":true,"value":90.0})"},
      {R"({"do":"speed"})", R"({"ok":true,"value":90.0})"},
  };
  for (const auto& [line, want] : talk) {
    CO_TRY_ASSIGN(const std::string reply, co_await say(socket, line));
    EXPECT_EQ(reply, want) << line;
  }
  for (const char* line :
       {"nonsense", R"({"do":"clear","fault":"leak"})", R"({"do":"speed","to":0})", R"({"do":"reservoir","volume":"3 kPa gauge"})"}) {
    CO_TRY_ASSIGN(const std::string reply, co_await say(socket, line));
    EXPECT_NE(reply.find("\"ok\":false"), std::string::npos) << reply;
  }
  CO_TRY(co_await end_twin(ports));
  const auto later = connect_control(path, *ports.executor);
  EXPECT_FALSE(later) << "the socket still answers";
  co_return Status{};
}

TEST(TwinOnPtys, FaultsSpeedAndReservoirAreSetThroughTheControlSocket) {
  Ports ports;
  const auto done = ports.executor->run(inject_from_outside(ports));
  EXPECT_TRUE(done) << done.error().describe();
}

// More than a terminal holds, while nobody listens: the device must not wait, and must answer again once somebody does.
Task<std::uint64_t> talk_to_nobody(Ports& ports) {
  const std::string path = (ports.directory / "deaf").string();
  fs::create_directories(ports.directory);
  CO_TRY_ASSIGN(auto pty, link::make_pty_device(path, *ports.executor));
  UnheardLink device(std::move(pty));
  const Bytes chunk(1000, 0x55);
  for (int i = 0; i < 100; ++i) CO_TRY(co_await device.write_all(chunk, kNever));
  CO_TRY_ASSIGN(const auto client, link::open_pty(path, {}, *ports.executor));
  client->discard_input();
  const Bytes word = {1, 2, 3};
  CO_TRY(co_await device.write_all(word, kNever));
  Bytes heard(16);
  CO_TRY_ASSIGN(const std::size_t got, co_await client->read_some(heard, kNever));
  heard.resize(got);
  EXPECT_EQ(heard, word);
  CO_TRY(co_await end_twin(ports));
  co_return device.lost_bytes();
}

TEST(TwinOnPtys, ADeviceDoesNotWaitForAListener) {
  Ports ports;
  const auto lost = ports.executor->run(talk_to_nobody(ports));
  ASSERT_TRUE(lost) << lost.error().describe();
  EXPECT_GT(*lost, 0u);
}

Task<void> second_twin(Ports& ports) {
  CO_TRY(co_await until_ready(ports));
  TwinOnPtysConfig config;
  config.bench.instruments.push_back({"pump", &pump_at_ports(), {}});
  config.directory = ports.directory.string();
  Task<void> running = run_twin_on_ptys(std::move(config), *ports.executor);
  const Status refused = co_await running;
  EXPECT_FALSE(refused);
  EXPECT_TRUE(refused || refused.error().code == ErrorCode::kUnavailable);
  CO_TRY_ASSIGN(const auto link, link::open_pty((ports.directory / "pump").string(), {}, *ports.executor));
  clients::PumpSession session(*link, clients::PumpSession::Options{});
  CO_TRY(co_await session.open());  // the first twin has kept its links
  co_return co_await end_twin(ports);
}

TEST(TwinOnPtys, ASecondTwinInTheSameDirectoryIsRefused) {
  Ports ports;
  const auto done = ports.executor->run(second_twin(ports));
  EXPECT_TRUE(done) << done.error().describe();
}

}  // namespace
}  // namespace pumprig::twin
