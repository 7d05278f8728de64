// Personas: the files that are shipped, what is refused in one, and what a card keeps of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "hil/card.h"
#include "hil/testbed/testbed.h"
#include "rsp/base/hex.h"
#include "rsp/pki/eid.h"
#include "tests/temp_dir.h"
#include "tests/world.h"

namespace hil {
namespace {

namespace fs = std::filesystem;
using rsp::operator""_hex;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}
const fs::path kRoot = fs::path(ESIMBENCH_VECTORS) / ".." / "..";

/// A file with a description and some members.
std::string with(const std::string& members) {
  return "{\"description\": \"it\",\n" + members + "}";
}
sim::Persona read(const std::string& members) {
  auto persona = parse_persona(with(members), "it");
  EXPECT_TRUE(persona) << persona.error().message();
  return persona ? persona->persona : sim::Persona();
}

Json quirks_of(const std::string& persona) {
  return load_persona(persona)->document.value("quirks", Json::object());
}

// --- The files that are shipped ---

TEST(ShippedPersonas, AreAllGood) {
  EXPECT_GE(shipped_persona_names().size(), 8U);
  for (const std::string& name : shipped_persona_names()) {
    auto persona = load_persona(name);
    ASSERT_TRUE(persona) << persona.error().message();
    EXPECT_EQ(persona->name, name);
    EXPECT_EQ(persona->persona.name, name);
    EXPECT_GT(persona->description.size(), 20U) << name;
  }
}

TEST(ShippedPersonas, AreTheFilesOfTheFolder) {
  for (const std::string& name : shipped_persona_names())
    EXPECT_EQ(shipped_persona_text(name), text_of(kRoot / "personas" / (name + ".json"))) << name;
}

TEST(ShippedPersonas, SayOfEachQuirkWhereItWasSeen) {
  for (const std::string& name : shipped_persona_names()) {
    Json quirks = quirks_of(name);
    for (const auto& [quirk, seen] : quirks.items())
      EXPECT_FALSE(seen.value("seenOn", "").empty()) << name << ": " << quirk;
  }
}

TEST(ShippedPersonas, HaveAllQuirksBetweenThem) {
  std::set<std::string> there;
  for (const std::string& name : shipped_persona_names()) {
    Json quirks = quirks_of(name);
    for (const auto& [quirk, seen] : quirks.items()) there.insert(quirk);
  }
  Json all = persona_schema()["properties"]["quirks"]["properties"];
  for (const auto& [quirk, schema] : all.items()) EXPECT_TRUE(there.contains(quirk)) << quirk;
}

TEST(ShippedPersonas, HaveTheAidsOfRealCards) {  // field fault F53
  auto aid = [](const char* name) { return load_persona(name)->persona.isd_r_aid; };
  EXPECT_EQ(aid("5ber"), "A0000005591010FFFFFFFF8900050500"_hex);
  EXPECT_EQ(aid("esim-me-v2"), "A0000005591010000000890000000300"_hex);
  EXPECT_EQ(aid("glocalme"), "A0000006281010FFFFFFFF8900000100"_hex);
  EXPECT_EQ(aid("estk-me"), "A06573746B6D65FFFFFFFF4953442D52"_hex);
}

TEST(ShippedPersonas, WithoutAQuirkThatPreventsItGetAProfileFromTheLpa) {
  for (const std::string& name : shipped_persona_names()) {
    // No function of SGP.22, and no logical channel.
    if (name == "m2m-only" || name == "awkward") continue;
    auto testbed = Testbed::create({.persona = load_persona(name)->persona}).value();
    auto order = testbed->add_order({.filler = 100}).value();
    auto download = testbed->lpa().download(testbed->activation_code(*order), {});
    // Servers of the field serve v2, and know of no v3.
    if (name == "sgp22-v3") continue;
    EXPECT_TRUE(download) << name << ": " << download.error().message();
    EXPECT_THAT(testbed->broken_invariants(), IsEmpty()) << name;
  }
}

TEST(ShippedPersonas, TheSmallOneHasRoomForOneProfile) {
  auto testbed = Testbed::create({.persona = load_persona("small-memory")->persona}).value();
  std::vector<bool> good;
  for (int i = 0; i < 2; ++i) {
    auto order = testbed->add_order({}).value();
    good.push_back(testbed->lpa().download(testbed->activation_code(*order), {}).has_value());
  }
  EXPECT_THAT(good, ElementsAre(true, false));
}

TEST(ShippedPersonas, OneThatThereIsNotIsAnsweredWithThoseThatThereAre) {
  auto refused = load_persona("6ber");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().layer, rsp::Layer::kInput);
  EXPECT_THAT(refused.error().text, HasSubstr("'6ber'"));
  EXPECT_THAT(refused.error().hint, AllOf(HasSubstr("5ber"), HasSubstr("default")));
}

