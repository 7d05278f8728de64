// What a scenario starts from, as its file says it.
#pragma once

#include "hil/declare/values.h"
#include "hil/scenario/scenario.h"

namespace hil {

enum class KeyModeName { kRandom, kSession };
constexpr auto enum_names(KeyModeName) {
  return rsp::asn1::named<KeyModeName>(
      {{KeyModeName::kRandom, "random"}, {KeyModeName::kSession, "session"}});
}
struct CardGiven {
  static constexpr std::string_view kDoc = "The software eUICC.";
  std::optional<std::string> persona;
  std::optional<rsp::VersionType> svn;
  std::optional<std::uint32_t> memory;
  std::optional<bool> test_profiles, crl_support;
  std::optional<std::string> default_smdp;
  bool authorises_rules = true;
  static void fields(auto&& f, auto& m) {
    f("persona", m.persona,
      "what kind of card it is: the name of a persona that is shipped, `default` where left out; "
      "the other members change it");
    f("svn", m.svn, "SGP.22 version it says it has; that of the persona where left out");
    f("memory", m.memory, "octets for profiles and CRLs", Range{0, 1 << 30});
    f("testProfiles", m.test_profiles, "whether it takes profiles of class test");
    f("crlSupport", m.crl_support, "whether it has ES10b.LoadCRL");
    f("defaultSmdp", m.default_smdp, "the default SM-DP+ address it is made with");
    f("authorisesRules", m.authorises_rules,
      "whether its Rules Authorisation Table allows PPR1 and PPR2, with consent", kOptional);
  }
  std::string problem() const;
};

struct ModuleGiven {
  static constexpr std::string_view kDoc = "A fake module that the card is in.";
  std::string dialect = "plain";
  std::vector<std::string> quirks;
  ModuleRoad es9 = ModuleRoad::kHost;
  static void fields(auto&& f, auto& m) {
    f("dialect", m.dialect, "how it speaks: a name of `esimbench module dialects`", kOptional);
    f("quirks", m.quirks, "what is wrong with it besides: names of `esimbench module quirks`",
      kOptional);
    f("es9", m.es9, "what carries ES9+: the host's network, or the module's http or tls",
      kOptional);
  }
  std::string problem() const;
};

struct ServerGiven {
  static constexpr std::string_view kDoc = "The mock SM-DP+.";
  KeyModeName key_mode = KeyModeName::kRandom;
  std::optional<std::uint32_t> max_wrong_confirmation_codes, max_download_attempts;
  std::optional<std::chrono::milliseconds> session_lifetime;
  std::optional<rsp::VersionType> lowest_svn, highest_svn;
  bool rebinds = true;
  std::string tls_certificate = "dpTls";
  std::string problem() const;
  static void fields(auto&& f, auto& m) {
    f("keyMode", m.key_mode, "protection of the profile: random keys (PPK) or session keys",
      kOptional);
    f("wrongConfirmationCodes", m.max_wrong_confirmation_codes, "how many until the order ends",
      Range{1, 1000});
    f("downloadAttempts", m.max_download_attempts, "how many until the order ends", Range{0, 1000});
    f("sessionLifetime", m.session_lifetime, "until a session is forgotten");
    f("lowestSvn", m.lowest_svn, "lowest SGP.22 version served");
    f("highestSvn", m.highest_svn, "highest SGP.22 version served");
    f("tlsCertificate", m.tls_certificate,
      "shown on road https: dpTls, or a wrong one such as dpTls.expired", kOptional);
    f("rebinds", m.rebinds, "whether a package is bound anew for another one-time key", kOptional);
  }
};

struct LpaGiven {
  static constexpr std::string_view kDoc = "The LPA.";
  std::optional<std::chrono::milliseconds> http_timeout, card_timeout;
  std::optional<std::uint16_t> block_size;
  std::optional<std::string> protocol_version;
  bool persistent = false;
  static void fields(auto&& f, auto& m) {
    f("persistent", m.persistent,
      "whether it sees to what is in doubt, and tries what real cards need", kOptional);
    f("httpTimeout", m.http_timeout, "for one HTTPS call");
    f("cardTimeout", m.card_timeout, "for one ES10 command");
    f("blockSize", m.block_size, "octets of data in one STORE DATA", Range{1, 255});
    f("protocolVersion", m.protocol_version, "in X-Admin-Protocol; 2.2.2 where left out");
  }
};

struct OwnerGiven {
  rsp::Bytes mcc_mnc;
  std::optional<rsp::Bytes> gid1, gid2;
  static void fields(auto&& f, auto& m) {
    f("mccMnc", m.mcc_mnc, "three octets, as in EF.IMSI: 00F110 is 001/01");
    f("gid1", m.gid1, "group identifier 1");
    f("gid2", m.gid2, "group identifier 2");
  }
  std::string problem() const {
    return mcc_mnc.size() == 3 ? "" : "mccMnc should have three octets";
  }
};

struct OrderGiven {
  static constexpr std::string_view kDoc = "A download order.";
  std::optional<std::string> matching_id, iccid, package_iccid, imsi, confirmation_code, eid;
  std::string provider = "esimbench", profile_name = "Test profile";
  rsp::ProfileClass profile_class = rsp::ProfileClass::kOperational;
  std::vector<PolicyRule> policy_rules;
  std::optional<OwnerGiven> owner;
  std::optional<rsp::Bytes> icon;
  std::uint16_t filler = 3000;
  smdp::OrderState state = smdp::OrderState::kReleased;
  std::optional<std::chrono::milliseconds> expires_in;
  bool event = false;
  static void fields(auto&& f, auto& m) {
    f("matchingId", m.matching_id, "made up where left out; empty: for the card's default SM-DP+");
    f("iccid", m.iccid, "18 to 20 digits; made up where left out");
    f("packageIccid", m.package_iccid, "ICCID inside the profile package, where it is another");
    f("imsi", m.imsi, "6 to 15 digits; made up where left out");
    f("confirmationCode", m.confirmation_code, "asked of the user");
    f("eid", m.eid, "the only eUICC that gets it: \"card\" or 32 digits");
    f("provider", m.provider, "serviceProviderName", kOptional);
    f("name", m.profile_name, "profileName", kOptional);
    f("class", m.profile_class, "profileClass; operational where left out", kOptional);
    f("policyRules", m.policy_rules, "profilePolicyRules", kOptional);
    f("owner", m.owner, "profileOwner");
    f("icon", m.icon, "a PNG of at most 1024 octets");
    f("filler", m.filler, "octets of a file that makes the package larger; 3000 where left out",
      kOptional);
    f("state", m.state, "how far the order is; released where left out", kOptional);
    f("expiresIn", m.expires_in, "from the start of the scenario");
    f("event", m.event, "whether its event is at the SM-DS; needs an eid", kOptional);
  }
  std::string problem() const;
  OrderInput input() const;
};

struct Given {
  static constexpr std::string_view kDoc = "What a scenario starts from.";
  Road road = Road::kInProcess;
  CurveName curve = CurveName::kNist;
  CardGiven card;
  std::optional<ModuleGiven> module;
  ServerGiven server;
  LpaGiven lpa;
  std::map<std::string, OrderGiven> orders;
  static void fields(auto&& f, auto& m) {
    f("road", m.road, "in-process, or https where real TLS matters", kOptional);
    f("curve", m.curve, "of all certificates", kOptional);
    f("card", m.card, "the software eUICC", kOptional);
    f("module", m.module,
      "a fake module that the card is in; left out: the LPA has the card itself");
    f("server", m.server, "the mock SM-DP+", kOptional);
    f("lpa", m.lpa, "the LPA", kOptional);
    f("orders", m.orders, "download orders, by names that steps refer to", kOptional);
  }
  TestbedOptions options() const;
};

}  // namespace hil
