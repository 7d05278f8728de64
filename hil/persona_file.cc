#include "hil/persona_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hil/declare/reference.h"
#include "hil/declare/schema.h"
#include "hil/declare/values.h"
#include "hil/shipped_personas.h"
#include "rsp/asn1/reader.h"
#include "rsp/base/hex.h"
#include "rsp/pki/eid.h"
#include "sim_euicc/isd_r.h"

namespace hil {
namespace {

namespace fs = std::filesystem;

// --- What a file may say ---

/// A quirk, and where it comes from.
template <class T>
struct Seen {
  T value{};
  std::optional<std::string> seen_on;
  static void fields(auto&& f, auto& m) {
    f("value", m.value, "what it is");
    f("seenOn", m.seen_on, "the real card that does so, and who says it");
  }
};
/// One that a card has or has not.
template <>
struct Seen<bool> {
  bool value = true;
  std::optional<std::string> seen_on;
  static void fields(auto&& f, auto& m) {
    f("value", m.value, "true where left out", kOptional);
    f("seenOn", m.seen_on, "the real card that does so, and who says it");
  }
};
template <class T>
using Quirk = std::optional<Seen<T>>;

struct QuirksGiven {
  Quirk<bool> es10_waits_for_refresh, es10_waits_for_reset, enable_only_without_refresh,
      enable_only_by_aid_with_refresh, enabling_again_is_ok, basic_channel_only, m2m_only,
      select_wants_p2_0c, needs_terminal_capability, refuses_tag_list, first_get_response_fails,
      event_bits_with_zeros;
  Quirk<std::uint32_t> cat_busy, longest_bpp_block;
  Quirk<std::string> refused_profile_type, fallback_iccid;

