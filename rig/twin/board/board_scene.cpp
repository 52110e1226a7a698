#include "rig/twin/board/board_scene.h"

#include <algorithm>

#include "firmware/protocol/messages.h"

namespace pumprig::twin {
namespace {

namespace protocol = pumpfw::protocol;
using namespace pumpfw::hal;

}  // namespace

BoardScene::BoardScene(BoardPort& board, const Config& config) : BoardSurroundings(board), config_(config), rng_(config.seed) {}

Status BoardScene::run() {
  TRY(boot(ResetCause::kPowerOn));
  TRY(go_to(2 * kTicksPerSecond));
  program();
  TRY(go_to(3 * kTicksPerSecond));
  send(protocol::Role::kClinician, protocol::EnterReservoir{20'000'000, true, 20'000'000});
  TRY(go_to(4 * kTicksPerSecond));
  send(protocol::Role::kClinician, protocol::StartTherapy{});
  while (rtc() < config_.duration) {
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
  Bytes noise(rng_.below(200));
  for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(rng_.next());
  send_bytes(noise);
}

void BoardScene::before_wake() {
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

void BoardScene::after_wake() {
  if (!config_.keep_trace) return;
  put_u8(trace_, '<');
  put_le64(trace_, out_.deadline);
  put_le64(trace_, out_.step_at.value_or(~Tick{0}));
  for (const bool b : {out_.motor_enabled, out_.receiver_on, out_.start_outlet, out_.reset_requested}) put_u8(trace_, b ? 1 : 0);
  put_u8(trace_, static_cast<std::uint8_t>(out_.start_sense));
  put_u8(trace_, static_cast<std::uint8_t>(out_.tone));
  put_u8(trace_, static_cast<std::uint8_t>(out_.reset_cause));
  trace_.insert(trace_.end(), out_.motor_tx.begin(), out_.motor_tx.end());
  trace_.insert(trace_.end(), out_.telemetry_tx.begin(), out_.telemetry_tx.end());
}

}  // namespace pumprig::twin
