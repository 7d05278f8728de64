// A card on a TCP socket, for programs in other processes and languages.
//
// Frames as vpcd has them, both ways: two octets of length, big endian, and the payload. A payload
// of one octet controls power: 00 off, 01 on, 02 reset, without an answer, and 04 asks for the ATR.
// Anything else is a command APDU and gets its response APDU. The card keeps its state when a
// client goes and the next one comes.
#pragma once

#include <memory>
#include <string>

#include "rsp/card/transport.h"

namespace sim {

class SocketFrontend {
 public:
  /// Binds and listens on "host:port" or ":port"; port 0 is any free one. Error: Layer::kTransport
  /// naming the address.
  static rsp::Result<std::unique_ptr<SocketFrontend>> listen(const std::string& address,
                                                             rsp::card::Card& card);
  ~SocketFrontend();

  std::uint16_t port() const;
  /// Serves one client after the other until stop().
  void run();
  /// From any thread.
  void stop();

 private:
  class Impl;
  explicit SocketFrontend(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sim
