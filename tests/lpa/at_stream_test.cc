// Lines to modules: pseudo-terminals with their locks, TCP, RFC 2217.
#include <fcntl.h>
#include <netinet/in.h>
#include <pty.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "at_test_support.h"
#include "lpa/transport/port_lock.h"
#include "lpa/transport/rfc2217_stream.h"
#include "lpa/transport/serial_stream.h"
#include "lpa/transport/tcp_stream.h"
#include "tests/temp_dir.h"

namespace lpa::testing {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// A pseudo-terminal, and a thread that answers at its other end like a ScriptedModule.
struct Pty {
  Pty() {
    char name[128];
    EXPECT_EQ(::openpty(&master, &slave, name, nullptr, nullptr), 0);
    path = name;
    // As a module would hold it: nobody's echo, nobody's line ends.
    termios raw{};
    ::tcgetattr(slave, &raw);
    ::cfmakeraw(&raw);
    ::tcsetattr(slave, TCSANOW, &raw);
  }
  ~Pty() {
    hang_up();
    if (other.joinable()) other.join();
  }
  void hang_up() {
    if (slave >= 0) ::close(std::exchange(slave, -1));
    if (master >= 0 && !other.joinable()) ::close(std::exchange(master, -1));
  }
  /// Answers commands until the line is closed, or one is answered with "hang up".
  void serve(std::function<std::string(const std::string&)> answer) {
    other = std::thread([this, answer = std::move(answer)] {
      std::string line;
      char c = 0;
      while (::read(master, &c, 1) == 1) {
        if (c != '\r') {
          line += c;
          continue;
        }
        std::string reply = answer(std::exchange(line, {}));
        if (reply == "hang up") break;
        if (::write(master, reply.data(), reply.size()) < 0) break;
      }
      ::close(std::exchange(master, -1));
    });
  }
  int master = -1, slave = -1;
  std::string path;
  std::thread other;
};

struct SerialPort : ::testing::Test {
  SerialOptions options() { return {115200, locks.path()}; }
  testing_files::TempDir locks;
  Pty pty;
};

TEST_F(SerialPort, CarriesCommandsAndAnswers) {
  pty.serve([](const std::string& command) {
    if (command.starts_with("AT+CCHO")) return lines({"+CCHO: 1", "OK"});
    if (command.starts_with("AT+CGLA")) return apdu_answer("+CGLA", "9000");
    return ScriptedModule::usual(command);
  });
  {
    SerialStream stream(pty.path, options());
    AtDialect dialect = hurried();
    AtTransport transport(stream,
                          {.dialect = &dialect, .port = {.quiet = std::chrono::milliseconds(1)}});
    auto channel = must(transport.open_channel(Es10Options::default_isd_r_aid(), soon()));
    auto response = must(transport.transmit(channel, {0x80, 0xE2, 0x91, 0, {0xBF}, {}}, soon()));
    EXPECT_EQ(to_string(response.sw), "9000");
  }
  pty.hang_up();
}

TEST_F(SerialPort, IsRaw) {
  SerialStream stream(pty.path, options());
  must(stream.open(soon()));
  rsp::Bytes all(256);
  for (int i = 0; i < 256; ++i) all[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i);
  must(stream.write(all, soon()));
  rsp::Bytes there(256);
  std::size_t count = 0;
  while (count < there.size()) {
    auto got = ::read(pty.master, there.data() + count, there.size() - count);
    ASSERT_GT(got, 0);
    count += static_cast<std::size_t>(got);
  }
  EXPECT_EQ(there, all);
  ASSERT_EQ(::write(pty.master, all.data(), all.size()), 256);
  rsp::Bytes back;
  std::uint8_t chunk[64];
  while (back.size() < all.size()) {
    std::size_t got = must(stream.read(chunk, soon()));
    ASSERT_GT(got, 0u);
    rsp::append(back, rsp::BytesView(chunk, got));
  }
  EXPECT_EQ(back, all);
}

TEST_F(SerialPort, IsQuietUntilTheDeadline) {
  SerialStream stream(pty.path, options());
  must(stream.open(soon()));
  std::uint8_t chunk[8];
  EXPECT_EQ(must(stream.read(chunk, soon(5))), 0u);
  EXPECT_TRUE(stream.is_open());
}

// A module that is pulled out, or one that resets.
TEST_F(SerialPort, GoesAway) {
  pty.serve([](const std::string&) { return "hang up"; });
  SerialStream stream(pty.path, options());
  AtPort port(stream, {.quiet = std::chrono::milliseconds(1)});
  ::close(std::exchange(pty.slave, -1));
  auto opened = port.open(soon());
  EXPECT_EQ(opened.error().layer, Layer::kTransport) << summary(rsp::Result<int>(0));
  EXPECT_FALSE(stream.is_open());
}

TEST_F(SerialPort, ThatIsNotThereIsSaid) {
  SerialStream stream("/dev/no-such-port", options());
  auto opened = stream.open(soon());
  EXPECT_EQ(opened.error().layer, Layer::kTransport);
  EXPECT_EQ(opened.error().path, "/dev/no-such-port");
  EXPECT_THAT(opened.error().hint, HasSubstr("/dev/serial/by-id"));
}

std::string lock_file(const std::string& path) {
  std::string name = path.substr(std::string("/dev/").size());
  std::ranges::replace(name, '/', '_');
  return "LCK.." + name;
}

TEST_F(SerialPort, HasALockFileWhileItIsOpen) {
  fs::path file = fs::path(locks.path()) / lock_file(pty.path);
  {
    SerialStream stream(pty.path, options());
    must(stream.open(soon()));
    std::ifstream in(file);
    std::string text;
    std::getline(in, text);
    EXPECT_EQ(text.size(), 10u);
    EXPECT_EQ(std::stoi(text), ::getpid());
  }
  EXPECT_FALSE(fs::exists(file));
}

TEST_F(SerialPort, F22_InSomebodyElsesHandsIsLeftToThem) {
  // Our parent runs for sure.
  std::ofstream(fs::path(locks.path()) / lock_file(pty.path)) << "  " << ::getppid() << "\n";
  SerialStream stream(pty.path, options());
  auto opened = stream.open(soon());
  EXPECT_EQ(summary(opened), "transport open portInUse");
  EXPECT_THAT(opened.error().text, HasSubstr(std::to_string(::getppid())));
  EXPECT_THAT(opened.error().text, HasSubstr(program_of(::getppid())));
}

// A lock that is not a file: another process of our kind has the port.
TEST_F(SerialPort, F22_LockedByAnotherDescriptorIsLeftToIt) {
  int other = ::open(pty.path.c_str(), O_RDWR | O_NOCTTY);
  ASSERT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  SerialStream stream(pty.path, options());
  EXPECT_EQ(summary(stream.open(soon())), "transport open portInUse");
  ::close(other);
  EXPECT_TRUE(stream.open(soon()));
}

TEST_F(SerialPort, AStaleLockIsTakenOver) {
  pid_t dead = ::fork();
  if (dead == 0) ::_exit(0);
  ::waitpid(dead, nullptr, 0);
  fs::path file = fs::path(locks.path()) / lock_file(pty.path);
  for (const std::string& text :
       {std::to_string(dead) + "\n", std::string(), std::string("garbage")}) {
    std::ofstream(file) << text;
    fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::minutes(1));
    SerialStream stream(pty.path, options());
    EXPECT_TRUE(stream.open(soon())) << text;
  }
}

