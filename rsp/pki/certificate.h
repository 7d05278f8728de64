// One X.509 certificate, read with a cursor: microseconds, where OpenSSL's d2i_X509 takes as long
// as two signatures.
#pragma once

#include <memory>
#include <string>

#include "rsp/asn1/types.h"
#include "rsp/base/clock.h"
#include "rsp/base/result.h"
#include "rsp/crypto/ec.h"
#include "rsp/pki/extensions.h"
#include "rsp/pki/name.h"

namespace rsp::pki {

/// A parsed certificate that owns its DER. Copies share it, so they are cheap, and everything that
/// is returned as a view stays valid as long as one of them lives. Since they also share the public
/// key, a certificate and its copies belong to one thread at a time.
class Certificate {
 public:
  /// Reads structure and types, not whether anything in them is right (see chain.h). Any algorithm
  /// and curve may be named. Error: Layer::kDecode with the field, such as
  /// "certificate.tbsCertificate.validity.notBefore".
  static Result<Certificate> parse(BytesView der);

  BytesView der() const;
  /// TBSCertificate with its tag and length: what the signature covers.
  BytesView tbs() const;
  /// 1 to 3, as people count.
  int version() const;
  /// The content octets of the INTEGER.
  BytesView serial() const;

  /// Name with its tag and length, as it stands there.
  BytesView issuer() const;
  BytesView subject() const;
  const NameView& issuer_name() const;
  const NameView& subject_name() const;

  Clock::TimePoint not_before() const;
  Clock::TimePoint not_after() const;

  /// The named curve; empty where the key is none of an elliptic curve or its curve has no name.
  asn1::Oid curve_oid() const;
  /// Error: Layer::kCrypto, code "unsupportedCurve".
  Result<crypto::Curve> curve() const;
  /// 04 x y on the supported curves; the content of subjectPublicKey in any case.
  BytesView public_point() const;
  /// Made on first use and then kept. Error: as curve(), or a point that is not on the curve.
  Result<crypto::PublicKey> public_key() const;

  const Extensions& extensions() const;
  BytesView subject_key_id() const { return extensions().subject_key_id; }
  BytesView authority_key_id() const { return extensions().authority_key_id; }
  /// The registered identifier in subjectAltName, the OID of an SM-DP+, SM-DS, EUM or CI; empty
  /// where there is none.
  asn1::Oid registered_id() const;

  asn1::Oid signature_algorithm() const;
  /// SEQUENCE { INTEGER r, INTEGER s } where the algorithm is ECDSA.
  BytesView signature() const;

  friend bool operator==(const Certificate& a, const Certificate& b) {
    return equal(a.der(), b.der());
  }

 private:
  struct State;
  explicit Certificate(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_;
};

/// A certificate with the private key that belongs to it.
struct Identity {
  Certificate certificate;
  crypto::PrivateKey key;
};

}  // namespace rsp::pki