  static void fields(auto&& f, auto& m) {
    f("es10WaitsForRefresh", m.es10_waits_for_refresh,
      "F41: after a switch with REFRESH, ES10 gets 6985 until the terminal has answered or the "
      "card "
      "is reset");
    f("es10WaitsForReset", m.es10_waits_for_reset,
      "F42: the same until a reset, without a proactive command");
    f("catBusy", m.cat_busy,
      "F44: how often a switch gets catBusy before one is done, from each reset on");
    f("enableOnlyWithoutRefresh", m.enable_only_without_refresh,
      "F45: EnableProfile works with refreshFlag FALSE only");
    f("enableOnlyByAidWithRefresh", m.enable_only_by_aid_with_refresh,
      "F45: EnableProfile works by AID with refreshFlag TRUE only");
    f("enablingAgainIsOk", m.enabling_again_is_ok,
      "F46: enabling the profile that is enabled already gets ok");
    f("longestBppBlock", m.longest_bpp_block,
      "F50: longer STORE DATA blocks of a BPP get 6A80; 1 to 254 octets");
    f("refusedProfileType", m.refused_profile_type,
      "F51: packages whose profileType has this in it end as PEProcessingError");
    f("m2mOnly", m.m2m_only, "F54: the ISD-R answers SELECT and knows no function of SGP.22");
    f("basicChannelOnly", m.basic_channel_only, "F55: MANAGE CHANNEL gets 6881");
    f("refusesTagList", m.refuses_tag_list, "F56: GetProfilesInfo with a tag list is refused");
    f("fallbackIccid", m.fallback_iccid,
      "F60: after each reset the profile with this ICCID is enabled again; 18 to 20 digits");
    f("eventBitsWithZeros", m.event_bits_with_zeros,
      "F64: the event of a notification is encoded in four bits, trailing zeros and all");
    f("selectWants0C", m.select_wants_p2_0c, "F27: SELECT of a file with P2 00 gets 6B00");
    f("needsTerminalCapability", m.needs_terminal_capability,
      "F90: ES10 gets 6985 until TERMINAL CAPABILITY has announced an LPA");
    f("firstGetResponseFails", m.first_get_response_fails,
      "F91: the first GET RESPONSE after a command gets 6F00");
  }
  std::string problem() const {
    if (longest_bpp_block && (longest_bpp_block->value < 1 || longest_bpp_block->value > 254))
      return "longestBppBlock should be 1 to 254";
    if (cat_busy && cat_busy->value > 1000) return "catBusy should be 0 to 1000";
    if (refused_profile_type && refused_profile_type->value.empty())
      return "an empty refusedProfileType is in every package";
    if (fallback_iccid && !is_digits(fallback_iccid->value, 18, 20))
      return "'" + fallback_iccid->value + "' is no ICCID of 18 to 20 digits";
    return "";
  }
  sim::Quirks quirks() const;
};

template <class From, class To>
void take(const std::optional<From>& from, To& to) {
  if (from) to = *from;
}
template <class From, class To>
void take(const Quirk<From>& from, To& to) {
  if (from) to = from->value;
}

sim::Quirks QuirksGiven::quirks() const {
  sim::Quirks out;
  take(es10_waits_for_refresh, out.es10_waits_for_refresh);
  take(es10_waits_for_reset, out.es10_waits_for_reset);
  take(enable_only_without_refresh, out.enable_only_without_refresh);
  take(enable_only_by_aid_with_refresh, out.enable_only_by_aid_with_refresh);
  take(cat_busy, out.cat_busy);
  take(enabling_again_is_ok, out.enabling_again_is_ok);
  take(basic_channel_only, out.basic_channel_only);
  take(m2m_only, out.m2m_only);
  take(select_wants_p2_0c, out.select_wants_p2_0c);
  take(needs_terminal_capability, out.needs_terminal_capability);
  take(refuses_tag_list, out.refuses_tag_list);
  take(first_get_response_fails, out.first_get_response_fails);
  take(longest_bpp_block, out.longest_bpp_block);
  take(refused_profile_type, out.refused_profile_type);
  take(fallback_iccid, out.fallback_iccid);
  take(event_bits_with_zeros, out.event_bits_with_zeros);
  return out;
}

struct OperatorGiven {
  rsp::Bytes mcc_mnc;
  std::optional<rsp::Bytes> gid1, gid2;
  static void fields(auto&& f, auto& m) {
    f("mccMnc", m.mcc_mnc, "three octets, as in EF.IMSI: 00F110 is 001/01; E stands for any digit");
    f("gid1", m.gid1, "group identifier 1; an empty one stands for any");
    f("gid2", m.gid2, "group identifier 2; an empty one stands for any");
  }
  std::string problem() const {
    return mcc_mnc.size() == 3 ? "" : "mccMnc should have three octets";
  }
  rsp::OperatorId operator_id() const {
    rsp::OperatorId out{{}, gid1, gid2, {}};
    std::ranges::copy(mcc_mnc, out.mcc_mnc.begin());
    return out;
  }
};

struct RuleGiven {
  std::vector<PolicyRule> rules;
  std::vector<OperatorGiven> operators;
  bool consent_required = true;
  static void fields(auto&& f, auto& m) {
    f("rules", m.rules, "which profile policy rules");
    f("operators", m.operators, "whose profiles may have them");
    f("consentRequired", m.consent_required, "whether the end user is asked; true where left out",
      kOptional);
  }
  rsp::ProfilePolicyAuthorisationRule rule() const {
    rsp::ProfilePolicyAuthorisationRule out;
    for (PolicyRule rule : rules) out.ppr_ids.set(static_cast<unsigned>(rule));
    for (const OperatorGiven& one : operators) out.allowed_operators.push_back(one.operator_id());
    if (consent_required) out.ppr_flags.set(rsp::kConsentRequired);
    return out;
  }
};

struct FeaturesGiven {
  std::optional<std::uint32_t> lowest_major_version, highest_major_version, file_memory;
  std::optional<std::vector<rsp::saip::Service>> services, further_services, missing_services;
  std::optional<std::vector<std::string>> templates, non_standard_issuers;
  std::optional<std::vector<rsp::Bytes>> load_packages;
  static void fields(auto&& f, auto& m) {
    f("lowestMajorVersion", m.lowest_major_version, "of TCA packages; 2 where left out",
      Range{1, 255});
    f("highestMajorVersion", m.highest_major_version, "of TCA packages; 3 where left out",
      Range{1, 255});
    f("services", m.services,
      "the services that a package may mandate, in place of the usual ones");
    f("furtherServices", m.further_services, "beside those; `javacard` accepts applets as data");
    f("missingServices", m.missing_services, "not to be had in spite of those");
    f("templates", m.templates, "OIDs of file system templates, in place of all that there are");
    f("loadPackages", m.load_packages, "AIDs that eUICC-Mandatory-AIDs may name");
    f("nonStandardIssuers", m.non_standard_issuers, "OIDs of PE-NonStandard that are taken");
    f("fileMemory", m.file_memory, "octets for all EFs of a profile", Range{0, 1 << 30});
  }
  std::string problem() const {
    for (const auto* list : {&templates, &non_standard_issuers}) {
      for (const std::string& text : list->value_or(std::vector<std::string>{})) {
        if (!rsp::asn1::oid_from_text(text))
          return "'" + text + "' is no OID, such as 2.23.143.1.2.1";
      }
    }
    for (const rsp::Bytes& aid : load_packages.value_or(std::vector<rsp::Bytes>{})) {
      if (aid.size() < 5 || aid.size() > 16) return "an AID should have 5 to 16 octets";
    }
    return "";
  }
  void apply(rsp::saip::CardFeatures& features) const;
};

void FeaturesGiven::apply(rsp::saip::CardFeatures& features) const {
  auto oids = [](const std::vector<std::string>& texts) {
    std::vector<rsp::asn1::Oid> out;
    for (const std::string& text : texts) out.push_back(*rsp::asn1::oid_from_text(text));
    return out;
  };
  using Services = std::vector<rsp::saip::Service>;
  if (lowest_major_version)
    features.lowest_major_version = static_cast<std::uint8_t>(*lowest_major_version);
  if (highest_major_version)
    features.highest_major_version = static_cast<std::uint8_t>(*highest_major_version);
  if (services) features.services = {};
  for (auto service : services.value_or(Services{})) features.services.add(service);
  for (auto service : further_services.value_or(Services{})) features.services.add(service);
  for (auto service : missing_services.value_or(Services{})) features.services.remove(service);
  if (templates) features.templates = oids(*templates);
  if (non_standard_issuers) features.non_standard_issuers = oids(*non_standard_issuers);
  if (load_packages) features.load_packages.assign(load_packages->begin(), load_packages->end());
  take(file_memory, features.file_memory);
}

/// What `timing.work` may name.
std::vector<std::string> timed_names() {
  std::vector<std::string> names;
  for (std::string_view name : sim::es10_functions()) names.emplace_back(name);
  for (std::string_view name :
       {sim::kInitialiseSecureChannelWork, sim::kConfigureIsdpWork, sim::kStoreMetadataWork,
        sim::kReplaceSessionKeysWork, sim::kLoadProfileElementsWork, sim::kLastSegmentWork})
    names.emplace_back(name);
  for (std::string& name : sim::timed_instructions()) names.push_back(std::move(name));
  return names;
}

struct TimingGiven {
  std::optional<std::string> preset;
  std::optional<double> command, octet;
  std::map<std::string, double> work;
  static void fields(auto&& f, auto& m) {
    f("preset", m.preset,
      "a card that was measured: `sysmoeuicc1-c2t`; the other members change it");
    f("command", m.command, "for each APDU, in milliseconds");
    f("octet", m.octet, "for each octet of command and response, in milliseconds");
    f("work", m.work,
      "in milliseconds, by names of ES10 functions (`ES10b.AuthenticateServer`), of BPP segments "
      "(`ES8+.InitialiseSecureChannel`, `.ConfigureISDP`, `.StoreMetadata`, `.ReplaceSessionKeys`, "
      "`.LoadProfileElements`, `ES8+.LastSegment`) and of instructions (`SELECT`)",
      kOptional);
  }
  std::string problem() const;
  sim::TimingProfile timing() const;
};

std::string TimingGiven::problem() const {
  constexpr double kMost = 600'000;
  auto wrong = [](double value) { return !(value >= 0 && value <= kMost); };
  auto presets = sim::timing_preset_names();
  if (preset && !sim::timing_preset(*preset))
    return "there is no preset '" + *preset + "': " + suggestion(*preset, presets);
  if (wrong(command.value_or(0)) || wrong(octet.value_or(0)))
    return "command and octet should be 0 to 600000 milliseconds";
  auto names = timed_names();
  for (const auto& [name, span] : work) {
    if (std::ranges::find(names, name) == names.end())
      return "'" + name + "' is nothing that takes time: " + suggestion(name, names);
    if (wrong(span)) return "'" + name + "' should be 0 to 600000 milliseconds";
  }
  return "";
}

sim::TimingProfile TimingGiven::timing() const {
  auto span = [](double milliseconds) {
    return std::chrono::duration_cast<sim::TimingProfile::Duration>(
        std::chrono::duration<double, std::milli>(milliseconds));
  };
  sim::TimingProfile out;
  if (preset) out = *sim::timing_preset(*preset);
  if (command) out.command = span(*command);
  if (octet) out.octet = span(*octet);
  for (const auto& [name, milliseconds] : work) out.work[name] = span(milliseconds);
  return out;
}

/// Why octets are no ATR without its check octet (ISO 7816-3 8.2); empty where they are one.
std::string atr_problem(rsp::BytesView atr) {
  constexpr std::size_t kLongest = 32;  // TS included, TCK not
  if (atr.size() < 2 || atr.size() > kLongest) return "should have 2 to 32 octets";
  if (atr[0] != 0x3B && atr[0] != 0x3F) return "should begin with 3B or 3F";
  std::size_t at = 1, historical = atr[1] & 0x0F;
  std::uint8_t announced = atr[at++] & 0xF0;
  while (announced != 0) {
    std::size_t interface_octets = static_cast<std::size_t>(std::popcount(announced));
    bool more = (announced & 0x80) != 0;  // TD, the last of them
    at += interface_octets;
    if (at > atr.size()) return "ends within its interface octets";
    announced = more ? atr[at - 1] & 0xF0 : 0;
  }
  if (at + historical == atr.size()) return "";
  return fmt::format(
      "should have {} octets as its T0 says, without the check octet, which is added",
      at + historical);
}

std::string aid_problem(std::string_view name, rsp::BytesView aid) {
  if (aid.size() < 5 || aid.size() > 16) return fmt::format("{} should have 5 to 16 octets", name);
  constexpr std::string_view kEcasd = "A0000005591010FFFFFFFF8900000200", k3gpp = "A000000087";
  std::string digits = rsp::to_hex(aid);
  if (digits == kEcasd) return fmt::format("{} should not be the ECASD's", name);
  if (digits.starts_with(k3gpp))
    return fmt::format("{} should not begin with {}, as USIMs and ISIMs do", name, k3gpp);
  return "";
}

/// Whether a proactive command is one BER-TLV D0 (ETSI TS 102 223 6.2) that a FETCH can give.
bool is_proactive_command(rsp::BytesView command) {
  auto object = rsp::asn1::Reader(command).peek();
  return object && command[0] == 0xD0 && object->whole.size() == command.size() &&
         command.size() <= 255;
}

/// Whether it can be the address of a server: what is not printed is in no name.
bool is_address(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c != '\x7F'; });
}

