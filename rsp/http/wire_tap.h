// What a TLS session sends and receives, for who wants to look on. For the inside of this layer.
#pragma once

#include "rsp/http/types.h"

struct bio_st;
struct ssl_st;

namespace rsp::http::tls {

/// Shows a tap all that passes between a session and its socket, from the making of this object,
/// which reports kOpened, to its end, which reports kClosed.
class TappedWire {
 public:
  /// `session` has its BIO already. It and `tap` must outlive this object.
  TappedWire(ssl_st& session, const WireTap& tap, std::uint32_t connection);
  ~TappedWire();
  TappedWire(const TappedWire&) = delete;
  TappedWire& operator=(const TappedWire&) = delete;

 private:
  static long look_on(bio_st* bio, int operation, const char* octets, std::size_t size, int, long,
                      int result, std::size_t* processed);
  void add(WireEvent::Kind direction, BytesView octets);
  void report(WireEvent::Kind kind, BytesView octets = {});

  const WireTap& tap_;
  const std::uint32_t connection_;
  bio_st* bio_;
  // OpenSSL reads a record in pieces, its header first.
  Bytes sent_, received_;
};

}  // namespace rsp::http::tls
