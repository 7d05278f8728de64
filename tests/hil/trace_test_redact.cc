// Traces without what identifies anybody: nothing of it is left in any encoding, and all of it
// still decodes.
#include "hil/trace/explain.h"
#include "hil/trace/ndjson.h"
#include "hil/trace/pcapng.h"
#include "hil/trace/redact.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/base64.h"
#include "tests/hil/trace_support.h"

namespace hil::testing_trace {
namespace {

using rsp::BytesView;
using testing::AllOf;
using testing::Contains;

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const Bytes kSalt{1, 2, 3};

// --- A search of its own, which shares nothing with what it tests ---

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// All that a trace says, as octets: each message by itself, commands and answers put together, and
/// what base64 in it stands for.
std::vector<Bytes> contents_of(const rsp::Trace& trace) {
  std::vector<Bytes> out;
  auto add_text = [&](const std::string& text) {
    out.push_back(rsp::to_bytes(rsp::view_of(text)));
    Json body = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (body.is_discarded()) return;
    Json flat = body.flatten();
    for (const auto& [path, leaf] : flat.items()) {
      if (!leaf.is_string()) continue;
      out.push_back(rsp::to_bytes(rsp::view_of(leaf.get<std::string>())));
      if (auto octets = rsp::from_base64(leaf.get<std::string>())) out.push_back(*octets);
    }
  };
  for (const auto& [at, event] : trace.records) {
    out.push_back(event.bytes);
    add_text(event.name);
    add_text(event.detail);
  }
  for (const CardCommand& command : card_commands(trace.records)) {
    out.push_back(command.octets);
    out.push_back(command.answer);
  }
  return out;
}

bool contains(const Bytes& octets, BytesView what) {
  return !std::ranges::search(octets, what).empty();
}

/// The encodings in which a value is still there.
std::vector<std::string> survivals(const rsp::Trace& trace, const std::string& value) {
  std::map<std::string, Bytes> forms{{"text", rsp::to_bytes(rsp::view_of(value))}};
  if (value.find_first_not_of("0123456789") == std::string::npos) {
    forms["swapped BCD"] = rsp::to_swapped_bcd(value, (value.size() + 1) / 2).value();
    forms["BCD"] = rsp::from_hex(value.size() % 2 == 0 ? value : value + "F").value();
  } else if (auto octets = rsp::from_hex(value)) {
    forms["octets"] = *octets;
  }
  std::map<std::string, Bytes> spelled = forms;
  for (const auto& [name, octets] : forms) {
    std::string hex = rsp::to_hex(octets);
    spelled[name + " in hexadecimal"] = rsp::to_bytes(rsp::view_of(hex));
    spelled[name + " in lower case"] = rsp::to_bytes(rsp::view_of(lower(hex)));
  }
  std::vector<std::string> out;
  auto contents = contents_of(trace);
  for (const auto& [name, octets] : spelled) {
    if (std::ranges::any_of(contents, [&](const Bytes& each) { return contains(each, octets); }))
      out.push_back(value + " as " + name);
  }
  return out;
}

std::vector<Identifier> originals_of(const Redaction& redaction) {
  std::vector<Identifier> out;
  for (const Pseudonym& each : redaction.pseudonyms) out.push_back(each.original);
  return out;
}

rsp::Trace trace_of(std::vector<TraceEvent> events) {
  return {.records = records_of(std::move(events))};
}

constexpr const char* kCardEid = "89049032123451234512345678901235";
constexpr const char* kProfileIccid = "8988211000000000019";
constexpr const char* kToken = "MATCH-0001";

/// A download with confirmation code and nickname by a device with an IMEI, and its notification.
const rsp::Trace& whole() {
  static const rsp::Trace trace = [] {
    TracedWorld traced;
    smdp::Order& order = traced.world.add_order(kToken, "8988211000000000027");
    order.confirmation_code_hash = smdp::hash_confirmation_code("4711");
    lpa::LpaOptions options;
    options.device_info.imei = {0x53, 0x43, 0x65, 0x00, 0x87, 0x21, 0x43, 0x36};
    traced.world.lpa.emplace(*traced.world.transport, *traced.es9, std::move(options));
    lpa::UserInterface user;
    user.confirmation_code = [] { return "4711"; };
    EXPECT_TRUE(traced.world.lpa->eid());
    auto code = traced.world.activation_code(kToken);
    auto done = traced.world.lpa->download(code, user);
    EXPECT_TRUE(done) << done.error().message();
    EXPECT_TRUE(traced.world.lpa->set_nickname(done->metadata.iccid, "Anna Muster"));
    EXPECT_TRUE(traced.world.lpa->profiles());
    EXPECT_TRUE(traced.world.lpa->deliver_notifications());
    traced.recorder.event(step(Party::kTest, "lpa.download", "from " + code.to_string()));
    traced.recorder.event(step(Party::kTest, "card", std::string("EID ") + kCardEid));
    return traced.recorder.trace();
  }();
  return trace;
}
const Redaction& redacted() {
  static const Redaction redaction = redact(whole(), kSalt);
  return redaction;
}

TEST(Redact, FindsAllThatIsThere) {
  std::set<IdentifierKind> kinds;
  for (const Identifier& each : originals_of(redacted())) kinds.insert(each.kind);
  using enum IdentifierKind;
  EXPECT_EQ(kinds, (std::set{kEid, kIccid, kImei, kMatchingId, kConfirmationHash, kNickname,
                             kCertificate}));
  EXPECT_THAT(originals_of(redacted()), AllOf(Contains(Identifier{kEid, kCardEid}),
                                              Contains(Identifier{kMatchingId, kToken})));
}

TEST(Redact, NothingSurvivesInAnyEncoding) {
  std::size_t places = 0;
  for (const Identifier& each : originals_of(redacted())) {
    places += survivals(whole(), each.value).size();
    EXPECT_THAT(survivals(whole(), each.value), Not(IsEmpty())) << "the search is blind";
    EXPECT_THAT(survivals(redacted().trace, each.value), IsEmpty());
  }
  EXPECT_GT(places, 10u);
  std::string file = lower(to_ndjson(redacted().trace));
  for (const char* value :
       {"89049032123451234512345678901235", "8988211000000000027", "98881201000000000072",
        "98882110000000000072", "match-0001", "4d415443482d30303031", "3534560078123463",
        "5343650087214336", "anna muster"}) {
    EXPECT_THAT(file, Not(HasSubstr(value)));
  }
}

TEST(Redact, EveryLengthAndAllElseStays) {
  ASSERT_EQ(redacted().trace.records.size(), whole().records.size());
  for (std::size_t i = 0; i < whole().records.size(); ++i) {
    const TraceEvent& before = whole().records[i].event;
    const TraceEvent& after = redacted().trace.records[i].event;
    EXPECT_EQ(redacted().trace.records[i].at, whole().records[i].at);
    EXPECT_EQ(after.kind, before.kind);
    EXPECT_EQ(after.bytes.size(), before.bytes.size());
    EXPECT_EQ(after.detail.size(), before.detail.size());
    EXPECT_EQ(after.name, before.name);
  }
}

TEST(Redact, WhatDecodedBeforeDecodesAfterwards) {
  auto before = fold(whole().records), after = fold(redacted().trace.records);
  ASSERT_EQ(after.size(), before.size());
  std::size_t messages = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].function, before[i].function);
    Explanation one = explain(before[i].event, before[i].function);
    Explanation other = explain(after[i].event, after[i].function);
    EXPECT_EQ(other.outcome, one.outcome);
    EXPECT_EQ(other.result.size(), one.result.size());
    ASSERT_EQ(other.messages.size(), one.messages.size());
    messages += one.messages.size();
    for (std::size_t m = 0; m < one.messages.size(); ++m) {
      EXPECT_EQ(other.messages[m].error, "");
      EXPECT_EQ(one.messages[m].error, "");
      EXPECT_EQ(other.messages[m].fields.size(), one.messages[m].fields.size());
    }
  }
  EXPECT_GT(messages, 20u);
}

