// What travels: requests, responses and their headers, the same for client and server.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/bytes.h"

namespace rsp::http {

struct Header {
  std::string name;
  std::string value;
};

/// The value of the first header of that name, in any case; empty if there is none.
std::string_view find_header(const std::vector<Header>& headers, std::string_view name);

struct Request {
  std::string method = "POST";
  std::string target;  // path and query; empty means "/"
  std::string body;
  std::vector<Header> headers;
  std::string host;  // the Host header as it was received; the client fills in its own
  /// For servers: the DER of the certificate with which the client has proved who it is. Empty
  /// where it has shown none, or was not asked.
  Bytes client_certificate;

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

/// How an answer leaves a server. All but kWhole are ways to fail on purpose, for tests of clients.
enum class Delivery {
  kWhole,
  kReset,      // the connection is reset, and nothing is sent
  kNothing,    // nothing is sent, and the connection stays open until the client gives up
  kCutHeader,  // what is sent ends after `Response::sent` octets of status line and header
  kCutOff,  // what is sent ends after `Response::sent` octets of the body, and the connection with
            // it
  kRaw,     // the body goes out as it is, in place of HTTP
  kSlow,    // all of it goes out, `Response::sent` octets at a time with a pause after each
};

/// Headers that say how a message is framed (Content-Length, Transfer-Encoding, Connection) are
/// added where they are not given. One that is given goes out as it is, true or not, so that a
/// test can promise more than it sends.
struct Response {
  int status = 200;
  std::string body;
  std::vector<Header> headers;
  Delivery delivery = Delivery::kWhole;  // for servers; what a client receives is always whole
  std::size_t sent = 0;
  std::chrono::milliseconds pause{0};  // of kSlow

  std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

/// What a client or a server has done so far.
struct Statistics {
  std::size_t requests = 0;     // requests that were answered
  std::size_t connections = 0;  // completed TLS handshakes
  std::size_t gave_way = 0;     // for servers: connections that were closed to have room for others
};

/// What one end of TLS shows to prove who it is.
struct TlsIdentity {
  Bytes certificate;         // DER
  std::vector<Bytes> chain;  // DER, from the issuer of `certificate` upwards, without the root
  Bytes private_key;         // PKCS#8 DER
};

/// A version of TLS. SGP.22 asks for 1.2 or later; older ones are there for tests of clients.
enum class TlsVersion { k1_0, k1_1, k1_2, k1_3 };

/// What a server does with a connection that it has just taken. All but the default are ways to
/// fail on purpose, for tests of clients.
struct Admission {
  enum class Fate {
    kServed,
    kRefused,  // as kReset: a port that listens cannot refuse; roads without a network can
    kReset,    // reset before anything is read from it
    kSilent,   // what the client sends is taken in, and nothing comes back
  };
  Fate fate = Fate::kServed;
  std::optional<TlsIdentity> identity;  // shown in place of the server's own
  std::optional<TlsVersion> only;       // no other version is spoken
};

/// Receives the secrets of each session as NSS key log lines, without the line end, so that a
/// capture can be decrypted. Called from inside OpenSSL: it must not throw.
using KeyLog = std::function<void(std::string_view line)>;

/// What goes over the wire of one TLS connection: the TLS records, in the order in which this end
/// writes and reads them. Nothing else runs over the connection, so that they are all of it.
struct WireEvent {
  enum class Kind {
    kOpened,    // the TCP connection is there
    kSent,      // octets on their way out
    kReceived,  // octets that came in
    kClosed,    // this end is done with the connection
  };
  Kind kind = Kind::kOpened;
  std::uint32_t connection = 1;  // counts from 1, for each client by itself
  BytesView bytes;               // whole records, valid during the call
};
/// Called from inside OpenSSL: it must not throw.
using WireTap = std::function<void(const WireEvent&)>;

}  // namespace rsp::http
