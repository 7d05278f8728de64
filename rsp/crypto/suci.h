// Concealment of a SUPI, the ECIES profiles of 3GPP TS 33.501 Annex C, as a USIM does it that
// answers GET IDENTITY itself (TS 31.102 7.5).
#pragma once

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"

namespace rsp::crypto {

/// A: Curve25519. B: secp256r1, public keys compressed (TS 33.501 C.3.4). The values are the
/// protection scheme identifiers of C.1.
enum class SuciProfile : std::uint8_t { kA = 1, kB = 2 };

/// The scheme output: ephemeral public key (32 octets in A, 33 in B), ciphertext as long as the
/// plaintext, and a MAC tag of 8 octets.
///
/// `home_network_public_key` has 32 octets in A, and in B 33 (compressed) or 65. The ephemeral
/// private key is the caller's so that its randomness stays his; it must be used only once. Error:
/// Layer::kCrypto for keys that are none on the curve.
Result<Bytes> suci_scheme_output(SuciProfile profile, BytesView home_network_public_key,
                                 const Octets<32>& ephemeral_private_key, BytesView plaintext);

}  // namespace rsp::crypto
