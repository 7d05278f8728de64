#include "rsp/http/wire_tap.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "rsp/http/tls.h"

namespace rsp::http::tls {
namespace {

constexpr std::size_t kRecordHeader = 5;  // RFC 8446, 5.1: type, version, length

/// The size of the record that `octets` begin with, if they hold all of it; zero otherwise.
std::size_t whole_record(BytesView octets) {
  if (octets.size() < kRecordHeader) return 0;
  std::size_t size = kRecordHeader + big_endian(octets.subspan(3, 2));
  return octets.size() < size ? 0 : size;
}

}  // namespace

TappedWire::TappedWire(ssl_st& session, const WireTap& tap, std::uint32_t connection)
    : tap_(tap), connection_(connection), bio_(SSL_get_rbio(&session)) {
  must(bio_ != nullptr && bio_ == SSL_get_wbio(&session), "one BIO for both directions");
  BIO_set_callback_arg(bio_, reinterpret_cast<char*>(this));
  BIO_set_callback_ex(bio_, &TappedWire::look_on);
  report(WireEvent::Kind::kOpened);
}

TappedWire::~TappedWire() {
  BIO_set_callback_ex(bio_, nullptr);
  // What was no whole record went over the wire all the same.
  if (!sent_.empty()) report(WireEvent::Kind::kSent, sent_);
  if (!received_.empty()) report(WireEvent::Kind::kReceived, received_);
  report(WireEvent::Kind::kClosed);
}

long TappedWire::look_on(bio_st* bio, int operation, const char* octets, std::size_t, int, long,
                         int result, std::size_t* processed) {
  if (result <= 0 || processed == nullptr) return result;
  auto& wire = *reinterpret_cast<TappedWire*>(BIO_get_callback_arg(bio));
  BytesView seen(reinterpret_cast<const std::uint8_t*>(octets), *processed);
  if (operation == (BIO_CB_WRITE | BIO_CB_RETURN)) wire.add(WireEvent::Kind::kSent, seen);
  if (operation == (BIO_CB_READ | BIO_CB_RETURN)) wire.add(WireEvent::Kind::kReceived, seen);
  return result;
}

void TappedWire::add(WireEvent::Kind direction, BytesView octets) {
  Bytes& pending = direction == WireEvent::Kind::kSent ? sent_ : received_;
  append(pending, octets);
  std::size_t done = 0;
  while (std::size_t size = whole_record(BytesView(pending).subspan(done))) {
    report(direction, BytesView(pending).subspan(done, size));
    done += size;
  }
  pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(done));
}

void TappedWire::report(WireEvent::Kind kind, BytesView octets) {
  tap_({kind, connection_, octets});
}

}  // namespace rsp::http::tls
