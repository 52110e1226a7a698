// REQ-601, 602, 605, 606 of the sealed suite, on a whole pump: whatever is made of an honest session's frames on their way, nothing is done
// that nobody asked for, nothing is done twice, and an honest session works afterwards. Of the clear suite: firmware/pump/campaign.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "firmware/pump/campaign/count.h"
#include "firmware/pump/campaign/frames.h"
#include "firmware/pump/campaign/pump_state.h"
#include "firmware/pump/storage/layout.h"
#include "firmware/pump/storage/records.h"
#include "firmware/pump/testing/programs.h"
#include "rig/security/testing/whole_pump.h"

namespace pumprig::security {
namespace {

using namespace testing;
using pumpfw::TherapyState;
using pumpfw::campaign::Random;
using pumpfw::campaign::State;
using pumpfw::campaign::state_of;

constexpr std::size_t kFramesAPump = 100;

// With a lockout so short that a request said again would be granted within the session.
protocol::Program program_at(std::uint32_t rate_nl_per_day) {
  protocol::Program program = pumpfw::testing::bolus_program(rate_nl_per_day);
  program.bolus_dose_nl = 2'500;
  program.bolus_duration_s = 30;
  program.bolus_lockout_s = 60;
  return program;
}
const protocol::Program kOld = program_at(500'000);
const protocol::Program kNew = program_at(700'000);

// Steps come by themselves.
State but_for_steps(State state) {
  state.reservoir_steps = state.steps_in_life = 0;
  return state;
}

// As the memory holds it, and would give it back after a reset.
pump::SecurityState in_memory(const FakeBoard& board) {
  pump::SecurityState newest;
  std::optional<std::uint32_t> sequence;
  for (const std::uint32_t slot : {pumpfw::kSecuritySlots, pumpfw::kSecuritySlots + pumpfw::kSlotSize}) {
    pump::SecurityState read;
    const auto info = pumpfw::decode_slot(std::span(board.nvm).subspan(slot, pumpfw::kSlotSize), read);
    if (info.health != pumpfw::SlotHealth::kGood || (sequence && info.sequence < *sequence)) continue;
    sequence = info.sequence;
    newest = read;
  }
  return newest;
}

bool any_fell(const pump::SecurityState& before, const pump::SecurityState& after) {
  for (std::size_t i = 0; i < std::size(kRoles); ++i) {
    if (after.roles[i].session_counter < before.roles[i].session_counter) return true;
  }
  return false;
}

std::vector<Bytes> payloads_in(const Bytes& bytes, protocol::FrameDecoder& decoder) {
  std::vector<Bytes> out;
  for (const std::uint8_t byte : bytes) {
    if (decoder.push(byte)) out.emplace_back(decoder.payload().begin(), decoder.payload().end());
  }
  return out;
}

// A pump with keys that gives therapy, the clinician's session with it, and what the clinician has said and is about to say in it.
class Overheard {
 public:
  explicit Overheard(pumpfw::Mutant mutant = pumpfw::Mutant::kNone)
      : pump(mutant), clinician(pump.board, Role::kClinician, key_of(Role::kClinician)) {
    const auto must = [](std::optional<StatusCode> status) { EXPECT_EQ(status, StatusCode::kOk); };
    must(clinician.open());
    must(clinician.ask(protocol::WriteProgram{kOld, protocol::checksum(kOld)}));
    said.push_back(clinician.sent);
    must(clinician.ask(protocol::EnterReservoir{20'000'000, true, 0}));
    said.push_back(clinician.sent);
    must(clinician.ask(protocol::StartTherapy{}));
    said.push_back(clinician.sent);
    pump.board.run_for(kMinute);
    must(clinician.ask(protocol::RequestBolus{}));
    said.push_back(clinician.sent);
    pump.board.run_for(kMinute + 10 * kSecond);
    unsaid.push_back(clinician.sealed(protocol::SetClock{1'772'400'000}));
    unsaid.push_back(clinician.sealed(protocol::GiveBolus{2'500, 60}));
    unsaid.push_back(clinician.sealed(protocol::CancelBolus{}));
    unsaid.push_back(clinician.sealed(protocol::WriteProgram{kNew, protocol::checksum(kNew)}));
    unsaid.push_back(clinician.sealed(protocol::StopTherapy{}));
  }

  Provisioned pump;
  Rig clinician;
  std::vector<Bytes> said;    // and done
  std::vector<Bytes> unsaid;  // in the order of their counters
};

// A payload whose pieces are of two.
Bytes crossed(Random& random, const Bytes& one, const Bytes& other) {
  Bytes out = one;
  const std::size_t common = std::min(one.size(), other.size());
  const std::size_t cut = random() % 2 == 0 ? protocol::kHeadSize : random() % common;
  if (random() % 2 == 0) {
    std::copy_n(other.begin(), std::min(cut, common), out.begin());  // the head, or more
  } else {
    std::copy_n(other.end() - protocol::kMaxTag, protocol::kMaxTag, out.end() - protocol::kMaxTag);
  }
  return out;
}

class SealedFrames {
 public:
  SealedFrames(std::uint64_t seed, pumpfw::Mutant mutant = pumpfw::Mutant::kNone) : random_(seed), mutant_(mutant) {}

  // Throws `frames` altered ones at one pump, and then speaks honestly.
  void run(std::size_t frames) {
    Overheard session(mutant_);
    FakeBoard& board = session.pump.board;
    board.receiver_stays_on = true;
    std::deque<Rig> strangers;
    for (const Role role : kRoles) strangers.emplace_back(board, role, key_of(role));
    protocol::FrameDecoder decoder;  // in step with the pump's
    pump::SecurityState before = in_memory(board);
    const auto is_good = [&](const Bytes& one) { return is_unsaid(session, one) || is_opening(one); };
    for (std::size_t thrown = 0; thrown < frames && finding.empty();) {
      const Bytes bytes = random_() % 4 == 0 ? altered_opening(strangers, before) : altered_request(session);
      protocol::FrameDecoder then = decoder;
      const auto arrived = payloads_in(bytes, then);
      // What comes through unaltered would be done, and is none of this; nor is what lacks only its end, which the next one begins with.
      protocol::FrameDecoder ended = then;
      const auto lacking_its_end = payloads_in({0}, ended);
      if (std::ranges::any_of(arrived, is_good) || std::ranges::any_of(lacking_its_end, is_good)) continue;
      decoder = then;
      ++thrown;
      whole += arrived.size();
      throw_at(board, bytes);
      const pump::SecurityState after = in_memory(board);
      must(!any_fell(before, after), "a session counter falls");
      before = after;
    }
    if (!finding.empty()) return;
    speak_honestly(session);
    board.reboot();
    board.run_for(2 * kSecond);
    must(!any_fell(before, in_memory(board)), "a session counter falls over a reset");
  }

  std::string finding;      // the first; empty: none
  std::uint64_t whole = 0;  // payloads that came through their frame's own checksum
  std::uint64_t guesses = 0;

 private:
  void must(bool holds, const char* otherwise) {
    if (!holds && finding.empty()) finding = otherwise;
  }
  static bool is_unsaid(const Overheard& session, const Bytes& payload) {
    return std::ranges::find(session.unsaid, payload) != session.unsaid.end();
  }
  // The proof covers role, nonce and request. The head in the clear is nobody's: who changes it has only passed the request on.
  bool is_opening(const Bytes& payload) const {
    constexpr std::size_t kRole = 3;
    return payload.size() == opening_.size() && payload.size() > protocol::kHeadSize && payload[kRole] == opening_[kRole] &&
           std::equal(payload.begin() + protocol::kHeadSize, payload.end(), opening_.begin() + protocol::kHeadSize);
  }
  const Bytes& any_of(const std::vector<Bytes>& payloads) { return payloads[random_() % payloads.size()]; }

  Bytes altered_request(const Overheard& session) {
    const Bytes& one = random_() % 4 == 0 ? any_of(session.said) : any_of(session.unsaid);
    const Bytes& other = random_() % 2 == 0 ? any_of(session.said) : any_of(session.unsaid);
    if (random_() % 8 == 0) return pumpfw::campaign::frame_of(crossed(random_, one, other));
    return pumpfw::campaign::altered(random_, one, other);
  }

  // Of a session that would be opened, were it left alone.
  Bytes altered_opening(std::deque<Rig>& strangers, const pump::SecurityState& known) {
    const std::size_t role = random_() % std::size(kRoles);
    opening_ = strangers[role].in_clear(strangers[role].opening(known.roles[role].session_counter + 1));
    if (random_() % 2 != 0) return pumpfw::campaign::altered(random_, opening_, strangers[role].in_clear(protocol::Identify{}));
    // In the request itself, where the proof has to tell.
    Bytes bad = opening_;
    bad[protocol::kHeadSize + 1 + random_() % (bad.size() - protocol::kHeadSize - 1)] ^= static_cast<std::uint8_t>(1U << random_() % 8);
    return pumpfw::campaign::frame_of(bad);
  }

  void throw_at(FakeBoard& board, const Bytes& bytes) {
    const State before = state_of(board.pump());
    board.telemetry.clear();
    board.send(bytes);
    must(state_of(board.pump()) == before, "an altered frame changes something");
    board.run_for(kSecond / 20);
    must(but_for_steps(state_of(board.pump())) == but_for_steps(before), "an altered frame changes something a moment later");
    protocol::FrameDecoder decoder;
    for (const Bytes& answer : payloads_in(board.telemetry, decoder)) judge_answer(answer);
  }

  void judge_answer(const Bytes& answer) {
    protocol::EnvelopeHead head;
    protocol::ReplyHead reply;
    ByteView fields;
    if (!protocol::decode(answer, head, protocol::Trailing::kIgnored)) return;
    must(head.suite == protocol::Suite::kClear, "an altered frame is answered in the session");
    if (head.suite != protocol::Suite::kClear || !protocol::read_body(ByteView(answer).subspan(protocol::kHeadSize), reply, fields)) return;
    guesses += reply.status == StatusCode::kNotAuthentic ? 1 : 0;
    must(reply.status != StatusCode::kOk || reply.type == protocol::MessageType::kIdentify, "an altered request in the clear is granted");
  }

  // What was about to be said is said now, in the session that stands all the same; and a new one opens when the back-off is over.
  void speak_honestly(Overheard& session) {
    FakeBoard& board = session.pump.board;
    board.run_for(kSecond);
    const std::size_t boluses = board.pump().boluses().size();
    for (const Bytes& payload : session.unsaid) {
      Bytes fields;
      must(session.clinician.ask_sealed(payload, fields) == StatusCode::kOk, "an honest request is not done");
    }
    must(board.pump().program() == kNew, "an honest program is not taken");
    must(board.pump().boluses().size() == boluses + 1, "an honest bolus is not given once");
    must(board.pump().therapy_state() == TherapyState::kStopped, "an honest stop stops nothing");
    board.run_for(6 * kMinute);
    for (const Role role : kRoles) {
      Rig rig(board, role, key_of(role));
      auto opened = rig.open();
      if (opened == StatusCode::kSessionReplayed) opened = rig.open();  // it had lost count
      must(opened == StatusCode::kOk, "an honest session does not open");
      must(rig.ask(protocol::ReadStatus{}) == StatusCode::kOk, "an honest session is not heard");
    }
  }

  Random random_;
  pumpfw::Mutant mutant_;
  Bytes opening_;  // the last one, as it were unaltered
};

TEST(SealedFrames, AlteredCutRepeatedAndCrossedDoNothingAndAnHonestSessionGoesOn) {
  const std::uint64_t frames = pumpfw::campaign::count_from("PUMPFW_FRAMES", 3'000);
  SealedFrames sealed(23);
  for (std::uint64_t done = 0; done < frames && sealed.finding.empty(); done += kFramesAPump) sealed.run(kFramesAPump);
  EXPECT_EQ(sealed.finding, "");
  // They are about something.
  EXPECT_GT(sealed.whole, frames / 2);
  EXPECT_GT(sealed.guesses, frames / 20);
}

TEST(SealedFrames, APlantedMistakeIsFound) {
  SealedFrames repeated(24, pumpfw::Mutant::kReplayTaken);
  repeated.run(kFramesAPump);
  EXPECT_NE(repeated.finding, "");
}

// The requests of a program update in a session of the clinician's; the link is cut behind so many bytes of it. What is wrong then; empty:
// nothing.
class SealedUpdate {
 public:
  explicit SealedUpdate(pumpfw::Mutant mutant = pumpfw::Mutant::kNone) : session_(mutant) {}

  // `of_frame`: the request that is cut; `bytes` of its frame arrive. Size of the frame in `size`.
  std::string cut(std::size_t of_frame, std::size_t bytes, std::size_t& size) {
    FakeBoard& board = session_.pump.board;
    const Bytes frames[] = {
        next(protocol::ReadStatus{}),  next(protocol::ReadProgram{}), next(protocol::WriteProgram{kNew, protocol::checksum(kNew)}),
        next(protocol::ReadProgram{}), next(protocol::ReadLog{1, 5}), next(protocol::ReadStatus{}),
    };
    const pumpfw::Tick from = board.rtc_now();
    for (std::size_t i = 0; i < of_frame; ++i) {
      board.telemetry.clear();
      board.send(frames[i]);
      for (int k = 0; k < 50 && board.telemetry.empty(); ++k) board.run_for(100);
      if (board.telemetry.empty()) return "a request is not answered";
    }
    size = frames[of_frame].size();
    board.send(ByteView(frames[of_frame]).first(std::min(bytes, size)));
    board.run_for(15 * kSecond);
    const bool written = of_frame > kUpdate || (of_frame == kUpdate && bytes >= size);
    if (board.pump().therapy_state() != TherapyState::kRunning) return "therapy does not run";
    if (board.pump().program() != (written ? kNew : kOld)) return "the wrong program holds";
    if (longest_gap(board, from) > 10 * kSecond) return "therapy pauses";
    // The link is back. The zero that the next frame begins with may be the end that the update lacked.
    const bool perhaps = of_frame == kUpdate && bytes + 1 == size;
    return read_back(written || perhaps ? kNew : kOld);
  }

  static constexpr std::size_t kFrames = 6;
  static constexpr std::size_t kUpdate = 2;

 private:
  template <typename Message>
  Bytes next(const Message& message) {
    return pumpfw::campaign::frame_of(session_.clinician.sealed(message));
  }

  static pumpfw::Tick longest_gap(const FakeBoard& board, pumpfw::Tick from) {
    pumpfw::Tick longest = 0, last = from;
    for (const pumpfw::Tick step : board.steps) {
      if (step < from) continue;
      longest = std::max(longest, step - last);
      last = step;
    }
    return std::max(longest, board.rtc_now() - last);
  }

  std::string read_back(const protocol::Program& program) {
    Rig& clinician = session_.clinician;
    std::optional<StatusCode> opened;
    for (int attempt = 0; attempt < 3 && opened != StatusCode::kOk; ++attempt) {  // it may be busy with the update
      opened = clinician.open();
      session_.pump.board.run_for(kSecond);
    }
    if (opened != StatusCode::kOk) return "no new session opens";
    protocol::ProgramReply read;
    if (clinician.ask(protocol::ReadProgram{}, read) != StatusCode::kOk) return "the pump does not tell its program";
    if (read.program != program) return "the wrong program is told";
    return read.crc == protocol::checksum(program) ? "" : "its checksum is wrong";
  }

  Overheard session_;
};

std::string cut_everywhere(pumpfw::Mutant mutant = pumpfw::Mutant::kNone) {
  for (std::size_t frame = 0; frame < SealedUpdate::kFrames; ++frame) {
    const std::size_t stride = frame == SealedUpdate::kUpdate ? 1 : 16;
    std::size_t size = 1;
    for (std::size_t bytes = 0; bytes <= size; bytes += stride) {
      const std::string finding = SealedUpdate(mutant).cut(frame, bytes, size);
      if (!finding.empty()) return finding + ", request " + std::to_string(frame) + " cut after " + std::to_string(bytes) + " bytes";
    }
  }
  return {};
}

// REQ-605, in a sealed session. In the clear: firmware/pump/campaign/link_test.cpp.
TEST(SealedUpdate, CutInAnyFrameLeavesTheOldProgramRunningOrTheNewOne) {
  EXPECT_EQ(cut_everywhere(), "");
}

TEST(SealedUpdate, APlantedMistakeIsFound) {
  EXPECT_THAT(cut_everywhere(pumpfw::Mutant::kLostLinkStops), ::testing::StartsWith("therapy does not run"));
  EXPECT_THAT(cut_everywhere(pumpfw::Mutant::kUpdateStops), ::testing::StartsWith("therapy does not run"));
  EXPECT_THAT(cut_everywhere(pumpfw::Mutant::kUpdatePauses), ::testing::StartsWith("therapy pauses"));
}

}  // namespace
}  // namespace pumprig::security
