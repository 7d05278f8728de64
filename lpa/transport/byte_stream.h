// A line to a module: octets out, octets in, and time that passes.
#pragma once

#include <span>
#include <string>

#include "rsp/base/bytes.h"
#include "rsp/base/clock.h"
#include "rsp/base/result.h"

namespace lpa {

/// Blocking, for one thread at a time.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// Opens the line; one that is open stays as it is. Error: Layer::kTransport or kTimeout with
  /// the line's name as path, and who holds it where somebody else does.
  virtual rsp::Status open(rsp::Deadline deadline) = 0;
  virtual void close() = 0;
  virtual bool is_open() const = 0;
  /// What has arrived, as soon as there is something; 0 where the deadline passes first, since
  /// silence is no failure of the line. Error: Layer::kTransport where the line is gone, and then
  /// it is closed.
  virtual rsp::Result<std::size_t> read(std::span<std::uint8_t> into, rsp::Deadline deadline) = 0;
  /// All of it. Error: as of read(), and kTimeout.
  virtual rsp::Status write(rsp::BytesView octets, rsp::Deadline deadline) = 0;
  /// "/dev/ttyUSB2", "192.0.2.1:3001": for errors.
  virtual const std::string& name() const = 0;
};

}  // namespace lpa