TEST(ShippedPersonas, AFileThatIsNotThereIsNamed) {
  auto refused = load_persona("no/such.json");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("no/such.json"));
}

// --- What is refused ---

struct Mistake {
  const char* name;
  const char* members;
  const char* path;
  const char* says;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.name; }
class PersonaMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(PersonaMistake, IsNamedWithItsPlaceAndWhatIsAllowed) {
  auto persona = parse_persona(with(GetParam().members), "it.json");
  ASSERT_FALSE(persona);
  const rsp::Error& error = persona.error();
  EXPECT_EQ(error.layer, rsp::Layer::kInput);
  EXPECT_THAT(error.path, AllOf(HasSubstr("it.json:"), HasSubstr(GetParam().path)));
  EXPECT_THAT(error.text + " " + error.hint, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Persona, PersonaMistake,
    ::testing::Values(
        Mistake{"UnknownMember", R"("isdrAid": "A0")", "/isdrAid", "isdRAid"},
        Mistake{"WrongType", R"("memory": "much")", "/memory", "whole number"},
        Mistake{"OutOfRange", R"("highestChannel": 20)", "/highestChannel", "0 to 19"},
        Mistake{"NegativeMemory", R"("memory": -1)", "/memory", "should be 0 to"},
        Mistake{"BadHex", R"("isdRAid": "A00000055")", "/isdRAid", "hexadecimal"},
        Mistake{"ShortAid", R"("isdRAid": "A0000005")", "", "5 to 16 octets"},
        Mistake{"LongAlias", R"("isdRAliases": ["A0000005591010FFFFFFFF890000010000"])", "",
                "5 to 16 octets"},
        Mistake{"BadVersion", R"("svn": "2.2")", "/svn", "2.2.2"},
        Mistake{"BadName", R"("transmission": "t1")", "/transmission", "t0"},
        Mistake{"UnknownService", R"("features": {"services": ["javacart"]})",
                "/features/services/0", "javacard"},
        Mistake{"BadOid", R"("features": {"templates": ["2"]})", "/features", "OID"},
        Mistake{"NoAtr", R"("atr": "3C00")", "", "3B or 3F"},
        Mistake{"ShortAtr", R"("atr": "3B9F96")", "", "atr ends within"},
        Mistake{"LongAtr", R"("atr": "3B0000")", "", "should have 2 octets"},
        Mistake{"BadEid", R"("eid": "89049032123451234512345678901234")", "", "check digits"},
        Mistake{"BadIccid", R"("iccidWithoutProfile": "8900")", "", "18 to 20 digits"},
        Mistake{"AidOfTheEcasd", R"("isdRAid": "A0000005591010FFFFFFFF8900000200")", "", "ECASD"},
        Mistake{"AliasOfAUsim", R"("isdRAliases": ["A0000000871002FF01FF018900000100"])", "",
                "as USIMs and ISIMs do"},
        Mistake{"AddressWithSpaces", R"("defaultSmdp": "a b\n")", "", "without spaces"},
        Mistake{"BadProactive", R"("proactiveAtStart": ["D1"])", "", "begin with D0"},
        Mistake{"ShortProactive", R"("proactiveAtStart": ["D00C810301"])", "", "begin with D0"},
        Mistake{"LongProactive", R"("proactiveAtStart": ["D0038103010101"])", "", "begin with D0"},
        Mistake{"UnknownQuirk", R"("quirks": {"catbusy": {"value": 1}})", "/quirks/catbusy",
                "catBusy"},
        Mistake{"QuirkWithoutValue", R"("quirks": {"catBusy": {"seenOn": "x"}})", "/quirks/catBusy",
                "'value' is missing"},
        Mistake{"QuirkThatIsNoObject", R"("quirks": {"m2mOnly": true})", "/quirks/m2mOnly",
                "should be an object"},
        Mistake{"BlockTooLong", R"("quirks": {"longestBppBlock": {"value": 255}})", "/quirks",
                "1 to 254"},
        Mistake{"FallbackIsNoIccid", R"("quirks": {"fallbackIccid": {"value": "x"}})", "/quirks",
                "18 to 20 digits"},
        Mistake{"UnknownPreset", R"("timing": {"preset": "sysmo"})", "/timing", "sysmoeuicc1-c2t"},
        Mistake{"UnknownWork", R"("timing": {"work": {"ES10b.AuthenticateServe": 1}})", "/timing",
                "ES10b.AuthenticateServer"},
        Mistake{"NegativeTime", R"("timing": {"command": -1})", "/timing", "0 to 600000"},
        Mistake{"EndlessTime", R"("timing": {"work": {"SELECT": 1e300}})", "/timing",
                "0 to 600000"},
        Mistake{"BadOperator", R"("rules": [{"rules": ["ppr1"], "operators": [{"mccMnc": "00"}]}])",
                "/rules/0/operators/0", "three octets"},
        Mistake{"Twice", R"("svn": "2.2.2", "svn": "2.2.2")", "", "stands twice"}),
    [](const auto& info) { return info.param.name; });

TEST(PersonaFile, WithoutADescriptionIsRefused) {
  auto refused = parse_persona("{}", "it.json");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("'description' is missing"));
}

