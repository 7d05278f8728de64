// Binding a profile package to one eUICC (SGP.22 v2, 2.5.3, 2.5.4, 2.6.4).
#pragma once

#include "fake_smdp/seam.h"
#include "rsp/base/random.h"
#include "rsp/crypto/ec.h"
#include "rsp/messages/es8.h"

namespace smdp {

/// How the profile itself is protected (SGP.22 2.5.3).
enum class KeyMode {
  kSessionKeys,  // by the keys of the key agreement
  kRandomKeys,   // by keys of its own (PPK), sent under the session keys with ReplaceSessionKeys
};

struct BppInput {
  rsp::TransactionId transaction_id;
  rsp::BytesView eid;
  rsp::BytesView euicc_otpk;  // 65 octets; its curve is the one of CERT.DPpb
  const rsp::crypto::PrivateKey& dp_pb;
  rsp::asn1::Oid dp_oid;
  const rsp::StoreMetadataRequest& metadata;
  rsp::BytesView profile_package;
  KeyMode key_mode = KeyMode::kRandomKeys;
  Seam* seam = nullptr;
};

/// The complete package. Error: Layer::kCrypto where the otPK is no point on the curve.
rsp::Result<rsp::BoundProfilePackage> build_bpp(const BppInput& input, rsp::Random& random);

/// Signs InitialiseSecureChannel for another transaction, with all else as it was: a retry with the
/// same otPK (SGP.22 3.1.3.2).
void sign_again(rsp::BoundProfilePackage& package, const rsp::TransactionId& transaction_id,
                rsp::BytesView euicc_otpk, const rsp::crypto::PrivateKey& dp_pb,
                Seam* seam = nullptr);

}  // namespace smdp
