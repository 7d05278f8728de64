// Places for the octets of an image: in the profile package wherever they stand there, so that an
// image need not keep them a second time.
#pragma once

#include "rsp/base/bytes.h"

namespace sim {

/// Octets that were decoded from a package are looked for in the order in which they stand in it.
/// A search begins behind the last find, so that all of them together read the package once.
class OctetPool {
 public:
  /// The package must outlive the pool.
  explicit OctetPool(rsp::BytesView package) : package_(package) {}

  /// From here on, octets are from a profile element that begins at this offset.
  void enter(std::size_t offset) { cursor_ = std::max(cursor_, offset); }
  /// Where in the package the octets are, or how far beyond its end they are in own().
  std::uint32_t place(rsp::BytesView octets);
  /// The same for octets that the package does not have.
  std::uint32_t place_own(rsp::BytesView octets);
  const rsp::Bytes& own() const { return own_; }

 private:
  rsp::BytesView package_;
  std::size_t cursor_ = 0;
  rsp::Bytes own_;
};

}  // namespace sim
