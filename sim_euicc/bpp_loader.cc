// ES8+: the segments of a Bound Profile Package, one after the other (SGP.22
// v2, 2.5, 3.1.3.3, 5.5).
#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/saip/check.h"
#include "rsp/saip/package.h"
#include "rsp/saip/summary.h"
#include "sim_euicc/event_bits.h"
#include "sim_euicc/isd_r.h"
#include "sim_euicc/usim_fields.h"

namespace sim {
namespace {

using rsp::append;
using rsp::BppCommandId;
using rsp::ErrorReason;
using rsp::asn1::context;
using rsp::asn1::name_of;

/// The AID of ISD-P instances: bytes 14 and 15 tell them apart (SGP.02 Annex H).
constexpr std::string_view kIsdPAidPrefix = "A0000005591010FFFFFFFF8900";
constexpr std::uint16_t kFirstIsdP = 0x0010, kLastIsdP = 0x00FF;

/// Tag and length of a list that is announced: its tag, and how many octets follow the header.
struct ListHeader {
  rsp::asn1::Tag tag;
  std::size_t content = 0;
};

/// A header without its content, as A1 and A3 come. Nothing where it is more or less than that.
std::optional<ListHeader> parse_list_header(rsp::BytesView octets) {
  if (octets.size() < 2 || (octets[0] & 0xE0) != 0xA0 || (octets[0] & 0x1F) == 0x1F)
    return std::nullopt;
  ListHeader header{context(octets[0] & 0x1F), octets[1]};
  std::size_t more = (octets[1] & 0x80) != 0 ? octets[1] & 0x7F : 0;
  if (octets.size() != 2 + more || more > 4 || (octets[1] == 0x80)) return std::nullopt;
  if (more > 0) header.content = rsp::big_endian(octets.subspan(2));
  return header;
}

/// The header at the front of BF36, whose content goes far beyond the segment.
struct PackageHeader {
  std::size_t size = 0, content = 0;
};

std::optional<PackageHeader> parse_package_header(rsp::BytesView segment) {
  if (segment.size() < 3) return std::nullopt;
  std::size_t more = (segment[2] & 0x80) != 0 ? segment[2] & 0x7F : 0;
  PackageHeader header{3 + more, segment[2]};
  if (more > 4 || segment[2] == 0x80 || header.size >= segment.size()) return std::nullopt;
  if (more > 0) header.content = rsp::big_endian(segment.subspan(3, more));
  return header;
}

/// Quirk F51: whether a package is of a type that this card cannot install.
bool is_refused_type(const Quirks& quirks, rsp::BytesView package) {
  if (quirks.refused_profile_type.empty()) return false;
  auto decoded = rsp::saip::decode_package(package);
  const auto* header = decoded ? rsp::saip::header_of(*decoded) : nullptr;
  return header != nullptr && header->profile_type &&
         header->profile_type->contains(quirks.refused_profile_type);
}

ErrorReason reason_of(rsp::crypto::BspProblem problem) {
  return problem == rsp::crypto::BspProblem::kStructure ? ErrorReason::kScp03tStructureError
                                                        : ErrorReason::kScp03tSecurityError;
}

/// The one child of a list that holds exactly one element, whole; nothing where it holds anything
/// else.
std::optional<rsp::BytesView> only_child(rsp::BytesView list, rsp::asn1::Tag child) {
  auto outer = rsp::asn1::Reader(list).peek();
  if (!outer || outer->whole.size() != list.size()) return std::nullopt;
  auto inner = rsp::asn1::Reader(outer->content).peek();
  if (!inner || inner->tag != child || inner->whole.size() != outer->content.size())
    return std::nullopt;
  return inner->whole;
}

}  // namespace

Answer IsdR::load_segment(rsp::BytesView segment, std::uint32_t channel, Transaction& tx) {
  bool begins = segment[0] == 0xBF;
  auto* installing = std::get_if<Installing>(&session_);
  // A package comes on one channel, which stays open meanwhile (field fault F48).
  if (installing != nullptr && installing->channel != channel)
    return {{}, rsp::card::kConditionsNotSatisfied};
  if (installing == nullptr && !begins) return {{}, rsp::card::kReferencedDataNotFound};
  if (installing == nullptr && !std::holds_alternative<DownloadPrepared>(session_)) {
    return {{}, rsp::card::kConditionsNotSatisfied};
  }
  LoadOutcome outcome;
  if (begins) {
    outcome = initialise_secure_channel(segment, channel, tx);
  } else {
    outcome = continue_load(*installing, segment, tx);
    installing->outstanding -= std::min(installing->outstanding, segment.size());
  }
  if (!outcome) {
    auto* load = std::get_if<Installing>(&session_);
    auto* prepared = std::get_if<DownloadPrepared>(&session_);
    Authenticated server = load != nullptr ? load->server : prepared->server;
    std::optional<rsp::Iccid> iccid;
    if (load != nullptr && load->metadata) iccid = load->metadata->iccid;
    return fail_load(server, iccid, outcome.error(), tx);
  }
  const auto& load = std::get<Installing>(session_);
  if (load.stage == LoadStage::kPackage && load.expected == 0) return finish_load(tx);
  return {};
}

// SGP.22 5.5.1, the checks in its order.
IsdR::LoadOutcome IsdR::initialise_secure_channel(rsp::BytesView segment, std::uint32_t channel,
                                                  Transaction& tx) {
  auto failed = [](ErrorReason reason) {
    return std::unexpected(LoadFailure{BppCommandId::kInitialiseSecureChannel, reason});
  };
  auto* prepared = std::get_if<DownloadPrepared>(&session_);
  if (prepared == nullptr)
    return failed(ErrorReason::kIncorrectInputValues);  // a second one in a running session
  // The segment is the header of BF36 and the whole of BF23.
  auto header = parse_package_header(segment);
  if (!header) return failed(ErrorReason::kIncorrectInputValues);
  rsp::BytesView initialise = segment.subspan(header->size);
  auto decoded = rsp::asn1::decode<rsp::InitialiseSecureChannelRequest>(initialise);
  if (!decoded) return failed(ErrorReason::kIncorrectInputValues);

  if (decoded->remote_op_id != rsp::RemoteOpId::kInstallBoundProfilePackage) {
    return failed(ErrorReason::kUnsupportedRemoteOperationType);
  }
  rsp::Bytes signed_part = rsp::smdp_sign_input(*decoded, prepared->otsk.public_key().point());
  if (!prepared->dp_pb.verify({signed_part}, decoded->smdp_sign))
    return failed(ErrorReason::kInvalidSignature);
  if (decoded->transaction_id != prepared->server.transaction_id)
    return failed(ErrorReason::kInvalidTransactionId);
  const rsp::ControlRefTemplate& crt = decoded->control_ref_template;
  if (crt.key_type != rsp::Bytes{0x88} || crt.key_len != rsp::Bytes{0x10}) {
    return failed(ErrorReason::kUnsupportedCrtValues);
  }
  auto smdp_otpk = rsp::crypto::PublicKey::from_point(prepared->dp_pb.curve(), decoded->smdp_otpk);
  if (!smdp_otpk) return failed(ErrorReason::kIncorrectInputValues);

  auto secret = prepared->otsk.agree(*smdp_otpk);
  if (!secret) return failed(ErrorReason::kIncorrectInputValues);
  auto keys = rsp::crypto::derive_bsp_keys(*secret, crt.host_id, credentials_.eid);
  Authenticated server = prepared->server;
  tx.set_load_in_progress(LoadInProgress{server.transaction_id, server.server_address,
                                         server.smdp_oid,
                                         static_cast<std::uint32_t>(server.signing_identity)});
  session_ =
      Installing{.server = std::move(server),
                 .bsp = rsp::crypto::Bsp(keys),
                 .channel = channel,
                 .outstanding = header->content - std::min(header->content, initialise.size())};
  return {};
}

IsdR::LoadOutcome IsdR::continue_load(Installing& load, rsp::BytesView segment,
                                      const Transaction& tx) {
  switch (load.stage) {
    case LoadStage::kConfigureIsdp:
      return configure_isdp(load, segment);
    case LoadStage::kMetadataHeader:
      return announce_list(load, segment, BppCommandId::kStoreMetadata, LoadStage::kMetadata, tx);
    case LoadStage::kMetadata:
      return store_metadata(load, segment, tx);
    case LoadStage::kKeysOrPackageHeader:
      if (segment[0] == 0xA2) return replace_session_keys(load, segment);
      [[fallthrough]];
    case LoadStage::kPackageHeader:
      return announce_list(load, segment, BppCommandId::kLoadProfileElements, LoadStage::kPackage,
                           tx);
    case LoadStage::kPackage: {
      auto outcome = load_profile_elements(load, segment, tx);
      if (outcome && load.expected == 0) return install(load, tx);
      return outcome;
    }
  }
  return std::unexpected(
      LoadFailure{BppCommandId::kLoadProfileElements, ErrorReason::kUnknownError});
}

// SGP.22 5.5.2.
IsdR::LoadOutcome IsdR::configure_isdp(Installing& load, rsp::BytesView segment) {
  auto failed = [](ErrorReason reason) {
    return std::unexpected(LoadFailure{BppCommandId::kConfigureIsdp, reason});
  };
  auto protected_tlv = segment[0] == 0xA0 ? only_child(segment, context(7)) : std::nullopt;
  if (!protected_tlv) return failed(ErrorReason::kScp03tStructureError);
  auto plaintext = load.bsp.verify_and_decrypt(*protected_tlv);
  if (!plaintext) return failed(reason_of(plaintext.error()));
  auto request = rsp::asn1::decode<rsp::ConfigureIsdpRequest>(*plaintext);
  if (!request) return failed(ErrorReason::kIncorrectInputValues);
  if (request->dp_proprietary_data) {
    // 128 octets with tag and length at most; and the OID must be the one of CERT.DPpb.
    std::size_t size = rsp::asn1::encode_as(context(24), *request->dp_proprietary_data).size();
    if (size > 128 || request->dp_proprietary_data->dp_oid != load.server.smdp_oid) {
      return failed(ErrorReason::kIncorrectInputValues);
    }
  }
  load.dp_proprietary_data = std::move(request->dp_proprietary_data);
  load.stage = LoadStage::kMetadataHeader;
  return {};
}

IsdR::LoadOutcome IsdR::announce_list(Installing& load, rsp::BytesView segment,
                                      BppCommandId command, LoadStage next, const Transaction& tx) {
  rsp::asn1::Tag wanted = next == LoadStage::kMetadata ? context(1) : context(3);
  auto header = parse_list_header(segment);
  bool good = header && header->tag == wanted && header->content > 0;
  // A3 is the last element of BF36, so that both must end together.
  bool last = next == LoadStage::kPackage;
  if (!good || (last && segment.size() + header->content != load.outstanding)) {
    return std::unexpected(LoadFailure{command, ErrorReason::kScp03tStructureError});
  }
  load.expected = header->content;
  load.stage = next;
  if (next == LoadStage::kPackage) load.package.reserve(std::min(header->content, free_memory(tx)));
  return {};
}

// SGP.22 5.5.3. Metadata may be cut into several TLVs; it is looked at when all are there.
IsdR::LoadOutcome IsdR::store_metadata(Installing& load, rsp::BytesView segment,
                                       const Transaction& tx) {
  BppCommandId command =
      load.metadata_octets.empty() ? BppCommandId::kStoreMetadata : BppCommandId::kStoreMetadata2;
  auto failed = [&](ErrorReason reason) { return std::unexpected(LoadFailure{command, reason}); };
  if (segment[0] != 0x88 || segment.size() > load.expected)
    return failed(ErrorReason::kScp03tStructureError);
  auto plaintext = load.bsp.verify_only(segment);
  if (!plaintext) return failed(reason_of(plaintext.error()));
  if (load.metadata_octets.size() + plaintext->size() + kIsdPOctets > free_memory(tx))
    return failed(ErrorReason::kInsufficientMemoryForProfile);
  append(load.metadata_octets, *plaintext);
  load.expected -= segment.size();
  if (load.expected > 0) return {};

  auto metadata = rsp::asn1::decode<rsp::StoreMetadataRequest>(load.metadata_octets);
  if (!metadata) return failed(ErrorReason::kIncorrectInputValues);
  if (auto checked = check_metadata(*metadata, tx); !checked) return failed(checked.error().reason);
  load.metadata = *std::move(metadata);
  load.stage = LoadStage::kKeysOrPackageHeader;
  return {};
}

IsdR::LoadOutcome IsdR::check_metadata(const rsp::StoreMetadataRequest& metadata,
                                       const Transaction& tx) const {
  auto failed = [](ErrorReason reason) {
    return std::unexpected(LoadFailure{BppCommandId::kStoreMetadata, reason});
  };
  if (metadata.icon && !metadata.icon_type) return failed(ErrorReason::kIncorrectInputValues);
  switch (metadata.profile_class) {
    case rsp::ProfileClass::kOperational:
    case rsp::ProfileClass::kProvisioning:
      break;
    case rsp::ProfileClass::kTest:
      if (!persona_.test_profiles) return failed(ErrorReason::kUnsupportedProfileClass);
      break;
    default:
      return failed(ErrorReason::kUnsupportedProfileClass);
  }
  if (tx.state().find(metadata.iccid) != nullptr)
    return failed(ErrorReason::kIccidAlreadyExistsOnEuicc);
  if (!ppr_allowed(metadata, tx)) return failed(ErrorReason::kPprNotAllowed);
  return {};
}

namespace {

/// SGP.22 2.9.2.1: E in a digit of mccMnc stands for any digit; an empty GID for any value, an
/// absent one only for absent.
bool operator_matches(const rsp::OperatorId& allowed, const rsp::OperatorId& owner) {
  for (std::size_t i = 0; i < 3; ++i) {
    for (int shift : {0, 4}) {
      int wanted = allowed.mcc_mnc[i] >> shift & 0x0F;
      if (wanted != 0x0E && wanted != (owner.mcc_mnc[i] >> shift & 0x0F)) return false;
    }
  }
  auto gid_matches = [](const std::optional<rsp::Bytes>& wanted,
                        const std::optional<rsp::Bytes>& actual) {
    if (!wanted) return !actual;
    return wanted->empty() || (actual && *actual == *wanted);
  };
  return gid_matches(allowed.gid1, owner.gid1) && gid_matches(allowed.gid2, owner.gid2);
}

}  // namespace

// SGP.22 2.9.2.4: each rule needs an entry of the Rules Authorisation Table for the profile's
// owner, and PPR1 an eUICC without an operational profile.
bool IsdR::ppr_allowed(const rsp::StoreMetadataRequest& metadata, const Transaction& tx) const {
  if (!metadata.profile_policy_rules) return true;
  for (unsigned rule : metadata.profile_policy_rules->bits()) {
    if (rule == rsp::kPprUpdateControl) continue;
    if (!metadata.profile_owner) return false;
    bool authorised =
        std::ranges::any_of(persona_.rules_authorisation_table, [&](const auto& entry) {
          return entry.ppr_ids.test(rule) &&
                 std::ranges::any_of(entry.allowed_operators, [&](const auto& allowed) {
                   return operator_matches(allowed, *metadata.profile_owner);
                 });
        });
    if (!authorised) return false;
    bool operational = std::ranges::any_of(tx.state().profiles, [](const auto& entry) {
      return entry.second.metadata.profile_class == rsp::ProfileClass::kOperational;
    });
    if (rule == rsp::kPpr1 && operational) return false;
  }
  return true;
}

// SGP.22 5.5.4: from the next TLV on, the profile protection keys take over and the counter starts
// again.
IsdR::LoadOutcome IsdR::replace_session_keys(Installing& load, rsp::BytesView segment) {
  auto failed = [](ErrorReason reason) {
    return std::unexpected(LoadFailure{BppCommandId::kReplaceSessionKeys, reason});
  };
  auto protected_tlv = only_child(segment, context(7));
  if (!protected_tlv) return failed(ErrorReason::kScp03tStructureError);
  auto plaintext = load.bsp.verify_and_decrypt(*protected_tlv);
  if (!plaintext) return failed(reason_of(plaintext.error()));
  auto request = rsp::asn1::decode<rsp::ReplaceSessionKeysRequest>(*plaintext);
  if (!request) return failed(ErrorReason::kIncorrectInputValues);
  rsp::crypto::BspKeys keys;
  for (auto [from, to] :
       {std::pair{&request->initial_mac_chaining_value, &keys.initial_mac_chaining_value},
        std::pair{&request->ppk_enc, &keys.enc}, std::pair{&request->ppk_cmac, &keys.mac}}) {
    if (from->size() != to->size()) return failed(ErrorReason::kIncorrectInputValues);
    std::ranges::copy(*from, to->begin());
  }
  load.bsp = rsp::crypto::Bsp(keys);
  load.stage = LoadStage::kPackageHeader;
  return {};
}

// SGP.22 5.5.5. The cuts between segments mean nothing; elements are decoded when the package is
// complete.
IsdR::LoadOutcome IsdR::load_profile_elements(Installing& load, rsp::BytesView segment,
                                              const Transaction& tx) {
  auto failed = [](ErrorReason reason) {
    return std::unexpected(LoadFailure{BppCommandId::kLoadProfileElements, reason});
  };
  if (segment[0] != 0x86 || segment.size() > load.expected)
    return failed(ErrorReason::kScp03tStructureError);
  auto plaintext = load.bsp.verify_and_decrypt(segment);
  if (!plaintext) return failed(reason_of(plaintext.error()));
  std::size_t taken = load.package.size() + memory_of(*load.metadata);
  if (taken + plaintext->size() > free_memory(tx))
    return failed(ErrorReason::kInsufficientMemoryForProfile);
  append(load.package, *plaintext);
  load.expected -= segment.size();
  return {};
}

// SGP.22 5.5.5: the package is carried out as a whole. What its files will be is worked out and, as
// long as the profile does not run, forgotten again.
IsdR::LoadOutcome IsdR::install(Installing& load, const Transaction& tx) const {
  auto failed = [](ErrorReason reason, std::optional<rsp::Bytes> response = std::nullopt) {
    return std::unexpected(
        LoadFailure{BppCommandId::kLoadProfileElements, reason, std::move(response)});
  };
  Profile profile;
  profile.metadata = *load.metadata;
  if (!can_notify(notifications_of(profile, rsp::kNotificationInstall), tx))
    return failed(ErrorReason::kInsufficientMemoryForProfile);
  load.installed = share(std::move(load.package));
  if (packages_ != nullptr) load.installed = packages_->share(std::move(load.installed));
  if (is_refused_type(persona_.quirks, *load.installed))
    return failed(ErrorReason::kPeProcessingError);
  auto image = ProfileImage::install(load.installed, persona_.features);
  if (!image) {
    auto fatal = std::ranges::find(image.error(), rsp::saip::Consequence::kAborts,
                                   &rsp::saip::PeStatus::consequence);
    if (fatal != image.error().end()) step("profile package refused", fatal->text);
    bool memory =
        fatal != image.error().end() && fatal->status == rsp::saip::PeStatusCode::kNotEnoughMemory;
    return failed(
        memory ? ErrorReason::kInsufficientMemoryForProfile : ErrorReason::kPeProcessingError,
        rsp::saip::encode_response(rsp::saip::response_for(image.error())));
  }
  load.sima_response = rsp::saip::encode_response(rsp::saip::response_for(image->warnings()));
  return check_image(load, *image);
}

namespace {

/// Whether an owner is the operator of a USIM by its EF.IMSI. A USIM without one contradicts
/// nobody.
bool owns(const rsp::OperatorId& owner, const ProfileImage& image, FileIndex adf) {
  constexpr std::uint16_t kImsi = 0x6F07, kAdministrativeData = 0x6FAD;
  FileIndex imsi = image.child(adf, kImsi), data = image.child(adf, kAdministrativeData);
  if (imsi == kNoFile) return true;
  rsp::Bytes identity = image.content(imsi);
  auto length = data == kNoFile ? std::nullopt : mnc_length_of(image.content(data));
  auto is_owner = [&](unsigned mnc_length) {
    auto subscriber = subscriber_of(identity, mnc_length);
    return !subscriber || subscriber->network == owner.mcc_mnc;
  };
  // Where EF.AD says nothing, the MNC may have two or three digits.
  return length ? is_owner(*length) : is_owner(2) || is_owner(3);
}

/// Keys that everybody knows: of the test USIM of 3GPP TS 34.108 and the profiles of TS.48, and of
/// test set 1 of 3GPP TS 35.208.
constexpr std::string_view kPublishedKeys[] = {"000102030405060708090A0B0C0D0E0F",
                                               "465B5CE8B199B49FAA5F0A2EE238A6BC"};

/// Whether keys cannot be an operator's. Not specified in what is public: which keys a test profile
/// may have. We take the test algorithm of 3GPP TS 34.108, and published keys with any algorithm.
bool is_test_key(const rsp::saip::AkaParameter& parameter) {
  const auto* algorithm = std::get_if<rsp::saip::AlgoParameter>(&parameter.algo_configuration);
  if (algorithm == nullptr || algorithm->algorithm_id == rsp::saip::Algorithm::kUsimTest)
    return true;
  return std::ranges::find(kPublishedKeys, rsp::to_hex(algorithm->key)) != std::end(kPublishedKeys);
}

}  // namespace

IsdR::LoadOutcome IsdR::check_image(const Installing& load, const ProfileImage& image) const {
  auto failed = [](ErrorReason reason) {
    return std::unexpected(LoadFailure{BppCommandId::kLoadProfileElements, reason});
  };
  const rsp::StoreMetadataRequest& metadata = *load.metadata;
  if (rsp::swapped_nibbles(image.header_iccid()) != metadata.iccid)
    return failed(ErrorReason::kDataMismatch);
  if (metadata.profile_owner) {
    const auto files = image.files();
    for (FileIndex i = 0; i < files.size(); ++i) {
      if (files[i].type == FileType::kAdf && !owns(*metadata.profile_owner, image, i))
        return failed(ErrorReason::kDataMismatch);
    }
  }
  bool test = metadata.profile_class == rsp::ProfileClass::kTest;
  bool all_test_keys = std::ranges::all_of(
      image.akas(), [](const ImageAka& aka) { return is_test_key(aka.parameter); });
  if (test && !all_test_keys) return failed(ErrorReason::kTestProfileInvalidNaaKey);
  return {};
}

rsp::Aid IsdR::free_isd_p_aid(const Transaction& tx) const {
  for (std::uint16_t number = kFirstIsdP; number <= kLastIsdP; ++number) {
    rsp::Bytes aid = *rsp::from_hex(kIsdPAidPrefix);
    for (std::uint16_t part : {number >> 8, number & 0xFF, 0})
      aid.push_back(static_cast<std::uint8_t>(part));
    if (!tx.state().profiles.contains(aid)) return aid;
  }
  return {};
}

Answer IsdR::finish_load(Transaction& tx) {
  Installing load = std::get<Installing>(std::move(session_));
  Profile profile;
  profile.aid = free_isd_p_aid(tx);
  if (profile.aid.empty()) {
    return fail_load(
        load.server, load.metadata->iccid,
        {BppCommandId::kLoadProfileElements, ErrorReason::kInsufficientMemoryForProfile}, tx);
  }
  profile.metadata = *load.metadata;
  profile.dp_proprietary_data = load.dp_proprietary_data;
  profile.package = std::move(load.installed);

  tx.put_profile(profile);
  tx.set_unused_otpk(std::nullopt);  // SGP.22 3.1.3.3: the one-time key is erased at latest now
  rsp::Bytes result = record_installation_result(
      load.server, load.metadata->iccid,
      rsp::SuccessResult{profile.aid, std::move(load.sima_response), {}}, tx);
  notify(profile, rsp::kNotificationInstall, tx);
  drop_session();

  return {std::move(result)};
}

Answer IsdR::fail_load(const Authenticated& server, const std::optional<rsp::Iccid>& iccid,
                       const LoadFailure& failure, Transaction& tx) {
  step("BPP refused", name_of(failure.command) + ": " + name_of(failure.reason));
  rsp::Bytes result = record_installation_result(
      server, iccid, rsp::ErrorResult{failure.command, failure.reason, failure.sima_response, {}},
      tx);
  drop_session();
  return {std::move(result)};
}

// SGP.22 3.1.3.3: the result is kept in non-volatile memory before it is returned.
rsp::Bytes IsdR::record_installation_result(
    const Authenticated& server, const std::optional<rsp::Iccid>& iccid,
    std::variant<rsp::SuccessResult, rsp::ErrorResult> result, Transaction& tx) {
  rsp::ProfileInstallationResultData data;
  data.transaction_id = server.transaction_id;
  data.notification_metadata = {
      tx.take_sequence_number(), {rsp::kNotificationInstall}, server.server_address, iccid, {}};
  data.smdp_oid = server.smdp_oid;
  data.final_result = std::move(result);
  rsp::NotificationMetadata metadata = data.notification_metadata;
  auto sealed = rsp::asn1::seal(rsp::ProfileInstallationResultData::kTag, std::move(data));
  if (persona_.quirks.event_bits_with_zeros) add_event_zeros(sealed.der);
  auto signature = rsp::crypto::sign(seam_, "profileInstallationResultData", sealed.der,
                                     credentials_.signing[server.signing_identity].key);
  rsp::Bytes der = rsp::asn1::encode(
      rsp::ProfileInstallationResult{std::move(sealed), rsp::to_bytes(signature), {}});
  tx.set_load_in_progress(std::nullopt);
  make_room_for_notification(der.size(), tx);
  tx.put_notification({std::move(metadata), share(der)});
  return der;
}

}  // namespace sim