struct PersonaGiven {
  static constexpr std::string_view kDoc = "A kind of card.";
  std::string description;
  std::optional<std::string> eid, certificates;
  std::optional<CurveName> curve;
  std::optional<rsp::VersionType> svn, profile_version, firmware_version, global_platform_version,
      ts102241_version, protection_profile_version;
  std::optional<std::string> sas_accreditation_number, root_ds_address, default_smdp,
      iccid_without_profile;
  std::optional<std::uint32_t> memory, highest_channel, first_sequence_number;
  std::optional<bool> test_profiles, crl_support;
  std::optional<std::vector<RuleGiven>> rules;
  std::optional<rsp::Bytes> isd_r_aid, atr;
  std::optional<std::vector<rsp::Bytes>> isd_r_aliases, proactive_at_start;
  std::optional<sim::Transmission> transmission;
  std::optional<sim::RefreshMode> refresh_mode;
  FeaturesGiven features;
  std::optional<TimingGiven> timing;
  QuirksGiven quirks;

  static void fields(auto&& f, auto& m) {
    f("description", m.description, "which card this is, in a sentence");
    f("eid", m.eid, "EID of a new card, 32 digits; that of the certificates where left out");
    f("certificates", m.certificates,
      "a directory of certificates for a new card, as `pki create` makes it, seen from the file; "
      "what --pki says where left out");
    f("curve", m.curve, "the only curve of which a new card gets certificates");
    f("svn", m.svn, "SGP.22 version; 2.2.2 where left out");
    f("profileVersion", m.profile_version, "TCA version of packages; 2.3.1 where left out");
    f("firmwareVersion", m.firmware_version, "euiccFirmwareVer");
    f("globalPlatformVersion", m.global_platform_version, "globalplatformVersion");
    f("ts102241Version", m.ts102241_version, "ts102241Version");
    f("protectionProfileVersion", m.protection_profile_version, "ppVersion");
    f("sasAccreditationNumber", m.sas_accreditation_number, "at most 64 characters");
    f("memory", m.memory, "octets for profiles and CRLs; 524288 where left out", Range{0, 1 << 30});
    f("testProfiles", m.test_profiles, "whether it takes profiles of class test");
    f("crlSupport", m.crl_support, "whether it has ES10b.LoadCRL");
    f("rootDsAddress", m.root_ds_address, "the root SM-DS");
    f("defaultSmdp", m.default_smdp, "the default SM-DP+ address it is made with");
    f("rules", m.rules, "Rules Authorisation Table; PPR1 and PPR2 for all where left out");
    f("isdRAid", m.isd_r_aid, "AID of the ISD-R, 5 to 16 octets");
    f("isdRAliases", m.isd_r_aliases, "further AIDs that select the ISD-R (F53)");
    f("atr", m.atr, "without its check octet, which is added");
    f("transmission", m.transmission,
      "how answers go out: at once, or with 61xx and 6Cxx as T=0 has it, or without ever 6Cxx "
      "(F89)");
    f("highestChannel", m.highest_channel, "number of the last logical channel", Range{0, 19});
    f("firstSequenceNumber", m.first_sequence_number, "of notifications; 1 where left out (F61)",
      Range{0, 1 << 30});
    f("iccidWithoutProfile", m.iccid_without_profile,
      "EF.ICCID while no profile is enabled (F59), 18 to 20 digits; there is none where left out");
    f("refreshMode", m.refresh_mode, "of REFRESH after a switch");
    f("proactiveAtStart", m.proactive_at_start,
      "proactive commands (D0...) that wait after TERMINAL PROFILE");
    f("features", m.features, "what profile packages may use", kOptional);
    f("timing", m.timing, "how long it takes; no time where left out");
    f("quirks", m.quirks, "what it does otherwise than the specification", kOptional);
  }
  std::string problem() const;
  sim::Persona persona() const;
};

