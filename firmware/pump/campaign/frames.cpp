#include "firmware/pump/campaign/frames.h"

#include "firmware/protocol/image_messages.h"
#include "firmware/protocol/permissions.h"
#include "firmware/protocol/security_messages.h"
#include "firmware/pump/campaign/action.h"

namespace pumpfw::campaign {
namespace {

using protocol::MessageType;

constexpr std::array kTypes = {
    MessageType::kIdentify,     MessageType::kReadStatus,     MessageType::kSetClock,    MessageType::kReadProgram,
    MessageType::kWriteProgram, MessageType::kStartTherapy,   MessageType::kStopTherapy, MessageType::kRequestBolus,
    MessageType::kPrime,        MessageType::kCancelPrime,    MessageType::kGiveBolus,   MessageType::kCancelBolus,
    MessageType::kReadLog,      MessageType::kEnterReservoir, MessageType::kClearAlarm,  MessageType::kSilenceAlarm,
    MessageType::kTestAlarm,    MessageType::kEstablishState, MessageType::kReadState,   MessageType::kResetDevice,
    MessageType::kOpenSession,  MessageType::kProvisionKeys,  MessageType::kBeginImage,  MessageType::kImagePart,
    MessageType::kFinishImage,  MessageType::kSelfTest,
};

template <typename Number>
void disturb(Random& random, Number& field) {
  switch (random() % 4) {
    case 0:
      field = 0;
      break;
    case 1:
      field = static_cast<Number>(random());
      break;
    case 2:
      field = static_cast<Number>(field ^ Number{1} << random() % (8 * sizeof(Number)));
      break;
    default:
      field = static_cast<Number>(field + 1);
      break;
  }
}

// A program, now and then with fields that break a rule, or are at the edge of one; its own checksum fits it all the same.
protocol::WriteProgram some_program(Random& random) {
  Program p = program_of(static_cast<std::int64_t>(random() % 4), static_cast<std::int64_t>(48'000 + random() % 2'000'000),
                         static_cast<std::int64_t>(random() % 1'000));
  constexpr std::uint32_t Program::*kFields[] = {
      &Program::basal_rate_nl_per_day,
      &Program::bolus_dose_nl,
      &Program::bolus_duration_s,
      &Program::bolus_lockout_s,
      &Program::ceiling_1h_nl,
      &Program::ceiling_24h_nl,
      &Program::periodic_dose_nl,
      &Program::low_reservoir_threshold_nl,
      &Program::periodic_duration_s,
      &Program::concentration_ng_per_ml,
      &Program::periodic_interval_s,
      &Program::pump_tube_nl,
      &Program::catheter_nl,
      &Program::bridge_volume_nl,
      &Program::bridge_rate_nl_per_day,
  };
  for (std::uint64_t count = random() % 3; count > 0; --count) {
    switch (random() % 6) {
      case 0:
        disturb(random, p.bolus_max_per_24h);
        break;
      case 1:
        disturb(random, p.critical_repeat_min);
        break;
      case 2:
        if (p.segments.count != 0) disturb(random, p.segments.items[random() % p.segments.count].rate_nl_per_day);
        break;
      case 3:
        if (p.segments.count != 0) disturb(random, p.segments.items[random() % p.segments.count].start_min);
        break;
      default:
        disturb(random, p.*kFields[random() % std::size(kFields)]);
        break;
    }
  }
  return {p, protocol::checksum(p)};
}

protocol::EstablishState some_state(Random& random) {
  protocol::EstablishState message;
  message.state.reservoir_nl = static_cast<std::uint32_t>(random() % 25'000'000);
  message.state.calendar_offset_s = static_cast<std::int64_t>(random() % 2'000'000'000);
  for (std::uint64_t count = random() % 24; count > 0; --count) {
    message.state.boluses.push({static_cast<std::uint32_t>(random() % 100'000), static_cast<std::uint32_t>(random() % 20'000), 300});
  }
  message.erase_program = random() % 8 == 0;
  return message;
}

Bytes payload_for(Random& random, MessageType type, const Address& address) {
  const auto number = [&](std::uint64_t below) { return static_cast<std::uint32_t>(random() % below); };
  switch (type) {
    case MessageType::kIdentify:
      return payload_of(protocol::Identify{}, address);
    case MessageType::kReadStatus:
      return payload_of(protocol::ReadStatus{}, address);
    case MessageType::kSetClock:
      return payload_of(protocol::SetClock{static_cast<std::int64_t>(number(2'000'000'000))}, address);
    case MessageType::kReadProgram:
      return payload_of(protocol::ReadProgram{}, address);
    case MessageType::kWriteProgram:
      return payload_of(some_program(random), address);
    case MessageType::kStartTherapy:
      return payload_of(protocol::StartTherapy{}, address);
    case MessageType::kStopTherapy:
      return payload_of(protocol::StopTherapy{}, address);
    case MessageType::kRequestBolus:
      return payload_of(protocol::RequestBolus{}, address);
    case MessageType::kPrime:
      return payload_of(protocol::Prime{number(100'000)}, address);
    case MessageType::kCancelPrime:
      return payload_of(protocol::CancelPrime{}, address);
    case MessageType::kGiveBolus:
      return payload_of(protocol::GiveBolus{number(30'000), number(2'000)}, address);
    case MessageType::kCancelBolus:
      return payload_of(protocol::CancelBolus{}, address);
    case MessageType::kEnterReservoir:
      return payload_of(protocol::EnterReservoir{number(25'000'000), random() % 2 == 0, random() % 2 == 0 ? 0 : 20'000'000U}, address);
    case MessageType::kReadLog:
      return payload_of(protocol::ReadLog{number(50), static_cast<std::uint8_t>(number(30))}, address);
    case MessageType::kClearAlarm:
      return payload_of(protocol::ClearAlarm{static_cast<std::uint32_t>(random())}, address);
    case MessageType::kSilenceAlarm:
      return payload_of(protocol::SilenceAlarm{number(100'000)}, address);
    case MessageType::kSelfTest:
      return payload_of(protocol::SelfTest{}, address);
    case MessageType::kTestAlarm:
      return payload_of(protocol::TestAlarm{}, address);
    case MessageType::kEstablishState:
      return payload_of(some_state(random), address);
    case MessageType::kReadState:
      return payload_of(protocol::ReadState{}, address);
    case MessageType::kResetDevice:
      return payload_of(protocol::ResetDevice{static_cast<protocol::ResetKind>(number(2))}, address);
    case MessageType::kOpenSession: {
      protocol::OpenSession message;
      message.session_id = number(5);
      message.session_counter = number(5);
      for (std::uint8_t& byte : message.ephemeral) byte = static_cast<std::uint8_t>(random());
      return payload_of(message, address);
    }
    case MessageType::kProvisionKeys:
      return payload_of(protocol::ProvisionKeys{}, address);
    case MessageType::kBeginImage: {
      // Nobody here can sign one.
      protocol::BeginImage message;
      message.model = "PR-20";
      message.version_minor = 2;
      message.size = number(3);
      for (std::uint8_t& byte : message.signature) byte = static_cast<std::uint8_t>(random());
      return payload_of(message, address);
    }
    case MessageType::kImagePart:
      return payload_of(protocol::ImagePart{number(3), {}}, address);
    case MessageType::kFinishImage:
      return payload_of(protocol::FinishImage{random() % 2 == 0}, address);
  }
  return {};
}

void flip_some(Random& random, Bytes& bytes) {
  for (std::uint64_t count = 1 + random() % 4; count > 0; --count)
    bytes[random() % bytes.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
}

}  // namespace

Bytes any_payload(Random& random, Address address) {
  MessageType type = kTypes[random() % kTypes.size()];
  // Keys are agreed upon at a price, and a program has the most fields.
  if (type == MessageType::kOpenSession && random() % 16 != 0) type = MessageType::kWriteProgram;
  // Mostly who may ask; else anybody.
  address.role = static_cast<protocol::Role>(1 + random() % 3);
  while (random() % 4 != 0 && !protocol::permitted(address.role, type)) address.role = static_cast<protocol::Role>(1 + random() % 3);
  return payload_for(random, type, address);
}

Bytes altered(Random& random, const Bytes& payload, const Bytes& other) {
  Bytes changed = payload;
  Bytes frame = frame_of(payload);
  const Bytes next = frame_of(other);
  switch (random() % 10) {
    case 0:
    case 1:
      flip_some(random, frame);
      return frame;
    case 2:
    case 3:
      flip_some(random, changed);
      return frame_of(changed);
    case 4:  // in the fields alone, so that no head stands before the parser
      if (changed.size() > protocol::kHeadSize)
        changed[protocol::kHeadSize + random() % (changed.size() - protocol::kHeadSize)] = static_cast<std::uint8_t>(random());
      return frame_of(changed);
    case 5:
      frame.resize(random() % frame.size());
      return frame;
    case 6:  // the first one whole or not, and the second behind it
      if (random() % 2 == 0) frame.resize(random() % frame.size());
      frame.insert(frame.end(), next.begin() + static_cast<std::ptrdiff_t>(random() % 2), next.end());
      return frame;
    case 7: {
      const Bytes once = frame;
      frame.insert(frame.end(), once.begin(), once.end());
      return frame;
    }
    case 8:  // longer or shorter than the message is
      changed.resize(std::min<std::size_t>(protocol::kMaxPayload, 1 + random() % (changed.size() + 20)));
      return frame_of(changed);
    default:
      return frame;
  }
}

}  // namespace pumpfw::campaign
