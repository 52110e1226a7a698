#include "firmware/protocol/messages.h"
#include "firmware/protocol/image_messages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/permissions.h"
#include "firmware/protocol/print.h"
#include "firmware/protocol/reply_cache.h"

namespace pumpfw::protocol {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <typename Test, typename... Ms>
void for_each(Test test) {
  (test.template operator()<Ms>(), ...);
}
template <typename Test>
void for_each_message(Test test) {
  for_each<Test, Identify, IdentifyReply, ReadStatus, StatusReply, SelfTest, SelfTestReply, ReadProgram, ProgramReply, WriteProgram,
           WriteProgramReply, StartTherapy, StopTherapy, TherapyReply, RequestBolus, BolusReply, EnterReservoir, ReservoirReply, ReadLog,
           LogReply, ClearAlarm, SilenceAlarm, AlarmReply, SetClock, ClockReply, Prime, CancelPrime, GiveBolus, CancelBolus, TestAlarm,
           EstablishState, ReadState, StateReply, ResetDevice, BeginImage, ImagePart, FinishImage, ImageReply, Empty, EnvelopeHead,
           RequestHead, ReplyHead>(test);
}

TEST(Messages, EveryOneFitsIntoABodyWithItsHeadAndLeavesRoomForATag) {
  for_each_message([]<typename M>() { EXPECT_LE(max_size<M>() + kReplyHeadSize, kMaxBody) << M::kName; });
  EXPECT_EQ(kHeadSize, 13U);
  EXPECT_EQ(kRequestHeadSize, 5U);
  EXPECT_EQ(kReplyHeadSize, 7U);
  EXPECT_EQ(max_size<StatusReply>(), 150U);
  EXPECT_EQ(max_size<Program>(), 410U);
  EXPECT_EQ(max_size<IdentifyReply>(), 92U);
}

TEST(Messages, RandomBytesThatDecodeEncodeToTheSameBytes) {
  std::mt19937 rng(7);
  for_each_message([&]<typename M>() {
    int decoded = 0;
    for (int round = 0; round < 2000; ++round) {
      Bytes bytes(max_size<M>());
      for (auto& byte : bytes) byte = static_cast<std::uint8_t>(rng() % 3 == 0 ? rng() % 2 : rng());
      M message;
      const bool ok = decode(bytes, message, Trailing::kIgnored);
      if (!ok) continue;
      ++decoded;
      Bytes again(max_size<M>());
      const std::size_t size = encode(message, again);
      ASSERT_TRUE(std::equal(again.begin(), again.begin() + static_cast<std::ptrdiff_t>(size), bytes.begin())) << M::kName;
    }
    EXPECT_GT(decoded, 10) << M::kName;
  });
}

TEST(Messages, RequestOfAnyOtherLengthIsRefusedAndLeavesTheTargetAlone) {
  Bytes bytes(max_size<WriteProgram>() + 1);
  WriteProgram request;
  request.program.basal_rate_nl_per_day = 500'000;
  const std::size_t size = encode(request, bytes);
  for (std::size_t given = 0; given <= bytes.size(); ++given) {
    WriteProgram target;
    target.crc = 77;
    const bool ok = decode(std::span<const std::uint8_t>(bytes).first(given), target, Trailing::kRefused);
    EXPECT_EQ(ok, given == size);
    EXPECT_EQ(target.crc, ok ? 0U : 77U);
  }
}

TEST(Messages, BoolThatIsNeitherZeroNorOneIsRefused) {
  Bytes bytes(max_size<EnterReservoir>());
  EnterReservoir request;
  encode(request, bytes);
  bytes[4] = 2;
  EXPECT_FALSE(decode(bytes, request, Trailing::kRefused));
}

TEST(Messages, ListLongerThanItsRoomIsRefused) {
  Bytes bytes(max_size<LogReply>() + 64);
  bytes[8] = kMaxLogEntries + 1;
  LogReply reply;
  EXPECT_FALSE(decode(bytes, reply, Trailing::kIgnored));
  bytes[8] = kMaxLogEntries;
  EXPECT_TRUE(decode(bytes, reply, Trailing::kIgnored));
  EXPECT_EQ(reply.entries.count, kMaxLogEntries);
}

// What a minor version 1 might make of a reply.
struct Grown {
  static constexpr const char* kName = "Grown";
  std::uint16_t first = 0;
  std::uint32_t added = 99;
  static constexpr void fields(auto& v, auto& m) {
    v("first", m.first);
    if (v.since(1)) v("added", m.added);
  }
};
struct Original {
  static constexpr const char* kName = "Original";
  std::uint16_t first = 0;
  static constexpr void fields(auto& v, auto& m) { v("first", m.first); }
};

TEST(Versions, OldReaderIgnoresWhatANewerSenderAdds) {
  Bytes bytes(max_size<Grown>());
  EXPECT_EQ(encode(Grown{5, 6}, bytes, 1), 6U);
  Original old;
  EXPECT_TRUE(decode(bytes, old, Trailing::kIgnored));
  EXPECT_EQ(old.first, 5);
  EXPECT_FALSE(decode(bytes, old, Trailing::kRefused)) << "as a request it is refused";
}

TEST(Versions, NewReaderKeepsDefaultsForWhatAnOlderSenderDoesNotSay) {
  Bytes bytes(2);
  EXPECT_EQ(encode(Grown{5, 6}, bytes, 0), 2U);
  Grown grown;
  EXPECT_TRUE(decode(bytes, grown, Trailing::kIgnored));
  EXPECT_EQ(grown.first, 5);
  EXPECT_EQ(grown.added, 99U);
}

TEST(Text, EveryCodeHasItsOwnNameAndASentence) {
  for (const auto table : {message_types(), status_codes(), therapy_states(), basal_modes(), alarms(), motor_driver_states(), log_codes(),
                           reset_causes(), roles()}) {
    std::set<std::string> names;
    int last = -1;
    for (const CodeText& row : table) {
      EXPECT_TRUE(names.insert(row.name).second) << row.name;
      EXPECT_GT(std::string(row.text).size(), 2U);
      EXPECT_GT(row.code, last);
      last = row.code;
    }
  }
  EXPECT_EQ(alarms().size(), static_cast<std::size_t>(Alarm::kCount));
  EXPECT_STREQ(describe(StatusCode::kLockout).name, "lockout");
  EXPECT_STREQ(describe(static_cast<StatusCode>(9999)).name, "unknown");
}

TEST(Text, RecordIsPrintedByItsFields) {
  std::string out;
  BolusReply reply;
  reply.dose_nl = 12'500;
  reply.rtc_ticks = ~std::uint64_t{0};
  print(reply, [&](const char* text, std::size_t size) { out.append(text, size); });
  EXPECT_EQ(out, "dose_nl 12500 lockout_remaining_s 0 doses_left_24h 0 rtc_ticks 18446744073709551615 next_bolus_in_s 4294967294");
  out.clear();
  LogReply log;
  log.entries.push({7, 8, LogCode::kBolusRefused, -2147483647 - 1, 0});
  print(log, [&](const char* text, std::size_t size) { out.append(text, size); });
  EXPECT_EQ(out,
            "oldest_seq 0 newest_seq 0 entries [{seq 7 rtc_ticks 8 code bolus_refused argument_1 -2147483648 argument_2 0}] first_crc 0 "
            "last_crc 0");
}

TEST(Permissions, PatientCanNeitherProgramNorStop) {
  for (const CodeText& row : message_types()) {
    const auto type = static_cast<MessageType>(row.code);
    const bool patient = type == MessageType::kIdentify || type == MessageType::kReadStatus || type == MessageType::kRequestBolus ||
                         type == MessageType::kSilenceAlarm || type == MessageType::kOpenSession;
    EXPECT_EQ(permitted(Role::kPatient, type), patient) << row.name;
    EXPECT_TRUE(permitted(Role::kPatient, type) || permitted(Role::kClinician, type) || permitted(Role::kService, type)) << row.name;
    EXPECT_FALSE(test_image_only(type) && permitted(Role::kClinician, type)) << row.name;
  }
}

Bytes reply_body(const RequestHead& request, StatusCode status) {
  Bytes body(kReplyHeadSize);
  EXPECT_EQ(write_reply(request, status, Empty{}, body), kReplyHeadSize);
  return body;
}

TEST(ReplyCache, GivesTheSameReplyToTheSameNonceOfTheSameRoleOnly) {
  ReplyCache cache;
  const RequestHead request{MessageType::kRequestBolus, 42};
  EXPECT_TRUE(cache.find(Role::kPatient, request).empty());
  const Bytes reply = reply_body(request, StatusCode::kLockout);
  cache.keep(Role::kPatient, request, reply);
  const auto found = cache.find(Role::kPatient, request);
  EXPECT_EQ(Bytes(found.begin(), found.end()), reply);
  EXPECT_TRUE(cache.find(Role::kClinician, request).empty());
  EXPECT_TRUE(cache.find(Role::kPatient, {MessageType::kRequestBolus, 43}).empty());
  EXPECT_TRUE(cache.find(Role::kPatient, {MessageType::kSilenceAlarm, 42}).empty());
}

TEST(ReplyCache, ReadingInBetweenDoesNotForget) {
  ReplyCache cache;
  const RequestHead start{MessageType::kStartTherapy, 1}, status{MessageType::kReadStatus, 2};
  cache.keep(Role::kClinician, start, reply_body(start, StatusCode::kOk));
  cache.keep(Role::kClinician, status, reply_body(status, StatusCode::kOk));
  EXPECT_FALSE(cache.find(Role::kClinician, start).empty());
  EXPECT_TRUE(cache.find(Role::kClinician, status).empty());
}

TEST(ReplyCache, BusyIsNotKeptSoThatTheSameNonceCanSucceed) {
  ReplyCache cache;
  const RequestHead request{MessageType::kWriteProgram, 1};
  cache.keep(Role::kClinician, request, reply_body(request, StatusCode::kBusy));
  EXPECT_TRUE(cache.find(Role::kClinician, request).empty());
}

TEST(ReplyCache, HoldsTheReplyOfEveryMessageThatChangesSomething) {
  const std::size_t longest = std::max({max_size<WriteProgramReply>(), max_size<TherapyReply>(), max_size<BolusReply>(),
                                        max_size<ReservoirReply>(), max_size<AlarmReply>(), max_size<Empty>()});
  EXPECT_LE(kReplyHeadSize + longest, ReplyCache::kLongest);
}

}  // namespace
}  // namespace pumpfw::protocol