TEST(PersonaFile, ThatIsNoObjectIsRefused) {
  for (const char* text : {"", "[]", "null", "7", "{", "\"default\""})
    EXPECT_FALSE(parse_persona(text, "it.json")) << text;
}

// --- What is read ---

TEST(PersonaFile, ThatSaysNothingIsTheDefault) {
  sim::Persona made, read_one = read("\"$schema\": \"x\"");
  EXPECT_EQ(read_one.svn, made.svn);
  EXPECT_EQ(read_one.memory, made.memory);
  EXPECT_EQ(read_one.atr, made.atr);
  EXPECT_EQ(read_one.isd_r_aid, made.isd_r_aid);
  EXPECT_EQ(read_one.rules_authorisation_table.size(), made.rules_authorisation_table.size());
  EXPECT_EQ(load_persona("default")->persona.svn, made.svn);
}

TEST(PersonaFile, SetsEveryMember) {
  auto file = parse_persona(with(R"(
    "eid": "89049032123451234512345678901235", "certificates": "pki", "curve": "brainpool",
    "svn": "2.6.1", "profileVersion": "3.3.1", "firmwareVersion": "1.2.3",
    "globalPlatformVersion": "2.3.1", "ts102241Version": "14.0.0",
    "protectionProfileVersion": "2.0.0", "sasAccreditationNumber": "XX-YY-UP-0001",
    "memory": 1000, "testProfiles": false, "crlSupport": false, "rootDsAddress": "smds.example",
    "defaultSmdp": "smdp.example",
    "rules": [{"rules": ["ppr2"], "operators": [{"mccMnc": "00F110", "gid1": "01"}],
               "consentRequired": false}],
    "isdRAid": "A000000559", "isdRAliases": ["A0000005591010"], "atr": "3B00",
    "transmission": "t0", "highestChannel": 3, "firstSequenceNumber": 0,
    "iccidWithoutProfile": "89000123456789012358", "refreshMode": "euiccProfileStateChange",
    "proactiveAtStart": ["D009810301260082028182"],
    "features": {"lowestMajorVersion": 1, "highestMajorVersion": 2, "services": ["usim", "eap"],
                 "furtherServices": ["javacard"], "missingServices": ["eap"],
                 "templates": ["2.23.143.1.2.1"], "loadPackages": ["A0000000090005"],
                 "nonStandardIssuers": ["1.2.3"], "fileMemory": 5000})"),
                            "it");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_EQ(file->eid, "89049032123451234512345678901235");
  EXPECT_EQ(file->certificates, "pki");
  EXPECT_EQ(file->curve, rsp::crypto::Curve::kBrainpoolP256r1);
  const sim::Persona& persona = file->persona;
  EXPECT_EQ(persona.svn, (rsp::VersionType{2, 6, 1}));
  EXPECT_EQ(persona.profile_version, (rsp::VersionType{3, 3, 1}));
  EXPECT_EQ(persona.firmware_version, (rsp::VersionType{1, 2, 3}));
  EXPECT_EQ(persona.global_platform_version, (rsp::VersionType{2, 3, 1}));
  EXPECT_EQ(persona.ts102241_version, (rsp::VersionType{14, 0, 0}));
  EXPECT_EQ(persona.protection_profile_version, (rsp::VersionType{2, 0, 0}));
  EXPECT_EQ(persona.sas_accreditation_number, "XX-YY-UP-0001");
  EXPECT_EQ(persona.memory, 1000U);
  EXPECT_FALSE(persona.test_profiles);
  EXPECT_FALSE(persona.crl_support);
  EXPECT_EQ(persona.root_ds_address, "smds.example");
  EXPECT_EQ(persona.default_dp_address, "smdp.example");
  ASSERT_EQ(persona.rules_authorisation_table.size(), 1U);
  const auto& rule = persona.rules_authorisation_table[0];
  EXPECT_EQ(rule.ppr_ids, (rsp::asn1::BitString{rsp::kPpr2}));
  EXPECT_TRUE(rule.ppr_flags.none());
  ASSERT_EQ(rule.allowed_operators.size(), 1U);
  EXPECT_EQ(rule.allowed_operators[0].gid1, "01"_hex);
  EXPECT_FALSE(rule.allowed_operators[0].gid2);
  EXPECT_EQ(persona.isd_r_aid, "A000000559"_hex);
  EXPECT_THAT(persona.isd_r_aliases, ElementsAre("A0000005591010"_hex));
  EXPECT_EQ(persona.atr, "3B00"_hex);
  EXPECT_EQ(persona.transmission, sim::Transmission::kT0);
  EXPECT_EQ(persona.highest_channel, 3);
  EXPECT_EQ(persona.first_sequence_number, 0U);
  EXPECT_EQ(rsp::to_hex(*persona.iccid_without_profile), "98001032547698103285");
  EXPECT_EQ(persona.refresh_mode, sim::RefreshMode::kEuiccProfileStateChange);
  EXPECT_THAT(persona.proactive_at_start, ElementsAre("D009810301260082028182"_hex));
  const rsp::saip::CardFeatures& features = persona.features;
  EXPECT_EQ(features.lowest_major_version, 1);
  EXPECT_EQ(features.highest_major_version, 2);
  EXPECT_TRUE(features.services.has(rsp::saip::Service::kUsim));
  EXPECT_TRUE(features.services.has(rsp::saip::Service::kJavacard));
  EXPECT_FALSE(features.services.has(rsp::saip::Service::kEap));
  EXPECT_FALSE(features.services.has(rsp::saip::Service::kIsim));
  EXPECT_THAT(features.templates, ElementsAre(*rsp::asn1::oid_from_text("2.23.143.1.2.1")));
  EXPECT_EQ(features.load_packages.size(), 1U);
  EXPECT_THAT(features.non_standard_issuers, ElementsAre(*rsp::asn1::oid_from_text("1.2.3")));
  EXPECT_EQ(features.file_memory, 5000U);
}