std::string PersonaGiven::problem() const {
  if (eid) {
    if (auto checked = rsp::pki::check_eid(*eid); !checked)
      return fmt::format("{}; {}", checked.error().text, checked.error().hint);
  }
  if (sas_accreditation_number && sas_accreditation_number->size() > 64)
    return "sasAccreditationNumber should have 64 characters at most";
  if (default_smdp && !is_address(*default_smdp))
    return "defaultSmdp should be the name of a server, without spaces";
  if (iccid_without_profile && !is_digits(*iccid_without_profile, 18, 20))
    return "iccidWithoutProfile should have 18 to 20 digits";
  if (isd_r_aid) {
    if (auto wrong = aid_problem("isdRAid", *isd_r_aid); !wrong.empty()) return wrong;
  }
  for (const rsp::Bytes& alias : isd_r_aliases.value_or(std::vector<rsp::Bytes>{})) {
    if (auto wrong = aid_problem("each of isdRAliases", alias); !wrong.empty()) return wrong;
  }
  if (atr) {
    if (auto wrong = atr_problem(*atr); !wrong.empty()) return "atr " + wrong;
  }
  for (const rsp::Bytes& command : proactive_at_start.value_or(std::vector<rsp::Bytes>{})) {
    if (!is_proactive_command(command))
      return "each of proactiveAtStart should begin with D0, have as many octets as its length "
             "says, "
             "and 255 at most";
  }
  return "";
}

