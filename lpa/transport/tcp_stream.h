// A module behind a TCP port: ser2net with `tcp`, socat, a router.
#pragma once

#include <memory>

#include "lpa/transport/byte_stream.h"

namespace lpa {

/// What is at the other end, in errors.
struct TcpPeer {
  std::string_view name = "module";
  std::string_view hint =
      "is the server of the serial port (ser2net) running there, and nobody else connected to it?";
};

class TcpStream final : public ByteStream {
 public:
  /// "host:port".
  explicit TcpStream(std::string address, TcpPeer peer = {});
  ~TcpStream() override;

  rsp::Status open(rsp::Deadline deadline) override;
  void close() override;
  bool is_open() const override;
  rsp::Result<std::size_t> read(std::span<std::uint8_t> into, rsp::Deadline deadline) override;
  rsp::Status write(rsp::BytesView octets, rsp::Deadline deadline) override;
  const std::string& name() const override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lpa
