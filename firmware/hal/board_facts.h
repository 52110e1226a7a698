// Electrical facts of the pump board that the logic must know: the same on every board.
#pragma once

#include <cstdint>

namespace pumpfw::hal {

// Converter: 12 bit. Outlet pressure sensor: -50 kPa … +250 kPa gauge over 0 … 4095 counts. Cell: 0 … 4.095 V, 1 mV a count.
// Temperature of the pump: 0.1 °C a count from -50 °C. Volume in the reservoir, from the stroke of its bellows, where the model has the
// sensor: 1 µL a count, 16 bit.
inline constexpr std::int32_t kAdcFullScale = 4095;
inline constexpr std::int32_t kOutletZeroPa = -50'000;
inline constexpr std::int32_t kOutletSpanPa = 300'000;
inline constexpr std::int32_t kTemperatureZeroDeciC = -500;
inline constexpr std::uint16_t kNoReservoirSensor = 0xFFFF;

inline constexpr std::uint32_t kNvmSize = 32 * 1024;
inline constexpr std::uint32_t kNvmTransfer = 512;  // largest single read or write

inline constexpr std::uint32_t kImageBankSize = 128 * 1024;
inline constexpr std::uint32_t kImageTransfer = 256;  // largest single write

// Motor and pump head: one full step displaces 12.5 nL, 960 steps a revolution, 3 rollers.
inline constexpr std::int32_t kStepPicolitres = 12'500;
inline constexpr std::int32_t kStepsPerRevolution = 960;
inline constexpr std::int32_t kRollers = 3;

}  // namespace pumpfw::hal
