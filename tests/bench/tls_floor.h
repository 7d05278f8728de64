// The least that TLS costs a server whose connection stands: OpenSSL over memory, no socket.
// Nothing of ours is in here.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace bench {

/// Octets of one request and its answer, without TLS.
struct RecordSizes {
  std::size_t received = 0, sent = 0;
};

/// A connection of TLS 1.3 with AES-256-GCM, made once.
class TlsRecords {
 public:
  TlsRecords();
  ~TlsRecords();
  /// Microseconds of processor time in which the server's end reads the requests and writes the
  /// answers, once each.
  double measure(std::span<const RecordSizes> exchanges);

 private:
  struct Ends;
  std::unique_ptr<Ends> ends_;
};

}  // namespace bench
