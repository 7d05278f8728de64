// SHA-256 and the derivation of session keys.
#pragma once

#include <initializer_list>

#include "rsp/base/bytes.h"

namespace rsp::crypto {

using Digest = Octets<32>;

/// SHA-256 over the parts one after the other.
Digest sha256(std::initializer_list<BytesView> parts);
inline Digest sha256(BytesView octets) { return sha256({octets}); }

/// X9.63 key derivation with SHA-256 (BSI TR-03111 4.3.3): `size` octets from a shared secret and
/// SharedInfo.
Bytes x963_kdf(BytesView shared_secret, BytesView shared_info, std::size_t size);

}  // namespace rsp::crypto
