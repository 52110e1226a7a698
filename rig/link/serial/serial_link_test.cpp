#include "rig/link/serial/serial_link.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "rig/link/posix/unique_fd.h"
#include "rig/link/serial/claim.h"
#include "rig/link/transact.h"

namespace pumprig::link {
namespace {

using namespace std::chrono_literals;

class FakePort final : public OpenPort {
 public:
  explicit FakePort(UniqueFd fd) : fd_(std::move(fd)) {}
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
  int opened() const { return opened_; }

  std::vector<PortInfo> list() override {
    std::vector<PortInfo> ports;
    for (const Device& device : devices_) ports.push_back(device.info);
    return ports;
  }
  Result<std::unique_ptr<OpenPort>> open(const std::string& path) override {
    for (const Device& device : devices_) {
      if (device.info.path != path) continue;
      TRY_ASSIGN(UniqueFd fd, claim_port(device.terminal));
      opened_ = fd.get();
      return std::unique_ptr<OpenPort>(std::make_unique<FakePort>(std::move(fd)));
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
  int opened_ = -1;
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
  EXPECT_NE(::fcntl(machine.opened(), F_GETFD) & FD_CLOEXEC, 0);
  LineSettings other;
  const auto second = open_serial({"/dev/ttyUSB0", ""}, other, *executor, machine);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  termios after{};
  ASSERT_EQ(::tcgetattr(machine.far_end(), &after), 0);
  EXPECT_EQ(after.c_cflag, settings.c_cflag) << "who came second changed the line of who was first";
  EXPECT_EQ(::cfgetospeed(&after), ::cfgetospeed(&settings));
}

TEST(SerialLink, AnotherProgramIsRefusedAndTheReleasedPortIsFreeAgain) {
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB0", "A");
  auto link = open_serial({"/dev/ttyUSB0", ""}, {}, *executor, machine);
  ASSERT_TRUE(link);
  refuse_others(machine.opened());
  int exclusive = 0;
  ASSERT_EQ(::ioctl(machine.opened(), TIOCGEXCL, &exclusive), 0);
  EXPECT_EQ(exclusive, 1);
  EXPECT_EQ(claim_port(machine.terminal()).error().code, ErrorCode::kUnavailable);
  (*link)->close();
  const auto free = claim_port(machine.terminal());
  EXPECT_TRUE(free) << free.error().describe();
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

// Much more than the line holds: "would block" is no error, and nothing is lost or sent twice.
Task<void> send_much(exec::Executor& executor, Link& link, int far_end) {
  Bytes sent(100'000);
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::uint8_t>(i * 31 % 251);
  std::size_t fits = 0;
  Status room;
  while (room) {  // the kernel moves bytes on in its own time, so a line that was full may take some more
    CO_TRY_ASSIGN(const std::size_t put, link.try_write(ByteView(sent).subspan(fits)));
    fits += put;
    room = co_await link.wait_writable(executor.after_wall(20ms));
  }
  EXPECT_EQ(room.error().code, ErrorCode::kTimeout);
  EXPECT_LT(fits, sent.size());
  auto rest = executor.spawn(link.write_all(ByteView(sent).subspan(fits), kNever));
  Bytes heard;
  std::array<std::uint8_t, 4096> into{};
  while (heard.size() < sent.size()) {
    CO_TRY(co_await executor.wait_readable(far_end, kNever));
    const ssize_t got = ::read(far_end, into.data(), into.size());
    if (got > 0) heard.insert(heard.end(), into.begin(), into.begin() + got);
  }
  EXPECT_EQ(heard, sent);
  co_return co_await rest.join();
}

TEST(SerialLink, AFullLineIsWaitedForAndNothingIsLost) {
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB0", "A");
  auto link = open_serial({"/dev/ttyUSB0", ""}, {}, *executor, machine);
  ASSERT_TRUE(link);
  const Status sent = executor->run(send_much(*executor, **link, machine.far_end()));
  EXPECT_TRUE(sent) << sent.error().describe();
}

// select() cannot have such numbers, and its checked form ends the program.
TEST(SerialLink, DescriptorsBeyondAThousandWorkLikeAnyOther) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  if (limit.rlim_max < 1200) GTEST_SKIP() << "this account may not open so many files";
  const rlimit raised{std::max<rlim_t>(limit.rlim_cur, 1200), limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &raised), 0);
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB0", "A");
  std::vector<UniqueFd> many;
  while (many.empty() || many.back().get() < 1100) many.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  auto link = open_serial({"/dev/ttyUSB0", ""}, {}, *executor, machine);
  ASSERT_TRUE(link) << link.error().describe();
  EXPECT_GE(machine.opened(), 1024);
  const Status sent = executor->run(send_much(*executor, **link, machine.far_end()));
  EXPECT_TRUE(sent) << sent.error().describe();
  std::array<std::uint8_t, 8> into{};
  EXPECT_EQ(executor->run((*link)->read_some(into, executor->after_wall(10ms))).error().code, ErrorCode::kTimeout);
  machine.unplug_all();
  EXPECT_EQ(executor->run((*link)->read_some(into, kNever)).error().code, ErrorCode::kUnavailable);
}

// Nobody ever answers; no byte is a frame.
struct Silence {
  using Frame = char;
  void begin(ByteView) {}
  Decoded next(ByteView&) { return Decoded::kNeedMore; }
  const char& frame() const { return none; }
  std::string_view fault() const { return {}; }
  char none = 0;
};

bool any(const char&) {
  return true;
}

Task<void> ask_for_ever(Link& link) {
  TransactPolicy policy;
  policy.reply_timeout = 20ms;
  policy.drain = std::chrono::hours(1);
  Transactor<Silence> transactor(link, policy);
  Exchange exchange;
  const Bytes request{'?'};
  const auto answer = co_await transactor.request(request, any, exchange);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable) << answer.error().describe();
  EXPECT_EQ(exchange.attempts, 1);
  co_return Status{};
}

Task<void> unplug_while_a_late_reply_is_waited_for(exec::Executor& executor, FakeMachine& machine, Link& link) {
  auto asking = executor.spawn(ask_for_ever(link));
  CO_TRY(co_await executor.sleep_for(100ms));
  machine.unplug_all();
  co_return co_await asking.join();
}

// A line that hung up is always ready and never has a byte: every wait must end with the error. One that does not goes round for ever.
TEST(SerialLink, UnpluggedAtAnyMomentEveryWaitEnds) {
  auto executor = exec::Executor::make_wall();
  FakeMachine machine;
  machine.plug("/dev/ttyUSB0", "A");
  auto link = open_serial({"/dev/ttyUSB0", ""}, {}, *executor, machine);
  ASSERT_TRUE(link);
  EXPECT_TRUE(executor->run(unplug_while_a_late_reply_is_waited_for(*executor, machine, **link)));
  EXPECT_EQ((*link)->discard_input(), 0U);
  EXPECT_EQ(executor->run((*link)->wait_readable(kNever)).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(executor->run((*link)->wait_writable(kNever)).error().code, ErrorCode::kUnavailable);
  const Bytes bytes{1, 2, 3};
  EXPECT_EQ(executor->run((*link)->write_all(bytes, kNever)).error().code, ErrorCode::kUnavailable);
  EXPECT_EQ((*link)->counters().hang_ups, 1U);
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