sim::Persona PersonaGiven::persona() const {
  sim::Persona out;
  take(svn, out.svn);
  take(profile_version, out.profile_version);
  take(firmware_version, out.firmware_version);
  take(global_platform_version, out.global_platform_version);
  take(ts102241_version, out.ts102241_version);
  take(protection_profile_version, out.protection_profile_version);
  take(sas_accreditation_number, out.sas_accreditation_number);
  take(memory, out.memory);
  take(test_profiles, out.test_profiles);
  take(crl_support, out.crl_support);
  take(root_ds_address, out.root_ds_address);
  take(default_smdp, out.default_dp_address);
  if (rules) out.rules_authorisation_table.clear();
  for (const RuleGiven& rule : rules.value_or(std::vector<RuleGiven>{}))
    out.rules_authorisation_table.push_back(rule.rule());
  take(isd_r_aid, out.isd_r_aid);
  take(isd_r_aliases, out.isd_r_aliases);
  take(atr, out.atr);
  take(transmission, out.transmission);
  if (highest_channel) out.highest_channel = static_cast<std::uint8_t>(*highest_channel);
  take(first_sequence_number, out.first_sequence_number);
  if (iccid_without_profile)
    std::ranges::copy(*rsp::to_swapped_bcd(*iccid_without_profile, 10),
                      out.iccid_without_profile.emplace().begin());
  take(refresh_mode, out.refresh_mode);
  take(proactive_at_start, out.proactive_at_start);
  features.apply(out.features);
  if (timing) out.timing = timing->timing();
  out.quirks = quirks.quirks();
  return out;
}

}  // namespace

