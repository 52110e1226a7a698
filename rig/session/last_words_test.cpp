#include "rig/session/last_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "rig/record/reader.h"
#include "rig/record/writer.h"
#include "rig/session/run_index.h"

namespace pumprig::session {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LastWords : public testing::Test {
 protected:
  LastWords() {
    std::string name = (fs::temp_directory_path() / "pumprig-words-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    const char* state = std::getenv("XDG_STATE_HOME");
    if (state != nullptr) state_before_ = state;
    ::setenv("XDG_STATE_HOME", (folder_ / "state").c_str(), 1);
  }
  ~LastWords() override {
    if (state_before_.empty()) {
      ::unsetenv("XDG_STATE_HOME");
    } else {
      ::setenv("XDG_STATE_HOME", state_before_.c_str(), 1);
    }
    fs::remove_all(folder_);
  }
  fs::path interrupted_run() {
    record::RunInfo info(record::BenchKind::kVirtual);
    info.scenario = "a";
    const auto path = folder_ / "a.pumprun";
    EXPECT_TRUE(record::RunWriter::create(path, info));
    return path;
  }
  static record::Event words(const std::string& text) { return {kRunStart, "guard", "safe_state", text, "", false}; }

  fs::path folder_;
  std::string state_before_;
};

TEST_F(LastWords, StandInTheRecordWhereItCanBeWritten) {
  const auto run = interrupted_run();
  const auto place = say_last_words(run, words("the pump stands"));
  ASSERT_TRUE(place) << place.error().describe();
  EXPECT_EQ(*place, run);
  EXPECT_THAT(notes_on(run), IsEmpty());
  EXPECT_EQ(record::RunReader::open(run)->events()->back().event.text, "the pump stands");
  EXPECT_THAT(load_report(run)->reason, HasSubstr("the pump stands"));
}

TEST_F(LastWords, StandBesideARecordThatCannotBeWritten) {
  const auto run = folder_ / "a.pumprun";
  std::ofstream(run) << "this was a run before the disk broke";
  const auto first = say_last_words(run, words("one"));
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_EQ(*first, folder_ / "a.pumprun.notes");
  ASSERT_TRUE(say_last_words(run, words("two\nlines")));
  EXPECT_THAT(notes_on(run), ElementsAre("one", "two\nlines"));
}

TEST_F(LastWords, StandInTheUsersFolderWhereNothingBesideTheRunCanBeWritten) {
  const auto run = folder_ / "gone" / "a.pumprun";  // the folder is not there, for root as for anybody
  const auto place = say_last_words(run, words("one"));
  ASSERT_TRUE(place) << place.error().describe();
  EXPECT_EQ(*place, folder_ / "state" / "pumprig" / "a.pumprun.notes");
  EXPECT_THAT(notes_on(run), ElementsAre("one"));
  EXPECT_THAT(notes_on(folder_ / "other" / "a.pumprun"), IsEmpty()) << "of another run with the same name";
}

TEST_F(LastWords, AreReportedAsLostWhereTheyCanStandNowhere) {
  ::setenv("XDG_STATE_HOME", "/dev/null/state", 1);
  EXPECT_EQ(say_last_words(folder_ / "gone" / "a.pumprun", words("one")).error().code, ErrorCode::kUnavailable);
}

TEST_F(LastWords, MakeARunThatSeemsToBeAtWorkAnUnfinishedOneWithAReason) {
  record::RunInfo info(record::BenchKind::kVirtual);
  info.scenario = "a";
  const auto run = folder_ / "a.pumprun";
  auto writer = record::RunWriter::create(run, info);
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(load_report(run)->state, RunState::kRunning);
  std::ofstream(folder_ / "a.pumprun.notes") << "{\"run\": \"x\", \"text\": \"the disk broke\"}\nrubbish\n{\"text\": 5}\n";
  const auto report = load_report(run);
  EXPECT_EQ(report->state, RunState::kUnfinished);
  EXPECT_EQ(report->verdict, Verdict::kError);
  EXPECT_EQ(report->reason, "the disk broke");
}

}  // namespace
}  // namespace pumprig::session
