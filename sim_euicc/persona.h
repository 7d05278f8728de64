// What kind of card it is, and who it is.
#pragma once

#include <vector>

#include "rsp/crypto/ec.h"
#include "rsp/messages/es10b.h"
#include "rsp/pki/certificate.h"

namespace sim {

/// The properties of a card. Defaults make a card of SGP.22 v2.2.2 with room for ten ordinary
/// profiles.
struct Persona {
  std::string name = "default";
  /// SGP.22 version, in EUICCInfo1 and 2 and the FCI of the ISD-R. 2.2.2 is what most servers in
  /// the field accept.
  rsp::VersionType svn{2, 2, 2};
  /// TCA Interoperable Profile version that the card installs (EUICCInfo2 profileVersion).
  rsp::VersionType profile_version{2, 3, 1};
  rsp::VersionType firmware_version{1, 0, 0};
  rsp::VersionType global_platform_version{2, 3, 0};
  rsp::VersionType ts102241_version{13, 1, 0};
  rsp::VersionType protection_profile_version{1, 0, 0};
  std::string sas_accreditation_number = "TEST-SAS-UP-0000";
  /// Octets of non-volatile memory for profiles and CRLs; answered in extCardResource.
  std::size_t memory = 512 * 1024;
  bool test_profiles = true;  // RspCapability testProfileSupport, installation of class test
  bool crl_support = true;    // RspCapability crlSupport, ES10b.LoadCRL
  std::string root_ds_address = "testrootsmds.example.com";
  std::string default_dp_address;
  /// SGP.22 2.9.2: rules that this card authorises. By default PPR1 and PPR2 for every operator,
  /// with consent.
  std::vector<rsp::ProfilePolicyAuthorisationRule> rules_authorisation_table = default_rat();
  rsp::Bytes isd_r_aid = default_isd_r_aid();

  static std::vector<rsp::ProfilePolicyAuthorisationRule> default_rat();
  static rsp::Bytes default_isd_r_aid();
};

/// A key with which the card signs, and the certificates that vouch for it.
struct SigningIdentity {
  rsp::pki::Certificate euicc, eum;
  rsp::crypto::PrivateKey key;
  rsp::Bytes ci_pkid;
};

/// What a card gets when it is personalised. Both lists are in order of priority.
struct Credentials {
  std::vector<rsp::pki::Certificate> trusted_cis;
  std::vector<SigningIdentity> signing;
  /// From the first eUICC certificate (subject serialNumber).
  rsp::Eid eid{};
};

/// Finds the CI that issued each eUICC certificate and takes the EID out of it.
/// Error: no CI, no identity, a CI missing for one, or certificates of different EIDs.
rsp::Result<Credentials> make_credentials(std::vector<rsp::pki::Certificate> trusted_cis,
                                          std::vector<SigningIdentity> signing);

}  // namespace sim