// Some programs make the file first and write their number into it then.
TEST_F(SerialPort, ALockThatIsJustBeingWrittenIsOne) {
  fs::path file = fs::path(locks.path()) / lock_file(pty.path);
  std::ofstream(file) << "";
  SerialStream stream(pty.path, options());
  EXPECT_EQ(stream.open(soon()).error().code, "portInUse");
  EXPECT_TRUE(fs::exists(file));
}

TEST_F(SerialPort, ALockOfThreeDigitsIsTextAndNoBinaryNumber) {
  fs::path file = fs::path(locks.path()) / lock_file(pty.path);
  // Process 1 is always there.
  std::ofstream(file) << "001\n";
  SerialStream stream(pty.path, options());
  EXPECT_EQ(stream.open(soon()).error().code, "portInUse");
}

TEST_F(SerialPort, NeedsNoFolderOfLocks) {
  SerialStream stream(pty.path, {115200, "/no/such/folder"});
  EXPECT_TRUE(stream.open(soon()));
}

// --- TCP ---

struct Listener {
  Listener() {
    fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(fd, 1), 0);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    place = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~Listener() { ::close(fd); }
  int fd = -1;
  std::string place;
};

TEST(TcpPort, CarriesOctetsAndIsQuietUntilTheDeadline) {
  Listener listener;
  TcpStream stream(listener.place);
  must(stream.open(soon()));
  int peer = ::accept(listener.fd, nullptr, nullptr);
  must(stream.write(*rsp::from_hex("41540D"), soon()));
  char got[3];
  ASSERT_EQ(::recv(peer, got, 3, MSG_WAITALL), 3);
  EXPECT_EQ(std::string(got, 3), "AT\r");
  std::uint8_t chunk[8];
  EXPECT_EQ(must(stream.read(chunk, soon(5))), 0u);
  ASSERT_EQ(::write(peer, "OK", 2), 2);
  EXPECT_EQ(must(stream.read(chunk, soon())), 2u);
  ::close(peer);
  EXPECT_EQ(stream.read(chunk, soon()).error().layer, Layer::kTransport);
  EXPECT_FALSE(stream.is_open());
}

