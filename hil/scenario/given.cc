#include "hil/scenario/given.h"

#include <fmt/format.h>

#include "hil/persona_file.h"

namespace hil {
std::string CardGiven::problem() const {
  auto names = shipped_persona_names();
  if (!persona || std::ranges::find(names, *persona) != names.end()) return "";
  return "there is no persona '" + *persona + "': " + suggestion(*persona, names);
}

std::string ModuleGiven::problem() const {
  auto unknown = [](const std::vector<ModulePreset>& presets, std::string_view kind,
                    const std::string& name) -> std::string {
    if (std::ranges::find(presets, name, &ModulePreset::name) != presets.end()) return "";
    std::vector<std::string> names;
    for (const ModulePreset& preset : presets) names.push_back(preset.name);
    return fmt::format("there is no {} '{}': {}", kind, name, suggestion(name, names));
  };
  std::string problem = unknown(module_dialects(), "dialect", dialect);
  for (const std::string& quirk : quirks) {
    if (problem.empty()) problem = unknown(module_quirks(), "quirk", quirk);
  }
  return problem;
}

std::string ServerGiven::problem() const {
  auto names = tls_certificate_names();
  if (std::ranges::find(names, tls_certificate) != names.end()) return "";
  return "there is no certificate '" + tls_certificate + "': " + suggestion(tls_certificate, names);
}

std::string OrderGiven::problem() const {
  for (const auto* number : {&iccid, &package_iccid}) {
    if (*number && !is_digits(**number, 18, 20))
      return "'" + **number + "' is no ICCID of 18 to 20 digits";
  }
  if (imsi && !is_digits(*imsi, 6, 15)) return "'" + *imsi + "' is no IMSI of 6 to 15 digits";
  if (eid && *eid != "card" && !is_digits(*eid, 32, 32))
    return "eid should be \"card\" or 32 digits";
  if (matching_id && matching_id->empty() && !eid)
    return "an order without a MatchingID needs an EID, or no eUICC could ever ask for it";
  if (event && (!eid || matching_id == ""))
    return "an event needs an eid, and a MatchingID for its EventID";
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
  out.event = event;
  if (eid && *eid != "card") out.eid = rsp::parse_eid(*eid);
  return out;
}

TestbedOptions Given::options() const {
  TestbedOptions out;
  out.road = road;
  out.curve = curve == CurveName::kNist ? rsp::crypto::Curve::kNistP256
                                        : rsp::crypto::Curve::kBrainpoolP256r1;
  // problem() has seen to it that there is one of this name.
  if (card.persona) out.persona = load_persona(*card.persona).value().persona;
  if (card.svn) out.persona.svn = *card.svn;
  if (card.memory) out.persona.memory = *card.memory;
  if (card.test_profiles) out.persona.test_profiles = *card.test_profiles;
  if (card.crl_support) out.persona.crl_support = *card.crl_support;
  if (card.default_smdp) out.persona.default_dp_address = *card.default_smdp;
  if (!card.authorises_rules) out.persona.rules_authorisation_table.clear();
  if (module) out.module = ModuleChoice{module->dialect, module->quirks, module->es9};
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
  if (lpa.persistent) out.persistence = lpa::Persistence::kUntilDone;
  if (lpa.protocol_version) out.protocol_version = *lpa.protocol_version;
  return out;
}

}  // namespace hil