// --- Reading ---

rsp::Result<PersonaFile> read_persona(const Document& document, std::string name) {
  Problems problems;
  PersonaGiven given;
  read_value(document.json(), Place(document), problems, Variables::kResolved, given);
  if (!problems.empty()) return rsp::failure(problems.as_error());
  PersonaFile out{.name = std::move(name), .description = given.description};
  out.persona = given.persona();
  out.persona.name = out.name;
  out.eid = given.eid;
  if (given.certificates) out.certificates = *given.certificates;
  if (given.curve) {
    out.curve = *given.curve == CurveName::kNist ? rsp::crypto::Curve::kNistP256
                                                 : rsp::crypto::Curve::kBrainpoolP256r1;
  }
  out.document = document.json();
  return out;
}

rsp::Result<PersonaFile> parse_persona(std::string_view text, std::string name) {
  RSP_TRY(Document document, Document::parse(text, name));
  return read_persona(document, std::move(name));
}

rsp::Result<PersonaFile> load_persona(const std::string& name_or_file) {
  if (auto text = shipped_persona_text(name_or_file); !text.empty())
    return parse_persona(text, name_or_file);
  fs::path file = name_or_file;
  std::error_code ignored;
  bool is_name = file == file.filename() && file.extension().empty();
  if (is_name && !fs::exists(file, ignored)) {
    auto names = shipped_persona_names();
    return rsp::failure(
        {.layer = rsp::Layer::kInput,
         .path = "persona",
         .text = fmt::format("there is no persona '{}'", name_or_file),
         .hint = fmt::format("there are {}; or name a file", fmt::join(names, ", "))});
  }
  RSP_TRY(Document document, Document::load(file));
  RSP_TRY(PersonaFile persona, read_persona(document, file.stem().string()));
  if (persona.certificates) persona.certificates = file.parent_path() / *persona.certificates;
  return persona;
}

std::vector<std::string> shipped_persona_names() {
  std::vector<std::string> names;
  for (const ShippedPersona& persona : kShippedPersonas) names.emplace_back(persona.name);
  return names;
}

std::string_view shipped_persona_text(std::string_view name) {
  auto found = std::ranges::find(kShippedPersonas, name, &ShippedPersona::name);
  return found == kShippedPersonas.end() ? "" : found->text;
}

// --- As a card keeps it ---

std::string persona_record(const PersonaFile& persona) {
  return rsp::dump(Json{{"name", persona.name}, {"persona", persona.document}});
}

rsp::Result<PersonaFile> read_persona_record(std::string_view text, const std::string& card) {
  auto damaged = [&](const std::string& why) {
    return rsp::failure({.layer = rsp::Layer::kStorage,
                         .path = "persona",
                         .text = fmt::format("record persona of {} is damaged: {}", card, why),
                         .hint = "restore the file, or begin with a new card"});
  };
  auto document = Document::parse(text, card);
  if (!document) return damaged(document.error().text);
  const Json& json = document->json();
  bool whole = json.is_object() && json.contains("name") && json["name"].is_string() &&
               json.contains("persona");
  if (!whole) return damaged("it is no persona");
  auto persona = read_persona(Document::of(json["persona"], card), json["name"]);
  if (!persona) return damaged(persona.error().text);
  return persona;
}

// --- Schema and reference ---

Json persona_schema() {
  Json out{{"$schema", "http://json-schema.org/draft-07/schema#"},
           {"title", "esimbench persona"},
           {"description", "What kind of card it is, and what it does otherwise than others."}};
  out.update(without_variables(object_schema_of<PersonaGiven>()));
  return out;
}

std::string persona_reference() {
  std::string out = "## A file\n" + table_of(schema_of<PersonaGiven>());
  auto part = [&](std::string_view name, const Json& schema) {
    out += fmt::format("\n### {}\n", name) + table_of(schema);
  };
  part("rules", schema_of<RuleGiven>());
  part("operators of a rule", schema_of<OperatorGiven>());
  part("features", schema_of<FeaturesGiven>());
  part("timing", schema_of<TimingGiven>());
  part("quirks", schema_of<QuirksGiven>());
  part("a quirk", schema_of<Seen<std::string>>());
  return out;
}

}  // namespace hil
