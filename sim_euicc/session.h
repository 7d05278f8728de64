// The download session of an eUICC: one sum type, so that no state can be half one thing and half
// another (SGP.22 v2, 3.1.2 to 3.1.6 and 5.7).
#pragma once

#include <variant>

#include "rsp/crypto/bsp.h"
#include "rsp/crypto/ec.h"
#include "rsp/messages/es10b.h"

namespace sim {

struct NoSession {};

/// After GetEUICCChallenge.
struct Challenged {
  rsp::Challenge challenge{};
};

/// After AuthenticateServer: who the server is and how we answered.
struct Authenticated {
  rsp::TransactionId transaction_id;
  std::string server_address;
  rsp::asn1::Oid smdp_oid;  // registered ID of CERT.DPauth
  std::size_t signing_identity = 0;
  rsp::Octets<64> euicc_signature1{};
};

/// After PrepareDownload: ready for a Bound Profile Package.
struct DownloadPrepared {
  Authenticated server;
  rsp::crypto::PublicKey dp_pb;
  rsp::crypto::PrivateKey otsk;
};

/// What the next segment of a Bound Profile Package may be.
enum class LoadStage {
  kConfigureIsdp,        // A0 with its 87
  kMetadataHeader,       // A1
  kMetadata,             // 88 ...
  kKeysOrPackageHeader,  // A2 with its 87, or A3
  kPackageHeader,        // A3
  kPackage,              // 86 ...
};

/// After InitialiseSecureChannel: segments are coming in.
struct Installing {
  Authenticated server;
  rsp::crypto::Bsp bsp;
  std::uint32_t channel = 0;  // the opening of a logical channel that all segments must come on
  LoadStage stage = LoadStage::kConfigureIsdp;
  std::size_t expected = 0;     // octets still to come in the list that was announced
  std::size_t outstanding = 0;  // octets still to come in BF36, as its header has announced
  std::optional<rsp::DpProprietaryData> dp_proprietary_data;
  rsp::Bytes metadata_octets;
  std::optional<rsp::StoreMetadataRequest> metadata;
  rsp::Bytes package;
  std::shared_ptr<const rsp::Bytes> installed;  // the package when it is complete
  rsp::Bytes sima_response;                     // what its installation has said
};

/// Which command may come in which state, and what else it gets, is in isd_r.cc and bpp_loader.cc,
/// each once.
using Session = std::variant<NoSession, Challenged, Authenticated, DownloadPrepared, Installing>;

}  // namespace sim
