#include "hil/fake_module/front_end.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <boost/asio.hpp>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <list>
#include <mutex>
#include <thread>

namespace hil {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::ip::tcp;
using boost::system::error_code;

/// How often a terminal that nobody has open is looked at: opening one tells its other end nothing.
constexpr std::chrono::milliseconds kLook{10};
/// What waits for a client that does not read; more is lost, as without flow control.
constexpr std::size_t kMostUnread = 4 << 20;

std::unexpected<rsp::Error> refused(const std::string& what, const std::string& why,
                                    const std::string& hint) {
  return rsp::failure({.layer = rsp::Layer::kTransport,
                       .step = "listen",
                       .path = what,
                       .text = fmt::format("cannot make {}: {}", what, why),
                       .hint = hint});
}

/// Runs errands one after the other, since a transport is for one thread at a time.
class Worker {
 public:
  /// `ended` is called on the worker's thread.
  explicit Worker(std::function<void(Errand)> ended)
      : ended_(std::move(ended)), thread_([this] { run(); }) {}
  /// Stops what is being done, and waits for its end.
  ~Worker() {
    {
      std::lock_guard lock(mutex_);
      ends_ = true;
      if (current_) current_->request();
    }
    changed_.notify_one();
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void add(Errand errand) {
    std::lock_guard lock(mutex_);
    // A client may begin and stop as many as it likes.
    std::erase_if(errands_, [](const Errand& other) { return other.stop->requested(); });
    errands_.push_back(std::move(errand));
    changed_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return ends_ || !errands_.empty(); });
      if (ends_) return;
      Errand errand = std::move(errands_.front());
      errands_.pop_front();
      current_ = errand.stop;
      lock.unlock();
      if (!errand.stop->requested()) errand.work(*errand.stop);
      ended_(std::move(errand));
      lock.lock();
      current_.reset();
    }
  }

  std::function<void(Errand)> ended_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Errand> errands_;
  std::shared_ptr<Stop> current_;
  bool ends_ = false;
  std::thread thread_;  // after what it uses
};

}  // namespace

class ModuleFrontEnd::Impl {
 public:
  Impl(FakeModule& module, ModuleTime start, std::function<void(const std::string&)> log)
      : module_(module), start_(start), log_(std::move(log)) {
    module_.set_worker([this](Errand errand) { worker_.add(std::move(errand)); });
  }
  ~Impl() {
    module_.set_worker({});
    for (Pty& pty : ptys_) remove_link(pty);
  }

  rsp::Result<std::string> add_pty(ModulePort port, const std::string& link) {
    std::error_code ignored;
    auto status = fs::symlink_status(link, ignored);
    if (fs::exists(status) && !fs::is_symlink(status))
      return refused(link, "there is something else of that name", "name a link that is free");
    Pty& pty = ptys_.emplace_back(context_, port, link);
    RSP_CHECK(open(pty));
    return pty.name;
  }

  rsp::Result<std::string> add_tcp(ModulePort port, const std::string& address,
                                   std::uint16_t number) {
    try {
      Tcp& offer = tcps_.emplace_back(context_, port);
      offer.acceptor = tcp::acceptor(context_, {asio::ip::make_address(address), number});
      accept(offer);
      auto bound = offer.acceptor.local_endpoint();
      return fmt::format(fmt::runtime(bound.address().is_v6() ? "[{}]:{}" : "{}:{}"),
                         bound.address().to_string(), bound.port());
    } catch (const boost::system::system_error& failure) {
      return refused(fmt::format("{}:{}", address, number), failure.code().message(),
                     "an address is IP:PORT, such as 127.0.0.1:0 for any free port");
    }
  }

  void stop_on(std::initializer_list<int> signals) {
    for (int signal : signals) signals_.add(signal);
    signals_.async_wait([this](error_code, int) { context_.stop(); });
  }

  void run() {
    begun_ = std::chrono::steady_clock::now();
    pump();
    context_.run();
  }

 private:
  struct Pty {
    Pty(asio::io_context& context, ModulePort which, std::string path)
        : port(which), link(std::move(path)), master(context), look(context) {}
    ModulePort port;
    std::string link, name;
    asio::posix::stream_descriptor master;
    asio::steady_timer look;
    std::array<char, 4096> input{};
    std::string output;
    std::uint64_t clients = 0;  // that have closed it
    bool writing = false, used = false;
  };
  struct Tcp {
    Tcp(asio::io_context& context, ModulePort which)
        : port(which), acceptor(context), client(context) {}
    ModulePort port;
    tcp::acceptor acceptor;
    tcp::socket client;
    std::array<char, 4096> input{};
    std::string output;
    std::uint64_t clients = 0;  // that have closed it
    bool writing = false;
  };

