// Scripts of remote commands (ETSI TS 102 226, 5), and what a security domain makes of INSTALL and
// STORE DATA in them (8; GlobalPlatform Card Specification, 11).
#include "rsp/base/random.h"
#include "tests/sim_euicc/ota_test_support.h"

namespace sim::ota::testing {
namespace {

/// Executes nothing: remembers what came and answers from a list, then 9000.
struct Recorder {
  std::vector<std::string> seen;
  std::vector<ResponseApdu> answers;
  ResponseApdu operator()(const CommandApdu& command) {
    seen.push_back(to_hex(command.encode()));
    if (seen.size() > answers.size()) return {.data = {}, .sw = rsp::card::kOk};
    return answers[seen.size() - 1];
  }
};
ResponseApdu sw(std::uint16_t value, Bytes data = {}) {
  return {.data = std::move(data), .sw = StatusWord(value)};
}
std::string run(std::string_view script, Recorder& recorder) {
  return to_hex(run_script(rsp::from_hex(script).value(), std::ref(recorder)));
}
std::string run(std::string_view script, std::vector<ResponseApdu> answers = {}) {
  Recorder recorder{.answers = std::move(answers)};
  return run(script, recorder);
}

// --- Compact format (5.1) ---

TEST(CompactScript, IsCommandsOneAfterTheOther) {
  Recorder recorder;
  EXPECT_EQ(run("00A4000C023F00"
                "00A4000C022FE2"
                "00B000000A",
                recorder),
            "039000");
  EXPECT_EQ(recorder.seen,
            (std::vector<std::string>{"00A4000C023F0000", "00A4000C022FE200", "00B000000A"}));
}

TEST(CompactScript, TellsTheLastResponseOnly) {
  EXPECT_EQ(run("00A4000C022FE2"
                "00B0000003",
                {sw(0x9000, "AABB"_hex), sw(0x9000, "010203"_hex)}),
            "029000010203");
}

TEST(CompactScript, StopsAtTheFirstError) {
  Recorder recorder{.answers = {sw(0x9000), sw(0x6A82), sw(0x9000)}};
  EXPECT_EQ(run("00A4000C022FE2"
                "00A4000C022FE3"
                "00B0000003",
                recorder),
            "026A82");
  EXPECT_EQ(recorder.seen.size(), 2u);
}

TEST(CompactScript, GoesOnAfterAWarning) {
  EXPECT_EQ(run("00A4000C022FE2"
                "00B0000003",
                {sw(0x6283), sw(0x9000)}),
            "029000");
}

TEST(CompactScript, MayHaveAnLeAtItsEnd) {
  Recorder recorder;
  EXPECT_EQ(run("80E29000022A01"
                "00",
                recorder),
            "019000");
  EXPECT_EQ(recorder.seen.size(), 1u);
}

TEST(CompactScript, WithoutCommandsHasNoResult) { EXPECT_EQ(run(""), ""); }

TEST(CompactScript, AnIncompleteCommandIsOfWrongLength) {
  for (const char* bad : {"00", "00A4", "00A40004", "00A4000402", "00A40004023F", "80E29000FF01"})
    EXPECT_EQ(run(bad), "016700") << bad;
  Recorder recorder;
  EXPECT_EQ(run("00A4000C022FE2"
                "00A4000C",
                recorder),
            "026700");
  EXPECT_EQ(recorder.seen.size(), 1u) << "what came before was executed";
}

TEST(CompactScript, CountsNoFurtherThan255) {
  std::string script;
  for (int i = 0; i < 300; ++i) script += "00B0000001";
  Recorder recorder;
  EXPECT_EQ(run(script, recorder), "FF9000");
  EXPECT_EQ(recorder.seen.size(), 255u);
}

// --- Expanded format (5.2) ---

TEST(ExpandedScript, AnswersEachCommand) {
  Recorder recorder{.answers = {sw(0x9000, "6F21"_hex), sw(0x6132)}};
  EXPECT_EQ(run("AA14"
                "2208"
                "80F24002024F0000"
                "2208"
                "00A40004023F0000",
                recorder),
            "AB0D"
            "800102"
            "2304"
            "6F219000"
            "2302"
            "6132");
  EXPECT_EQ(recorder.seen, (std::vector<std::string>{"80F24002024F0000", "00A40004023F0000"}));
}

TEST(ExpandedScript, GivesDataOnlyWhereItWasAskedFor) {
  EXPECT_EQ(run("AA09"
                "2207"
                "00A40004023F00",
                {sw(0x9000, "6F21"_hex)}),
            "AB07"
            "800101"
            "2302"
            "9000");
}

TEST(ExpandedScript, StopsAtTheFirstError) {
  Recorder recorder{.answers = {sw(0x6A82)}};
  EXPECT_EQ(run("AA0E"
                "2205"
                "00B0000001"
                "2205"
                "00B0000002",
                recorder),
            "AB07"
            "800101"
            "2302"
            "6A82");
  EXPECT_EQ(recorder.seen.size(), 1u);
}

// The values of pySim, tests/unittests/test_ota.py, which were captured from a live eUICC.
TEST(ExpandedScript, OfIndefiniteLengthIsAnsweredInIndefiniteLength) {
  Recorder recorder{.answers = {sw(0x9000), sw(0x9000), sw(0x9000, "98881201000040860814"_hex)}};
  EXPECT_EQ(run("AE80220700A4000C023F00220700A4000C022FE2220500B000000A0000", recorder),
            "AF80230290002302900023"
            "0C9888120100004086081490000000");
}

TEST(ExpandedScript, WithoutCommandsExecutesNone) {
  EXPECT_EQ(run("AA00"), "AB03800100");
  EXPECT_EQ(run("AE800000"), "AF800000");
}

TEST(ExpandedScript, LengthsMayBeLong) {
  Recorder recorder;
  EXPECT_EQ(run("AA8109"
                "22820005"
                "00B0000001",
                recorder),
            "AB07800101"
            "23029000");
  EXPECT_EQ(recorder.seen.size(), 1u);
}

TEST(ExpandedScript, TellsWhatIsMalformedAfterWhatWasExecuted) {
  // Table 5.12: 01 unknown tag, 02 wrong length, 03 length not found.
  EXPECT_EQ(run("AA0A"
                "2205"
                "00B0000001"
                "990100"),
            "AB0A800101"
            "23029000"
            "900101");
  EXPECT_EQ(run("AA09"
                "2205"
                "00B0000001"
                "2205"),
            "AB0A800101"
            "23029000"
            "900102");
  EXPECT_EQ(run("AA08"
                "2205"
                "00B0000001"
                "22"),
            "AB0A800101"
            "23029000"
            "900103");
  EXPECT_EQ(run("AA03"
                "228200"),
            "AB06800100"
            "900103");
  EXPECT_EQ(run("AA06"
                "228400000001"),
            "AB06800100"
            "900103")
      << "a length of four octets";
  EXPECT_EQ(run("AA"),
            "AB06800100"
            "900103");
  EXPECT_EQ(run("AA05"
                "22"),
            "AB06800100"
            "900102");
  EXPECT_EQ(run("AA00"
                "22"),
            "AB06800100"
            "900102")
      << "octets after the template";
  EXPECT_EQ(run("AE80"
                "2205"
                "00B0000001"),
            "AF80"
            "900102"
            "0000")
      << "no end of contents";
  EXPECT_EQ(run("AE03"
                "220100"),
            "AF80"
            "900102"
            "0000");
}

TEST(ExpandedScript, AMalformedCommandIsOfWrongLength) {
  EXPECT_EQ(run("AA05"
                "2203"
                "00B000"),
            "AB07800101"
            "23026700");
  EXPECT_EQ(run("AA02"
                "2200"),
            "AB07800101"
            "23026700");
}

// 5.2.1.2 to 5.2.1.4: neither immediate actions nor chaining of scripts is offered.
TEST(ExpandedScript, RefusesActionsAndChaining) {
  EXPECT_EQ(run("AA03"
                "810100"),
            "AB06800100"
            "810101");
  EXPECT_EQ(run("AA03"
                "830101"),
            "AB06800100"
            "830102");
  EXPECT_EQ(run("AA0A"
                "820101"
                "2205"
                "00B0000001"),
            "AB07800101"
            "23029000")
      << "an error action changes nothing as long as nothing fails";
}

TEST(ExpandedScript, ItsResultIsBounded) {
  std::string commands;
  for (int i = 0; i < 100; ++i)
    commands +=
        "2205"
        "00B0000000";
  Recorder recorder;
  recorder.answers.assign(100, sw(0x9000, Bytes(256, 0xAA)));
  Bytes script = rsp::concat({"AA8202BC"_hex, rsp::from_hex(commands).value()});
  Bytes result = run_script(script, std::ref(recorder));
  EXPECT_LE(result.size(), kMaxScriptResult);
  auto read = read_script_result(result).value();
  EXPECT_EQ(read.executed, recorder.seen.size());
  EXPECT_LT(read.executed, 100u) << "5.2.1.1: a truncated response ends the script";
  EXPECT_EQ(read.responses.back().sw, StatusWord(0x62F1));
}

TEST(Scripts, AnyOctetsAreExecutedWithoutHarm) {
  rsp::SeededRandom random(102226);
  for (int round = 0; round < 20000; ++round) {
    Bytes script(random.next() % 60);
    random.fill(script);
    if (!script.empty() && round % 3 != 0) script[0] = round % 3 == 1 ? 0xAA : 0xAE;
    if (script.size() > 1 && round % 3 == 1)
      script[1] = static_cast<std::uint8_t>(script.size() - 2);
    ProfileSink sink;
    RemoteApplicationManagement management(isd_p(), isd_p(), sink);
    Bytes result = run_script(script, [&](const CommandApdu& c) { return management.execute(c); });
    EXPECT_TRUE(read_script_result(result)) << to_hex(script) << " gives " << to_hex(result);
  }
}

// --- The OTA platform's end ---

TEST(Scripts, AreMadeAsTheyAreRead) {
  std::vector<CommandApdu> commands{
      {.cla = 0x80, .ins = 0xE2, .p1 = 0x90, .p2 = 0, .data = "2A"_hex, .le = 256},
      {.cla = 0x00, .ins = 0xB0, .p1 = 0, .p2 = 0, .data = {}, .le = 10},
      {.cla = 0x00, .ins = 0x44, .p1 = 0, .p2 = 0, .data = {}, .le = {}}};
  EXPECT_EQ(to_hex(compact_script(commands)),
            "80E29000012A"
            "00B000000A"
            "0044000000");
  EXPECT_EQ(to_hex(expanded_script(commands)),
            "AA16"
            "2207"
            "80E29000012A00"
            "2205"
            "00B000000A"
            "2204"
            "00440000");
}

// pySim, tests/unittests/test_ota.py.
TEST(ScriptResults, AreReadAsPublished) {
  auto compact = read_script_result("016132"_hex).value();
  EXPECT_EQ(compact.executed, 1u);
  EXPECT_EQ(compact.responses.at(0).sw, StatusWord(0x6132));
  auto expanded = read_script_result("AB0780010123026132"_hex).value();
  EXPECT_EQ(expanded.executed, 1u);
  EXPECT_EQ(expanded.responses.at(0).sw, StatusWord(0x6132));
  EXPECT_EQ(read_script_result("AB06800101900101"_hex)->bad_format, BadFormat::kUnknownTag);
  EXPECT_EQ(read_script_result("AB06800101810101"_hex)->immediate_action_error, 1);
  EXPECT_EQ(read_script_result("AB06800101830102"_hex)->chaining_error, 2);
  auto indefinite =
      read_script_result("AF802302900023029000230C9888120100004086081490000000"_hex).value();
  EXPECT_EQ(indefinite.executed, 3u);
  EXPECT_EQ(to_hex(indefinite.responses.at(2).data), "98881201000040860814");
}

TEST(ScriptResults, MustBeWellFormed) {
  for (const char* bad : {"01", "0190", "AB", "AB05800101", "AB0780010123019000", "AB0323016100",
                          "AB028000", "AB0380010100", "AF80", "AF8023029000", "AF8000"})
    EXPECT_FALSE(read_script_result(rsp::from_hex(bad).value())) << bad;
  EXPECT_EQ(read_script_result({}).value().executed, 0u);
}

// --- INSTALL [for personalization] and STORE DATA ---

struct Management {
  ProfileSink sink;
  Bytes security_domain = "A000000151000000"_hex, own = isd_p();
  RemoteApplicationManagement ram{security_domain, own, sink};

