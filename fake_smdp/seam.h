// Where a test reaches into the server: what is about to be signed, what is about to be protected
// in a Bound Profile Package, how that is done, and the package itself. Honest servers have none.
#pragma once

#include <functional>

#include "rsp/crypto/bsp.h"
#include "rsp/crypto/signing_seam.h"
#include "rsp/messages/es8.h"

namespace smdp {

/// One TLV of a Bound Profile Package before it is protected.
struct BppPart {
  std::string_view message;  // "configureISDP", "storeMetadata", "replaceSessionKeys",
                             // "loadProfileElements"
  std::size_t index = 0;     // counts from 0 among the parts of that message
  std::uint8_t tag = 0;      // 86, 87 or 88
  rsp::BytesView plaintext;
};

class Seam : public rsp::crypto::SigningSeam {
 public:
  /// The hostId that session keys are about to be derived with. What the package says of it is
  /// signed by then.
  virtual void about_to_derive(rsp::Bytes& host_id) = 0;
  /// A whole message of ES8+, or the profile package, before it is cut into parts and protected.
  virtual void about_to_protect(std::string_view message, rsp::Bytes& plaintext) = 0;
  /// The protected TLV of a part. `honest` protects with `keys` as it should be done, and moves
  /// counter and MAC chain on.
  virtual rsp::Bytes protect(const BppPart& part, rsp::crypto::Bsp& keys,
                             const std::function<rsp::Bytes(const BppPart&)>& honest) = 0;
  /// The package as it is about to be sent.
  virtual void bound(rsp::BoundProfilePackage& package) = 0;
};

}  // namespace smdp