  void say(const std::string& line) {
    if (log_) log_(line);
  }

  ModuleTime now() const {
    return start_ +
           std::chrono::duration_cast<ModuleTime>(std::chrono::steady_clock::now() - begun_);
  }

  void receive(ModulePort port, std::string_view octets) {
    module_.receive(port, octets, now());
    pump();
  }

  /// Takes out what has come, and waits for what comes by itself.
  void pump() {
    module_.advance(now());
    for (ModulePort port : kModulePorts) {
      for (PortOutput& output : module_.take_output(port)) {
        switch (output.kind) {
          case PortOutput::Kind::kOctets:
            put(port, output.octets);
            break;
          case PortOutput::Kind::kGone:
            take_away(port);
            break;
          case PortOutput::Kind::kBack:
            bring_back(port);
            break;
        }
      }
    }
    timer_.cancel();
    auto due = module_.next_due();
    if (!due) return;
    timer_.expires_at(begun_ + (*due - start_));
    timer_.async_wait([this](error_code error) {
      if (!error) pump();
    });
  }

  void put(ModulePort port, const std::string& octets) {
    for (Pty& pty : ptys_) {
      if (pty.port != port || !pty.master.is_open() || !pty.used) continue;
      queue(pty, octets);
      write(pty, pty.master);
    }
    for (Tcp& offer : tcps_) {
      if (offer.port != port || !offer.client.is_open()) continue;
      queue(offer, octets);
      write(offer, offer.client);
    }
  }

  template <class Offer>
  static void queue(Offer& offer, const std::string& octets) {
    if (offer.output.size() + octets.size() <= kMostUnread) offer.output += octets;
  }

  /// One write at a time; what comes meanwhile goes with the next one.
  template <class Offer, class Stream>
  void write(Offer& offer, Stream& stream) {
    if (offer.writing || offer.output.empty()) return;
    offer.writing = true;
    auto octets = std::make_shared<std::string>(std::exchange(offer.output, ""));
    // What a client has not taken before it closed is not for the next one.
    auto go_on = [&offer, client = offer.clients, size = octets->size()](error_code error,
                                                                         std::size_t) {
      return error || client != offer.clients ? 0 : size;
    };
    asio::async_write(
        stream, asio::buffer(*octets), go_on,
        [this, &offer, &stream, octets, client = offer.clients](error_code error, std::size_t) {
          offer.writing = false;
          if (error && client == offer.clients) {
            offer.output.clear();
          } else {
            write(offer, stream);
          }
        });
  }

  // --- Pseudo terminals ---

  rsp::Status open(Pty& pty) {
    int master = -1, slave = -1;
    char name[256];
    if (::openpty(&master, &slave, name, nullptr, nullptr) != 0)
      return refused(pty.link, std::strerror(errno), "is there a /dev/pts?");
    termios settings{};
    ::tcgetattr(slave, &settings);
    ::cfmakeraw(&settings);
    ::tcsetattr(slave, TCSANOW, &settings);
    ::close(slave);  // from now on the other end tells when a client has it open
    pty.name = name;
    pty.used = false;
    pty.master.assign(master);
    std::error_code error;
    std::string made = pty.link + ".new";
    fs::remove(made, error);
    fs::create_symlink(pty.name, made, error);
    if (!error) fs::rename(made, pty.link, error);
    if (error) return refused(pty.link, error.message(), "is its directory there, and writable?");
    look(pty);
    return {};
  }

  void remove_link(const Pty& pty) {
    std::error_code ignored;
    if (fs::is_symlink(pty.link, ignored) && fs::read_symlink(pty.link, ignored) == pty.name)
      fs::remove(pty.link, ignored);
  }

