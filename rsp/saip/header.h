// What every profile element begins with, and the profile header. Declarations in this folder
// follow the ASN.1 module of the TCA Interoperable Profile 3.3.1 ("TCA IP"); "E.n" is a section of
// the project's SGP.22 reference.
#pragma once

#include "rsp/asn1/types.h"

namespace rsp::saip {

using asn1::Default;
using asn1::Each;
using asn1::OneOf;

/// ApplicationIdentifier.
using ApplicationId = asn1::OctetsOf<5, 16>;

/// PEHeader, the first component of every profile element but the profile header.
struct PeHeader {
  std::optional<asn1::Null>
      mandated;                      // present: an eUICC that does not know the element must abort
  std::uint16_t identification = 0;  // UInt15, unique in the package; a PEStatus repeats it
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "mandated", m.mandated);
    f(asn1::context(1), "identification", m.identification);
  }
};

/// The components of ServicesList, numbered by their tags.
enum class Service : std::uint8_t {
  kContactless,
  kUsim,
  kIsim,
  kCsim,
  kMilenage,
  kTuak128,
  kCave,
  kGbaUsim,
  kGbaIsim,
  kMbms,
  kEap,
  kJavacard,
  kMultos,
  kMultipleUsim,
  kMultipleIsim,
  kMultipleCsim,
  kTuak256,
  kUsimTestAlgorithm,
  kBerTlv,
  kDfLink,
  kCatTp,
  kGetIdentity,
  kProfileAX25519,
  kProfileBP256,
  kSuciCalculatorApi,
  kDnsResolution,
  kScp11ac,
  kScp11cAuthorizationMechanism,
  kS16mode,
  kEaka
};
constexpr auto enum_names(Service) {
  using enum Service;
  return asn1::named<Service>({{kContactless, "contactless"},
                               {kUsim, "usim"},
                               {kIsim, "isim"},
                               {kCsim, "csim"},
                               {kMilenage, "milenage"},
                               {kTuak128, "tuak128"},
                               {kCave, "cave"},
                               {kGbaUsim, "gba-usim"},
                               {kGbaIsim, "gba-isim"},
                               {kMbms, "mbms"},
                               {kEap, "eap"},
                               {kJavacard, "javacard"},
                               {kMultos, "multos"},
                               {kMultipleUsim, "multiple-usim"},
                               {kMultipleIsim, "multiple-isim"},
                               {kMultipleCsim, "multiple-csim"},
                               {kTuak256, "tuak256"},
                               {kUsimTestAlgorithm, "usim-test-algorithm"},
                               {kBerTlv, "ber-tlv"},
                               {kDfLink, "dfLink"},
                               {kCatTp, "cat-tp"},
                               {kGetIdentity, "get-identity"},
                               {kProfileAX25519, "profile-a-x25519"},
                               {kProfileBP256, "profile-b-p256"},
                               {kSuciCalculatorApi, "suciCalculatorApi"},
                               {kDnsResolution, "dns-resolution"},
                               {kScp11ac, "scp11ac"},
                               {kScp11cAuthorizationMechanism, "scp11c-authorization-mechanism"},
                               {kS16mode, "s16mode"},
                               {kEaka, "eaka"}});
}
inline constexpr std::size_t kServiceCount = enum_names(Service{}).size();

/// ServicesList: a NULL for every service that is named.
struct ServicesList {
  ServicesList() = default;
  ServicesList(std::initializer_list<Service> services) {
    for (Service service : services) add(service);
  }
  bool has(Service service) const { return flags[static_cast<std::size_t>(service)].has_value(); }
  void add(Service service) { flags[static_cast<std::size_t>(service)].emplace(); }
  void remove(Service service) { flags[static_cast<std::size_t>(service)].reset(); }

  std::array<std::optional<asn1::Null>, kServiceCount> flags;
  asn1::Unknown unknown;  // services of later versions
  static void fields(auto&& f, auto& m) {
    for (const auto& [service, name] : enum_names(Service{})) {
      auto number = static_cast<std::uint32_t>(service);
      f(asn1::context(number), name, m.flags[number]);
    }
  }
};

/// An element of eUICC-Mandatory-AIDs: a load package that the eUICC must have.
struct MandatoryAid {
  ApplicationId aid;
  Octets<2> version{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "aid", m.aid);
    f(asn1::context(1), "version", m.version);
  }
};

struct IotOptions {
  asn1::OctetsOf<7, 11> pix;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(0), "pix", m.pix); }
};

/// ProfileHeader (E.2).
struct ProfileHeader {
  static constexpr asn1::Tag kTag = asn1::context(0);  // A0
  static constexpr std::string_view kName = "header";
  std::uint8_t major_version = 0;
  std::uint8_t minor_version = 0;
  std::optional<asn1::TextOf<1, 100>> profile_type;
  /// Digits in reading order, F at the end: 89 00 01 ... Every TS.48 package has it so, while its
  /// EF.ICCID and the SGP.22 metadata have the nibbles swapped.
  Octets<10> iccid{};
  std::optional<Bytes> pol;
  ServicesList mandatory_services;
  std::vector<asn1::Oid> mandatory_gfste_list;  // templates that the eUICC must know
  std::optional<Bytes> connectivity_parameters;
  std::optional<std::vector<MandatoryAid>> mandatory_aids;
  std::optional<IotOptions> iot_options;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "major-version", m.major_version);
    f(asn1::context(1), "minor-version", m.minor_version);
    f(asn1::context(2), "profileType", m.profile_type);
    f(asn1::context(3), "iccid", m.iccid);
    f(asn1::context(4), "pol", m.pol);
    f(asn1::context(5), "eUICC-Mandatory-services", m.mandatory_services);
    f(asn1::context(6), "eUICC-Mandatory-GFSTEList", m.mandatory_gfste_list,
      Each{asn1::kObjectIdentifier});
    f(asn1::context(7), "connectivityParameters", m.connectivity_parameters);
    f(asn1::context(8), "eUICC-Mandatory-AIDs", m.mandatory_aids, Each{asn1::kSequence});
    f(asn1::context(9), "iotOptions", m.iot_options);
  }
};

}  // namespace rsp::saip
