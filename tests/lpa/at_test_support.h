// Modules made of a few lines of script. Nothing waits: a line that is silent says so at once, as
// if the time were over.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "lpa/es10_client.h"
#include "lpa/transport/at_transport.h"
#include "results.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"

namespace lpa::testing {

inline rsp::Deadline soon(int milliseconds = 30'000) {
  return rsp::Deadline::after(std::chrono::milliseconds(milliseconds));
}

/// A line whose other end answers what a test says.
class ScriptedModule final : public ByteStream {
 public:
  /// What to write for a command; nothing: the module knows it as `usual` does.
  std::function<std::optional<std::string>(const std::string& command)> answer;
  bool echo = false;
  std::size_t chunk = 4096;  // octets that arrive at once
  /// Commands as they came, without those of the session's beginning.
  std::vector<std::string> sent;
  /// Told when there is nothing to read; what is said then comes next.
  std::function<void()> on_silence;
  bool gone = false;
  std::size_t opened = 0;
  std::size_t data_octets = 0;  // of data that the next octets are, instead of commands
  std::string data;

  rsp::Status open(rsp::Deadline) override {
    if (gone) return rsp::failure(lost());
    if (!is_open_) ++opened;
    is_open_ = true;
    return {};
  }
  void close() override { is_open_ = false; }
  bool is_open() const override { return is_open_; }
  const std::string& name() const override { return name_; }

  rsp::Result<std::size_t> read(std::span<std::uint8_t> into, rsp::Deadline) override {
    if (gone) {
      is_open_ = false;
      return rsp::failure(lost());
    }
    if (coming_.empty()) {
      if (on_silence) on_silence();
      return std::size_t(0);
    }
    std::size_t count = std::min({into.size(), coming_.size(), chunk});
    std::copy_n(coming_.begin(), count, into.begin());
    coming_.erase(0, count);
    return count;
  }
  rsp::Status write(rsp::BytesView octets, rsp::Deadline) override {
    if (gone) {
      is_open_ = false;
      return rsp::failure(lost());
    }
    for (std::uint8_t octet : octets) {
      if (data_octets > 0) {
        data += static_cast<char>(octet);
        if (--data_octets == 0) command("(data)");
      } else if (octet == '\r') {
        command(std::exchange(line_, {}));
      } else {
        line_ += static_cast<char>(octet);
      }
    }
    return {};
  }

  /// Something that the module says of its own.
  void say(std::string_view text) { coming_ += text; }

  /// What a module answers that is good at everything and has no card.
  static std::string usual(const std::string& command) {
    if (command == "AT+CPIN?") return "\r\n+CPIN: READY\r\n\r\nOK\r\n";
    if (command == "AT+CMEE?") return "\r\n+CMEE: 1\r\n\r\nOK\r\n";
    return "\r\nOK\r\n";
  }

 private:
  void command(const std::string& text) {
    bool session = text == "AT" || text == "ATE0" || text.starts_with("AT+CMEE");
    if (!session) sent.push_back(text);
    if (echo) coming_ += text + "\r";
    auto scripted = answer ? answer(text) : std::nullopt;
    coming_ += scripted ? *scripted : usual(text);
  }
  rsp::Error lost() const {
    return {.layer = Layer::kTransport, .path = name_, .text = "the line is gone"};
  }

  std::string name_ = "scripted module", line_, coming_;
  bool is_open_ = false;
};

/// A scripted module that says something whenever it is read.
struct NoisyStream final : ByteStream {
  ScriptedModule& inner;
  std::string noise;
  explicit NoisyStream(ScriptedModule& module) : inner(module) {}
  rsp::Status open(rsp::Deadline deadline) override { return inner.open(deadline); }
  void close() override { inner.close(); }
  bool is_open() const override { return inner.is_open(); }
  const std::string& name() const override { return inner.name(); }
  rsp::Status write(rsp::BytesView octets, rsp::Deadline deadline) override {
    return inner.write(octets, deadline);
  }
  rsp::Result<std::size_t> read(std::span<std::uint8_t> into, rsp::Deadline deadline) override {
    inner.say(noise);
    return inner.read(into, deadline);
  }
};

inline std::string lines(std::initializer_list<std::string_view> all) {
  std::string out;
  for (std::string_view line : all) out += "\r\n" + std::string(line) + "\r\n";
  return out;
}

/// "+CGLA: 4,"9000"" and OK.
inline std::string apdu_answer(std::string_view prefix, const std::string& hex) {
  return lines(
      {std::string(prefix) + ": " + std::to_string(hex.size()) + ",\"" + hex + "\"", "OK"});
}

/// What is between the quotes of a command.
inline std::string quoted(const std::string& command) {
  std::size_t from = command.find('"') + 1;
  return command.substr(from, command.rfind('"') - from);
}

/// A module's AT front to a card in this process, as simple as it can be.
class CardBehindAt {
 public:
  explicit CardBehindAt(rsp::card::Card& card) : card_(card) { card.reset(); }

