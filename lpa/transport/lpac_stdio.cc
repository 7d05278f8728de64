#include "lpa/transport/lpac_stdio.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "rsp/base/hex.h"
#include "rsp/base/wait.h"
#include "rsp/json/asn1_json.h"

namespace lpa {
namespace {

/// Longer than any answer is.
constexpr std::size_t kMaxLine = 64 << 10;

std::unexpected<rsp::Error> broken(std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kTransport,
                       .step = "lpac-stdio",
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

}  // namespace

/// A child process whose standard streams are ours, but for the one for errors.
class LpacStdioTransport::Program {
 public:
  static rsp::Result<std::unique_ptr<Program>> start(const std::string& command) {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0) return broken(std::strerror(errno));
    if (::pipe2(out, O_CLOEXEC) != 0) {
      ::close(in[0]);
      ::close(in[1]);
      return broken(std::strerror(errno));
    }
    pid_t child = ::fork();
    if (child == 0) {
      // A group of its own, so that all that the shell starts ends with it.
      ::setpgid(0, 0);
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    if (child < 0) {
      ::close(in[1]);
      ::close(out[0]);
      return broken(fmt::format("'{}' cannot be started: {}", command, std::strerror(errno)));
    }
    ::setpgid(child, child);
    return std::unique_ptr<Program>(new Program(child, in[1], out[0]));
  }
  ~Program() {
    ::close(to_);
    ::close(from_);
    ::kill(-child_, SIGTERM);
    // One that takes no notice of it is ended all the same.
    if (!rsp::wait_for_end(child_, rsp::Deadline::after(std::chrono::seconds(2))))
      ::kill(-child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  rsp::Status write(const std::string& line, rsp::Deadline deadline) {
    for (std::size_t at = 0; at < line.size();) {
      ssize_t written = ::write(to_, line.data() + at, line.size() - at);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0 && errno == EAGAIN) {
        if (!rsp::wait_ready(to_, POLLOUT, deadline)) return late();
        continue;
      }
      if (written < 0) return broken("the program has ended", "look at what it said");
      at += static_cast<std::size_t>(written);
    }
    return {};
  }

  rsp::Result<std::string> read_line(rsp::Deadline deadline) {
    while (true) {
      if (auto end = buffer_.find('\n'); end != buffer_.npos) {
        std::string line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      if (buffer_.size() > kMaxLine) return broken("the program's answer has no end");
      if (!rsp::wait_ready(from_, POLLIN, deadline)) return late();
      char octets[4096];
      ssize_t got = ::read(from_, octets, sizeof octets);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return broken("the program has ended", "look at what it said");
      buffer_.append(octets, static_cast<std::size_t>(got));
    }
  }

 private:
  Program(pid_t child, int to, int from) : child_(child), to_(to), from_(from) {
    ::signal(SIGPIPE, SIG_IGN);  // a program that has ended is an error, and no end of ours
    ::fcntl(to_, F_SETFL, O_NONBLOCK);
  }
  static std::unexpected<rsp::Error> late() {
    return rsp::failure({.layer = rsp::Layer::kTimeout,
                         .step = "lpac-stdio",
                         .text = "the program did not answer in time"});
  }
  pid_t child_;
  int to_, from_;
  std::string buffer_;
};

LpacStdioTransport::LpacStdioTransport(std::string command, rsp::TraceSink* trace)
    : command_(std::move(command)), trace_(trace) {}
LpacStdioTransport::~LpacStdioTransport() = default;

rsp::Result<LpacStdioTransport::Answer> LpacStdioTransport::call(std::string_view function,
                                                                 rsp::BytesView parameter,
                                                                 rsp::Deadline deadline) {
  if (program_ == nullptr) return broken("the program was not started");
  rsp::Json request{{"type", "apdu"}, {"payload", {{"func", std::string(function)}}}};
  request["payload"]["param"] = parameter.empty() ? rsp::Json() : rsp::Json(rsp::to_hex(parameter));
  auto written = program_->write(rsp::dump(request) + "\n", deadline);
  auto read = written ? program_->read_line(deadline) : rsp::failure(written.error());
  if (!read) {
    // What it answers later would be taken for the next answer.
    program_.reset();
    return rsp::failure(std::move(read).error());
  }
  const std::string& line = *read;
  auto answer = rsp::Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const rsp::Json payload = answer.is_object() ? answer.value("payload", rsp::Json()) : rsp::Json();
  bool whole =
      payload.is_object() && payload.contains("ecode") && payload.at("ecode").is_number_integer();
  if (!whole) {
    return broken(fmt::format("the program answered '{}'", line.substr(0, 80)),
                  "it should answer as an APDU back end of lpac does");
  }
  Answer out{payload.at("ecode").get<int>(), {}};
  if (payload.contains("data") && payload.at("data").is_string()) {
    auto octets = rsp::from_hex(payload.at("data").get<std::string>());
    if (!octets) return broken("the program's data is no hexadecimal");
    out.data = *std::move(octets);
  }
  if (out.ecode >= 0) return out;
  return broken(fmt::format("the program refused '{}' with {}", function, out.ecode),
                "it does not say why");
}

rsp::Result<rsp::Bytes> LpacStdioTransport::connect(rsp::Deadline deadline) {
  if (program_ == nullptr) {
    RSP_TRY(program_, Program::start(command_));
  }
  RSP_CHECK(call("connect", {}, deadline));
  return rsp::Bytes{};
}

rsp::Result<rsp::card::Channel> LpacStdioTransport::open_channel(rsp::BytesView aid,
                                                                 rsp::Deadline deadline) {
  RSP_TRY(Answer answer, call("logic_channel_open", aid, deadline));
  if (answer.ecode == 0 || answer.ecode > rsp::card::kMaxChannel)
    return broken(fmt::format("the program opened channel {}, which is none", answer.ecode));
  auto number = static_cast<std::uint8_t>(answer.ecode);
  return rsp::card::Channel{number, number};
}

rsp::Status LpacStdioTransport::close_channel(rsp::card::Channel channel, rsp::Deadline deadline) {
  rsp::Octets<1> number{channel.cla_channel};
  RSP_CHECK(call("logic_channel_close", number, deadline));
  return {};
}

rsp::Result<rsp::card::ResponseApdu> LpacStdioTransport::transmit(
    rsp::card::Channel, const rsp::card::CommandApdu& command, rsp::Deadline deadline) {
  rsp::Bytes octets = command.encode();
  if (trace_ != nullptr) {
    trace_->event(
        {rsp::TraceKind::kApdu, rsp::Party::kLpa, rsp::Party::kEuicc, "C-APDU", "", octets});
  }
  RSP_TRY(Answer answer, call("transmit", octets, deadline));
  if (trace_ != nullptr) {
    trace_->event(
        {rsp::TraceKind::kApdu, rsp::Party::kEuicc, rsp::Party::kLpa, "R-APDU", "", answer.data});
  }
  return rsp::card::ResponseApdu::parse(answer.data);
}

rsp::Status LpacStdioTransport::reset(rsp::Deadline deadline) {
  if (program_ != nullptr) RSP_CHECK(call("disconnect", {}, deadline));
  RSP_CHECK(connect(deadline));
  return {};
}

}  // namespace lpa
