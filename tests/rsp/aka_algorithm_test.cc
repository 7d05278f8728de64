// Milenage, TUAK and the USIM test algorithm against published test sets and independently made
// answers.
#include <gtest/gtest.h>

#include "rsp/base/hex.h"
#include "rsp/crypto/milenage.h"
#include "rsp/crypto/tuak.h"
#include "rsp/crypto/usim_test_algorithm.h"
#include "tests/rsp/aka_test_vectors.h"

namespace rsp::crypto {
namespace {

template <std::size_t N>
Octets<N> octets(const char* hex) {
  Bytes bytes = from_hex(hex).value();
  EXPECT_EQ(bytes.size(), N);
  Octets<N> out{};
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
  return out;
}

/// All seven functions over the inputs of a test set.
void expect_answers(const AkaAlgorithm& algorithm, const auto& set) {
  auto rand = octets<16>(set.rand);
  auto sqn = octets<6>(set.sqn);
  auto amf = octets<2>(set.amf);
  EXPECT_EQ(to_hex(algorithm.f1(rand, sqn, amf)), set.f1);
  EXPECT_EQ(to_hex(algorithm.f1_star(rand, sqn, amf)), set.f1_star);
  AkaKeys keys = algorithm.f2345(rand);
  EXPECT_EQ(to_hex(keys.res), set.f2);
  EXPECT_EQ(to_hex(keys.ck), set.f3);
  EXPECT_EQ(to_hex(keys.ik), set.f4);
  EXPECT_EQ(to_hex(keys.ak), set.f5);
  EXPECT_EQ(to_hex(algorithm.f5_star(rand)), set.f5_star);
  EXPECT_EQ(algorithm.mac_size(), std::string_view(set.f1).size() / 2);
}

std::string text_of_failure(const auto& result) {
  EXPECT_FALSE(result.has_value());
  if (result.has_value()) return "";
  EXPECT_EQ(result.error().layer, Layer::kCrypto);
  return result.error().text;
}

// --- Milenage ---

Milenage milenage(const MilenageTestSet& set, const MilenageConstants& constants = {}) {
  return Milenage::create(from_hex(set.k).value(), from_hex(set.opc).value(), constants).value();
}

TEST(Milenage, GivesTheAnswersOfTs35208) {
  for (const MilenageTestSet& set : kMilenageTestSets) {
    SCOPED_TRACE(set.number);
    expect_answers(milenage(set), set);
  }
}

TEST(Milenage, GivesTheSameAnswersAgain) {
  Milenage algorithm = milenage(kMilenageTestSets[1]);
  for (int i = 0; i < 2; ++i) expect_answers(algorithm, kMilenageTestSets[1]);
}

// Computed by another program, with integers and another AES: rotations of all kinds, and constants
// with bits in every octet.
TEST(Milenage, TakesAnOperatorsConstants) {
  MilenageTestSet set = kMilenageTestSets[0];
  set.f1 = "4B2D6A2676C16F4B";
  set.f1_star = "616FD613BD6FBAAC";
  set.f2 = "711E8AFF1AA3B2EA";
  set.f3 = "44B9517A2CCDD521C51D6D4658C37134";
  set.f4 = "7D21F2E8150B6BFFB2DBB208B64552A2";
  set.f5 = "C72BD4810900";
  set.f5_star = "898751DAF0AD";
  expect_answers(milenage(set, {.rotations = {1, 127, 9, 63, 100},
                                .additions = {octets<16>("0102030405060708090A0B0C0D0E0F10"),
                                              octets<16>("80000000000000000000000000000000"),
                                              octets<16>("00000000000000FFFF00000000000000"),
                                              octets<16>("55555555555555555555555555555555"),
                                              octets<16>("00000000000000000000000000000003")}}),
                 set);
}

TEST(Milenage, RefusesOtherSizesOfKeys) {
  for (std::size_t size : {0, 1, 15, 17, 32}) {
    EXPECT_NE(text_of_failure(Milenage::create(Bytes(size), Bytes(16))).find("16 octets"),
              std::string::npos);
    EXPECT_NE(text_of_failure(Milenage::create(Bytes(16), Bytes(size))).find("16 octets"),
              std::string::npos);
  }
}

TEST(Milenage, RefusesARotationOfAllBitsAndMore) {
  for (std::uint8_t bits : {128, 255}) {
    EXPECT_NE(text_of_failure(
                  Milenage::create(Bytes(16), Bytes(16), {.rotations = {64, 0, 32, 64, bits}}))
                  .find(std::to_string(bits)),
              std::string::npos);
  }
}

// Test sets 1, 19 and 20 of TS 35.208.
TEST(Milenage, DerivesOpcFromOp) {
  auto opc = [](const char* k, const char* op) {
    return to_hex(milenage_opc(octets<16>(k), octets<16>(op)));
  };
  EXPECT_EQ(opc("465B5CE8B199B49FAA5F0A2EE238A6BC", "CDC202D5123E20F62B6D676AC72CB318"),
            "CD63CB71954A9F4E48A5994E37A02BAF");
  EXPECT_EQ(opc("5122250214C33E723A5DD523FC145FC0", "C9E8763286B5B9FFBDF56E1297D0887B"),
            "981D464C7C52EB6E5036234984AD0BCF");
  EXPECT_EQ(opc("90DCA4EDA45B53CF0F12D7C9C3BC6A89", "3FFCFE5B7B1111589920D3528E84E655"),
            "CB9CCCC4B9258E6DCA4760379FB82581");
}

// --- TUAK ---

/// Sizes as the answers of the test set have them.
TuakParameters parameters_of(const TuakTestSet& set) {
  auto size = [](const char* hex) { return std::string_view(hex).size() / 2; };
  return {.mac_size = size(set.f1),
          .res_size = size(set.f2),
          .ck_size = size(set.f3),
          .ik_size = size(set.f4),
          .iterations = static_cast<std::uint8_t>(set.iterations)};
}

TEST(Tuak, GivesTheAnswersOfTs35233) {
  for (const TuakTestSet& set : kTuakTestSets) {
    SCOPED_TRACE(set.number);
    expect_answers(
        Tuak::create(from_hex(set.k).value(), from_hex(set.topc).value(), parameters_of(set))
            .value(),
        set);
  }
}

TEST(Tuak, DerivesTopcFromTop) {
  for (const TuakTestSet& set : kTuakTestSets) {
    SCOPED_TRACE(set.number);
    EXPECT_EQ(to_hex(tuak_topc(from_hex(set.k).value(), from_hex(set.top).value(),
                               static_cast<std::uint8_t>(set.iterations))
                         .value()),
              set.topc);
  }
}

TEST(Tuak, ComputesTheMostIterations) {
  Tuak algorithm = Tuak::create(Bytes(16), Bytes(32), {.iterations = 255}).value();
  EXPECT_NE(algorithm.f2345({}),
            Tuak::create(Bytes(16), Bytes(32), {.iterations = 254}).value().f2345({}));
}

TEST(Tuak, RefusesSizesThatTs35231DoesNotHave) {
  auto refusal = [](std::size_t k, std::size_t topc, const TuakParameters& parameters) {
    return text_of_failure(Tuak::create(Bytes(k), Bytes(topc), parameters));
  };
  EXPECT_EQ(refusal(24, 32, {}), "TUAK takes a key of 16 or 32 octets, not 24");
  EXPECT_EQ(refusal(0, 32, {}), "TUAK takes a key of 16 or 32 octets, not 0");
  EXPECT_EQ(refusal(16, 16, {}), "TUAK takes a TOPc of 32 octets, not 16");
  EXPECT_EQ(refusal(16, 32, {.mac_size = 4}), "TUAK takes a MAC of 8, 16 or 32 octets, not 4");
  EXPECT_EQ(refusal(16, 32, {.res_size = 64}), "TUAK takes a RES of 4, 8, 16 or 32 octets, not 64");
  EXPECT_EQ(refusal(16, 32, {.ck_size = 8}), "TUAK takes a CK of 16 or 32 octets, not 8");
  EXPECT_EQ(refusal(16, 32, {.ik_size = 33}), "TUAK takes an IK of 16 or 32 octets, not 33");
  EXPECT_EQ(refusal(16, 32, {.iterations = 0}),
            "TUAK takes a number of iterations of at least 1, not 0");
  EXPECT_EQ(text_of_failure(tuak_topc(Bytes(16), Bytes(31), 1)),
            "TUAK takes a TOPc of 32 octets, not 31");
}

// --- The USIM test algorithm ---

// The default K of TS 34.108 8.2; the answers are those of another implementation.
constexpr TuakTestSet kTestAlgorithmSet = {.number = 1,
                                           .iterations = 1,
                                           .k = "000102030405060708090A0B0C0D0E0F",
                                           .rand = "34343434343434343434343434343434",
                                           .sqn = "000000000001",
                                           .amf = "8000",
                                           .top = "",
                                           .topc = "",
                                           .f1 = "343536373030B233",
                                           .f1_star = "343536373030B233",
                                           .f2 = "34353637303132333C3D3E3F38393A3B",
                                           .f3 = "353637303132333C3D3E3F38393A3B34",
                                           .f4 = "3637303132333C3D3E3F38393A3B3435",
                                           .f5 = "37303132333C",
                                           .f5_star = "37303132333C"};

TEST(UsimTestAlgorithm, AddsTheKeyToTheChallenge) {
  expect_answers(UsimTestAlgorithm::create(from_hex(kTestAlgorithmSet.k).value()).value(),
                 kTestAlgorithmSet);
}

TEST(UsimTestAlgorithm, CutsResToTheSizeAskedFor) {
  TuakTestSet set = kTestAlgorithmSet;
  set.f2 = "34353637";
  expect_answers(UsimTestAlgorithm::create(from_hex(set.k).value(), 4).value(), set);
}

TEST(UsimTestAlgorithm, RefusesOtherSizes) {
  EXPECT_NE(text_of_failure(UsimTestAlgorithm::create(Bytes(15))), "");
  EXPECT_NE(text_of_failure(UsimTestAlgorithm::create(Bytes(32))), "");
  EXPECT_NE(text_of_failure(UsimTestAlgorithm::create(Bytes(16), 3)), "");
  EXPECT_NE(text_of_failure(UsimTestAlgorithm::create(Bytes(16), 17)), "");
}

}  // namespace
}  // namespace rsp::crypto
