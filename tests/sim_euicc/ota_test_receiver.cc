// From ENVELOPE to the answer: security, counters and proofs of receipt (ETSI TS 102 225, 3GPP
// TS 31.115), with the keys that profile packages carry.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "rsp/base/random.h"
#include "tests/sim_euicc/ota_test_support.h"

namespace sim::ota::testing {
namespace {

using scp80::ResponseStatus;

rsp::UpdateMetadataRequest rename(std::string name) {
  return {.profile_name = rsp::asn1::TextOf<0, 64>(std::move(name))};
}

/// SPI in hexadecimal, on an operator that is otherwise as it is.
Operator with_spi(std::string_view hex) {
  Operator op;
  Bytes spi = rsp::from_hex(hex).value();
  op.header.security = scp80::decode_spi({spi.at(0), spi.at(1)});
  return op;
}

// --- What a profile package says ---

TEST(OtaSecurityDomain, HasKeysTarsAndLevelsOfAMadeProfile) {
  OtaSecurityDomain domain = made_domain();
  EXPECT_EQ(domain.isd_p_aid, isd_p());
  ASSERT_EQ(domain.key_versions.size(), 1u);
  const OtaKeyVersion& keys = domain.key_versions.at(1);
  EXPECT_EQ(keys.counter, 0u);
  EXPECT_EQ(to_hex(keys.keys.kic.value().value), "000102030405060708090A0B0C0D0E0F");
  EXPECT_EQ(to_hex(keys.keys.kid.value().value), "000102030405060708090A0B0C0D0E0F");
  EXPECT_EQ(keys.keys.kid->mac_length, 8u);

  for (Tar tar : {Tar{0xB2, 0x01, 0x00}, Tar{0x00, 0x00, 0x00}}) {
    const OtaApplication* application = domain.application(tar);
    ASSERT_NE(application, nullptr);
    EXPECT_EQ(application->kind, OtaApplication::Kind::kSecurityDomain);
    EXPECT_EQ(application->minimum_security_level, 0x02);
  }
  EXPECT_EQ(domain.application({0xB2, 0x01, 0x01}), nullptr);
}

/// A security domain as a package has it.
rsp::saip::SecurityDomain security_domain() {
  rsp::saip::SecurityDomain sd;
  sd.instance.instance_aid = "A0000000871002FF01FF0189B0B1B2FF"_hex;
  return sd;
}
rsp::saip::KeyObject key(std::uint8_t version, std::uint8_t identifier, std::uint8_t type,
                         std::size_t size) {
  rsp::saip::KeyObject out;
  out.key_version_number = {version};
  out.key_identifier = {identifier};
  out.key_components = {{.key_type = {type}, .key_data = Bytes(size, 0x5A)}};
  return out;
}

TEST(OtaSecurityDomain, TakesKeysOfScp80Only) {
  auto sd = security_domain();
  sd.key_list = {key(1, 1, 0x88, 16),    key(1, 2, 0x88, 32),  // AES
                 key(2, 1, 0x80, 16),    key(2, 2, 0x82, 24),  // triple DES
                 key(3, 3, 0x88, 16),                          // a key for keys
                 key(0x30, 1, 0x88, 16), key(0x00, 1, 0x88, 16),
                 key(4, 1, 0x88, 15),    key(4, 2, 0x80, 8),  // of no use
                 key(5, 1, 0x85, 16),    rsp::saip::KeyObject{}};
  auto domain = ota_security_domain(sd, {}, isd_p()).value();
  ASSERT_EQ(domain.key_versions.size(), 2u);
  using rsp::crypto::BlockCipher;
  EXPECT_EQ(domain.key_versions.at(1).keys.kic->cipher, BlockCipher::kAes);
  EXPECT_EQ(domain.key_versions.at(1).keys.kid->value.size(), 32u);
  EXPECT_EQ(domain.key_versions.at(2).keys.kic->cipher, BlockCipher::kTripleDes);
  EXPECT_EQ(domain.key_versions.at(2).keys.kid->value.size(), 24u);
}

TEST(OtaSecurityDomain, TakesChecksumLengthAndCounterFromTheKey) {
  auto sd = security_domain();
  sd.key_list = {key(1, 1, 0x88, 16), key(1, 2, 0x88, 16)};
  sd.key_list->at(1).key_components[0].mac_length = 4;
  sd.key_list->at(1).key_counter_value = "0000000102"_hex;
  auto domain = ota_security_domain(sd, {}, isd_p()).value();
  EXPECT_EQ(domain.key_versions.at(1).keys.kid->mac_length, 4u);
  EXPECT_EQ(domain.key_versions.at(1).counter, 0x102u);
}

TEST(OtaSecurityDomain, WithoutParametersHasTheTarOfItsAidAndWantsAChecksum) {
  auto domain = ota_security_domain(security_domain(), {}, isd_p()).value();
  const OtaApplication* application = domain.application({0xB0, 0xB1, 0xB2});
  ASSERT_NE(application, nullptr);
  EXPECT_EQ(application->minimum_security_level, 0x02);
  auto short_aid = security_domain();
  short_aid.instance.instance_aid = "A000000151000000"_hex;
  EXPECT_TRUE(ota_security_domain(short_aid, {}, isd_p())->applications.at(0).tars.empty());
}

TEST(OtaSecurityDomain, ReadsSimFileAccessParametersToo) {
  auto sd = security_domain();
  // Access domain, then the fields of a toolkit application with one menu entry.
  sd.instance.system_specific_parameters.emplace().sim_file_access_toolkit_parameter =
      "0100"
      "01"
      "02"
      "0A"
      "01AABB"
      "00"
      "020116"
      "03C0C1C2"_hex;
  auto domain = ota_security_domain(sd, {}, isd_p()).value();
  const OtaApplication* application = domain.application({0xC0, 0xC1, 0xC2});
  ASSERT_NE(application, nullptr);
  EXPECT_EQ(application->minimum_security_level, 0x16);
}

TEST(OtaSecurityDomain, RefusesParametersThatCannotBeRead) {
  const char* const bad[] = {"",
                             "01",
                             "010000",
                             "0100000000",
                             "01000000"
                             "00"
                             "02",
                             "01000005"
                             "00"
                             "00"
                             "00",
                             "01000000"
                             "00"
                             "020102"
                             "04AABBCCDD",
                             "01000000"
                             "00"
                             "020102"};
  for (const char* parameters : bad) {
    auto sd = security_domain();
    sd.instance.application_parameters.emplace().toolkit = rsp::from_hex(parameters).value();
    auto domain = ota_security_domain(sd, {}, isd_p());
    ASSERT_FALSE(domain) << parameters;
    EXPECT_EQ(domain.error().path, "uiccToolkitApplicationSpecificParametersField");
  }
}

TEST(OtaSecurityDomain, HasTheRemoteFileManagementThatBelongsToIt) {
  rsp::saip::Rfm own, named, foreign;
  own.instance_aid = "A00000055910100001"_hex;
  own.tar_list = {Tar{1, 1, 1}};
  own.minimum_security_level = {0x16};
  named.tar_list = {Tar{2, 2, 2}};
  named.security_domain_aid = security_domain().instance.instance_aid;
  foreign.tar_list = {Tar{3, 3, 3}};
  foreign.security_domain_aid = rsp::saip::ApplicationId("A000000151000001"_hex);
  const rsp::saip::Rfm* const rfms[] = {&own, &named, &foreign};
  auto domain = ota_security_domain(security_domain(), rfms, isd_p()).value();
  ASSERT_NE(domain.application({1, 1, 1}), nullptr);
  EXPECT_EQ(domain.application({1, 1, 1})->kind, OtaApplication::Kind::kRemoteFileManagement);
  EXPECT_EQ(domain.application({1, 1, 1})->minimum_security_level, 0x16);
  EXPECT_NE(domain.application({2, 2, 2}), nullptr);
  EXPECT_EQ(domain.application({3, 3, 3}), nullptr);
}

TEST(OtaSecurityDomain, APackageWithoutOneHasNone) {
  EXPECT_EQ(mno_security_domain({}, isd_p()).value().has_value(), false);
}

// --- The published example, from end to end ---

// onomondo/onomondo-uicc, tests/envelope: SELECT MF, SELECT EF.ICCID, READ BINARY.
TEST(OtaReceiver, AnswersAsPublished) {
  OtaSecurityDomain domain;
  domain.key_versions[3].keys = {scp80::Key{.value = "00112233445566778899AABBCCDDEEFF"_hex},
                                 scp80::Key{.value = "0123456789ABCDEF0123456701234567"_hex}};
  domain.applications = {{.kind = OtaApplication::Kind::kRemoteFileManagement,
                          .aid = "A0"_hex,
                          .tars = {Tar{0xB0, 0x00, 0x11}},
                          .minimum_security_level = 0x06}};
  struct Files final : CommandSink {
    StatusWord update_metadata(const rsp::UpdateMetadataRequest&) override {
      return rsp::card::kOk;
    }
    ResponseApdu execute(BytesView, const CommandApdu& command) override {
      bool reads = command.ins == 0xB0;
      return {.data = reads ? "00112233445566778899"_hex : Bytes{}, .sw = rsp::card::kOk};
    }
  } files;
  OtaReceiver receiver;
  auto outcome = receiver.receive(
      "D15982028381860510426587F98B4C60039121437FF66240801193428"
      "03D02700000381516393232B00011D5CBCBD7AD00EDCAE5FB251618E04ED8502924DBAD65B15BE802A9D9E282671"
      "10D"
      "433C06103268DB6A2A9D618FE8AB74"_hex,
      domain, files);
  EXPECT_EQ(outcome.envelope.sw, rsp::card::kOk);
  EXPECT_EQ(outcome.counter, (CounterChange{3, 1}));

  std::vector<Bytes> published{
      "D03D8103011300820281838B324100049121437FF629027100002412B000118BD0716ADBF216D5DAD4612EC54D64"
      "BC"
      "EAF7D9228B8254D857F8D42394BE9F66"_hex};
  scp80::CommandHeader header{
      .security = scp80::decode_spi({0x16, 0x39}), .kic = 0x32, .kid = 0x32};
  const scp80::KeySet& keys = domain.key_versions[3].keys;
  auto read = [&](const std::vector<Bytes>& commands) {
    auto packet = response_in_short_messages(commands).value();
    auto response = scp80::unprotect_response(packet, header, keys).value();
    return std::to_string(response.counter) + " " + std::string(to_string(response.status)) + " " +
           to_hex(response.additional_data);
  };
  EXPECT_EQ(read(outcome.proactive_commands), read(published));
  EXPECT_EQ(read(published), "1 PoR OK 03900000112233445566778899");
}

// --- Proofs of receipt ---

TEST(OtaReceiver, AnswersInSmsDeliverReportWhereTheSpiSaysSo) {
  Operator op = with_spi("1619");
  CardUnderTest card;
  auto outcome = card.receive(op.compact(update_commands(rename("New"))));
  EXPECT_EQ(card.sink.metadata.profile_name, "New");
  EXPECT_TRUE(outcome.proactive_commands.empty());
  EXPECT_EQ(outcome.envelope.sw, rsp::card::kOk);
  auto response = op.response(outcome).value();
  EXPECT_EQ(response.status, ResponseStatus::kPorOk);
  EXPECT_EQ(response.counter, 1u);
  EXPECT_EQ(response.tar, op.header.tar);
  EXPECT_EQ(to_hex(response.additional_data), "029000") << "two commands, the last 9000";
}

TEST(OtaReceiver, AnswersTheAddressThatTheCommandCameFrom) {
  Operator op;
  op.sender.originating_address = "0B919471325476F8"_hex;
  CardUnderTest card;
  auto outcome = card.receive(op.compact(update_commands(rename("New"))));
  ASSERT_EQ(outcome.proactive_commands.size(), 1u);
  EXPECT_NE(to_hex(outcome.proactive_commands[0]).find("41000B919471325476F8"), std::string::npos);
}

TEST(OtaReceiver, AnswersAnExpandedScriptInExpandedFormat) {
  Operator op;
  CardUnderTest card;
  auto response = op.response(card.receive(op.expanded(update_commands(rename("New"))))).value();
  EXPECT_EQ(to_hex(response.additional_data),
            "AB0B800102"
            "23029000"
            "23029000");
}

TEST(OtaReceiver, ProtectsTheResponseAsTheSpiSays) {
  for (const char* spi : {"1601", "1605", "1609", "1611", "1615", "1619", "1621", "1639"}) {
    Operator op = with_spi(spi);
    CardUnderTest card;
    auto response = op.response(card.receive(op.compact(update_commands(rename("New")))));
    ASSERT_TRUE(response) << spi << ": " << response.error().message();
    EXPECT_EQ(to_hex(response->additional_data), "029000") << spi;
  }
}

TEST(OtaReceiver, AnswersNothingWhereNoReceiptIsAskedFor) {
  for (const char* spi : {"1600", "1602", "1603"}) {
    Operator op = with_spi(spi);
    CardUnderTest card;
    auto outcome = card.receive(op.compact(update_commands(rename("New"))));
    EXPECT_EQ(card.sink.updates, 1u) << spi;
    EXPECT_EQ(to_hex(outcome.envelope.encode()), "9000") << spi;
    EXPECT_TRUE(outcome.proactive_commands.empty()) << spi;
  }
}

TEST(OtaReceiver, RefusesWithAStatusWordWhereNoReceiptIsAskedFor) {
  Operator op = with_spi("1600");
  op.header.tar = {9, 9, 9};
  auto outcome = CardUnderTest().receive(op.compact({}));
  EXPECT_EQ(to_hex(outcome.envelope.encode()), "6200");
  EXPECT_EQ(outcome.status, ResponseStatus::kTarUnknown);
  EXPECT_EQ(outcome.note, "TAR unknown");
}

TEST(OtaReceiver, AnswersErrorsWhereAReceiptIsAskedForThem) {
  Operator op = with_spi("163A");
  CardUnderTest card;
  card.domain.key_versions.at(1).counter = 5;
  auto response = op.response(card.receive(op.compact({}))).value();
  EXPECT_EQ(response.status, ResponseStatus::kCounterLow);
}

TEST(OtaReceiver, CutsNothingOfALongResponse) {
  Operator op;
  op.header.tar = {0xB0, 0x00, 0x00};
  CardUnderTest card;
  card.domain.applications.push_back({.kind = OtaApplication::Kind::kRemoteFileManagement,
                                      .aid = "A1"_hex,
                                      .tars = {op.header.tar}});
  card.sink.answer = {.data = Bytes(256, 0xA5), .sw = rsp::card::kOk};
  CommandApdu read{.cla = 0, .ins = 0xB0, .p1 = 0, .p2 = 0, .data = {}, .le = 256};
  auto outcome = card.receive(op.expanded({read, read, read}));
  EXPECT_EQ(outcome.proactive_commands.size(), 7u);
  auto result = read_script_result(op.response(outcome).value().additional_data).value();
  ASSERT_EQ(result.responses.size(), 3u);
  EXPECT_EQ(result.responses[2].data, Bytes(256, 0xA5));
  EXPECT_EQ(card.sink.others.at(0), "A1 00B0000000");
}

TEST(OtaReceiver, LeavesTheDataOfAResponseOutThatDoesNotFitADeliverReport) {
  Operator op = with_spi("1619");
  op.header.tar = {0xB0, 0x00, 0x00};
  CardUnderTest card;
  card.domain.applications.push_back({.kind = OtaApplication::Kind::kRemoteFileManagement,
                                      .aid = "A1"_hex,
                                      .tars = {op.header.tar}});
  card.sink.answer = {.data = Bytes(256, 0xA5), .sw = rsp::card::kOk};
  CommandApdu read{.cla = 0, .ins = 0xB0, .p1 = 0, .p2 = 0, .data = {}, .le = 256};
  auto response = op.response(card.receive(op.expanded({read}))).value();
  EXPECT_EQ(response.status, ResponseStatus::kPorOk);
  EXPECT_TRUE(response.additional_data.empty());
}

// --- Counters ---

TEST(OtaReceiver, ExecutesACommandOnce) {
  Operator op;
  CardUnderTest card;
  auto envelopes = op.compact(update_commands(rename("New")));
  EXPECT_EQ(card.receive(envelopes).counter, (CounterChange{1, 1}));
  auto replayed = card.receive(envelopes);
  EXPECT_EQ(replayed.counter, std::nullopt);
  auto response = op.response(replayed);
  ASSERT_TRUE(response) << "it was authentic, so the refusal is protected";
  EXPECT_EQ(response->status, ResponseStatus::kCounterLow);
  EXPECT_TRUE(response->additional_data.empty());
  EXPECT_EQ(card.sink.updates, 1u);
}

TEST(OtaReceiver, KeepsTheCounterOfACommandThatFails) {
  Operator op;
  CardUnderTest card;
  auto outcome = card.receive(op.compact(store_data("BF2A00"_hex)));
  EXPECT_EQ(to_hex(op.response(outcome)->additional_data), "016985");
  EXPECT_EQ(card.domain.key_versions.at(1).counter, 1u);
}

TEST(OtaReceiver, RefusesCountersAsTheSpiSays) {
  struct Case {
    const char *what, *spi;
    std::uint64_t kept, sent;
    ResponseStatus status;
  };
  const Case cases[] = {
      {"no counter", "0639", 5, 1, ResponseStatus::kPorOk},
      {"counter not checked", "0E39", 5, 1, ResponseStatus::kPorOk},
      {"higher", "1639", 5, 9, ResponseStatus::kPorOk},
      {"equal", "1639", 5, 5, ResponseStatus::kCounterLow},
      {"one higher", "1E39", 5, 6, ResponseStatus::kPorOk},
      {"two higher", "1E39", 5, 7, ResponseStatus::kCounterHigh},
      {"lower", "1E39", 5, 4, ResponseStatus::kCounterLow},
      {"blocked", "1639", scp80::kBlockedCounter, 6, ResponseStatus::kCounterBlocked},
  };
  for (const Case& c : cases) {
    Operator op = with_spi(c.spi);
    op.counter = c.sent - 1;
    CardUnderTest card;
    card.domain.key_versions.at(1).counter = c.kept;
    auto outcome = card.receive(op.compact(update_commands(rename("New"))));
    EXPECT_EQ(outcome.status, c.status) << c.what;
    EXPECT_EQ(op.response(outcome)->status, c.status) << c.what;
    EXPECT_EQ(card.sink.updates, c.status == ResponseStatus::kPorOk ? 1u : 0u) << c.what;
  }
}

// --- Refusals ---

/// The refusal in an answer without protection.
std::string refusal(const OtaOutcome& outcome) {
  auto packet = Operator::response_octets(outcome);
  if (!packet) return packet.error().message();
  auto response = scp80::read_unsecured_response(*packet);
  return response ? std::string(to_string(response->status)) : response.error().message();
}

TEST(OtaReceiver, RefusesWhatIsNotAuthenticAndSaysSoInClear) {
  struct Case {
    const char* what;
    void (*spoil)(Operator&, CardUnderTest&);
    const char* refusal;
  };
  const Case cases[] = {
      {"unknown TAR",
       [](Operator& op, CardUnderTest&) {
         op.header.tar = {1, 2, 3};
       },
       "TAR unknown"},
      {"no checksum",
       [](Operator& op, CardUnderTest&) { op.header.security.integrity = scp80::Integrity::kNone; },
       "insufficient security level"},
      {"redundancy check",
       [](Operator& op, CardUnderTest&) {
         op.header.security.integrity = scp80::Integrity::kRedundancyCheck;
         op.header.kid = scp80::kKidCrc32;
       },
       "insufficient security level"},
      {"another KID", [](Operator& op, CardUnderTest&) { op.keys.kid->value.back() ^= 1; },
       "RC/CC/DS failed"},
      {"another KIc", [](Operator& op, CardUnderTest&) { op.keys.kic->value.back() ^= 1; },
       "RC/CC/DS failed"},
      {"unknown key version",
       [](Operator& op, CardUnderTest&) { op.header.kic = op.header.kid = 0x22; },
       "unidentified security error"},
      {"key version 0", [](Operator& op, CardUnderTest&) { op.header.kic = op.header.kid = 0x02; },
       "unidentified security error"},
      {"two key versions",
       [](Operator& op, CardUnderTest& card) {
         op.header.kid = 0x22;
         card.domain.key_versions[2] = card.domain.key_versions[1];
       },
       "unidentified security error"},
      {"no key for the response",
       [](Operator& op, CardUnderTest& card) {
         op.header.security.ciphered = false;
         card.domain.key_versions.at(1).keys.kic.reset();
       },
       "unidentified security error"},
  };
  for (const Case& c : cases) {
    Operator op;
    CardUnderTest card;
    c.spoil(op, card);
    auto outcome = card.receive(op.compact(update_commands(rename("New"))));
    EXPECT_EQ(refusal(outcome), c.refusal) << c.what;
    EXPECT_EQ(outcome.counter, std::nullopt) << c.what;
    EXPECT_EQ(card.sink.updates, 0u) << c.what;
  }
}

TEST(OtaReceiver, RefusesCiphertextThatIsNotWholeBlocks) {
  Operator op;
  Bytes packet = op.packet(compact_script(update_commands(rename("New"))));
  packet.push_back(0);
  packet[1] = static_cast<std::uint8_t>(packet.size() - 2);
  auto outcome = CardUnderTest().receive(sms_pp_download(packet).value());
  EXPECT_EQ(refusal(outcome), "ciphering error");
}

// A counter is kept with keys; a command without any has no counter that could be checked.
TEST(OtaReceiver, RefusesACounterWithoutKeys) {
  Operator op = with_spi("1001");
  op.header.tar = {0xB0, 0x00, 0x00};
  op.header.kic = op.header.kid = 0;
  CardUnderTest card;
  card.domain.applications.push_back({.kind = OtaApplication::Kind::kRemoteFileManagement,
                                      .aid = "A1"_hex,
                                      .tars = {op.header.tar}});
  auto outcome = card.receive(op.compact({}));
  EXPECT_EQ(outcome.status, ResponseStatus::kUnidentifiedSecurityError);
}

TEST(OtaReceiver, TakesAnUnprotectedCommandWhereTheApplicationAllowsIt) {
  Operator op = with_spi("0001");
  op.header.tar = {0xB0, 0x00, 0x00};
  CardUnderTest card;
  card.domain.applications.push_back({.kind = OtaApplication::Kind::kRemoteFileManagement,
                                      .aid = "A1"_hex,
                                      .tars = {op.header.tar}});
  auto outcome = card.receive(op.compact({{.cla = 0, .ins = 0xB0, .p1 = 0, .p2 = 0, .le = 1}}));
  EXPECT_EQ(to_hex(op.response(outcome)->additional_data), "019000");
  EXPECT_EQ(card.sink.others.size(), 1u);
}

// Update of metadata is for the security domain: a file manager does not reach the ISD-P.
TEST(OtaReceiver, RemoteFileManagementDoesNotReachTheIsdP) {
  Operator op;
  op.header.tar = {0xB0, 0x01, 0x20};
  CardUnderTest card;
  card.domain.applications.push_back({.kind = OtaApplication::Kind::kRemoteFileManagement,
                                      .aid = "A1"_hex,
                                      .tars = {op.header.tar}});
  card.receive(op.compact(update_commands(rename("New"))));
  EXPECT_EQ(card.sink.updates, 0u);
  EXPECT_EQ(card.sink.others.size(), 2u);
}

TEST(OtaReceiver, EnvelopesThatAreNoneAreRefused) {
  CardUnderTest card;
  for (const char* bad : {"", "D1", "D100", "D30782020181900101", "D10482028381"}) {
    auto outcome = card.receive(rsp::from_hex(bad).value());
    EXPECT_EQ(to_hex(outcome.envelope.encode()), "6A80") << bad;
    EXPECT_FALSE(outcome.note.empty()) << bad;
    EXPECT_EQ(outcome.status, std::nullopt);
  }
}

TEST(OtaReceiver, MessagesWithoutACommandPacketAreRefused) {
  ShortMessage message{.address = "04912143"_hex,
                       .protocol_identifier = 0x7F,
                       .data_coding_scheme = 0xF6,
                       .user_data = "0102"_hex};
  for (std::vector<InformationElement> header :
       {std::vector<InformationElement>{}, {{0x71, {}}}, {{0x24, {1}}}}) {
    message.header = header;
    auto outcome = CardUnderTest().receive(sms_pp_envelope(encode_sms_deliver(message, {})));
    EXPECT_EQ(to_hex(outcome.envelope.encode()), "6A80");
    EXPECT_NE(outcome.note.find("no command packet"), std::string::npos);
  }
}

TEST(OtaReceiver, EveryShorterCommandPacketIsRefused) {
  Operator op;
  Bytes packet = op.packet(compact_script(update_commands(rename("New"))));
  for (std::size_t size = 0; size < packet.size(); ++size) {
    CardUnderTest card;
    auto envelopes = sms_pp_download(BytesView(packet).first(size)).value();
    EXPECT_EQ(to_hex(card.receive(envelopes).envelope.encode()), "6A80") << size;
    EXPECT_EQ(card.sink.updates, 0u);
  }
}

// --- Several short messages ---

TEST(OtaReceiver, TakesPartsInAnyOrderAndAnswersTheLast) {
  for (ReferenceWidth width : {ReferenceWidth::kOneOctet, ReferenceWidth::kTwoOctets}) {
    Operator op;
    op.sender.width = width;
    CardUnderTest card;
    auto envelopes =
        op.expanded(update_commands({.icon_type = rsp::IconType::kPng, .icon = Bytes(500, 0x11)}));
    ASSERT_GT(envelopes.size(), 4u);
    std::ranges::reverse(envelopes);
    for (std::size_t i = 0; i + 1 < envelopes.size(); ++i) {
      auto outcome = card.receive(envelopes[i]);
      EXPECT_EQ(to_hex(outcome.envelope.encode()), "9000");
      EXPECT_EQ(outcome.status, std::nullopt);
    }
    EXPECT_EQ(card.receive(envelopes.back()).status, ResponseStatus::kPorOk);
    EXPECT_EQ(card.sink.metadata.icon->size(), 500u);
  }
}

TEST(OtaReceiver, ForgetsPartsAtAReset) {
  Operator op;
  CardUnderTest card;
  auto envelopes =
      op.expanded(update_commands({.icon_type = rsp::IconType::kPng, .icon = Bytes(100)}));
  ASSERT_EQ(envelopes.size(), 2u);
  card.receive(envelopes[0]);
  card.receiver.reset();
  EXPECT_EQ(card.receive(envelopes[1]).status, std::nullopt);
  EXPECT_EQ(card.sink.updates, 0u);
}

TEST(OtaReceiver, APartThatCannotBeIsTakenForAWholeMessage) {
  Operator op;
  Bytes packet = op.packet(compact_script(update_commands(rename("New"))));
  ShortMessage message{.address = "04912143"_hex,
                       .protocol_identifier = 0x7F,
                       .data_coding_scheme = 0xF6,
                       .header = {{0x00, {1, 0, 0}}, {0x70, {}}},
                       .user_data = packet};
  CardUnderTest card;
  card.receive(sms_pp_envelope(encode_sms_deliver(message, {})));
  EXPECT_EQ(card.sink.updates, 1u) << "part 0 of 0 (TS 23.040, 9.2.3.24.1)";
}

TEST(OtaReceiver, SurvivesAnyChangeOfAnEnvelope) {
  rsp::SeededRandom random(102225);
  Operator op;
  for (int round = 0; round < 3000; ++round) {
    CardUnderTest card;
    auto envelope = op.compact(update_commands(rename("New"))).at(0);
    Bytes changed = envelope;
    for (std::uint64_t change = random.next() % 4; change < 5; ++change)
      changed[random.next() % changed.size()] = static_cast<std::uint8_t>(random.next());
    auto outcome = card.receive(changed);
    EXPECT_TRUE(outcome.envelope.sw == rsp::card::kOk ||
                outcome.envelope.sw == StatusWord(0x6200) ||
                outcome.envelope.sw == rsp::card::kWrongData);
    for (const Bytes& command : outcome.proactive_commands) EXPECT_LE(command.size(), 256u);
    EXPECT_LE(outcome.envelope.data.size(), kMaxUserData);
  }
}

// --- Published profiles, where ESIMBENCH_SHARED_DATA names a folder with `profiles` in it ---

TEST(OtaPublished, Ts48ProfilesTakeCommandsUnderTheirKeys) {
  namespace fs = std::filesystem;
  const char* folder = std::getenv("ESIMBENCH_SHARED_DATA");
  if (folder == nullptr || !fs::is_directory(fs::path(folder) / "profiles"))
    GTEST_SKIP() << "ESIMBENCH_SHARED_DATA names no folder with profiles in it";
  std::size_t tried = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(folder) / "profiles")) {
    if (entry.path().extension() != ".der") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream octets;
    octets << in.rdbuf();
    auto package = rsp::saip::decode_package(rsp::view_of(octets.str())).value();
    auto domain = mno_security_domain(package, isd_p());
    ASSERT_TRUE(domain) << entry.path().filename() << ": " << domain.error().message();
    if (!*domain) continue;
    // Packages that are published without remote management have a security domain without a TAR.
    bool reachable = !(*domain)->applications.at(0).tars.empty();
    EXPECT_EQ(reachable, entry.path().string().find("NoRAMRFM") == std::string::npos);
    if (!reachable) continue;
    for (const auto& [version, keys] : (*domain)->key_versions) {
      if (!keys.keys.kic || !keys.keys.kid) continue;
      Operator op;
      op.keys = keys.keys;
      op.header.kic = scp80::key_indication(version, *keys.keys.kic);
      op.header.kid = scp80::key_indication(version, *keys.keys.kid);
      op.header.tar = (*domain)->applications.at(0).tars.at(0);
      CardUnderTest card;
      card.domain = **domain;
      auto outcome = card.receive(op.expanded(update_commands(rename("New"))));
      EXPECT_EQ(op.response(outcome)->status, ResponseStatus::kPorOk) << entry.path().filename();
      EXPECT_EQ(card.sink.updates, 1u) << entry.path().filename() << " version " << int{version};
      ++tried;
    }
  }
  EXPECT_GT(tried, 0u);
}

}  // namespace
}  // namespace sim::ota::testing
