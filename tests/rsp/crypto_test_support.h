// Keys that the tests of rsp/crypto share.
#pragma once

#include "rsp/base/hex.h"
#include "rsp/crypto/ec.h"

namespace rsp::crypto {

inline PrivateKey key_of(Curve curve, std::string_view scalar, std::string_view point) {
  Octets<32> octets;
  std::ranges::copy(from_hex(scalar).value(), octets.begin());
  return PrivateKey::from_scalar(curve, octets, from_hex(point).value()).value();
}

/// The key of RFC 6979, A.2.5, and key A of RFC 7027, A.1.
inline const PrivateKey& known_key(Curve curve) {
  static const PrivateKey nist =
      key_of(Curve::kNistP256, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
             "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
             "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299");
  static const PrivateKey brainpool = key_of(
      Curve::kBrainpoolP256r1, "81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D",
      "0444106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5"
      "8AB4846F11CACCB73CE49CBDD120F5A900A69FD32C272223F789EF10EB089BDC");
  return curve == Curve::kNistP256 ? nist : brainpool;
}

}  // namespace rsp::crypto