  std::string execute(std::string_view command) {
    return to_hex(ram.execute(CommandApdu::parse(rsp::from_hex(command).value()).value()).encode());
  }
  /// The last status word of several commands.
  std::string execute(const std::vector<CommandApdu>& commands) {
    ResponseApdu last;
    for (const CommandApdu& command : commands) last = ram.execute(command);
    return to_hex(last.encode());
  }
};

TEST(OtaInstallForPersonalization, NamesTheIsdPByItsAidOrTheReservedOne) {
  EXPECT_EQ(Management().execute({install_for_personalization(isd_p())}), "009000");
  EXPECT_EQ(Management().execute({install_for_personalization(reserved_isd_p_aid())}), "009000");
}

TEST(OtaInstallForPersonalization, KnowsNoOtherApplication) {
  Bytes other = isd_p();
  other[14] = 0x13;
  EXPECT_EQ(Management().execute({install_for_personalization(other)}), "6A88");
  EXPECT_EQ(Management().execute({install_for_personalization("A000000151000000"_hex)}), "6A88");
}

TEST(OtaInstallForPersonalization, HasSixFieldsOfWhichOneIsTheAid) {
  struct Case {
    const char *what, *data;
  };
  const Case cases[] = {{"nothing", ""},
                        {"one field", "00"},
                        {"no AID", "000000000000"},
                        {"an AID that is too short",
                         "0000"
                         "04A0000005"
                         "000000"},
                        {"an AID that is too long",
                         "0000"
                         "1100112233445566778899AABBCCDDEEFF00"
                         "000000"},
                        {"an AID that is cut short",
                         "0000"
                         "10A000"},
                        {"one field too few",
                         "0000"
                         "05A000000559"
                         "0000"},
                        {"one field too many",
                         "0000"
                         "05A000000559"
                         "00000000"},
                        {"a load file",
                         "01AA00"
                         "05A000000559"
                         "000000"},
                        {"a module",
                         "0001AA"
                         "05A000000559"
                         "000000"},
                        {"privileges",
                         "0000"
                         "05A000000559"
                         "01AA0000"},
                        {"parameters",
                         "0000"
                         "05A000000559"
                         "0001AA00"},
                        {"a token",
                         "0000"
                         "05A000000559"
                         "000001AA"}};
  CommandApdu command = install_for_personalization(isd_p());
  for (const Case& c : cases) {
    command.data = rsp::from_hex(c.data).value();
    EXPECT_EQ(Management().execute({command}), "6A80") << c.what;
  }
}

TEST(OtaInstallForPersonalization, IsTheOnlyInstall) {
  Management management;
  for (const char* other : {"80E60200020000", "80E60C00020000", "80E60400020000", "80E62001020000"})
    EXPECT_EQ(management.execute(other), "6A86") << other;
}

TEST(OtaStoreData, ReachesTheIsdPInOneBlockOrSeveral) {
  rsp::UpdateMetadataRequest request{.profile_name = std::string("New name")};
  for (std::size_t block : {1, 5, 255}) {
    Management management;
    EXPECT_EQ(management.execute(for_isd_p(rsp::asn1::encode(request), block)), "9000") << block;
    EXPECT_EQ(management.sink.metadata.profile_name, "New name") << block;
    EXPECT_EQ(management.sink.updates, 1u);
  }
}

TEST(OtaStoreData, CarriesTheLargestRequest) {
  rsp::UpdateMetadataRequest request{.icon_type = rsp::IconType::kPng, .icon = Bytes(1024, 0x5A)};
  for (int i = 0; i < 64; ++i) {
    request.profile_name = request.profile_name.value_or(std::string()) + "\xF0\x9F\x93\xB1";
    if (i % 2 == 0)
      request.service_provider_name =
          request.service_provider_name.value_or(std::string()) + "\xE6\xBC\xA2";
  }
  Management management;
  EXPECT_EQ(management.execute(update_commands(request)), "9000");
  EXPECT_EQ(management.sink.metadata.icon->size(), 1024u);
}

TEST(OtaStoreData, NeedsAnApplicationThatIsBeingPersonalised) {
  EXPECT_EQ(Management().execute(store_data("BF2A00"_hex)), "6985");
  Management refused;
  refused.execute({install_for_personalization("A000000151000000"_hex)});
  EXPECT_EQ(refused.execute(store_data("BF2A00"_hex)), "6985") << "the INSTALL failed";
}

TEST(OtaStoreData, EndsThePersonalizationWithItsLastBlock) {
  Management management;
  EXPECT_EQ(management.execute(for_isd_p("BF2A00"_hex)), "9000");
  EXPECT_EQ(management.execute(store_data("BF2A00"_hex)), "6985");
}

TEST(OtaStoreData, LosesItsBlocksWhenAnotherCommandComesBetween) {
  for (const char* between : {"80CA00E000", "80E62000080000000000000000"}) {
    Management management;
    management.execute({install_for_personalization(isd_p())});
    EXPECT_EQ(management.execute("80E2100002BF2A"), "9000");
    management.execute(between);
    EXPECT_EQ(management.execute("80E290010100"), "6985");
    EXPECT_EQ(management.sink.updates, 0u);
  }
}

TEST(OtaStoreData, BeginsAnewAfterAnotherInstall) {
  Management management;
  management.execute({install_for_personalization(isd_p())});
  EXPECT_EQ(management.execute("80E2100002BF2A"), "9000");
  EXPECT_EQ(management.execute(for_isd_p("BF2A00"_hex)), "9000");
  EXPECT_EQ(management.sink.updates, 1u);
}

TEST(OtaStoreData, ItsBlocksAreInOrder) {
  for (const char* second : {"80E290000100", "80E290020100", "80E210020100"}) {
    Management management;
    management.execute({install_for_personalization(isd_p())});
    EXPECT_EQ(management.execute("80E2100002BF2A"), "9000");
    EXPECT_EQ(management.execute(second), "6A86");
    EXPECT_EQ(management.execute("80E290010100"), "6985") << "the personalization has ended";
  }
}

TEST(OtaStoreData, IsPlainAndOfNoDataGroups) {
  struct Case {
    const char* p1;
    const char* sw;
  };
  const Case cases[] = {{"80", "9000"}, {"90", "9000"}, {"91", "9000"}, {"88", "6A86"},
                        {"98", "6A86"}, {"B0", "6A86"}, {"F0", "6A86"}, {"94", "6A86"}};
  for (const Case& c : cases) {
    Management management;
    management.execute({install_for_personalization(isd_p())});
    EXPECT_EQ(management.execute("80E2" + std::string(c.p1) + "0003BF2A00"), c.sw) << c.p1;
  }
}

TEST(OtaStoreData, IsBounded) {
  Management management;
  management.execute({install_for_personalization(isd_p())});
  std::string last = "9000";
  std::size_t blocks = 0;
  for (; last == "9000" && blocks < 256; ++blocks) {
    CommandApdu block{.cla = 0x80,
                      .ins = 0xE2,
                      .p1 = 0x10,
                      .p2 = static_cast<std::uint8_t>(blocks),
                      .data = Bytes(255),
                      .le = {}};
    last = to_hex(management.ram.execute(block).encode());
  }
  EXPECT_EQ(last, "6A84");
  EXPECT_EQ(blocks, kMaxStoreData / 255 + 1);
}

TEST(OtaStoreData, RefusesWhatIsNoUpdateMetadata) {
  struct Case {
    const char *what, *data, *sw;
  };
  const Case cases[] = {
      {"nothing", "", "6A80"},
      {"no TLV", "BF", "6A80"},
      {"cut short", "BF2A0490", "6A80"},
      {"StoreMetadata", "BF2500", "6A88"},
      {"an ES10 command", "BF2D00", "6A88"},
      {"octets after it",
       "BF2A00"
       "00",
       "6A80"},
      {"fields out of order",
       "BF2A06"
       "92014E"
       "910150",
       "6A80"},
      {"a field twice",
       "BF2A06"
       "91014E"
       "910150",
       "6A80"},
      {"no UTF-8",
       "BF2A03"
       "9101FF",
       "6A80"},
  };
  for (const Case& c : cases) {
    Management management;
    EXPECT_EQ(management.execute(for_isd_p(rsp::from_hex(c.data).value())), c.sw) << c.what;
    EXPECT_EQ(management.sink.updates, 0u) << c.what;
  }
}

TEST(RemoteApplicationManagement, RefusesClassesOfNoUse) {
  Management management;
  EXPECT_EQ(management.execute("10E62000020000"), "6E00");
  EXPECT_EQ(management.execute("A0A40000023F00"), "6E00");
  EXPECT_EQ(management.execute("84E62000020000"), "6882") << "secure messaging";
  EXPECT_EQ(management.execute("81E62000020000"), "6881") << "a logical channel";
  EXPECT_EQ(management.execute("40A40000023F00"), "6881");
  EXPECT_TRUE(management.sink.others.empty());
}

TEST(RemoteApplicationManagement, HandsOnWhatItDoesNotKnow) {
  Management management;
  management.sink.answer = {.data = "E000"_hex, .sw = rsp::card::kOk};
  EXPECT_EQ(management.execute("80CA00E000"), "E0009000");
  EXPECT_EQ(management.sink.others, (std::vector<std::string>{"A000000151000000 80CA00E000"}));
}

TEST(CommandSink, KnowsNoInstructionUnlessItSaysSo) {
  struct Silent final : CommandSink {
    StatusWord update_metadata(const rsp::UpdateMetadataRequest&) override {
      return rsp::card::kOk;
    }
  } sink;
  EXPECT_EQ(sink.execute({}, {}).sw, rsp::card::kInstructionNotSupported);
}

}  // namespace
}  // namespace sim::ota::testing
