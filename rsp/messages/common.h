// Types that several RSP interfaces share (SGP.22 v2, Annex H).
#pragma once

#include "rsp/asn1/types.h"

namespace rsp {

using asn1::Default;
using asn1::Each;
using asn1::OneOf;

/// major, minor, revision, one octet each: 02 02 02 is v2.2.2.
using VersionType = Octets<3>;
/// "2.2.2".
std::string version_text(const VersionType& version);
using TransactionId = asn1::OctetsOf<1, 16>;
/// ICCID as in EF.ICCID: swapped digits, F at the end.
using Iccid = Octets<10>;
using Eid = Octets<16>;
/// An EID out of its 32 digits (SGP.29). Nothing where the text is none.
std::optional<Eid> parse_eid(std::string_view digits);
using Challenge = Octets<16>;
/// SubjectKeyIdentifier of a CI: which root of trust.
using CiPkId = Octets<20>;
using Aid = asn1::OctetsOf<1, 16>;
/// ECDSA signature, r then s, as raw octets (64 of them on the supported curves); held by length so
/// that a wrong one fails as a signature and not as a message.
using Signature = Bytes;
/// An uncompressed point, 04 x y.
using PublicPoint = Bytes;
using Certificate = asn1::Any;

inline constexpr asn1::Tag kIccidTag = asn1::application(26);      // 5A
inline constexpr asn1::Tag kAidTag = asn1::application(15);        // 4F
inline constexpr asn1::Tag kSignatureTag = asn1::application(55);  // 5F37
inline constexpr asn1::Tag kPublicKeyTag = asn1::application(73);  // 5F49
inline constexpr asn1::Tag kTagListTag = asn1::application(28);    // 5C

enum class IconType { kJpg = 0, kPng = 1 };
constexpr auto enum_names(IconType) {
  return asn1::named<IconType>({{IconType::kJpg, "jpg"}, {IconType::kPng, "png"}});
}
enum class ProfileState { kDisabled = 0, kEnabled = 1 };
constexpr auto enum_names(ProfileState) {
  return asn1::named<ProfileState>(
      {{ProfileState::kDisabled, "disabled"}, {ProfileState::kEnabled, "enabled"}});
}
enum class ProfileClass { kTest = 0, kProvisioning = 1, kOperational = 2 };
constexpr auto enum_names(ProfileClass) {
  return asn1::named<ProfileClass>({{ProfileClass::kTest, "test"},
                                    {ProfileClass::kProvisioning, "provisioning"},
                                    {ProfileClass::kOperational, "operational"}});
}

/// Bits of PprIds.
enum Ppr : unsigned { kPprUpdateControl = 0, kPpr1 = 1, kPpr2 = 2 };
/// Bits of NotificationEvent.
enum NotificationBit : unsigned {
  kNotificationInstall = 0,
  kNotificationEnable = 1,
  kNotificationDisable = 2,
  kNotificationDelete = 3
};
/// "install", "enable", "disable", "delete" of the first bit that is set; "none" where none is.
std::string_view notification_event_name(const asn1::BitString& event);

struct OperatorId {
  Octets<3> mcc_mnc;
  std::optional<Bytes> gid1, gid2;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "mccMnc", m.mcc_mnc);
    f(asn1::context(1), "gid1", m.gid1);
    f(asn1::context(2), "gid2", m.gid2);
  }
};

struct NotificationConfiguration {
  asn1::BitString profile_management_operation;
  std::string notification_address;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "profileManagementOperation", m.profile_management_operation);
    f(asn1::context(1), "notificationAddress", m.notification_address);
  }
};

struct DpProprietaryData {
  asn1::Oid dp_oid;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(0), "dpOid", m.dp_oid); }
};

struct NotificationMetadata {
  static constexpr asn1::Tag kTag = asn1::context(47);  // BF2F
  static constexpr std::string_view kName = "notificationMetadata";
  std::uint32_t seq_number = 0;
  asn1::BitString profile_management_operation;
  std::string notification_address;
  std::optional<Iccid> iccid;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "seqNumber", m.seq_number);
    f(asn1::context(1), "profileManagementOperation", m.profile_management_operation);
    f(asn1::kUtf8String, "notificationAddress", m.notification_address);
    f(kIccidTag, "iccid", m.iccid);
  }
};

/// A profile by AID or by ICCID.
using ProfileIdentifier = std::variant<Aid, Iccid>;
inline constexpr OneOf kProfileIdentifier{asn1::Alternative{kAidTag, "isdpAid"},
                                          asn1::Alternative{kIccidTag, "iccid"}};

}  // namespace rsp
