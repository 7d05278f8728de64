// A serial port at the other end of a telnet connection whose rate can be set (RFC 2217, RFC 854).
#pragma once

#include <memory>

#include "lpa/transport/byte_stream.h"

namespace lpa {

/// Telnet as a filter: octets of the line in, data and what has to be answered out.
class TelnetFilter {
 public:
  explicit TelnetFilter(unsigned baud) : baud_(baud) {}

  /// What to say first: binary both ways, and whether the other end has a serial port to set.
  rsp::Bytes greeting() const;
  /// Data among what came in; what it asks for is added to `reply`.
  rsp::Bytes take(rsp::BytesView octets, rsp::Bytes& reply);
  /// Data as it goes out: IAC is doubled.
  static rsp::Bytes escaped(rsp::BytesView data);

  /// Whether the other end has said yes or no to being set.
  bool settled() const { return refused_ || confirmed_baud_ != 0; }
  /// The rate that the other end has confirmed; 0 where it has not.
  unsigned confirmed_baud() const { return confirmed_baud_; }

 private:
  /// More than any subnegotiation that is for us.
  static constexpr std::size_t kLongestOption = 64;
  enum class State { kData, kCommand, kOption, kSub, kSubCommand };
  void option(std::uint8_t verb, std::uint8_t option, rsp::Bytes& reply);
  void subnegotiation();

  unsigned baud_;
  State state_ = State::kData;
  std::uint8_t verb_ = 0;
  rsp::Bytes sub_;
  bool refused_ = false, asked_ = false;
  unsigned confirmed_baud_ = 0;
};

/// Any stream that speaks telnet.
class Rfc2217Stream final : public ByteStream {
 public:
  Rfc2217Stream(std::unique_ptr<ByteStream> line, unsigned baud)
      : line_(std::move(line)), baud_(baud), filter_(baud) {}

  /// Sets the rate, and goes on without where the other end cannot. Error: as of the line, and
  /// kTransport where the other end has set another rate.
  rsp::Status open(rsp::Deadline deadline) override;
  void close() override { line_->close(); }
  bool is_open() const override { return line_->is_open(); }
  rsp::Result<std::size_t> read(std::span<std::uint8_t> into, rsp::Deadline deadline) override;
  rsp::Status write(rsp::BytesView octets, rsp::Deadline deadline) override;
  const std::string& name() const override { return line_->name(); }

 private:
  /// How long the other end may think about its serial port.
  static constexpr std::chrono::milliseconds kPatience{1000};
  rsp::Status fill(rsp::Deadline deadline);

  std::unique_ptr<ByteStream> line_;
  unsigned baud_;
  TelnetFilter filter_;
  rsp::Bytes data_;  // came in and was not read yet
};

}  // namespace lpa