TEST(Redact, OneValueHasOnePseudonymEverywhere) {
  for (const Pseudonym& each : redacted().pseudonyms)
    EXPECT_THAT(survivals(redacted().trace, each.value), Not(IsEmpty())) << each.value;
  // In as many places as the original had.
  for (const Pseudonym& each : redacted().pseudonyms) {
    EXPECT_EQ(survivals(redacted().trace, each.value).size(),
              survivals(whole(), each.original.value).size())
        << to_string(each.original.kind);
  }
}

TEST(Redact, PseudonymsAreOfTheSameKind) {
  for (const auto& [original, value] : redacted().pseudonyms) {
    ASSERT_EQ(value.size(), original.value.size());
    EXPECT_NE(value, original.value);
    for (std::size_t i = 0; i < value.size(); ++i) {
      bool digit = std::isdigit(static_cast<unsigned char>(original.value[i])) != 0;
      if (form_of(original.kind) != IdentifierForm::kHex) {
        EXPECT_EQ(std::isdigit(static_cast<unsigned char>(value[i])) != 0, digit) << value;
      }
    }
    bool telecommunications =
        original.kind == IdentifierKind::kEid || original.kind == IdentifierKind::kIccid;
    if (telecommunications) EXPECT_THAT(value, testing::StartsWith("89"));
  }
}