TEST(PersonaFile, SetsEveryQuirk) {
  sim::Quirks quirks = read(R"("quirks": {
    "es10WaitsForRefresh": {}, "es10WaitsForReset": {}, "catBusy": {"value": 2},
    "enableOnlyWithoutRefresh": {}, "enableOnlyByAidWithRefresh": {}, "enablingAgainIsOk": {},
    "longestBppBlock": {"value": 120}, "refusedProfileType": {"value": "SKT"}, "m2mOnly": {},
    "basicChannelOnly": {}, "refusesTagList": {}, "fallbackIccid": {"value": "898821100000000000"},
    "eventBitsWithZeros": {}, "selectWants0C": {}, "needsTerminalCapability": {},
    "firstGetResponseFails": {}})")
                           .quirks;
  EXPECT_TRUE(quirks.es10_waits_for_refresh && quirks.es10_waits_for_reset);
  EXPECT_TRUE(quirks.enable_only_without_refresh && quirks.enable_only_by_aid_with_refresh);
  EXPECT_TRUE(quirks.enabling_again_is_ok && quirks.m2m_only && quirks.basic_channel_only);
  EXPECT_TRUE(quirks.refuses_tag_list && quirks.event_bits_with_zeros && quirks.select_wants_p2_0c);
  EXPECT_TRUE(quirks.needs_terminal_capability && quirks.first_get_response_fails);
  EXPECT_EQ(quirks.cat_busy, 2U);
  EXPECT_EQ(quirks.longest_bpp_block, 120U);
  EXPECT_EQ(quirks.refused_profile_type, "SKT");
  EXPECT_EQ(quirks.fallback_iccid, "898821100000000000");
}

