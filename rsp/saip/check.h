// The structural rules that an eUICC applies to a package on installation (E.5).
#pragma once

#include "rsp/saip/package.h"

namespace rsp::saip {

/// The templates of every file-system element, in all versions.
std::vector<asn1::Oid> known_templates();

/// What the eUICC offers to a package. The defaults: everything that needs no applets, readers or
/// broadcast keys.
struct CardFeatures {
  std::uint8_t lowest_major_version = 2, highest_major_version = 3;
  ServicesList services{Service::kUsim,         Service::kIsim,
                        Service::kCsim,         Service::kMilenage,
                        Service::kTuak128,      Service::kCave,
                        Service::kGbaUsim,      Service::kGbaIsim,
                        Service::kEap,          Service::kMultipleUsim,
                        Service::kMultipleIsim, Service::kMultipleCsim,
                        Service::kTuak256,      Service::kUsimTestAlgorithm,
                        Service::kBerTlv,       Service::kDfLink,
                        Service::kGetIdentity,  Service::kProfileAX25519,
                        Service::kProfileBP256};
  std::vector<asn1::Oid> templates = known_templates();
  std::vector<ApplicationId> load_packages;  // for eUICC-Mandatory-AIDs; versions are not compared
  std::vector<asn1::Oid> non_standard_issuers;     // for PE-NonStandard
  std::size_t file_memory = std::size_t{1} << 20;  // octets of all EFs of a profile together
};

/// Everything that an eUICC would object to, in the order of the package. What aborts has
/// Consequence::kAborts; what is not supported but not mandated either has kWarns and is to be
/// skipped.
std::vector<PeStatus> check_order(const ProfilePackage& package, const CardFeatures& features);

}  // namespace rsp::saip