TEST(Redact, TheSaltDecides) {
  auto values = [](const Redaction& redaction) {
    std::set<std::string> out;
    for (const Pseudonym& each : redaction.pseudonyms) out.insert(each.value);
    return out;
  };
  EXPECT_EQ(values(redact(whole(), kSalt)), values(redacted()));
  std::vector<std::string> common;
  std::ranges::set_intersection(values(redact(whole(), Bytes{9})), values(redacted()),
                                std::back_inserter(common));
  EXPECT_THAT(common, IsEmpty());
}

TEST(Redact, ATraceOfApdusAloneIsNoWeaker) {
  rsp::Trace apdus{.records = only(whole().records, TraceKind::kApdu)};
  Redaction redaction = redact(apdus, kSalt);
  EXPECT_THAT(originals_of(redaction), SizeIs(testing::Ge(6u)));
  for (const Identifier& each : originals_of(redaction))
    EXPECT_THAT(survivals(redaction.trace, each.value), IsEmpty());
}

TEST(Redact, AValueThatBlocksCutInTwoIsReplacedInBoth) {
  // GetEID, its answer in two parts; SetNickname in two blocks.
  rsp::Trace trace = trace_of({c_apdu("81E2910006BF3E035C015A"_x), r_apdu("6115"_x),
                               c_apdu("01C000000A"_x), r_apdu("BF3E125A108904903212 610B"_x),
                               c_apdu("01C000000B"_x), r_apdu("3451234512345678901235 9000"_x),
                               c_apdu("81E2110009 BF29115A0A98881201"_x), r_apdu("9000"_x),
                               c_apdu("81E291010B 000000000072 90034F6E65"_x), r_apdu("9000"_x)});
  Redaction redaction = redact(trace, kSalt);
  EXPECT_THAT(originals_of(redaction),
              UnorderedElementsAre(Identifier{IdentifierKind::kEid, kCardEid},
                                   Identifier{IdentifierKind::kIccid, "89882110000000000027"},
                                   Identifier{IdentifierKind::kNickname, "One"}));
  for (const Identifier& each : originals_of(redaction))
    EXPECT_THAT(survivals(redaction.trace, each.value), IsEmpty());
  EXPECT_EQ(rsp::to_hex(redaction.trace.records[5].event.bytes).substr(22), "9000");
}

TEST(Redact, TlsRecordsAndSecretsGo) {
  rsp::Trace trace =
      trace_of({{TraceKind::kTls, Party::kLpa, Party::kServer, "connection 1", "", "160301"_x},
                {TraceKind::kKeys, Party::kLpa, Party::kServer, "", "CLIENT_RANDOM 00 11", {}},
                step(Party::kTest, "x", "")});
  trace.dropped = 4;
  Redaction redaction = redact(trace, kSalt);
  EXPECT_THAT(redaction.trace.records, SizeIs(1));
  EXPECT_EQ(redaction.left_out, 2u);
  EXPECT_EQ(redaction.trace.dropped, 4u);
}

// They say what APDUs say, and whose module it is.
TEST(Redact, LinesOfAModuleGo) {
  Redaction redaction = redact(
      trace_of({{TraceKind::kAt, Party::kLpa, Party::kEuicc, "AT command", "AT+CGSN", {}},
                {TraceKind::kAt, Party::kEuicc, Party::kLpa, "AT line", "861234567890123", {}},
                step(Party::kTest, "x", "")}),
      kSalt);
  EXPECT_THAT(redaction.trace.records, SizeIs(1));
  EXPECT_EQ(redaction.left_out, 2u);
}

