// AUTHENTICATE of 3GPP TS 31.102 7.1: contexts, data, answers and status words.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "rsp/saip/package.h"
#include "tests/rsp/aka_test_vectors.h"
#include "tests/sim_euicc/aka_test_support.h"

namespace sim::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

/// AUTN of TS 35.208, test set 1: SQN FF9BB4D0B607 and AMF B9B9.
const char* const kAutn = "55F328B43577B9B94A9FFAC354DFAFB3";

/// No limit on jumps, since the SQN of published test sets are high.
AkaParameter unlimited(AkaParameter parameter) {
  parameter.sqn_options = {0x00};
  return parameter;
}

class Authenticate : public ::testing::Test {
 protected:
  std::string run(std::uint8_t p2, const std::string& data) {
    return text_of(usim.authenticate(p2, rsp::from_hex(data).value()));
  }
  std::string run_3g(const std::string& autn) {
    return run(kUmtsContext, "10" + to_hex(kRand) + "10" + autn);
  }
  Usim usim{unlimited(milenage())};
};

// --- Answers ---

// RES, CK and IK from the test set; Kc = CK1 ⊕ CK2 ⊕ IK1 ⊕ IK2 as osmo-auc-gen has it.
TEST_F(Authenticate, In3gContextGivesResCkIkAndKc) {
  EXPECT_EQ(run_3g(kAutn),
            "DB"
            "08A54211D5E3BA50BF"
            "10B40BA9A3C58B2A05BBF0D987B21BF8CB"
            "10F769BCD751044604127672711C6D3441"
            "08EAE4BE823AF9A08B"
            "9000");
}

TEST_F(Authenticate, In3gContextGivesNoKcWithoutService27) {
  usim.services.gsm_access = false;
  EXPECT_EQ(run_3g(kAutn),
            "DB"
            "08A54211D5E3BA50BF"
            "10B40BA9A3C58B2A05BBF0D987B21BF8CB"
            "10F769BCD751044604127672711C6D3441"
            "9000");
}

TEST_F(Authenticate, InGsmContextGivesSresAndKc) {
  EXPECT_EQ(run(kGsmContext, "10" + to_hex(kRand)), "0446F8416A08EAE4BE823AF9A08B9000");
}

TEST_F(Authenticate, InGsmContextChangesNothing) {
  EXPECT_FALSE(usim.authenticate(kGsmContext, gsm_challenge(kRand)).new_state);
}

TEST_F(Authenticate, SaysWhichStateToCommit) {
  SqnState expected;
  expected.seq[0x07] = 0xFF9BB4D0B607 >> 5;  // IND is the last five bits of 07
  auto answer = usim.authenticate(kUmtsContext, challenge(kRand, rsp::from_hex(kAutn).value()));
  ASSERT_TRUE(answer.new_state);
  EXPECT_EQ(*answer.new_state, expected);
}

TEST_F(Authenticate, WithAReplayedSqnGivesAutsThatTheNetworkResolves) {
  run_3g(kAutn);
  auto answer = usim.authenticate(kUmtsContext, challenge(kRand, rsp::from_hex(kAutn).value()));
  EXPECT_EQ(answer.sw, rsp::card::kOk);
  ASSERT_EQ(answer.data.size(), 16U);
  EXPECT_EQ(to_hex(BytesView(answer.data).first(2)), "DC0E");
  EXPECT_EQ(usim.sqn_ms(answer), octets<6>("FF9BB4D0B607"_hex));
  EXPECT_FALSE(answer.new_state);
}

// SQN_MS ⊕ AK* of the test set; MAC-S is not its own, because AMF is zeros in AUTS.
TEST_F(Authenticate, HidesSqnMsInAutsWithF5Star) {
  run_3g(kAutn);
  EXPECT_THAT(run_3g(kAutn), ::testing::StartsWith("DC0EBA853F3C123C"));
}

// --- A MAC that is wrong ---

