// Short messages (3GPP TS 23.040), and secured packets in them (TS 31.111, TS 31.115).
#include <numeric>

#include "rsp/base/random.h"
#include "tests/sim_euicc/ota_test_support.h"

namespace sim::ota::testing {
namespace {

// --- TPDUs ---

// onomondo/onomondo-uicc, tests/sms: a command packet that a network sent.
Bytes published_deliver() {
  return "400881556677887FF600112912000004"
         "3D027000003815060125"
         "25B0001080766F57F0F89BBDBC09AF97B8B7EF7EDC6C8BD2A35A57147037497500"
         "3BFD77AC39531CC482714E7547A3F85CC5DC10"_hex;
}

TEST(SmsDeliver, IsReadAsPublished) {
  auto message = parse_sms_deliver(published_deliver());
  ASSERT_TRUE(message) << message.error().message();
  EXPECT_EQ(to_hex(message->address), "088155667788");
  EXPECT_EQ(message->protocol_identifier, 0x7F);
  EXPECT_EQ(message->data_coding_scheme, 0xF6);
  ASSERT_EQ(message->header.size(), 1u);
  EXPECT_EQ(message->header[0], (InformationElement{0x70, {}}));
  EXPECT_EQ(message->user_data.size(), 0x3Du - 3);
  EXPECT_TRUE(has_command_packet(*message));
  auto header = scp80::read_command_header(message->user_data);
  ASSERT_TRUE(header) << header.error().message();
  EXPECT_EQ(header->tar, (Tar{0xB0, 0x00, 0x10}));
}

TEST(SmsDeliver, SurvivesEncodingAndReading) {
  ShortMessage message{.address = "0B919471325476F8"_hex,
                       .protocol_identifier = 0x7F,
                       .data_coding_scheme = 0xF6,
                       .header = {{0x70, {}}, {0x00, {1, 2, 3}}},
                       .user_data = "0102"_hex};
  Bytes tpdu = encode_sms_deliver(message, {1, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(to_hex(tpdu), "440B919471325476F87FF6010203040506070A07700000030102030102");
  auto read = parse_sms_deliver(tpdu).value();
  EXPECT_EQ(read.address, message.address);
  EXPECT_EQ(read.header, message.header);
  EXPECT_EQ(read.user_data, message.user_data);
}

TEST(SmsDeliver, EveryShorterOneIsRefused) {
  Bytes whole = published_deliver();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    auto message = parse_sms_deliver(BytesView(whole).first(size));
    ASSERT_FALSE(message) << size;
    EXPECT_EQ(message.error().layer, rsp::Layer::kDecode);
    EXPECT_FALSE(message.error().path.empty());
  }
}

TEST(SmsDeliver, IsRefusedWithTheFieldAtFault) {
  struct Case {
    const char *what, *tpdu, *field;
  };
  const Case cases[] = {
      {"SMS-SUBMIT",
       "410004912143"
       "7FF6"
       "0100",
       "TP-MTI"},
      {"21 digits",
       "00159110325476981032547698F1"
       "7FF6"
       "00000000000000"
       "00",
       "TP-Address"},
      {"7-bit text",
       "0004912143"
       "0000"
       "00000000000000"
       "00",
       "TP-DCS"},
      {"UCS2",
       "0004912143"
       "0008"
       "00000000000000"
       "00",
       "TP-DCS"},
      {"141 octets",
       "0004912143"
       "7FF6"
       "00000000000000"
       "8D",
       "TP-UDL"},
      {"an octet too many",
       "0004912143"
       "7FF6"
       "00000000000000"
       "01"
       "AABB",
       "TP-UDL"},
      // pysim, tests/unittests/test_ota.py: the user data is longer than its length says.
      {"published by pysim",
       "400881214365877FF6227052000000000302700000201506193535B00011AE733256918D050B87C94FBFE12E4DC"
       "4"
       "02F262C41CF67F2F",
       "TP-UDL"},
      {"header longer than data",
       "4004912143"
       "7FF6"
       "00000000000000"
       "02"
       "0270",
       "TP-UD"},
      {"header element cut",
       "4004912143"
       "7FF6"
       "00000000000000"
       "03"
       "027001",
       "TP-UD"},
      {"header element without length",
       "4004912143"
       "7FF6"
       "00000000000000"
       "02"
       "0170",
       "TP-UD"},
      {"no header where there is one",
       "4004912143"
       "7FF6"
       "00000000000000"
       "00",
       "TP-UD"},
  };
  for (const Case& c : cases) {
    auto message = parse_sms_deliver(rsp::from_hex(c.tpdu).value());
    ASSERT_FALSE(message) << c.what;
    EXPECT_EQ(message.error().path, c.field) << c.what << ": " << message.error().message();
  }
}

TEST(SmsDeliver, MayHaveAnEmptyHeaderOrNoneOrNoData) {
  EXPECT_TRUE(
      parse_sms_deliver("4004912143"
                        "7FF6"
                        "00000000000000"
                        "01"
                        "00"_hex));
  EXPECT_TRUE(
      parse_sms_deliver("0004912143"
                        "0004"
                        "00000000000000"
                        "00"_hex));
  EXPECT_TRUE(
      parse_sms_deliver("0000FF"
                        "0004"
                        "00000000000000"
                        "01"
                        "AA"_hex))
      << "no digits";
}

// --- Messages in several parts (9.2.3.24.1, 9.2.3.24.8) ---

ShortMessage message_with(std::vector<InformationElement> header) {
  return {.address = "04912143"_hex,
          .protocol_identifier = 0x7F,
          .data_coding_scheme = 0xF6,
          .header = std::move(header),
          .user_data = "AA"_hex};
}

TEST(SmsConcatenation, HasReferencesOfOneOrTwoOctets) {
  auto narrow = concatenation_of(message_with({{0x00, {0x12, 3, 2}}}));
  ASSERT_TRUE(narrow);
  EXPECT_EQ(narrow->reference, 0x12);
  EXPECT_EQ(narrow->parts, 3);
  EXPECT_EQ(narrow->part, 2);
  auto wide = concatenation_of(message_with({{0x70, {}}, {0x08, {0x12, 0x34, 255, 255}}}));
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->reference, 0x1234);
  EXPECT_EQ(wide->part, 255);
}

TEST(SmsConcatenation, ImpossiblePartsAreNoConcatenation) {
  EXPECT_FALSE(concatenation_of(message_with({})));
  EXPECT_FALSE(concatenation_of(message_with({{0x00, {1, 0, 0}}}))) << "part 0 of 0";
  EXPECT_FALSE(concatenation_of(message_with({{0x00, {1, 2, 0}}}))) << "part 0 of 2";
  EXPECT_FALSE(concatenation_of(message_with({{0x00, {1, 2, 3}}}))) << "part 3 of 2";
  EXPECT_FALSE(concatenation_of(message_with({{0x00, {1, 0, 1}}}))) << "part 1 of 0";
  EXPECT_FALSE(concatenation_of(message_with({{0x00, {1, 2}}}))) << "cut short";
  EXPECT_FALSE(concatenation_of(message_with({{0x08, {1, 2, 3}}}))) << "wide, cut short";
}

Bytes counting(std::size_t size) {
  Bytes out(size);
  std::iota(out.begin(), out.end(), std::uint8_t{0});
  return out;
}

/// Header and user data of a part, as octets.
std::size_t size_of(const ShortMessage& part) {
  std::size_t header = 0;
  for (const auto& element : part.header) header += 2 + element.data.size();
  return part.user_data.size() + (header == 0 ? 0 : header + 1);
}

TEST(SmsSplitting, FillsEachMessageAndPutsTheHeaderInTheFirst) {
  struct Case {
    std::size_t size, parts;
    ReferenceWidth width;
  };
  using enum ReferenceWidth;
  // 140 less 3 of header; with concatenation 132 or 131 in the first, 134 or 133 in each other.
  const Case cases[] = {{0, 1, kOneOctet},         {137, 1, kOneOctet},
                        {138, 2, kOneOctet},       {132 + 134, 2, kOneOctet},
                        {132 + 135, 3, kOneOctet}, {131 + 133, 2, kTwoOctets},
                        {131 + 134, 3, kTwoOctets}};
  for (const Case& c : cases) {
    ShortMessage message = message_with({{0x70, {}}});
    message.user_data = counting(c.size);
    auto parts = split_message(message, 0x0102, c.width).value();
    EXPECT_EQ(parts.size(), c.parts) << c.size;
    Bytes joined;
    for (const ShortMessage& part : parts) {
      EXPECT_LE(size_of(part), kMaxUserData);
      EXPECT_EQ(has_command_packet(part), joined.empty());
      rsp::append(joined, part.user_data);
    }
    EXPECT_EQ(joined, message.user_data) << c.size;
  }
}

TEST(SmsSplitting, EndsAt255Messages) {
  ShortMessage message = message_with({{0x70, {}}});
  message.user_data = Bytes(132 + 254 * 134);
  EXPECT_EQ(split_message(message, 1, ReferenceWidth::kOneOctet).value().size(), 255u);
  message.user_data.push_back(0);
  auto parts = split_message(message, 1, ReferenceWidth::kOneOctet);
  ASSERT_FALSE(parts);
  EXPECT_EQ(parts.error().layer, rsp::Layer::kInput);
}

TEST(SmsSplitting, RefusesAHeaderThatLeavesNoRoom) {
  ShortMessage message = message_with({{0x70, Bytes(140)}});
  EXPECT_FALSE(split_message(message, 1, ReferenceWidth::kOneOctet));
}

std::vector<ShortMessage> parts_of(std::size_t size, std::uint16_t reference,
                                   ReferenceWidth width = ReferenceWidth::kOneOctet) {
  ShortMessage message = message_with({{0x70, {}}});
  message.user_data = counting(size);
  return split_message(message, reference, width).value();
}

TEST(SmsAssembler, PutsPartsTogetherInAnyOrder) {
  for (ReferenceWidth width : {ReferenceWidth::kOneOctet, ReferenceWidth::kTwoOctets}) {
    auto parts = parts_of(350, 0x0107, width);
    ASSERT_EQ(parts.size(), 3u);
    std::vector<std::size_t> order{0, 1, 2};
    do {
      ShortMessageAssembler assembler;
      EXPECT_FALSE(assembler.add(parts[order[0]]));
      EXPECT_FALSE(assembler.add(parts[order[1]]));
      auto whole = assembler.add(parts[order[2]]);
      ASSERT_TRUE(whole);
      EXPECT_EQ(whole->user_data, counting(350));
      EXPECT_EQ(whole->header, (std::vector<InformationElement>{{0x70, {}}}));
      EXPECT_EQ(assembler.messages(), 0u);
    } while (std::ranges::next_permutation(order).found);
  }
}

TEST(SmsAssembler, LetsAMessageByItselfThrough) {
  ShortMessageAssembler assembler;
  EXPECT_EQ(assembler.add(message_with({{0x70, {}}}))->user_data, "AA"_hex);
  EXPECT_TRUE(assembler.add(message_with({{0x70, {}}, {0x00, {9, 1, 1}}}))) << "part 1 of 1";
  EXPECT_TRUE(assembler.add(message_with({{0x70, {}}, {0x00, {9, 0, 0}}}))) << "part 0 of 0";
  EXPECT_EQ(assembler.messages(), 0u);
}

TEST(SmsAssembler, TakesARepeatedPartOnce) {
  ShortMessageAssembler assembler;
  auto parts = parts_of(350, 7);
  EXPECT_FALSE(assembler.add(parts[0]));
  EXPECT_FALSE(assembler.add(parts[0]));
  EXPECT_FALSE(assembler.add(parts[1]));
  EXPECT_EQ(assembler.add(parts[2])->user_data, counting(350));
}

TEST(SmsAssembler, KeepsMessagesOfDifferentSendersAndReferencesApart) {
  ShortMessageAssembler assembler;
  auto first = parts_of(200, 1), second = parts_of(250, 2), third = parts_of(270, 1),
       wide = parts_of(240, 1, ReferenceWidth::kTwoOctets);
  for (ShortMessage& part : third) part.address = "04912144"_hex;
  for (const auto* parts : {&first, &second, &third, &wide})
    EXPECT_FALSE(assembler.add((*parts)[0]));
  EXPECT_EQ(assembler.add(wide[1])->user_data.size(), 240u);
  EXPECT_EQ(assembler.add(first[1])->user_data.size(), 200u);
  EXPECT_EQ(assembler.add(second[1])->user_data.size(), 250u);
  EXPECT_FALSE(assembler.add(third[1]));
  EXPECT_EQ(assembler.add(third[2])->user_data.size(), 270u);
}

TEST(SmsAssembler, ForgetsAMessageWhoseReferenceIsUsedForAnother) {
  ShortMessageAssembler assembler;
  EXPECT_FALSE(assembler.add(parts_of(350, 7)[0]));
  auto next = parts_of(200, 7);  // two parts now
  EXPECT_FALSE(assembler.add(next[1]));
  EXPECT_EQ(assembler.messages(), 1u);
  EXPECT_EQ(assembler.add(next[0])->user_data, counting(200));
}

TEST(SmsAssembler, HasRoomFor255Parts) {
  ShortMessageAssembler assembler;
  auto parts = parts_of(132 + 254 * 134, 7);
  for (std::size_t i = parts.size() - 1; i > 0; --i) ASSERT_FALSE(assembler.add(parts[i]));
  EXPECT_EQ(assembler.add(parts[0])->user_data.size(), 132u + 254 * 134);
}

TEST(SmsAssembler, KeepsNoMoreThanItsLimits) {
  ShortMessageAssembler assembler;
  for (int round = 0; round < 40; ++round) {
    auto parts = parts_of(132 + 254 * 134, static_cast<std::uint16_t>(round));
    for (std::size_t i = 1; i < parts.size(); ++i) assembler.add(parts[i]);
    EXPECT_LE(assembler.messages(), ShortMessageAssembler::kMaxMessages);
    EXPECT_LE(assembler.octets(), ShortMessageAssembler::kMaxOctets);
  }
  assembler.clear();
  EXPECT_EQ(assembler.octets(), 0u);
}

TEST(SmsAssembler, ForgetsTheOldestMessageFirst) {
  ShortMessageAssembler assembler;
  std::vector<std::vector<ShortMessage>> messages;
  for (std::uint16_t reference = 0; reference < 5; ++reference)
    messages.push_back(parts_of(200, reference));
  for (const auto& parts : messages) EXPECT_FALSE(assembler.add(parts[0]));
  EXPECT_TRUE(assembler.add(messages[4][1]));
  EXPECT_TRUE(assembler.add(messages[1][1]));
  EXPECT_FALSE(assembler.add(messages[0][1])) << "its first part was given up";
}

// --- ENVELOPE and its answer ---

// onomondo/onomondo-uicc, tests/envelope.
Bytes published_envelope() {
  return "D15982028381860510426587F98B4C60039121437FF662408011934280"
         "3D02700000381516393232B00011D5"
         "CBCBD7AD00EDCAE5FB251618E04ED8502924DBAD65B15BE802A9D9E28267110D433C06103268DB6A2A9D618FE"
         "8"
         "AB74"_hex;
}

TEST(SmsPpDownload, IsReadAsPublished) {
  auto message = parse_sms_pp_download(published_envelope());
  ASSERT_TRUE(message) << message.error().message();
  EXPECT_EQ(to_hex(message->address), "03912143");
  EXPECT_TRUE(has_command_packet(*message));
  EXPECT_EQ(message->user_data.size(), 0x3Au);
}

TEST(SmsPpDownload, IsMadeAsItIsRead) {
  Bytes packet = counting(60);
  auto envelopes = sms_pp_download(packet).value();
  ASSERT_EQ(envelopes.size(), 1u);
  EXPECT_EQ(to_hex(BytesView(envelopes[0]).first(6)), "D15C82028381");
  EXPECT_EQ(parse_sms_pp_download(envelopes[0]).value().user_data, packet);
}

TEST(SmsPpDownload, ElementsMayComeInAnyOrderAndWithoutTheComprehensionFlag) {
  Bytes tpdu = published_deliver();
  Bytes tpdu_element = rsp::concat({Bytes{0x0B, static_cast<std::uint8_t>(tpdu.size())}, tpdu});
  Bytes content = rsp::concat({tpdu_element, "02028381"_hex});
  Bytes envelope = rsp::concat({Bytes{0xD1, static_cast<std::uint8_t>(content.size())}, content});
  EXPECT_TRUE(parse_sms_pp_download(envelope));
}

TEST(SmsPpDownload, EveryShorterOneIsRefused) {
  Bytes whole = published_envelope();
  for (std::size_t size = 0; size < whole.size(); ++size)
    ASSERT_FALSE(parse_sms_pp_download(BytesView(whole).first(size))) << size;
}

TEST(SmsPpDownload, IsRefusedWithTheElementAtFault) {
  struct Case {
    const char *what, *envelope, *element;
  };
  const Case cases[] = {
      {"nothing", "", "SMS-PP DOWNLOAD"},
      {"menu selection", "D30782020181900101", "SMS-PP DOWNLOAD"},
      {"octets after it", "D10482028381FF", "SMS-PP DOWNLOAD"},
      {"padding", "D103FFFFFF", ""},
      {"no device identities", "D1028B00", "device identities"},
      {"from the terminal",
       "D10682028281"
       "8B00",
       "device identities"},
      {"to the terminal",
       "D10682028382"
       "8B00",
       "device identities"},
      {"short device identities",
       "D105820183"
       "8B00",
       "device identities"},
      {"no TPDU", "D10482028381", "SMS TPDU"},
      {"two TPDUs",
       "D10882028381"
       "8B00"
       "8B00",
       "8B"},
      {"empty TPDU",
       "D10682028381"
       "8B00",
       "TP-MTI"},
      {"indefinite length",
       "D18082028381"
       "8B00"
       "0000",
       "SMS-PP DOWNLOAD"},
  };
  for (const Case& c : cases) {
    auto message = parse_sms_pp_download(rsp::from_hex(c.envelope).value());
    ASSERT_FALSE(message) << c.what;
    EXPECT_EQ(message.error().path, c.element) << c.what << ": " << message.error().message();
  }
}

TEST(SmsPpDownload, AnyOctetsAreReadWithoutHarm) {
  rsp::SeededRandom random(31115);
  Bytes good = published_envelope();
  for (int round = 0; round < 20000; ++round) {
    Bytes envelope = good;
    for (int change = 0; change < 3; ++change)
      envelope[random.next() % envelope.size()] = static_cast<std::uint8_t>(random.next());
    static_cast<void>(parse_sms_pp_download(envelope));
  }
}

TEST(SmsResponse, InADeliverReportHasItsHeaderInFront) {
  EXPECT_EQ(to_hex(deliver_report("0102"_hex).value()), "0271000102");
  EXPECT_EQ(response_in_deliver_report("0271000102"_hex).value(), "0102"_hex);
  EXPECT_TRUE(deliver_report(Bytes(137)));
  EXPECT_FALSE(deliver_report(Bytes(138)));
  for (const char* bad : {"", "02", "0270000102"})
    EXPECT_FALSE(response_in_deliver_report(rsp::from_hex(bad).value())) << bad;
}

TEST(SmsResponse, IsSentAsAProactiveCommand) {
  auto commands = send_short_message("04912143"_hex, "0102"_hex, 1).value();
  ASSERT_EQ(commands.size(), 1u);
  EXPECT_EQ(to_hex(commands[0]),
            "D019"
            "8103011300"
            "82028183"
            "8B0E"
            "4100"
            "04912143"
            "00F6"
            "05"
            "027100"
            "0102");
}

TEST(SmsResponse, IsReadAsPublished) {
  std::vector<Bytes> fetched{
      "D03D8103011300820281838B324100049121437FF629027100002412B000118BD0716ADBF216D5DAD4612EC54D64"
      "BC"
      "EAF7D9228B8254D857F8D42394BE9F66"_hex};
  EXPECT_EQ(to_hex(response_in_short_messages(fetched).value()),
            "002412B000118BD0716ADBF216D5DAD4612EC54D64BCEAF7D9228B8254D857F8D42394BE9F66");
}

TEST(SmsResponse, TakesAsManyShortMessagesAsItNeeds) {
  Bytes packet = counting(500);
  auto commands = send_short_message("04912143"_hex, packet, 9).value();
  ASSERT_EQ(commands.size(), 4u);
  for (const Bytes& command : commands) EXPECT_LE(command.size(), 256u) << "one FETCH each";
  EXPECT_EQ(response_in_short_messages(commands).value(), packet);
  commands.pop_back();
  EXPECT_FALSE(response_in_short_messages(commands)) << "a part is missing";
  EXPECT_FALSE(send_short_message("04912143"_hex, Bytes(40000), 9));
}

TEST(SmsResponse, MustBeOne) {
  const char* const bad[] = {
      "D00782028182A3000000",  // octets that are no elements
      "D013810301130082028283"
      "8B0A4100049121430000"
      "00",  // from the terminal
      "D0148103011300820281838B094100049121430004"
      "00",                                            // no response packet in it
      "D0148103011300820281838B09510004912143000400",  // a validity period
  };
  for (const char* command : bad)
    EXPECT_FALSE(response_in_short_messages(std::vector<Bytes>{rsp::from_hex(command).value()}))
        << command;
  EXPECT_FALSE(response_in_short_messages({}));
}

}  // namespace
}  // namespace sim::ota::testing