TEST(Redact, FilesOfACardAndItsAuthentication) {
  rsp::Trace trace = trace_of(
      {c_apdu("00A40004022FE2"_x), r_apdu("9000"_x), c_apdu("00B000000A"_x),
       r_apdu("98881201000000000010 9000"_x), c_apdu("00A40804047FFF6F07"_x), r_apdu("6110"_x),
       c_apdu("00C0000010"_x), r_apdu("6200 9000"_x), c_apdu("00B0000009"_x),
       r_apdu("08 0910101032547698 9000"_x), c_apdu("00A40004026F40"_x), r_apdu("9000"_x),
       c_apdu("00B2010410"_x), r_apdu("4142 07 91 947135214365 FFFFFFFF FFFF 9000"_x),
       c_apdu(
           "0088008122 10 00112233445566778899AABBCCDDEEFF 10 FFEEDDCCBBAA99887766554433221100"_x),
       r_apdu("610E"_x), c_apdu("00C000000E"_x), r_apdu("DB 04A1B2C3D4 08E1E2E3E4E5E6E7E8 9000"_x),
       step(Party::kTest, "IMSI is", "901010123456789? No: 001010123456789, call 491753123456")});
  Redaction redaction = redact(trace, kSalt);
  using enum IdentifierKind;
  EXPECT_THAT(originals_of(redaction),
              UnorderedElementsAre(
                  Identifier{kIccid, "89882110000000000001"}, Identifier{kImsi, "001010123456789"},
                  Identifier{kImsi, "901010123456789"}, Identifier{kMsisdn, "491753123456"},
                  Identifier{kKey, "A1B2C3D4"}, Identifier{kKey, "E1E2E3E4E5E6E7E8"}));
  for (const Identifier& each : originals_of(redaction))
    EXPECT_THAT(survivals(redaction.trace, each.value), IsEmpty());
  BytesView imsi = redaction.trace.records[9].event.bytes;
  EXPECT_EQ(imsi[0], 8) << "its length";
  EXPECT_EQ(imsi[1] & 0x0F, 9) << "its parity";
  EXPECT_FALSE(contains(redaction.trace.records[9].event.bytes, "0910101032547698"_x));
}

TEST(Redact, PinsThatArePresented) {
  rsp::Trace trace =
      trace_of({c_apdu("0020000108 31323334FFFFFFFF"_x), r_apdu("9000"_x),
                c_apdu("002C000110 3837363534333231 39393939FFFFFFFF"_x), r_apdu("9000"_x)});
  Redaction redaction = redact(trace, kSalt);
  using enum IdentifierKind;
  EXPECT_THAT(originals_of(redaction), UnorderedElementsAre(Identifier{kKey, "31323334FFFFFFFF"},
                                                            Identifier{kKey, "3837363534333231"},
                                                            Identifier{kKey, "39393939FFFFFFFF"}));
  for (const Identifier& each : originals_of(redaction))
    EXPECT_THAT(survivals(redaction.trace, each.value), IsEmpty());
}

TEST(Redact, BodiesOfOtherInterfacesByTheNamesOfTheirMembers) {
  Json body{{"iccid", kProfileIccid},
            {"eid", kCardEid},
            {"confirmationCode", "4711"},
            {"matchingId", "A1B2-C3"},
            {"nested", {{"imsi", "001010000000001"}, {"k", "00112233445566778899aabbccddeeff"}}},
            {"other", "4711 is not 14711, nor 47110"},
            {std::string("x") + kProfileIccid, 1}};
  Redaction redaction = redact(trace_of({http_request("ES2+.DownloadOrder", body.dump(2))}), kSalt);
  EXPECT_THAT(originals_of(redaction), SizeIs(6));
  std::string after = redaction.trace.records[0].event.detail;
  for (const char* value :
       {kProfileIccid, kCardEid, "A1B2-C3", "001010000000001", "2233445566778899"})
    EXPECT_THAT(after, Not(HasSubstr(value)));
  std::string other = Json::parse(after).at("other");
  EXPECT_THAT(other, AllOf(Not(testing::StartsWith("4711")), HasSubstr("14711, nor 47110")));
}

TEST(Redact, Base64IsFoundInTextsThatAreNoJson) {
  Bytes message = "BF3E125A10 89049032123451234512345678901235"_x;
  std::string cut = rsp::to_base64(message);
  while (cut.ends_with('=')) cut.pop_back();
  Redaction redaction =
      redact(trace_of({es10_response("ES10c.GetEID", "9000", message),
                       step(Party::kLpa, "sent", "got \"" + cut + "AAAAA\" (240 characters)")}),
             kSalt);
  auto octets = rsp::from_base64(redaction.trace.records[1].event.detail.substr(5, cut.size()));
  ASSERT_TRUE(octets);
  EXPECT_EQ(rsp::to_hex(*octets).substr(10), redaction.pseudonyms.at(0).value);
  EXPECT_THAT(redaction.trace.records[1].event.detail,
              testing::EndsWith("AAAAA\" (240 characters)"));
}

