// Where a test reaches what is about to be signed. Honest code has no seam and pays for none.
#pragma once

#include <string_view>

#include "rsp/crypto/ec.h"

namespace rsp::crypto {

class SigningSeam {
 public:
  virtual ~SigningSeam() = default;
  /// `what` is the specification's name of a structure, "serverSigned1"; `octets` are its DER,
  /// which may be changed; `key` may be pointed at another key that outlives the call.
  virtual void about_to_sign(std::string_view what, Bytes& octets, const PrivateKey*& key) = 0;
};

/// ECDSA over `octets` and then `more`, through a seam where there is one: `octets` are afterwards
/// what was signed.
inline Octets<64> sign(SigningSeam* seam, std::string_view what, Bytes& octets,
                       const PrivateKey& key, BytesView more = {}) {
  const PrivateKey* signer = &key;
  if (seam != nullptr) seam->about_to_sign(what, octets, signer);
  return signer->sign({octets, more});
}

}  // namespace rsp::crypto