TEST(TcpPort, SaysWhatIsNoAddress) {
  EXPECT_EQ(TcpStream("host").open(soon()).error().layer, Layer::kInput);
}

// --- RFC 2217 ---

std::string through(TelnetFilter& filter, const char* hex, std::string* reply = nullptr) {
  rsp::Bytes out;
  std::string data = rsp::to_hex(filter.take(*rsp::from_hex(hex), out));
  if (reply != nullptr) *reply = rsp::to_hex(out);
  return data;
}

TEST(Telnet, TakesOptionsOutOfTheData) {
  TelnetFilter filter(9600);
  std::string reply;
  EXPECT_EQ(through(filter, "41FFFB0042FFFF43FFF144", &reply), "4142FF4344");
  EXPECT_EQ(reply, "");
  EXPECT_EQ(through(filter, "FFFD18FFFB0141", &reply), "41");  // terminal type, echo
  EXPECT_EQ(reply, "FFFC18FFFE01");
}

TEST(Telnet, SetsTheRateOfAPortThatCanBeSet) {
  TelnetFilter filter(9600);
  std::string reply;
  through(filter, "FFFD2C", &reply);
  EXPECT_THAT(reply, HasSubstr("FFFA2C0100002580FFF0"));
  EXPECT_FALSE(filter.settled());
  for (const char* piece : {"FFFA2C65", "000025", "80FF", "F0"})
    EXPECT_EQ(through(filter, piece), "");
  EXPECT_EQ(filter.confirmed_baud(), 9600u);
}

TEST(Telnet, DoublesIac) {
  EXPECT_EQ(rsp::to_hex(TelnetFilter::escaped(*rsp::from_hex("41FF42"))), "41FFFF42");
}

TEST(Telnet, SubnegotiationsWithoutEndAreBounded) {
  TelnetFilter filter(9600);
  through(filter, "FFFA2C");
  rsp::Bytes out;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(filter.take(rsp::Bytes(4096, 0x11), out).empty());
  EXPECT_EQ(through(filter, "FFF041"), "41");
}

TEST(Rfc2217, AnotherRateThanAskedForIsAnError) {
  auto line = std::make_unique<ScriptedModule>();
  ScriptedModule& server = *line;
  Rfc2217Stream stream(std::move(line), 115200);
  server.say("\xFF\xFD\x2C");
  server.say(std::string("\xFF\xFA\x2C\x65\x00\x00\x25\x80\xFF\xF0", 10));
  auto opened = stream.open(soon());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().hint, HasSubstr("baud=9600"));
}

TEST(Rfc2217, APortThatCannotBeSetIsUsedAsItIs) {
  auto line = std::make_unique<ScriptedModule>();
  ScriptedModule& server = *line;
  Rfc2217Stream stream(std::move(line), 115200);
  server.say(
      "\xFF\xFE\x2C"
      "hello");
  must(stream.open(soon()));
  std::uint8_t chunk[16];
  EXPECT_EQ(must(stream.read(chunk, soon())), 5u);
}

}  // namespace
}  // namespace lpa::testing