TEST(Redact, ABodyWithoutAnythingToReplaceStaysAsItWas) {
  std::string body = "{ \"a\" :\t[1.50, \"x\\u0041\"] }\n";
  Redaction redaction = redact(trace_of({http_request("ES9+.CancelSession", body)}), kSalt);
  EXPECT_EQ(redaction.trace.records[0].event.detail, body);
  EXPECT_THAT(redaction.pseudonyms, IsEmpty());
}

TEST(Redact, ShortValuesAreReplacedOnlyWhereTheyStandAlone) {
  // MatchingID "7A" (SGP.22 5.7.13): behind its length in octets, as a word in texts.
  Bytes context = "A0 04 8002 3741"_x;
  Redaction redaction = redact(
      trace_of(
          {http_request("ES2+.ConfirmOrder", R"({"matchingId":"7A","hex":"007A7A","n":"7A."})"),
           {TraceKind::kEs10, Party::kLpa, Party::kEuicc, "x", "37413741", context}}),
      kSalt);
  ASSERT_THAT(redaction.pseudonyms, SizeIs(1));
  std::string other = redaction.pseudonyms[0].value;
  EXPECT_EQ(redaction.trace.records[0].event.detail,
            "{\"matchingId\":\"" + other + "\",\"hex\":\"007A7A\",\"n\":\"" + other + ".\"}");
  EXPECT_EQ(rsp::to_hex(redaction.trace.records[1].event.bytes),
            "A0048002" + rsp::to_hex(rsp::view_of(other)));
  EXPECT_EQ(redaction.trace.records[1].event.detail, "37413741");
}

TEST(Redact, ActivationCodesAreFoundInAllTheirForms) {
  Redaction redaction = redact(
      trace_of({step(Party::kTest, "a", "LPA:1$smdp.example.com$TOKEN-AAAA$$1, please"),
                step(Party::kTest, "b", "'lpa:1$smdp.example.com$TOKEN-BBBB'"),
                step(Party::kTest, "c", "1$smdp.example.com$TOKEN-CCCC"),
                http_response("200", R"({"activationCode":"1$smdp.example.com$TOKEN-DDDD"})"),
                step(Party::kTest, "d", std::string(5000, ' ') + "it costs 11$ and 1$")}),
      kSalt);
  std::set<std::string> tokens;
  for (const Identifier& each : originals_of(redaction)) tokens.insert(each.value);
  EXPECT_EQ(tokens,
            (std::set<std::string>{"TOKEN-AAAA", "TOKEN-BBBB", "TOKEN-CCCC", "TOKEN-DDDD"}));
  for (const std::string& token : tokens) EXPECT_THAT(survivals(redaction.trace, token), IsEmpty());
}

TEST(Redact, AnyTraceCanBeRedacted) {
  rsp::SeededRandom random(5);
  for (int round = 0; round < 100; ++round) {
    std::vector<TraceEvent> events;
    for (int i = 0; i < 10; ++i) {
      auto dice = random.octets<4>();
      Bytes octets(dice[0] % 40);
      random.fill(octets);
      if (dice[1] % 2 == 0)
        octets.insert(octets.begin(), {0x00, static_cast<std::uint8_t>(dice[2] % 2 ? 0xA4 : 0xB0)});
      if (dice[1] % 3 == 0)
        octets.insert(octets.begin(), {0xBF, static_cast<std::uint8_t>(0x20 + dice[2] % 40)});
      std::string text(octets.begin(), octets.end());
      if (dice[3] % 4 == 0)
        text = Json{{"iccid", text}, {"k", rsp::to_hex(octets)}}.dump(
            -1, ' ', true, Json::error_handler_t::replace);
      events.push_back({static_cast<TraceKind>(dice[1] % 10), static_cast<Party>(dice[2] % 4),
                        static_cast<Party>(dice[3] % 4), text, text, octets});
    }
    rsp::Trace trace = trace_of(std::move(events));
    Redaction redaction = redact(trace, kSalt);
    EXPECT_EQ(redaction.trace.records.size() + redaction.left_out, trace.records.size());
    to_pcapng(trace);
  }
}

}  // namespace
}  // namespace hil::testing_trace
