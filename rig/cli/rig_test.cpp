// The programs rig and rigd as a script sees them: exit codes, what stands on stdout and stderr, files left behind.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <sstream>
#include <thread>

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Done {
  int code = -1;
  std::string out;
  std::string err;
};

class Program : public testing::Test {
 protected:
  Program() {
    std::string pattern = (fs::temp_directory_path() / "pumprig-rig-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    socket_ = (folder_ / "rigd.sock").string();
    ::unsetenv("PUMPRIG_SOCKET");
    ::setenv("PUMPRIG_DATA", PUMPRIG_SOURCE_DIR, 1);
  }
  ~Program() override {
    if (daemon_ > 0) finish(daemon_, SIGTERM);
    fs::remove_all(folder_);
  }

  pid_t start(std::vector<std::string> words, const std::string& tag) {
    words.front() = std::string(PUMPRIG_BINARY_DIR) + "/bin/" + words.front();
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, 1, (folder_ / (tag + ".out")).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_addopen(&actions, 2, (folder_ / (tag + ".err")).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t pid = -1;
    EXPECT_EQ(::posix_spawn(&pid, arguments[0], &actions, nullptr, arguments.data(), environ), 0) << words.front();
    ::posix_spawn_file_actions_destroy(&actions);
    return pid;
  }
  static int finish(pid_t pid, int signal = 0) {
    if (signal != 0) ::kill(pid, signal);
    int status = 0;
    ::waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }
  Done rig(std::vector<std::string> words) {
    words.insert(words.begin(), "rig");
    const auto pid = start(words, "rig");
    const int code = finish(pid);
    return {code, read_file(folder_ / "rig.out"), read_file(folder_ / "rig.err")};
  }
  void start_daemon() {
    daemon_ = start({"rigd", "--socket", socket_, "--runs", out()}, "rigd");
    while (read_file(folder_ / "rigd.out").find("serves") == std::string::npos) {
      ASSERT_EQ(::waitpid(daemon_, nullptr, WNOHANG), 0) << read_file(folder_ / "rigd.err");
      std::this_thread::yield();
    }
  }

  std::string out() const { return (folder_ / "runs").string(); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  // A short delivery whose limit is around the true rate, or far away from it.
  std::string scenario(const std::string& name, const std::string& expected, const std::string& channel = "flow.volume") const {
    return write(name + ".json", R"({"scenario": 1, "name": ")" + name + R"(", "title": "A short delivery",
      "parameters": {"rate": {"dimension": "flow rate", "default": "2 mL/day", "min": "0.048 mL/day", "max": "24 mL/day", "help": "basal rate"}},
      "steps": [
        {"step": "program", "rate": "${rate}"},
        {"step": "start"},
        {"step": "phase", "title": "delivery", "as": "delivery", "during": [{"step": "wait", "for": "4 h"}]},
        {"step": "measure", "id": "flow", "what": "mean_flow", "channel": ")" +
                                     channel + R"(", "window": {"over": "delivery", "settle": "1 h"},
         "limit": {"within": "14.5 %", "of": ")" +
                                     expected + R"("}, "requirements": ["REQ-103"]}]})");
  }
  // Waits for the one run in the folder to have a door, which it has while it is at work.
  void await_door() {
    for (;;) {
      std::error_code error;
      for (fs::directory_iterator entry(out(), error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().extension() == ".abort") return;
      }
      std::this_thread::yield();
    }
  }

  fs::path folder_;
  std::string socket_;
  pid_t daemon_ = -1;
};

TEST_F(Program, HelpSaysExitCodesAndEnvironment) {
  const auto help = rig({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const auto* word : {"run",  "attach", "pause",          "resume",       "abort",          "status",    "list",  "lint",
                           "runs", "show",   "compare",        "export",       "report",         "twin",      "ports", "programmer",
                           "ptm",  "keys",   "PUMPRIG_SOCKET", "PUMPRIG_DATA", "PUMPRIG_PYTHON", "Exit codes"}) {
    EXPECT_THAT(help.out, HasSubstr(word));
  }
  EXPECT_EQ(rig({}).code, 2);
  EXPECT_EQ(rig({"run"}).code, 2);
  EXPECT_EQ(rig({"run", "x", "--speed", "fast"}).code, 2);
  EXPECT_EQ(rig({"dance"}).code, 2);
}

TEST_F(Program, KeysAreDrawnOnceGivenByWireAndThenNeeded) {
  const std::string keys = (folder_ / "keys").string();
  ASSERT_EQ(rig({"keys", "new", keys}).code, 0);
  EXPECT_EQ(fs::status(keys + "/patient.key").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_THAT(rig({"keys", "new", keys}).err, HasSubstr("not overwritten"));
  const pid_t twin = start({"rig", "twin", "--ptys", (folder_ / "twin").string()}, "twin");
  const std::string link = "pty:" + (folder_ / "twin" / "pump").string();
  while (read_file(folder_ / "twin.out").find('\n') == std::string::npos && ::waitpid(twin, nullptr, WNOHANG) == 0) ::usleep(20'000);
  EXPECT_EQ(rig({"ptm", "--link", link, "--keys", keys, "status"}).code, 2) << "a blank pump, and nobody said that it may get keys";
  const auto given = rig({"keys", "give", keys, "--link", link});
  EXPECT_EQ(given.code, 0) << given.err;
  EXPECT_THAT(rig({"ptm", "--link", link, "status"}).err, HasSubstr("it has keys that this rig was not given"));
  const auto status = rig({"ptm", "--link", link, "--keys", keys, "status"});
  EXPECT_EQ(status.code, 0) << status.err;
  finish(twin, SIGINT);
}

TEST_F(Program, APassExitsWithZeroAndTheJsonHasEveryField) {
  const auto done = rig({"run", scenario("good", "2 mL/day"), "--out", out(), "--json", "--seed", "4"});
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  const auto json = Json::parse(done.out);
  EXPECT_EQ(json["exit_code"], 0);
  const auto& run = json["runs"][0];
  EXPECT_EQ(run["bench_kind"], "virtual");
  EXPECT_EQ(run["seed"], 4);
  EXPECT_EQ(run["digest"].get<std::string>().size(), 64U);
  const auto& check = run["checks"][0];
  EXPECT_EQ(check["id"], "flow");
  EXPECT_EQ(check["verdict"], "pass");
  EXPECT_EQ(check["requirements"], Json::array({"REQ-103"}));
  for (const auto* field : {"limit", "value", "unit", "margin", "uncertainty", "window", "channel", "clock"}) {
    EXPECT_TRUE(check.contains(field) && !check[field].is_null()) << field;
  }
  EXPECT_TRUE(fs::exists(run["path"].get<std::string>()));
}

TEST_F(Program, TheSameSeedGivesTheSameDigestAndComparesEqual) {
  const auto file = scenario("good", "2 mL/day");
  const auto a = Json::parse(rig({"run", file, "--out", out(), "--json"}).out)["runs"][0];
  const auto b = Json::parse(rig({"run", file, "--out", out(), "--json"}).out)["runs"][0];
  const auto c = Json::parse(rig({"run", file, "--out", out(), "--json", "--seed", "2"}).out)["runs"][0];
  EXPECT_EQ(a["digest"], b["digest"]);
  EXPECT_NE(a["digest"], c["digest"]);
  EXPECT_EQ(rig({"compare", a["path"], b["path"]}).code, 0);
}

TEST_F(Program, AFailureExitsWithOneAndPrintsHowToRepeatIt) {
  const auto done = rig({"run", scenario("bad", "4 mL/day"), "--out", out(), "--set", "rate=1 mL/day"});
  EXPECT_EQ(done.code, 1) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("fail"));
  EXPECT_THAT(done.out, HasSubstr("repeat with"));
  EXPECT_THAT(done.out, HasSubstr("--set 'rate=1 mL/day' --seed 1"));
  EXPECT_EQ(rig({"show", "last", "--dir", out()}).code, 1);
}

TEST_F(Program, WrongInputExitsWithTwoAndNamesFilePlaceAndRemedy) {
  const auto file = write("broken.json",
                          "{\"scenario\": 1, \"name\": \"x\", \"title\": \"y\",\n \"steps\": [{\"step\": \"progam\"}, {\"step\": \"wait\", "
                          "\"for\": \"3 m\"}]}");
  const auto done = rig({"run", file, "--out", out(), "--json"});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("broken.json:2:"));
  EXPECT_THAT(done.err, HasSubstr("/steps/0/step"));
  EXPECT_THAT(done.err, HasSubstr("/steps/1/for"));
  EXPECT_THAT(done.err, HasSubstr("program"));
  EXPECT_EQ(Json::parse(done.out)["runs"][0]["state"], "refused");
  EXPECT_FALSE(fs::exists(out()));
  EXPECT_EQ(rig({"lint", file}).code, 2);
  EXPECT_EQ(rig({"run", "no_such_scenario"}).code, 2);
  EXPECT_EQ(rig({"run", scenario("good", "2 mL/day"), "--bench", "/no/such/bench.json"}).code, 2);
  EXPECT_EQ(rig({"run", scenario("good", "2 mL/day"), "--set", "rate=1000 mL/day", "--out", out()}).code, 2);
  EXPECT_EQ(rig({"show", "nothing", "--dir", out()}).code, 2);
}

TEST_F(Program, SeveralScenariosMakeOneJunitFileAndTheWorstExitCode) {
  const auto junit = folder_ / "results" / "junit.xml";
  const auto done = rig({"run", scenario("good", "2 mL/day"), scenario("bad", "4 mL/day"), "--out", out(), "--junit", junit.string()});
  EXPECT_EQ(done.code, 1) << done.out << done.err;
  pugi::xml_document document;
  ASSERT_TRUE(document.load_file(junit.c_str()));
  const auto suites = document.child("testsuites");
  EXPECT_EQ(suites.attribute("tests").as_int(), 2);
  EXPECT_EQ(suites.attribute("failures").as_int(), 1);
  EXPECT_EQ(suites.attribute("errors").as_int(), 0);
  EXPECT_STREQ(suites.child("testsuite").attribute("name").value(), "good [virtual]");
}

TEST_F(Program, CtrlCReachesTheSafeStateAndTheRunIsKeptAsAborted) {
  const auto pid = start({"rig", "run", scenario("good", "2 mL/day"), "--out", out(), "--speed", "1", "--json"}, "abort");
  await_door();
  EXPECT_EQ(finish(pid, SIGINT), 2);
  const auto run = Json::parse(read_file(folder_ / "abort.out"))["runs"][0];
  EXPECT_EQ(run["verdict"], "aborted");
  EXPECT_EQ(run["state"], "finished");
  const auto csv = folder_ / "csv";
  ASSERT_EQ(rig({"export", run["path"], "--csv", csv.string()}).code, 0);
  EXPECT_THAT(read_file(csv / "events.csv"), HasSubstr("established and read back"));
}

TEST_F(Program, RigAbortStopsARunOfAnotherProcess) {
  const auto pid = start({"rig", "run", scenario("good", "2 mL/day"), "--out", out(), "--speed", "1"}, "abort");
  await_door();
  EXPECT_THAT(rig({"status", "--dir", out()}).out, HasSubstr("good on bench"));
  EXPECT_EQ(rig({"abort", "last", "--dir", out()}).code, 0);
  EXPECT_EQ(finish(pid), 2);
  EXPECT_EQ(rig({"abort", "last", "--dir", out()}).code, 2);
  EXPECT_EQ(rig({"show", "last", "--dir", out()}).code, 2);
}

TEST_F(Program, ARunWhoseProcessIsKilledIsUnfinishedAndNoPass) {
  const auto pid = start({"rig", "run", scenario("good", "2 mL/day"), "--out", out(), "--speed", "1"}, "killed");
  await_door();
  EXPECT_EQ(finish(pid, SIGKILL), 1000 + SIGKILL);
  const auto shown = rig({"show", "last", "--dir", out()});
  EXPECT_EQ(shown.code, 2);
  EXPECT_THAT(shown.out, HasSubstr("unfinished"));
  EXPECT_EQ(rig({"abort", "last", "--dir", out()}).code, 2);
}

TEST_F(Program, ABenchThatCannotMeasureItIsNotRunAndExitsWithThree) {
  const auto junit = folder_ / "junit.xml";
  const auto done = rig({"run", "basal_accuracy", "--set", "rate=24 mL/day", "--out", out(), "--junit", junit.string()});
  EXPECT_EQ(done.code, 3) << done.out << done.err;
  EXPECT_THAT(done.out, HasSubstr("not run"));
  EXPECT_THAT(done.out, HasSubstr("needs a meter"));
  pugi::xml_document document;
  ASSERT_TRUE(document.load_file(junit.c_str()));
  EXPECT_GT(document.child("testsuites").attribute("skipped").as_int(), 0);
  EXPECT_EQ(document.child("testsuites").attribute("failures").as_int(), 0);
}

TEST_F(Program, ADebuggerIsForTheArmFirmwareOnly) {
  const auto done = rig({"run", scenario("good", "2 mL/day"), "--gdb", "--out", out()});
  EXPECT_EQ(done.code, 2);
  EXPECT_THAT(done.err, HasSubstr("virtual-arm"));
}

TEST_F(Program, ADaemonRunsItAndTheResultIsTheSame) {
  start_daemon();
  const auto file = scenario("good", "2 mL/day");
  const auto there = rig({"run", file, "--out", out(), "--socket", socket_, "--json"});
  EXPECT_EQ(there.code, 0) << there.out << there.err;
  const auto here = rig({"run", file, "--out", out(), "--json"});
  const auto run_there = Json::parse(there.out)["runs"][0];
  EXPECT_EQ(run_there["digest"], Json::parse(here.out)["runs"][0]["digest"]);
  EXPECT_EQ(run_there["key_values"]["submitted_by_uid"], std::to_string(::getuid()));
  EXPECT_THAT(rig({"status", "--socket", socket_, "--dir", out()}).out, HasSubstr("idle"));
  EXPECT_EQ(Json::parse(rig({"runs", "--socket", socket_, "--json"}).out)["runs"].size(), 2U);
  const auto broken = rig({"run", write("broken.json", "{"), "--socket", socket_});
  EXPECT_EQ(broken.code, 2);
  EXPECT_THAT(broken.err, HasSubstr("broken.json:1:"));
  EXPECT_EQ(finish(std::exchange(daemon_, -1), SIGTERM), 0);
  EXPECT_FALSE(fs::exists(socket_));
  EXPECT_EQ(rig({"run", file, "--socket", socket_}).code, 2);
}

TEST_F(Program, ADaemonThatIsEndedAbortsItsRunToTheSafeState) {
  start_daemon();
  const auto pid =
      start({"rig", "run", scenario("good", "2 mL/day"), "--out", out(), "--socket", socket_, "--speed", "1", "--json"}, "abort");
  await_door();
  EXPECT_EQ(finish(std::exchange(daemon_, -1), SIGTERM), 0);
  EXPECT_EQ(finish(pid), 2);
  EXPECT_EQ(Json::parse(read_file(folder_ / "abort.out"))["runs"][0]["verdict"], "aborted");
}

TEST_F(Program, CtrlCOfTheClientAbortsTheRunInTheDaemon) {
  start_daemon();
  const auto pid =
      start({"rig", "run", scenario("good", "2 mL/day"), "--out", out(), "--socket", socket_, "--speed", "1", "--json"}, "abort");
  await_door();
  EXPECT_EQ(finish(pid, SIGINT), 2);
  EXPECT_EQ(Json::parse(read_file(folder_ / "abort.out"))["runs"][0]["verdict"], "aborted");
}

TEST_F(Program, ListAndLintSayWhatABundledScenarioTakes) {
  const auto list = rig({"list", "--requirement", "REQ-103", "--json"});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_THAT(list.out, HasSubstr("basal_accuracy"));
  const auto lint = rig({"lint", "basal_accuracy"});
  EXPECT_EQ(lint.code, 0) << lint.err;
  EXPECT_THAT(lint.out, HasSubstr("mL of fluid"));
}

}  // namespace
