// What a profile's security domain and its remote file management say about commands over the air:
// keys, TARs and minimum security levels (TCA IP 3.3.1, 8.6.3 and 8.7.5; GlobalPlatform UICC
// Configuration).
#pragma once

#include <map>
#include <span>

#include "rsp/crypto/scp80.h"
#include "rsp/saip/package.h"

namespace sim::ota {

using rsp::crypto::scp80::Tar;

/// An application that a command packet can be for.
struct OtaApplication {
  enum class Kind { kSecurityDomain, kRemoteFileManagement };
  Kind kind = Kind::kSecurityDomain;
  rsp::Bytes aid;
  std::vector<Tar> tars;
  /// Least protection of a command, coded as the first octet of an SPI.
  std::uint8_t minimum_security_level = 0;
};

/// The keys of one version with their counter: the last one that was accepted.
struct OtaKeyVersion {
  rsp::crypto::scp80::KeySet keys;
  std::uint64_t counter = 0;
};

/// A security domain with the applications that its keys protect.
struct OtaSecurityDomain {
  /// The ISD-P of the profile, as this eUICC named it.
  rsp::Bytes isd_p_aid;
  std::map<std::uint8_t, OtaKeyVersion>
      key_versions;  // 1 to 15 (GlobalPlatform UICC Configuration)
  std::vector<OtaApplication> applications;

  const OtaApplication* application(const Tar& tar) const;
};

/// The security domain of a profile package with those of `rfms` that belong to it; an RFM without
/// a securityDomainAID belongs to the MNO-SD. Keys that SCP80 cannot use are left out. Error:
/// Layer::kDecode with the parameters that cannot be read.
rsp::Result<OtaSecurityDomain> ota_security_domain(const rsp::saip::SecurityDomain& mno_sd,
                                                   std::span<const rsp::saip::Rfm* const> rfms,
                                                   rsp::BytesView isd_p_aid);
/// The same for the MNO-SD of a whole package, its first security domain. Nothing where there is
/// none.
rsp::Result<std::optional<OtaSecurityDomain>> mno_security_domain(
    const rsp::saip::ProfilePackage& package, rsp::BytesView isd_p_aid);

}  // namespace sim::ota
