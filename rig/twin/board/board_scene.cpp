#include "rig/twin/board/board_scene.h"

#include <algorithm>
#include <array>

#include "firmware/hal/board_facts.h"
#include "firmware/protocol/frame.h"
#include "firmware/protocol/messages.h"

namespace pumprig::twin {
namespace {

namespace protocol = pumpfw::protocol;
using namespace pumpfw::hal;

std::uint16_t counts_of(AdcChannel channel) {
  if (channel == AdcChannel::kBattery) return 3050;
  return channel == AdcChannel::kReservoir ? kNoReservoirSensor : std::uint16_t{870};
}

constexpr Tick kBusDelay = 40;  // of chip and converters

}  // namespace

BoardScene::BoardScene(BoardPort& board, const Config& config) : board_(board), config_(config), rng_(config.seed) {}

Status BoardScene::run() {
  TRY(boot(ResetCause::kPowerOn));
  TRY(go_to(2 * kTicksPerSecond));
  program();
  TRY(go_to(3 * kTicksPerSecond));
  send(protocol::Role::kClinician, protocol::EnterReservoir{20'000'000, true, 20'000'000});
  TRY(go_to(4 * kTicksPerSecond));
  send(protocol::Role::kClinician, protocol::StartTherapy{});
  while (elapsed_before_ + here_ < config_.duration) {
    const Tick pause = kTicksPerSecond + (config_.disturbed ? rng_.below(60 * kTicksPerSecond) : 600 * kTicksPerSecond);
    TRY(go_to(std::min(here_ + pause, config_.duration - elapsed_before_)));
    if (config_.disturbed) disturb();
    if (out_.reset_requested) {
      TRY(boot(out_.reset_cause));
    } else if (config_.disturbed && rng_.below(40) == 0) {
      TRY(boot(rng_.below(2) == 0 ? ResetCause::kPowerOn : ResetCause::kPin));
    }
  }
  return {};
}

Status BoardScene::boot(ResetCause cause) {
  TRY(board_.boot(cause));
  ++resets_;
  elapsed_before_ += here_;
  here_ = 0;
  const std::int32_t rotor = in_.rotor_count;
  in_ = BoardInput{};
  in_.rotor_count = rotor;
  in_.flags = kEventBoot;
  in_.reset_cause = cause;
  step_at_.reset();
  reply_at_.reset();
  chip_reply_.clear();
  return wake(0);
}

Status BoardScene::wake(Tick at) {
  in_.now = at;
  in_.rtc = elapsed_before_ + at;
  keep_input();
  TRY(board_.wake(in_, out_));
  ++wakes_;
  keep_output();
  in_.flags = 0;
  in_.motor_rx.clear();
  in_.telemetry_rx.clear();
  if (!out_.reset_requested) obey();
  return {};
}

void BoardScene::obey() {
  step_at_ = out_.step_at;
  if (!out_.telemetry_tx.empty()) ++replies_;
  if (!out_.motor_tx.empty()) {
    chip_reply_.insert(chip_reply_.end(), out_.motor_tx.begin(), out_.motor_tx.end());
    chip_.receive(out_.motor_tx, chip_reply_);
    in_.flags |= kEventMotorRx;
  }
  if (out_.start_outlet) in_.flags |= kEventOutlet;
  if (out_.start_sense != AdcChannel::kNone) {
    in_.flags |= kEventSense;
    in_.sense_channel = out_.start_sense;
  }
  if (in_.flags != 0) reply_at_ = in_.now + kBusDelay;
}

void BoardScene::step() {
  in_.flags |= kEventStep | kEventOutlet;
  in_.step_at = *step_at_;
  step_at_.reset();
  if (!chip_.step(out_.motor_enabled)) return;
  ++steps_;
  if (!rotor_stuck_) ++in_.rotor_count;
}

Status BoardScene::go_to(Tick at) {
  while (!out_.reset_requested) {
    Tick next = out_.deadline;
    if (step_at_) next = std::min(next, *step_at_);
    if (reply_at_) next = std::min(next, *reply_at_);
    if ((in_.flags & (kEventTelemetryRx | kEventMagnet)) != 0) next = std::min(next, here_ + 1);
    if (next > at) {
      here_ = at;
      break;
    }
    here_ = next;
    if (step_at_ && *step_at_ <= next) step();
    const bool answered = reply_at_ && *reply_at_ <= next;
    const std::uint32_t later = answered ? 0 : in_.flags & (kEventMotorRx | kEventSense);
    in_.flags &= ~later;
    if (answered) {
      in_.motor_rx.swap(chip_reply_);
      chip_reply_.clear();
      reply_at_.reset();
    }
    in_.outlet_counts = pressure_counts_;
    in_.sense_counts = counts_of(in_.sense_channel);
    TRY(wake(next));
    if (later != 0 && !out_.reset_requested) in_.flags |= later;
  }
  return {};
}

void BoardScene::program() {
  protocol::Program p;
  p.basal_rate_nl_per_day = config_.rate_nl_per_day;
  p.patient_bolus_enabled = true;
  p.bolus_dose_nl = 12'500;
  p.bolus_duration_s = 300;
  p.bolus_lockout_s = 3600;
  p.bolus_max_per_24h = 4;
  p.ceiling_1h_nl = 2'000'000;
  p.ceiling_24h_nl = 27'000'000;
  send(protocol::Role::kClinician, protocol::WriteProgram{p, protocol::checksum(p)});
}

// The identity is never asked for: it holds the hash of the image, which no two builds share.
void BoardScene::disturb() {
  using protocol::Role;
  switch (rng_.below(14)) {
    case 0:
      return send(Role::kPatient, protocol::ReadStatus{});
    case 1:
      return send(Role::kPatient, protocol::RequestBolus{});
    case 2:
      return send(Role::kService, protocol::ReadState{});
    case 3:
      return send(Role::kClinician, protocol::ReadLog{1, static_cast<std::uint8_t>(1 + rng_.below(8))});
    case 4:
      return send(Role::kClinician, protocol::StopTherapy{});
    case 5:
    case 6:
      return send(Role::kClinician, protocol::StartTherapy{});
    case 7:
      in_.magnet = !in_.magnet;
      in_.flags |= kEventMagnet;
      return;
    case 8:
      rotor_stuck_ = !rotor_stuck_;
      return;
    case 9:
      pressure_counts_ = pressure_counts_ > 1000 ? 683 : static_cast<std::uint16_t>(700 + rng_.below(2500));
      return;
    case 10:
      return send_noise();
    case 11:
      return send(Role::kClinician, protocol::ClearAlarm{});
    case 12:
      return send(Role::kService, protocol::ResetDevice{});
    default:
      return program();
  }
}

void BoardScene::send_noise() {
  for (std::uint64_t n = rng_.below(200); n > 0; --n) in_.telemetry_rx.push_back(static_cast<std::uint8_t>(rng_.next()));
  if (!in_.telemetry_rx.empty()) in_.flags |= kEventTelemetryRx;
}

template <typename Message>
void BoardScene::send(protocol::Role role, const Message& message) {
  std::array<std::uint8_t, protocol::kMaxBody> body{};
  std::array<std::uint8_t, protocol::kMaxPayload> sealed{};
  std::array<std::uint8_t, protocol::kMaxFrame> framed{};
  protocol::Session session(protocol::Direction::kToPump, role, ++session_);
  const std::size_t size = protocol::write_request(++nonce_, message, body);
  const std::size_t sealed_size = session.seal(std::span(body).first(size), sealed);
  const std::size_t frame_size = protocol::encode_frame(std::span(sealed).first(sealed_size), framed);
  in_.telemetry_rx.insert(in_.telemetry_rx.end(), framed.begin(), framed.begin() + static_cast<std::ptrdiff_t>(frame_size));
  in_.flags |= kEventTelemetryRx;
}

void BoardScene::keep_input() {
  if (!config_.keep_trace) return;
  put_u8(trace_, '>');
  put_le64(trace_, in_.now);
  put_le64(trace_, in_.rtc);
  put_le32(trace_, in_.flags);
  put_le64(trace_, in_.step_at);
  put_le32(trace_, static_cast<std::uint32_t>(in_.rotor_count));
  trace_.insert(trace_.end(), in_.motor_rx.begin(), in_.motor_rx.end());
  trace_.insert(trace_.end(), in_.telemetry_rx.begin(), in_.telemetry_rx.end());
}

void BoardScene::keep_output() {
  if (!config_.keep_trace) return;
  put_u8(trace_, '<');
  put_le64(trace_, out_.deadline);
  put_le64(trace_, out_.step_at.value_or(~Tick{0}));
  for (const bool b : {out_.motor_enabled, out_.start_outlet, out_.reset_requested}) put_u8(trace_, b ? 1 : 0);
  put_u8(trace_, static_cast<std::uint8_t>(out_.start_sense));
  put_u8(trace_, static_cast<std::uint8_t>(out_.tone));
  put_u8(trace_, static_cast<std::uint8_t>(out_.reset_cause));
  trace_.insert(trace_.end(), out_.motor_tx.begin(), out_.motor_tx.end());
  trace_.insert(trace_.end(), out_.telemetry_tx.begin(), out_.telemetry_tx.end());
}

}  // namespace pumprig::twin
