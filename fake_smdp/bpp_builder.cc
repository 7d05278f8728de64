#include "fake_smdp/bpp_builder.h"

#include "rsp/asn1/decoder.h"
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

/// Protects the messages of one package in their order, through a seam where there is one.
class Protector {
 public:
  Protector(BspKeys keys, Seam* seam) : bsp_(keys), seam_(seam) {}

  void replace_keys(const BspKeys& keys) { bsp_ = Bsp(keys); }

  /// Contents of protected TLVs, one for each piece of at most `size` octets.
  void protect(std::string_view message, std::uint8_t tag, rsp::Bytes plaintext, std::size_t size,
               std::vector<rsp::Bytes>& to) {
    if (seam_ != nullptr) seam_->about_to_protect(message, plaintext);
    BppPart part{message, 0, tag, {}};
    for (std::size_t at = 0; at < plaintext.size(); at += size, ++part.index) {
      part.plaintext = rsp::BytesView(plaintext).subspan(at, std::min(size, plaintext.size() - at));
      to.push_back(content_of(
          seam_ == nullptr ? honest(part) : seam_->protect(part, bsp_, [this](const BppPart& one) {
            return honest(one);
          })));
    }
  }

 private:
  rsp::Bytes honest(const BppPart& part) {
    return part.tag == 0x88 ? bsp_.mac_only(part.tag, part.plaintext)
                            : bsp_.encrypt_and_mac(part.tag, part.plaintext);
  }

  Bsp bsp_;
  Seam* seam_;
};

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
  sign_again(package, input.transaction_id, input.euicc_otpk, input.dp_pb, input.seam);

  constexpr std::size_t kEncrypted = rsp::crypto::kMaxEncryptedPlaintext;
  rsp::Bytes host_id = initialise.control_ref_template.host_id;
  if (input.seam != nullptr) input.seam->about_to_derive(host_id);
  Protector protector(rsp::crypto::derive_bsp_keys(secret, host_id, input.eid), input.seam);
  rsp::ConfigureIsdpRequest configure{rsp::DpProprietaryData{input.dp_oid, {}}, {}};
  protector.protect("configureISDP", 0x87, rsp::asn1::encode(configure), kEncrypted,
                    package.first_sequence_of_87);
  protector.protect("storeMetadata", 0x88, rsp::asn1::encode(input.metadata),
                    rsp::crypto::kMaxMacOnlyPlaintext, package.sequence_of_88);
  if (input.key_mode == KeyMode::kRandomKeys) {
    BspKeys keys;
    rsp::Bytes replace = rsp::asn1::encode(random_keys(keys, random));
    protector.protect("replaceSessionKeys", 0x87, std::move(replace), kEncrypted,
                      package.second_sequence_of_87.emplace());
    protector.replace_keys(keys);
  }
  protector.protect("loadProfileElements", 0x86, rsp::to_bytes(input.profile_package), kEncrypted,
                    package.sequence_of_86);
  return package;
}

void sign_again(rsp::BoundProfilePackage& package, const rsp::TransactionId& transaction_id,
                rsp::BytesView euicc_otpk, const rsp::crypto::PrivateKey& dp_pb, Seam* seam) {
  auto& initialise = package.initialise_secure_channel_request;
  initialise.transaction_id = transaction_id;
  const rsp::crypto::PrivateKey* signer = &dp_pb;
  if (seam != nullptr) {
    rsp::Bytes octets = rsp::asn1::encode(initialise);
    seam->about_to_sign(initialise.kName, octets, signer);
    // Not signed as these octets but as its fields, so a change that leaves no such message is
    // none.
    if (auto changed = rsp::asn1::decode<rsp::InitialiseSecureChannelRequest>(octets)) {
      initialise = *std::move(changed);
    }
  }
  initialise.smdp_sign =
      rsp::to_bytes(signer->sign({rsp::smdp_sign_input(initialise, euicc_otpk)}));
}

}  // namespace smdp