TEST_F(Authenticate, WithAnyFlippedBitIsAMacFailure) {
  Bytes data = challenge(kRand, rsp::from_hex(kAutn).value());
  for (std::size_t bit = 0; bit < 8 * data.size(); ++bit) {
    if (bit / 8 == 0 || bit / 8 == 17) continue;  // the lengths
    Bytes flipped = data;
    flipped[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
    auto answer = usim.authenticate(kUmtsContext, flipped);
    EXPECT_EQ(text_of(answer), "9862") << bit;
    EXPECT_FALSE(answer.new_state) << bit;
  }
}

TEST_F(Authenticate, ChecksTheMacBeforeTheSqn) {  // TS 33.102 6.3.3
  run_3g(kAutn);
  EXPECT_EQ(run_3g("55F328B43577B9B94A9FFAC354DFAFB2"), "9862");
}

// --- Contexts ---

TEST_F(Authenticate, KnowsTwoContextsAndNamesTwoThatItLacks) {  // TS 31.102 7.1.2, table 1
  for (unsigned p2 = 0; p2 < 0x100; ++p2) {
    std::string gsm = run(static_cast<std::uint8_t>(p2), "10" + to_hex(kRand));
    if (p2 == 0x80) {
      EXPECT_EQ(gsm, "0446F8416A08EAE4BE823AF9A08B9000");
    } else if (p2 == 0x81) {
      EXPECT_EQ(gsm, "6700");
    } else if (p2 == 0x82 || p2 == 0x84) {
      EXPECT_EQ(gsm, "9864") << p2;
    } else {
      EXPECT_EQ(gsm, "6A86") << p2;
    }
  }
}

TEST_F(Authenticate, InGsmContextNeedsService38) {
  usim.services.gsm_security_context = false;
  EXPECT_EQ(run(kGsmContext, "10" + to_hex(kRand)), "9864");
}

// --- Data of other lengths ---

TEST_F(Authenticate, WithDataCutOffOrExtendedIsAWrongLength) {
  Bytes data = challenge(kRand, rsp::from_hex(kAutn).value());
  for (std::size_t size = 0; size < data.size(); ++size)
    EXPECT_EQ(text_of(usim.authenticate(kUmtsContext, BytesView(data).first(size))), "6700");
  data.push_back(0);
  EXPECT_EQ(text_of(usim.authenticate(kUmtsContext, data)), "6700");

  Bytes gsm = gsm_challenge(kRand);
  for (std::size_t size = 0; size < gsm.size(); ++size)
    EXPECT_EQ(text_of(usim.authenticate(kGsmContext, BytesView(gsm).first(size))), "6700");
  gsm.push_back(0);
  EXPECT_EQ(text_of(usim.authenticate(kGsmContext, gsm)), "6700");
}

TEST_F(Authenticate, WithARandOfAnotherSizeIsWrongData) {
  for (std::size_t size : {0, 15, 17, 32}) {
    EXPECT_EQ(text_of(usim.authenticate(kGsmContext, gsm_challenge(Bytes(size)))), "6A80");
    EXPECT_EQ(text_of(usim.authenticate(kUmtsContext, challenge(Bytes(size), Bytes(16)))), "6A80");
  }
}

TEST_F(Authenticate, WithAnAutnOfAnotherSizeIsWrongData) {
  for (std::size_t size : {0, 1, 8, 15, 17, 24})
    EXPECT_EQ(text_of(usim.authenticate(kUmtsContext, challenge(kRand, Bytes(size)))), "6A80");
}

// Not in the GSM context, where any 16 octets are a challenge.
TEST_F(Authenticate, TakesAnyData) {
  rsp::SeededRandom random(31102);
  for (int i = 0; i < 20'000; ++i) {
    Bytes data(random.next() % 64);
    random.fill(data);
    // Half of them with lengths that fit, so that they come further.
    if (data.size() > 18 && random.next() % 2 == 0) {
      data[0] = 16;
      data[17] = static_cast<std::uint8_t>(data.size() - 18);
    }
    auto answer = usim.authenticate(static_cast<std::uint8_t>(0x81 + random.next() % 6), data);
    EXPECT_THAT(text_of(answer), AnyOf("6700", "6A80", "6A86", "9862", "9864")) << to_hex(data);
    EXPECT_FALSE(answer.new_state);
  }
}

// --- TUAK ---

AkaParameter tuak(const rsp::crypto::TuakTestSet& set, std::uint8_t options) {
  AkaParameter parameter;
  parameter.algo_configuration =
      AlgoParameter{.algorithm_id = Algorithm::kTuak,
                    .algorithm_options = {options},
                    .key = rsp::from_hex(set.k).value(),
                    .opc = rsp::from_hex(set.topc).value(),
                    .number_of_keccak = static_cast<std::uint8_t>(set.iterations)};
  return unlimited(parameter);
}

/// What the USIM answers to the challenge of a test set, without Kc.
std::string answer_to(const rsp::crypto::TuakTestSet& set, std::uint8_t options) {
  Usim usim(tuak(set, options));
  usim.services.gsm_access = false;
  Bytes autn = rsp::from_hex(std::string(set.sqn) + set.amf + set.f1).value();
  Bytes ak = rsp::from_hex(set.f5).value();
  for (std::size_t i = 0; i < ak.size(); ++i) autn[i] ^= ak[i];
  return text_of(usim.authenticate(kUmtsContext, challenge(rsp::from_hex(set.rand).value(), autn)));
}

std::string success(const rsp::crypto::TuakTestSet& set) {
  std::string out = "DB";
  for (std::string value : {set.f2, set.f3, set.f4})
    out += to_hex(Bytes{static_cast<std::uint8_t>(value.size() / 2)}) + value;
  return out + "9000";
}

TEST(AuthenticateWithTuak, TakesItsSizesFromAlgorithmOptions) {
  // RES in bits 2-1, MAC in bits 4-3, a bit for a CK and one for an IK of 256 bits.
  const std::uint8_t options[] = {0x00, 0x05, 0x29, 0x06, 0x13, 0x3B};
  std::size_t i = 0;
  for (const auto& set : rsp::crypto::kTuakTestSets) {
    SCOPED_TRACE(set.number);
    EXPECT_EQ(answer_to(set, options[i++]), success(set));
  }
}

TEST(AuthenticateWithTuak, GivesAnAutsAsLongAsItsMac) {
  const auto& set = rsp::crypto::kTuakTestSets[1];
  Usim usim(tuak(set, 0x05));
  auto answer = usim.challenge_with(sqn_of(0, 3));
  EXPECT_EQ(answer.data.size(), 2 + 6 + 16U);
  EXPECT_EQ(usim.sqn_ms(answer), sqn_of(0, 0));
}

// SRES and Kc are defined for a RES, CK and IK of 128 bits; longer ones are folded alike.
TEST(AuthenticateWithTuak, FoldsLongKeysForGsm) {
  const auto& set = rsp::crypto::kTuakTestSets[5];
  Usim usim(tuak(set, 0x3B));
  auto fold = [](const std::string& hex, std::size_t size) {
    Bytes out(size), all = rsp::from_hex(hex).value();
    for (std::size_t i = 0; i < all.size(); ++i) out[i % size] ^= all[i];
    return to_hex(out);
  };
  EXPECT_EQ(text_of(usim.authenticate(kGsmContext, gsm_challenge(rsp::from_hex(set.rand).value()))),
            "04" + fold(set.f2, 4) + "08" + fold(std::string(set.f3) + set.f4, 8) + "9000");
}

// --- The test algorithm ---

// TS.48 has this K and these options. RES = K ⊕ RAND, CK and IK are turned by one and two octets.
TEST(AuthenticateWithTestAlgorithm, GivesTheAnswersOfTs34108) {
  Usim usim(test_algorithm());
  Bytes rand(16, 0x34);
  EXPECT_EQ(text_of(usim.authenticate(kUmtsContext,
                                      challenge(rand, "37303132333D8000343536373030B233"_hex))),
            "DB"
            "1034353637303132333C3D3E3F38393A3B"
            "10353637303132333C3D3E3F38393A3B34"
            "103637303132333C3D3E3F38393A3B3435"
            "080000000000000000"  // this K is so regular that nothing is left
            "9000");
}

TEST(AuthenticateWithTestAlgorithm, GivesAResOf64BitsWhereTheOptionsSaySo) {
  AkaParameter parameter = test_algorithm();
  algorithm_of(parameter).algorithm_options = {0x01};
  Usim usim(parameter);
  EXPECT_EQ(usim.challenge_with(sqn_of(1, 0)).data[1], 8);
}

// --- Parameters that cannot work ---

rsp::Error error_of(const AkaParameter& parameter) {
  auto aka = Aka::create(parameter);
  EXPECT_FALSE(aka.has_value());
  return aka ? rsp::Error{} : aka.error();
}

TEST(AkaParameters, AreRefusedWithKeysOfSizesThatTheAlgorithmDoesNotTake) {
  for (Algorithm id : {Algorithm::kMilenage, Algorithm::kTuak, Algorithm::kUsimTest}) {
    AkaParameter parameter = milenage();
    algorithm_of(parameter).algorithm_id = id;
    algorithm_of(parameter).key = Bytes(15);
    EXPECT_EQ(error_of(parameter).path, "algoParameter");
    EXPECT_THAT(error_of(parameter).text, HasSubstr("15"));
  }
}

TEST(AkaParameters, AreRefusedWithAnUnknownAlgorithm) {
  for (std::int32_t id : {0, 4, -1}) {
    AkaParameter parameter = milenage();
    algorithm_of(parameter).algorithm_id = static_cast<Algorithm>(id);
    EXPECT_EQ(error_of(parameter).path, "algorithmID");
  }
}

TEST(AkaParameters, AreRefusedWithoutAnyKeccak) {
  AkaParameter parameter = tuak(rsp::crypto::kTuakTestSets[0], 0);
  algorithm_of(parameter).number_of_keccak = 0;
  EXPECT_THAT(error_of(parameter).text, HasSubstr("at least 1"));
}

TEST(AkaParameters, AreRefusedWithTheMacSizeThatTuakDoesNotHave) {
  EXPECT_THAT(error_of(tuak(rsp::crypto::kTuakTestSets[0], 0x0C)).text, HasSubstr("MAC"));
}

TEST(AkaParameters, AreRefusedWithFewerOrMoreThan32Sqns) {
  for (std::size_t size : {0, 31, 33}) {
    AkaParameter parameter = milenage();
    parameter.sqn_init.resize(size);
    EXPECT_EQ(error_of(parameter).path, "sqnInit");
  }
}

TEST(AkaParameters, AreRefusedWithASeqAbove43Bits) {
  constexpr rsp::Octets<6> kTooHigh{0x08, 0, 0, 0, 0, 0};
  AkaParameter init = milenage(), delta = milenage(), age = milenage();
  init.sqn_init[31] = kTooHigh;
  delta.sqn_delta = kTooHigh;
  age.sqn_age_limit = kTooHigh;
  EXPECT_EQ(error_of(init).path, "sqnInit");
  EXPECT_EQ(error_of(delta).path, "sqnDelta");
  EXPECT_EQ(error_of(age).path, "sqnAgeLimit");
}

TEST(AkaParameters, OfTheTestAlgorithmMayHaveAnySqnLimits) {  // ignored, says TCA IP 8.4.2
  AkaParameter parameter = test_algorithm();
  parameter.sqn_delta = {0xFF, 0, 0, 0, 0, 0};
  EXPECT_TRUE(Aka::create(parameter).has_value());
}

TEST(AkaParameters, OfAnotherApplicationAreForTheCallerToFollow) {
  AkaParameter parameter;
  parameter.algo_configuration = rsp::saip::MappingParameter{};
  EXPECT_EQ(error_of(parameter).path, "mappingParameter");
}

TEST(AkaParameters, OfEveryPackageOfTs48MakeATestUsim) {
  namespace fs = std::filesystem;
  const char* folder = std::getenv("ESIMBENCH_SHARED_DATA");
  if (folder == nullptr || !fs::is_directory(fs::path(folder) / "profiles"))
    GTEST_SKIP() << "ESIMBENCH_SHARED_DATA names no folder with profiles in it";
  for (const auto& entry : fs::directory_iterator(fs::path(folder) / "profiles")) {
    if (entry.path().extension() != ".der") continue;
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    std::string octets(std::istreambuf_iterator<char>(file), {});
    auto package = rsp::saip::decode_package(rsp::view_of(octets)).value();
    std::size_t usims = 0;
    for (const auto& element : package.elements) {
      const auto* parameter = element.as<AkaParameter>();
      if (parameter == nullptr || parameter->algo_configuration.index() == 0) continue;
      Usim usim(*parameter);
      EXPECT_EQ(usim.challenge_with(sqn_of(1, 0)).data[1], 16);  // RES of 128 bits
      EXPECT_EQ(usim.challenge_with(sqn_of(2, 0), rsp::crypto::kAmfResynch).data[0], 0xDC);
      ++usims;
    }
    EXPECT_GT(usims, 0U);
  }
}

TEST(AkaParameters, BringAnOperatorsConstantsToMilenage) {
  AkaParameter parameter = milenage();
  algorithm_of(parameter).rotation_constants = {1, 127, 9, 63, 100};
  algorithm_of(parameter).xoring_constants = octets<80>(
      "0102030405060708090A0B0C0D0E0F10800000000000000000000000000000000000000000"
      "0000FFFF000000000000005555555555555555555555555555555500000000000000000000000000000003"_hex);
  AuthenticationCentre network(parameter);  // answers: another program's, as in tests/rsp
  EXPECT_EQ(to_hex(network.algorithm().f2345(kRand).ik), "7D21F2E8150B6BFFB2DBB208B64552A2");
  EXPECT_EQ(to_hex(network.algorithm().f5_star(kRand)), "898751DAF0AD");
}

}  // namespace
}  // namespace sim::testing
