#include "hil/scenario/given.h"

#include <charconv>

namespace hil {
namespace {

bool digits(const std::string& text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most &&
         text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace

std::string Scalar<rsp::VersionType>::read(const Json& json, rsp::VersionType& value) {
  constexpr std::string_view wrong = "should be a version, such as \"2.2.2\"";
  if (!json.is_string()) return std::string(wrong);
  const auto& text = json.get_ref<const std::string&>();
  const char* at = text.data();
  const char* end = at + text.size();
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto [next, error] = std::from_chars(at, end, value[i]);
    if (error != std::errc() || (i < 2 ? next == end || *next != '.' : next != end))
      return std::string(wrong);
    at = next + 1;
  }
  return "";
}

std::string ServerGiven::problem() const {
  auto names = testbed_certificate_names();
  if (std::ranges::find(names, tls_certificate) != names.end()) return "";
  return "there is no certificate '" + tls_certificate + "': " + suggestion(tls_certificate, names);
}

std::string OrderGiven::problem() const {
  for (const auto* number : {&iccid, &package_iccid}) {
    if (*number && !digits(**number, 18, 20))
      return "'" + **number + "' is no ICCID of 18 to 20 digits";
  }
  if (imsi && !digits(*imsi, 6, 15)) return "'" + *imsi + "' is no IMSI of 6 to 15 digits";
  if (eid && *eid != "card" && !digits(*eid, 32, 32)) return "eid should be \"card\" or 32 digits";
  if (matching_id && matching_id->empty() && !eid)
    return "an order without a MatchingID needs an EID, or no eUICC could ever ask for it";
  if (provider.size() > 32) return "provider should have 32 characters at most";
  if (profile_name.size() > 64) return "name should have 64 characters at most";
  if (icon && icon->size() > 1024) return "icon should have 1024 octets at most";
  return "";
}

OrderInput OrderGiven::input() const {
  OrderInput out;
  out.matching_id = matching_id;
  out.iccid = iccid;
  out.package_iccid = package_iccid;
  out.imsi = imsi;
  out.confirmation_code = confirmation_code;
  out.provider = provider;
  out.name = profile_name;
  out.profile_class = profile_class;
  if (!policy_rules.empty()) {
    out.policy_rules.emplace();
    for (PolicyRule rule : policy_rules) out.policy_rules->set(static_cast<unsigned>(rule));
  }
  if (owner) {
    out.owner.emplace();
    std::ranges::copy(owner->mcc_mnc, out.owner->mcc_mnc.begin());
    out.owner->gid1 = owner->gid1;
    out.owner->gid2 = owner->gid2;
  }
  out.icon = icon;
  out.filler = filler;
  out.state = state;
  out.expires_after = expires_in;
  out.for_this_card = eid == "card";
  if (eid && *eid != "card") {
    auto octets = rsp::from_hex(*eid);
    std::ranges::copy(*octets, out.eid.emplace().begin());
  }
  return out;
}

TestbedOptions Given::options() const {
  TestbedOptions out;
  out.road = road;
  out.curve = curve == CurveName::kNist ? rsp::crypto::Curve::kNistP256
                                        : rsp::crypto::Curve::kBrainpoolP256r1;
  if (card.svn) out.persona.svn = *card.svn;
  if (card.memory) out.persona.memory = *card.memory;
  if (card.test_profiles) out.persona.test_profiles = *card.test_profiles;
  if (card.crl_support) out.persona.crl_support = *card.crl_support;
  if (card.default_smdp) out.persona.default_dp_address = *card.default_smdp;
  if (!card.authorises_rules) out.persona.rules_authorisation_table.clear();
  out.key_mode = server.key_mode == KeyModeName::kRandom ? smdp::KeyMode::kRandomKeys
                                                         : smdp::KeyMode::kSessionKeys;
  if (server.max_wrong_confirmation_codes)
    out.max_wrong_confirmation_codes = *server.max_wrong_confirmation_codes;
  if (server.max_download_attempts) out.max_download_attempts = *server.max_download_attempts;
  if (server.session_lifetime) out.session_lifetime = *server.session_lifetime;
  if (server.lowest_svn) out.lowest_svn = *server.lowest_svn;
  if (server.highest_svn) out.highest_svn = *server.highest_svn;
  out.rebinds = server.rebinds;
  out.tls_certificate = server.tls_certificate;
  out.http_timeout = lpa.http_timeout;
  if (lpa.card_timeout) out.card_timeout = *lpa.card_timeout;
  if (lpa.block_size) out.block_size = *lpa.block_size;
  if (lpa.protocol_version) out.protocol_version = *lpa.protocol_version;
  return out;
}

}  // namespace hil
