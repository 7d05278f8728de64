// What kind of card it is, and who it is.
#pragma once

#include <vector>

#include "rsp/card/apdu.h"
#include "rsp/crypto/ec.h"
#include "rsp/messages/es10b.h"
#include "rsp/pki/certificate.h"
#include "rsp/saip/check.h"
#include "sim_euicc/cat.h"
#include "sim_euicc/timing.h"

namespace sim {

/// How a card answers a command that has both data and an answer, or a length that does not fit.
enum class Transmission : std::uint8_t {
  /// Data at once where the command has room for it, else 61xx. What a reader's driver or a modem
  /// that does GET RESPONSE itself leaves of T=0.
  kTransparent,
  /// T=0 as ISO 7816-3 has it: 61xx after every command with data, 6Cxx for every other length.
  kT0,
  /// Never 6Cxx, and a command without Le gets all there is: for modems that send case 1 where they
  /// mean case 2 (field fault F89).
  kLenient
};
constexpr auto enum_names(Transmission) {
  using enum Transmission;
  return rsp::asn1::named<Transmission>(
      {{kTransparent, "transparent"}, {kT0, "t0"}, {kLenient, "lenient"}});
}
constexpr auto enum_names(RefreshMode) {
  using enum RefreshMode;
  return rsp::asn1::named<RefreshMode>(
      {{kUiccReset, "uiccReset"}, {kEuiccProfileStateChange, "euiccProfileStateChange"}});
}

/// What real cards do otherwise than the specification, each seen on the card that is named.
struct Quirks {
  /// F41 (a card tried with onomondo-ipa): after a switch with REFRESH, ES10b gets 6985 until the
  /// terminal has answered or the card is reset.
  bool es10_waits_for_refresh = false;
  /// F42 (another one there): no proactive command after a switch, but 6985 all the same until a
  /// reset.
  bool es10_waits_for_reset = false;
  /// F45 (5ber): EnableProfile works with refreshFlag FALSE only.
  bool enable_only_without_refresh = false;
  /// F45 (EastcomPeace): EnableProfile works by AID with refreshFlag TRUE only.
  bool enable_only_by_aid_with_refresh = false;
  /// F44: catBusy this many times before a switch is done, counted from each reset.
  unsigned cat_busy = 0;
  /// F46: enabling the profile that is enabled already is "ok".
  bool enabling_again_is_ok = false;
  /// F55: no logical channel but the basic one: MANAGE CHANNEL gets 6881.
  bool basic_channel_only = false;
  /// F54 (an M2M card): the ISD-R answers SELECT, but knows no function of SGP.22.
  bool m2m_only = false;
  /// F27 (a card in gsm-sip-bridge): SELECT of a file with P2 00 gets 6B00.
  bool select_wants_p2_0c = false;
  /// F90: the functions of the LPA are there only after TERMINAL CAPABILITY has announced an LPA.
  bool needs_terminal_capability = false;
  /// F56 (cards behind VoCat): GetProfilesInfo with a tag list is refused.
  bool refuses_tag_list = false;
  /// F91 (seek-for-android): the first GET RESPONSE after a command gets 6F00, though the command
  /// was executed.
  bool first_get_response_fails = false;
  /// F50 (lpac on an Xperia): a BPP in STORE DATA blocks of more octets than this gets 6A80; 0: no
  /// limit.
  std::size_t longest_bpp_block = 0;
  /// F51 (Thales 66.81.2, 5ber): packages whose profileType contains this are refused as
  /// PEProcessingError.
  std::string refused_profile_type;
  /// F60: after each reset the profile with this ICCID is enabled again.
  std::string fallback_iccid;
  /// F64 (euicc-go): the events of a notification are a BIT STRING of four bits, trailing zeros and
  /// all, where DER drops them.
  bool event_bits_with_zeros = false;
};

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
  /// Octets of non-volatile memory for profiles, notifications and CRLs; answered in
  /// extCardResource.
  std::size_t memory = 512 * 1024;
  /// How many notifications wait at most, so that a card that is never read out stays bounded.
  std::size_t max_notifications = 256;
  bool test_profiles = true;  // RspCapability testProfileSupport, installation of class test
  bool crl_support = true;    // RspCapability crlSupport, ES10b.LoadCRL
  std::string root_ds_address = "testrootsmds.example.com";
  std::string default_dp_address;
  /// SGP.22 2.9.2: rules that this card authorises. By default PPR1 and PPR2 for every operator,
  /// with consent.
  std::vector<rsp::ProfilePolicyAuthorisationRule> rules_authorisation_table = default_rat();
  rsp::Bytes isd_r_aid = default_isd_r_aid();
  /// Further AIDs that select the ISD-R (F53).
  std::vector<rsp::Bytes> isd_r_aliases;
  /// The ATR without its check octet.
  rsp::Bytes atr = default_atr();
  Transmission transmission = Transmission::kTransparent;
  std::uint8_t highest_channel = rsp::card::kMaxChannel;
  /// Of the first notification of all; 0 on some cards (F61).
  std::uint32_t first_sequence_number = 1;
  /// EF.ICCID while no profile is enabled (F59); by default there is none.
  std::optional<rsp::Octets<10>> iccid_without_profile;
  RefreshMode refresh_mode = RefreshMode::kUiccReset;
  /// Proactive commands that the card has in store after TERMINAL PROFILE, as a toolkit applet has.
  std::vector<rsp::Bytes> proactive_at_start;
  /// What profile packages may use.
  rsp::saip::CardFeatures features;
  /// How long it would take; nothing takes any time by default.
  TimingProfile timing;
  Quirks quirks;

  static std::vector<rsp::ProfilePolicyAuthorisationRule> default_rat();
  static rsp::Bytes default_isd_r_aid();
  static rsp::Bytes default_atr();
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
