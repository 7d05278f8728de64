// An SM-DP+ in the hands of a fuzz target, and the certificates of everybody. All of it is the same
// in every process.
#pragma once

#include "rsp/crypto/bsp.h"
#include "rsp/messages/es10b.h"
#include "rsp/messages/es8.h"
#include "rsp/pki/test_pki.h"

namespace fuzz {

/// Certificates of one day, with keys of cheap_ec.h.
const rsp::pki::TestPki& pki();
rsp::Clock::TimePoint today();

/// ICCIDs of profiles, told apart by one digit.
std::string iccid_digits(unsigned number);
rsp::Iccid iccid(unsigned number);
/// A profile package with the USIM and the keys of rsp/saip/profile_maker.h.
const rsp::Bytes& profile_package(unsigned number);
/// Metadata for it, which wants everything notified.
rsp::StoreMetadataRequest metadata_for(unsigned number);

enum class KeyMode : std::uint8_t { kSessionKeys, kRandomKeys };

/// What a Bound Profile Package holds before it is protected.
struct BppPlan {
  rsp::Bytes configure, metadata;
  std::optional<rsp::Bytes> replace_keys;
  /// With what follows `replace_keys` is protected.
  rsp::crypto::BspKeys random_keys;
  rsp::Bytes package;
  std::size_t piece = rsp::crypto::kMaxEncryptedPlaintext;
};
BppPlan plan_for(unsigned profile, KeyMode mode);

/// A server that does everything right with what it is given.
class Server {
 public:
  static const rsp::TransactionId& transaction_id();
  static rsp::AuthenticateServerRequest authenticate_server(const rsp::Challenge& challenge);
  static rsp::PrepareDownloadRequest prepare_download(rsp::BytesView euicc_signature1);
  /// The segments as an LPA sends them (SGP.22 2.5.5), with the keys that are agreed on.
  static std::vector<rsp::Bytes> segments(const BppPlan& plan, rsp::BytesView euicc_otpk,
                                          const rsp::Eid& eid);
};

}  // namespace fuzz
