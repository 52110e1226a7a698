#include "rig/link/serial/serial_link.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include "rig/link/posix/unique_fd.h"

namespace pumprig::link {
namespace {

using namespace std::chrono_literals;

class FakePort final : public OpenPort {
 public:
  explicit FakePort(const std::string& terminal) : fd_(::open(terminal.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK)) {}
  int fd() const override { return fd_.get(); }

 private:
  UniqueFd fd_;
};

// A machine whose ports are ptys: the far ends are the devices.
class FakeMachine final : public SerialSystem {
 public:
  void plug(const std::string& path, const std::string& serial) {
    Device device;
    device.info = {path, "adapter", 0x0403, 0x6001, serial};
    device.master = UniqueFd(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    EXPECT_EQ(::grantpt(device.master.get()), 0);
    EXPECT_EQ(::unlockpt(device.master.get()), 0);
    device.terminal = ::ptsname(device.master.get());
    devices_.push_back(std::move(device));
  }
  void unplug_all() { devices_.clear(); }
  int far_end() const { return devices_.front().master.get(); }
  std::string terminal() const { return devices_.front().terminal; }

  std::vector<PortInfo> list() override {
    std::vector<PortInfo> ports;
    for (const Device& device : devices_) ports.push_back(device.info);
    return ports;
  }
  Result<std::unique_ptr<OpenPort>> open(const std::string& path) override {
    for (const Device& device : devices_) {
      if (device.info.path == path) return std::unique_ptr<OpenPort>(std::make_unique<FakePort>(device.terminal));
    }
    return fail(ErrorCode::kNotFound, "there is no such serial port", path);
  }

 private:
  struct Device {
    PortInfo info;
    UniqueFd master;
    std::string terminal;
  };
  std::vector<Device> devices_;
};

TEST(SerialLink, AUsbAdapterIsFoundByItsSerialNumberWhereverItIs) {
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB7", "RIG-FLOW-01");
  auto link = open_serial({"", "RIG-FLOW-01"}, {}, *executor, machine);
  ASSERT_TRUE(link) << link.error().describe();
  EXPECT_EQ((*link)->describe(), "serial:usb=RIG-FLOW-01?baud=115200");
  ASSERT_TRUE((*link)->try_write(Bytes{0x13, 0x0D, 0x7E}));
  std::array<std::uint8_t, 8> into{};
  EXPECT_EQ(::read(machine.far_end(), into.data(), into.size()), 3);
  EXPECT_EQ(into[1], 0x0D);
}

TEST(SerialLink, AnAbsentPortSaysWhichThereAre) {
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB0", "RIG-FLOW-01");
  const auto by_serial = open_serial({"", "RIG-FLOW-02"}, {}, *executor, machine);
  ASSERT_FALSE(by_serial);
  EXPECT_EQ(by_serial.error().code, ErrorCode::kNotFound);
  EXPECT_NE(by_serial.error().text.find("/dev/ttyUSB0 (USB 0403:6001, serial RIG-FLOW-01)"), std::string::npos) << by_serial.error().text;
  const auto by_path = open_serial({"/dev/ttyUSB99", ""}, {}, *executor, machine);
  ASSERT_FALSE(by_path);
  EXPECT_NE(by_path.error().text.find("there is no /dev/ttyUSB99"), std::string::npos) << by_path.error().text;
}

TEST(SerialLink, TwoAdaptersWithOneSerialNumberAreNotGuessedBetween) {
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB0", "SAME");
  machine.plug("/dev/ttyUSB1", "SAME");
  const auto link = open_serial({"", "SAME"}, {}, *executor, machine);
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, ErrorCode::kInvalidArgument);
}

TEST(SerialLink, ThePortIsRawLockedNotInheritedAndKeepsItsLinesWhenClosed) {
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB0", "A");
  LineSettings line;
  line.baud = 9600;
  line.stop_bits = 2;
  line.flow = FlowControl::kRtsCts;
  auto link = open_serial({"/dev/ttyUSB0", ""}, line, *executor, machine);
  ASSERT_TRUE(link) << link.error().describe();
  termios settings{};
  ASSERT_EQ(::tcgetattr(machine.far_end(), &settings), 0);  // both ends of a pty have the same settings
  EXPECT_EQ(settings.c_lflag & (ECHO | ICANON | ISIG), 0U);
  EXPECT_EQ(settings.c_iflag & (ICRNL | IXON | IXOFF), 0U);
  EXPECT_EQ(settings.c_oflag & OPOST, 0U);
  EXPECT_EQ(settings.c_cflag & HUPCL, 0U);
  EXPECT_NE(settings.c_cflag & CRTSCTS, 0U);
  EXPECT_NE(settings.c_cflag & CSTOPB, 0U);
  EXPECT_EQ(::cfgetospeed(&settings), static_cast<speed_t>(B9600));
  EXPECT_EQ(settings.c_cc[VMIN], 1);
  const auto second = open_serial({"/dev/ttyUSB0", ""}, line, *executor, machine);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

TEST(SerialLink, ASettingThatThePortDoesNotTakeIsNoticed) {
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB0", "A");
  LineSettings line;
  line.parity = Parity::kEven;  // the kernel's ptys refuse parity without a word
  const auto link = open_serial({"/dev/ttyUSB0", ""}, line, *executor, machine);
  ASSERT_FALSE(link);
  EXPECT_EQ(link.error().code, ErrorCode::kUnsupported);
}

TEST(SerialLink, UnpluggedItIsUnavailableAndPluggedInElsewhereItIsFoundAgain) {
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB0", "RIG-FLOW-01");
  auto link = open_serial({"", "RIG-FLOW-01"}, {}, *executor, machine);
  ASSERT_TRUE(link);
  machine.unplug_all();
  std::array<std::uint8_t, 8> into{};
  EXPECT_EQ((*link)->try_read(into).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(executor->run((*link)->read_some(into, executor->after_wall(5s))).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ((*link)->reopen().error().code, ErrorCode::kUnavailable);
  machine.plug("/dev/ttyUSB3", "RIG-FLOW-01");
  ASSERT_TRUE((*link)->reopen());
  ASSERT_EQ(::write(machine.far_end(), "x", 1), 1);
  EXPECT_EQ(executor->run((*link)->read_some(into, executor->after_wall(5s))).value(), 1U);
}

TEST(Libserialport, ListsWithoutFailingAndRefusesWhatIsNotThere) {
  SerialSystem& system = libserialport_system();
  for (const PortInfo& port : system.list()) EXPECT_EQ(port.path.substr(0, 5), "/dev/");
  const auto port = system.open("/dev/ttyNOSUCH0");
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace pumprig::link