TEST(PersonaFile, AQuirkMayBeSwitchedOff) {
  EXPECT_FALSE(read(R"("quirks": {"m2mOnly": {"value": false}})").quirks.m2m_only);
}

TEST(PersonaFile, TimingIsAPresetAndWhatChangesIt) {
  using namespace std::chrono_literals;
  sim::TimingProfile timing = read(R"("timing": {"preset": "sysmoeuicc1-c2t", "command": 0.5,
    "work": {"SELECT": 3, "ES10b.PrepareDownload": 1.5}})")
                                  .timing;
  EXPECT_EQ(timing.command, 500us);
  EXPECT_EQ(timing.octet, 62300ns);
  EXPECT_EQ(timing.work.at("SELECT"), 3ms);
  EXPECT_EQ(timing.work.at("ES10b.PrepareDownload"), 1500us);
  EXPECT_EQ(timing.work.at("ES10b.AuthenticateServer"), 2960ms);
}

// --- Schema and reference ---

TEST(PersonaSchema, IsTheOneInTheTree) {
  EXPECT_EQ(text_of(kRoot / "personas/persona.schema.json"), rsp::dump(persona_schema(), 2) + "\n")
      << "write it anew: esimbench schema persona > personas/persona.schema.json";
}

TEST(PersonaSchema, HasNoVariables) {
  EXPECT_EQ(rsp::dump(persona_schema()).find("anyOf"), std::string::npos);
}

TEST(PersonaReference, IsPartOfTheManual) {
  EXPECT_THAT(text_of(kRoot / "docs/personas.md"), HasSubstr(persona_reference()))
      << "write it anew: esimbench schema persona --reference";
}

TEST(PersonaReference, TheManualNamesEveryPersona) {
  std::string manual = text_of(kRoot / "docs/personas.md");
  for (const std::string& name : shipped_persona_names())
    EXPECT_THAT(manual, HasSubstr("| `" + name + "` |"));
}

// --- What a card keeps ---

class PersonaOfACard : public ::testing::Test {
 protected:
  PersonaOfACard() {
    EXPECT_TRUE(rsp::pki::save({{testing_world::test_pki(rsp::crypto::Curve::kNistP256)}},
                               directory.path() / "pki"));
    certificates = rsp::pki::CertificateStore::load(directory.path() / "pki").value();
  }
  rsp::Result<std::unique_ptr<SimCard>> open(const std::optional<PersonaFile>& persona = {}) {
    return SimCard::open(directory.path() / "card.db", &*certificates, random, persona);
  }
  static std::string name_of(const rsp::Result<std::unique_ptr<SimCard>>& card) {
    return card ? (*card)->euicc().persona().name : card.error().text;
  }
  fs::path write(const std::string& text) { return directory.write("mine.json", text); }

  testing_files::TempDir directory;
  std::optional<rsp::pki::CertificateStore> certificates;
  rsp::SeededRandom random{7};
};

TEST_F(PersonaOfACard, StaysWithIt) {
  EXPECT_EQ(name_of(open(*load_persona("5ber"))), "5ber");
  auto again = open();
  EXPECT_EQ(name_of(again), "5ber");
  EXPECT_TRUE((*again)->euicc().persona().quirks.enable_only_without_refresh);
}

TEST_F(PersonaOfACard, MayBeSaidAgainButNotChanged) {
  EXPECT_TRUE(open(*load_persona("5ber")));
  EXPECT_TRUE(open(*load_persona("5ber")));
  auto refused = open(*load_persona("glocalme"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().path, "persona");
  EXPECT_THAT(refused.error().text, AllOf(HasSubstr("card.db"), HasSubstr("'5ber'")));
}

TEST_F(PersonaOfACard, ThatWasMadeWithoutOneIsTheDefault) {
  EXPECT_EQ(name_of(open()), "default");
  EXPECT_TRUE(open(*load_persona("default")));
  EXPECT_FALSE(open(*load_persona("5ber")));
}

TEST_F(PersonaOfACard, OfAFileIsKeptAsTheFileWas) {
  auto file = write(with("\"memory\": 1000"));
  EXPECT_TRUE(open(load_persona(file.string()).value()));
  write(with("\"memory\": 2000"));
  EXPECT_EQ((*open())->euicc().persona().memory, 1000U);
  auto refused = open(load_persona(file.string()).value());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("something else"));
}