  /// The terminal keeps what its last client has not read, some on the way and some at its other
  /// end. What the next one has written already is left alone.
  static void forget_unread(Pty& pty) {
    ::tcflush(pty.master.native_handle(), TCOFLUSH);
    int slave = ::open(pty.name.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (slave < 0) return;
    ::tcflush(slave, TCIFLUSH);
    ::close(slave);
  }

  static bool has_client(Pty& pty) {
    pollfd state{pty.master.native_handle(), POLLIN, 0};
    return ::poll(&state, 1, 0) == 0 || (state.revents & POLLIN) != 0 ||
           (state.revents & POLLHUP) == 0;
  }

  /// Waits until a client has opened the terminal.
  void look(Pty& pty) {
    if (has_client(pty)) {
      pty.used = true;
      say(fmt::format("{} is open", pty.link));
      return read(pty);
    }
    pty.look.expires_after(kLook);
    pty.look.async_wait([this, &pty](error_code error) {
      if (!error && pty.master.is_open()) look(pty);
    });
  }

  void read(Pty& pty) {
    pty.master.async_read_some(
        asio::buffer(pty.input), [this, &pty](error_code error, std::size_t count) {
          if (error == asio::error::operation_aborted || !pty.master.is_open()) return;
          if (error) {  // the last client has closed it
            pty.used = false;
            pty.output.clear();
            ++pty.clients;
            pty.master.cancel(error);  // what is being written to it
            forget_unread(pty);
            say(fmt::format("{} is closed", pty.link));
            return look(pty);
          }
          receive(pty.port, {pty.input.data(), count});
          if (pty.master.is_open()) read(pty);
        });
  }

  // --- TCP ---

  void accept(Tcp& offer) {
    offer.acceptor.async_accept([this, &offer](error_code error, tcp::socket client) {
      if (error) return;
      client.set_option(tcp::no_delay(true), error);
      offer.client = std::move(client);
      offer.output.clear();
      read(offer);
    });
  }

  void read(Tcp& offer) {
    offer.client.async_read_some(asio::buffer(offer.input),
                                 [this, &offer](error_code error, std::size_t count) {
                                   if (error) {
                                     ++offer.clients;
                                     offer.client.close(error);
                                     if (offer.acceptor.is_open()) accept(offer);
                                     return;
                                   }
                                   receive(offer.port, {offer.input.data(), count});
                                   if (offer.client.is_open()) {
                                     read(offer);
                                   } else if (offer.acceptor.is_open()) {
                                     accept(offer);
                                   }
                                 });
  }

  // --- Ports that go and come ---

  void take_away(ModulePort port) {
    for (Pty& pty : ptys_) {
      if (pty.port != port || !pty.master.is_open()) continue;
      remove_link(pty);
      pty.look.cancel();
      pty.master.close();
      pty.output.clear();
      say(fmt::format("{} is gone", pty.link));
    }
    for (Tcp& offer : tcps_) {
      error_code ignored;
      if (offer.port == port) offer.client.close(ignored);
    }
  }

  void bring_back(ModulePort port) {
    for (Pty& pty : ptys_) {
      if (pty.port != port || pty.master.is_open()) continue;
      if (auto opened = open(pty); !opened) say(opened.error().message());
    }
  }

  FakeModule& module_;
  ModuleTime start_;
  std::function<void(const std::string&)> log_;
  asio::io_context context_{1};
  asio::signal_set signals_{context_};
  asio::steady_timer timer_{context_};
  std::chrono::steady_clock::time_point begun_;
  std::list<Pty> ptys_;
  std::list<Tcp> tcps_;
  Worker worker_{[this](Errand errand) {
    asio::post(context_, [this, errand = std::move(errand)] {
      module_.finish(errand, now());
      pump();
    });
  }};  // after the context, since it ends first
};

ModuleFrontEnd::ModuleFrontEnd(FakeModule& module, ModuleTime start,
                               std::function<void(const std::string&)> log)
    : impl_(std::make_unique<Impl>(module, start, std::move(log))) {}
ModuleFrontEnd::~ModuleFrontEnd() = default;

rsp::Result<std::string> ModuleFrontEnd::add_pty(ModulePort port, const std::string& link) {
  return impl_->add_pty(port, link);
}
rsp::Result<std::string> ModuleFrontEnd::add_tcp(ModulePort port, const std::string& address,
                                                 std::uint16_t number) {
  return impl_->add_tcp(port, address, number);
}
void ModuleFrontEnd::stop_on(std::initializer_list<int> signals) { impl_->stop_on(signals); }
void ModuleFrontEnd::run() { impl_->run(); }

}  // namespace hil