  /// Nothing for commands that do not go to the card.
  std::optional<std::string> operator()(const std::string& command) {
    if (command.starts_with("AT+CCHO=")) return open(quoted(command));
    if (command.starts_with("AT+CCHC=")) {
      transmit("007080" + channel_);
      return lines({"OK"});
    }
    if (command.starts_with("AT+CGLA=")) {
      // The module, and not who commands it, puts the channel in.
      std::string hex = quoted(command);
      return apdu_answer("+CGLA", transmit(hex.substr(0, 1) + channel_.substr(1) + hex.substr(2)));
    }
    if (command.starts_with("AT+CSIM=")) return apdu_answer("+CSIM", transmit(quoted(command)));
    if (command == "AT+CFUN=0") card_.reset();
    return std::nullopt;
  }

 private:
  std::string transmit(const std::string& hex) {
    return rsp::to_hex(card_.transmit(*rsp::from_hex(hex)));
  }
  std::string open(const std::string& aid) {
    std::string opened = transmit("0070000001");
    if (!opened.ends_with("9000")) return lines({"+CME ERROR: 13"});
    channel_ = opened.substr(0, 2);
    std::string length = rsp::to_hex(rsp::Bytes{static_cast<std::uint8_t>(aid.size() / 2)});
    std::string selected = transmit(channel_ + "A40400" + length + aid);
    if (selected.ends_with("9000") || selected.substr(0, 2) == "61")
      return lines({"+CCHO: 7", "OK"});
    transmit("007080" + channel_);
    return lines({"+CME ERROR: 13"});
  }

  rsp::card::Card& card_;
  std::string channel_ = "01";
};

/// A dialect that does not wait.
inline AtDialect hurried(AtDialect dialect = at_dialects().front()) {
  dialect.ready_deadline = dialect.absent_for = std::chrono::milliseconds(0);
  dialect.boot_deadline = std::chrono::milliseconds(50);
  return dialect;
}

/// A module and a transport over it.
struct AtTest : ::testing::Test {
  AtTransport& transport() {
    if (!made) {
      options.back_off = std::chrono::milliseconds(1);
      if (options.dialect == nullptr) options.dialect = &dialect;
      made.emplace(module, options);
    }
    return *made;
  }
  rsp::Result<rsp::card::Channel> open() { return transport().open_channel(aid, soon()); }
  /// One STORE DATA over a channel that was just opened: "9000", or what went wrong.
  std::string get_eid() {
    auto channel = open();
    if (!channel) return summary(channel);
    auto response = transport().transmit(
        *channel, {0x80, 0xE2, 0x91, 0, *rsp::from_hex("BF3E035C015A"), std::nullopt}, soon());
    return response ? rsp::to_hex(response->encode()) : summary(response);
  }
  /// Answers to commands that begin so; others are usual.
  void on(std::string begin, std::string reply) {
    on(std::move(begin), [reply = std::move(reply)](const std::string&) { return reply; });
  }
  void on(std::string begin, std::function<std::optional<std::string>(const std::string&)> reply) {
    rules.insert(rules.begin(), {std::move(begin), std::move(reply)});
    module.answer = [this](const std::string& command) -> std::optional<std::string> {
      for (const auto& [front, each] : rules) {
        if (command.starts_with(front)) return each(command);
      }
      return std::nullopt;
    };
  }
  /// A module with one channel that answers every APDU with the EID.
  void is_good() {
    on("AT+CCHO", lines({"+CCHO: 1", "OK"}));
    on("AT+CGLA", apdu_answer("+CGLA", kEid));
    on("AT+CSIM", apdu_answer("+CSIM", "9000"));
  }
  std::size_t count(std::string_view begin) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        module.sent, [&](const std::string& each) { return each.starts_with(begin); }));
  }

  static constexpr const char* kEid = "BF3E125A10890490321234512345123456789012359000";
  const rsp::Bytes aid = Es10Options::default_isd_r_aid();
  ScriptedModule module;
  std::vector<std::pair<std::string, std::function<std::optional<std::string>(const std::string&)>>>
      rules;
  AtDialect dialect = hurried();
  AtTransportOptions options;
  std::optional<AtTransport> made;
};

}  // namespace lpa::testing