TEST_F(PersonaOfACard, GivesANewCardItsEid) {
  std::string eid = rsp::pki::next_eid(std::string(rsp::pki::kTestEid));
  auto file = write(with("\"eid\": \"" + eid + "\""));
  EXPECT_EQ(rsp::to_hex((*open(load_persona(file.string()).value()))->euicc().eid()), eid);
}

TEST_F(PersonaOfACard, GivesANewCardItsCertificates) {
  auto file = write(with("\"certificates\": \"pki\", \"curve\": \"nist\""));
  EXPECT_TRUE(SimCard::open(std::nullopt, nullptr, random, load_persona(file.string()).value()));
  write(with("\"certificates\": \"nowhere\""));
  EXPECT_FALSE(SimCard::open(std::nullopt, nullptr, random, load_persona(file.string()).value()));
}

TEST_F(PersonaOfACard, ThatIsDamagedIsNamed) {
  EXPECT_TRUE(open());
  for (std::string_view text : {"", "{}", "{\"name\": \"x\", \"persona\": {}}", "\xFF"}) {
    auto storage = sim::open_sqlite_storage(directory.path() / "card.db").value();
    ASSERT_TRUE(sim::store_persona_text(*storage, text));
    storage.reset();
    auto refused = open();
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().layer, rsp::Layer::kStorage);
    EXPECT_THAT(refused.error().text, HasSubstr("record persona"));
  }
}

// --- Time ---

TEST(PersonaTiming, MovesTheClockOfATestbed) {
  auto testbed = Testbed::create({.persona = load_persona("sysmoeuicc1-c2t")->persona}).value();
  auto order = testbed->add_order({.filler = 100}).value();
  auto before = testbed->clock().now();
  ASSERT_TRUE(testbed->lpa().download(testbed->activation_code(*order), {}));
  auto took = testbed->clock().now() - before;
  EXPECT_GT(took, std::chrono::seconds(12));
  EXPECT_LT(took, std::chrono::seconds(30));
}

TEST(PersonaTiming, CountsAgainstThePatienceOfAnLpa) {
  auto testbed = Testbed::create({.persona = load_persona("sysmoeuicc1-c2t")->persona,
                                  .card_timeout = std::chrono::seconds(1)})
                     .value();
  auto order = testbed->add_order({.filler = 100}).value();
  auto download = testbed->lpa().download(testbed->activation_code(*order), {});
  ASSERT_FALSE(download);
  EXPECT_EQ(download.error().layer, rsp::Layer::kTimeout);
}

/// A card that would take an hour for each answer.
struct SlowCard final : rsp::card::Card {
  rsp::Bytes reset() override { return {0x3B, 0x00}; }
  rsp::Bytes transmit(rsp::BytesView) override { return {0x90, 0x00}; }
  std::chrono::nanoseconds take_delay() override { return std::chrono::hours(1); }
};

TEST(PersonaTiming, InRealTimeEndsWithTheDeadline) {
  SlowCard card;
  RealTimeLink link(card);
  auto answer = link.transmit("00A40000"_hex, rsp::Deadline::after(std::chrono::milliseconds(1)));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().layer, rsp::Layer::kTimeout);
}

TEST(PersonaTiming, DelaysOfFaultsAreThoseOfTheCardWhereNobodyIsTold) {
  FaultPlan plan(1);
  Problems problems;
  Document faults =
      Document::parse(R"([{"where": {"apdu": {}}, "action": {"delay": {"by": "2h"}}}])", "it")
          .value();
  plan.add(faults.json(), Place(faults), problems);
  ASSERT_TRUE(problems.empty()) << problems.as_error().message();
  SlowCard slow;
  CardPower power;
  FaultyCard card(plan, slow, power, nullptr);
  card.transmit("00A40000"_hex);
  EXPECT_EQ(card.take_delay(), std::chrono::hours(3));
  EXPECT_EQ(card.take_delay(), std::chrono::hours(1)) << "that of the card alone";
}

}  // namespace
}  // namespace hil
