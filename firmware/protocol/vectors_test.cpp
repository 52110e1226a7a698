// The golden frames of vectors.json, in both directions of the codec.
#include <fstream>
#include <functional>
#include <map>

#include "firmware/protocol/envelope.h"
#include "firmware/protocol/image_messages.h"
#include "firmware/protocol/message_json.h"
#include "firmware/protocol/text.h"

namespace pumpfw::protocol {
namespace {

using Bytes = std::vector<std::uint8_t>;
using nlohmann::json;

Bytes unhex(const std::string& hex) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) bytes.push_back(static_cast<std::uint8_t>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

json vectors() {
  std::ifstream file(PUMPRIG_SOURCE_DIR "/firmware/protocol/vectors.json");
  return json::parse(file).at("frames");
}

// The bytes that our own codec makes of the vector's fields, and whether decoding them and encoding again gives the same.
template <Record M, typename Head>
Bytes body_of(const Head& head, const json& fields) {
  const M message = testing::from_json<M>(fields);
  Bytes body(kMaxBody);
  body.resize(write_body(head, message, body));
  Head head_again;
  std::span<const std::uint8_t> rest;
  EXPECT_TRUE(read_body(body, head_again, rest));
  M again;
  EXPECT_TRUE(decode(rest, again, Trailing::kRefused)) << M::kName;
  Bytes body_again(kMaxBody);
  body_again.resize(write_body(head_again, again, body_again));
  EXPECT_EQ(body_again, body);
  return body;
}

template <typename Request>
Bytes body_of_either(const json& v) {
  const auto nonce = v.at("nonce").get<std::uint32_t>();
  if (v.at("direction") == "to_pump") return body_of<Request>(RequestHead{Request::kType, nonce}, v.at("fields"));
  const auto status = static_cast<StatusCode>(v.at("status").get<std::uint16_t>());
  return body_of<typename Request::Reply>(ReplyHead{Request::kType, nonce, status}, v.at("fields"));
}

template <typename... Requests>
Bytes dispatch(const json& v) {
  Bytes body;
  const bool known = ((v.at("message") == describe(Requests::kType).name ? (body = body_of_either<Requests>(v), true) : false) || ...);
  EXPECT_TRUE(known) << v.at("message");
  return body;
}

Bytes payload_of(const json& v) {
  const Bytes body = dispatch<Identify, ReadStatus, SetClock, SelfTest, ReadProgram, WriteProgram, StartTherapy, StopTherapy, RequestBolus,
                              Prime, CancelPrime, GiveBolus, CancelBolus, EnterReservoir, ReadLog, ClearAlarm, SilenceAlarm, TestAlarm,
                              EstablishState, ReadState, ResetDevice, BeginImage, ImagePart, FinishImage>(v);
  EnvelopeHead head;
  head.direction = v.at("direction") == "to_pump" ? Direction::kToPump : Direction::kFromPump;
  for (const CodeText& role : roles()) {
    if (v.at("role") == role.name) head.role = static_cast<Role>(role.code);
  }
  head.session_id = v.at("session_id").get<std::uint32_t>();
  head.counter = v.at("counter").get<std::uint32_t>();
  Bytes payload(kHeadSize);
  EXPECT_EQ(encode(head, payload), kHeadSize);
  payload.insert(payload.end(), body.begin(), body.end());
  return payload;
}

TEST(Vectors, OurEncoderMakesEveryGoldenFrame) {
  const json all = vectors();
  ASSERT_GE(all.size(), 48U);
  for (const json& v : all) {
    const Bytes payload = payload_of(v);
    Bytes wire(kMaxFrame);
    wire.resize(encode_frame(payload, wire));
    EXPECT_EQ(wire, unhex(v.at("frame"))) << v.at("name");
  }
}

TEST(Vectors, OurDecoderReadsEveryGoldenFrame) {
  FrameDecoder decoder;
  for (const json& v : vectors()) {
    bool got = false;
    for (const std::uint8_t byte : unhex(v.at("frame"))) got = decoder.push(byte) || got;
    EXPECT_TRUE(got) << v.at("name");
  }
  EXPECT_EQ(decoder.counters().errors(), 0U);
}

}  // namespace
}  // namespace pumpfw::protocol
