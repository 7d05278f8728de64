// A module on a serial port of this machine, or on a pseudo-terminal.
#pragma once

#include <filesystem>
#include <memory>

#include "lpa/transport/byte_stream.h"

namespace lpa {

struct SerialOptions {
  /// USB modems and pseudo-terminals ignore it.
  unsigned baud = 115200;
  /// Where lock files of serial ports are; without such a folder only the port itself is locked.
  std::filesystem::path lock_folder = "/var/lock";
};

/// 8N1, raw, no flow control. The port is ours alone: a lock file in the manner of UUCP for
/// programs that keep to that (minicom, pppd), flock() for others of our kind, and TIOCEXCL for the
/// rest (field fault F22).
class SerialStream final : public ByteStream {
 public:
  /// "/dev/ttyUSB2", or a link to it, which is followed at each open(): ports get other numbers
  /// after a reset (field fault F95).
  explicit SerialStream(std::string path, SerialOptions options = {});
  ~SerialStream() override;

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
