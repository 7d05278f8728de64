#include "fake_smdp/bpp_builder.h"

#include "rsp/asn1/encoder.h"
#include "rsp/crypto/bsp.h"

namespace smdp {
namespace {

using rsp::crypto::Bsp;
using rsp::crypto::BspKeys;

/// hostId is free to choose; it is not the EID.
constexpr std::string_view kHostId = "esimbench";

/// The content of a protected TLV, since the message holds contents under their declared tags.
rsp::Bytes content_of(const rsp::Bytes& tlv) {
  std::size_t header = (tlv[1] & 0x80) != 0 ? 2 + (tlv[1] & 0x7Fu) : 2;
  return {tlv.begin() + static_cast<std::ptrdiff_t>(header), tlv.end()};
}

rsp::ReplaceSessionKeysRequest random_keys(BspKeys& keys, rsp::Random& random) {
  random.fill(keys.initial_mac_chaining_value);
  random.fill(keys.enc);
  random.fill(keys.mac);
  return {rsp::to_bytes(keys.initial_mac_chaining_value), rsp::to_bytes(keys.enc),
          rsp::to_bytes(keys.mac)};
}

/// Calls `part` with each piece of at most `size` octets.
void in_pieces(rsp::BytesView octets, std::size_t size, auto&& part) {
  for (std::size_t at = 0; at < octets.size(); at += size) {
    part(octets.subspan(at, std::min(size, octets.size() - at)));
  }
}

}  // namespace

rsp::Result<rsp::BoundProfilePackage> build_bpp(const BppInput& input, rsp::Random& random) {
  RSP_TRY(auto euicc_otpk,
          rsp::crypto::PublicKey::from_point(input.dp_pb.curve(), input.euicc_otpk));
  auto otsk = rsp::crypto::PrivateKey::generate(input.dp_pb.curve());
  RSP_TRY(auto secret, otsk.agree(euicc_otpk));

  rsp::BoundProfilePackage package;
  auto& initialise = package.initialise_secure_channel_request;
  initialise.control_ref_template = {rsp::Bytes{0x88}, rsp::Bytes{0x10},
                                     rsp::to_bytes(rsp::view_of(kHostId))};
  initialise.smdp_otpk = rsp::to_bytes(otsk.public_key().point());
  sign_again(package, input.transaction_id, input.euicc_otpk, input.dp_pb);

  Bsp bsp(rsp::crypto::derive_bsp_keys(secret, initialise.control_ref_template.host_id, input.eid));
  rsp::ConfigureIsdpRequest configure{rsp::DpProprietaryData{input.dp_oid, {}}, {}};
  package.first_sequence_of_87.push_back(
      content_of(bsp.encrypt_and_mac(0x87, rsp::asn1::encode(configure))));
  rsp::Bytes metadata = rsp::asn1::encode(input.metadata);
  in_pieces(metadata, rsp::crypto::kMaxMacOnlyPlaintext, [&](rsp::BytesView piece) {
    package.sequence_of_88.push_back(content_of(bsp.mac_only(0x88, piece)));
  });
  if (input.key_mode == KeyMode::kRandomKeys) {
    BspKeys keys;
    rsp::Bytes replace = rsp::asn1::encode(random_keys(keys, random));
    package.second_sequence_of_87 = {content_of(bsp.encrypt_and_mac(0x87, replace))};
    bsp = Bsp(keys);
  }
  in_pieces(input.profile_package, rsp::crypto::kMaxEncryptedPlaintext, [&](rsp::BytesView piece) {
    package.sequence_of_86.push_back(content_of(bsp.encrypt_and_mac(0x86, piece)));
  });
  return package;
}

void sign_again(rsp::BoundProfilePackage& package, const rsp::TransactionId& transaction_id,
                rsp::BytesView euicc_otpk, const rsp::crypto::PrivateKey& dp_pb) {
  auto& initialise = package.initialise_secure_channel_request;
  initialise.transaction_id = transaction_id;
  initialise.smdp_sign = rsp::to_bytes(dp_pb.sign({rsp::smdp_sign_input(initialise, euicc_otpk)}));
}

}  // namespace smdp
