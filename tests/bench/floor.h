// The bare OpenSSL operations that a download cannot do without, each with its contexts made
// beforehand: the floor under which no implementation gets. Nothing of ours is in here.
#pragma once

#include <string>

namespace bench {

/// Microseconds of processor time of one operation, measured now.
struct Primitives {
  double sign = 0;       // S: ECDSA P-256, digest ready
  double verify = 0;     // V
  double generate = 0;   // K: key generation
  double agree = 0;      // D: ECDH, peer set
  double protect = 0;    // E: AES-CBC and CMAC of 1007 octets with ICV and padding
  double unprotect = 0;  // U
  double hash = 0;       // H: SHA-256 of 256 octets
  double derive = 0;     // X: X9.63 KDF, 48 octets
};

class Floor {
 public:
  Floor();
  ~Floor();
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  /// Some 40 ms of measuring.
  Primitives measure();

  /// One download, installation, enabling and two notifications at both ends with every chain
  /// verified: 7 signatures, 13 verifications, 2 key generations and 2 agreements, one protection
  /// and unprotection for each segment of a package of `octets`, 20 hashes and 2 derivations.
  static double microseconds(const Primitives& p, std::size_t octets);
  /// The server's part of it: 3 signatures, 8 verifications, a key generation and an agreement, the
  /// protection of the segments, 11 hashes and a derivation.
  static double server_microseconds(const Primitives& p, std::size_t octets);
  static std::size_t segments(std::size_t octets) { return (octets + 1006) / 1007 + 3; }

 private:
  struct Contexts;
  Contexts* contexts_;
};

/// "OpenSSL 3.0.19 27 Jan 2026".
std::string openssl_version();
/// Processor time of this process in microseconds.
double cpu_microseconds();

}  // namespace bench
