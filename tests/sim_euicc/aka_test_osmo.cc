// A judge that is not us: osmo-auc-gen of libosmocore is the authentication centre, and our USIM
// answers its challenges.
#include "osmo_auc_gen.h"

namespace sim::testing {
namespace {

class OsmoAucGen : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!is_installed())
      GTEST_SKIP() << "there is no osmo-auc-gen (Debian package libosmocore-utils)";
  }

  /// A subscriber with a key and an OPc of his own.
  AkaParameter subscriber(AkaParameter parameter) {
    AlgoParameter& algorithm = algorithm_of(parameter);
    random_.fill(algorithm.key);
    random_.fill(algorithm.opc);
    keys_ = " -k " + to_hex(algorithm.key) + " -o " + to_hex(algorithm.opc);
    return parameter;
  }
  Vector vector(const std::string& algorithm, const Rand& rand, std::uint64_t sqn) {
    return osmo_auc_gen("-3 -f 8000 -a " + algorithm + keys_ + " -r " + to_hex(rand) + " -s " +
                        std::to_string(sqn));
  }

  std::string keys_;
  rsp::SeededRandom random_{35206};
};

constexpr int kSubscribers = 10;

TEST_F(OsmoAucGen, MilenageGivesTheSameResCkIkAndKc) {
  for (int i = 0; i < kSubscribers; ++i) {
    Usim usim(subscriber(milenage()));
    auto rand = random_.octets<16>();
    Vector expected = vector("MILENAGE", rand, random_.next() % (1U << 30) + 32);
    auto answer = usim.authenticate(kUmtsContext, challenge(rand, bytes(expected, "AUTN")));
    EXPECT_EQ(to_hex(answer.data), to_hex(success(expected)));
    EXPECT_EQ(answer.sw, rsp::card::kOk);
  }
}

TEST_F(OsmoAucGen, MilenageGivesTheSameSresAndKcForGsm) {
  for (int i = 0; i < kSubscribers; ++i) {
    Usim usim(subscriber(milenage()));
    auto rand = random_.octets<16>();
    Vector expected = vector("MILENAGE", rand, 64);  // whose SRES and Kc are conversions, as ours
    EXPECT_EQ(
        text_of(usim.authenticate(kGsmContext, gsm_challenge(rand))),
        "04" + to_hex(bytes(expected, "SRES")) + "08" + to_hex(bytes(expected, "Kc")) + "9000");
  }
}

TEST_F(OsmoAucGen, MilenageResolvesAutsAndIsAcceptedAgain) {
  for (int i = 0; i < kSubscribers; ++i) {
    Usim usim(subscriber(milenage()));
    auto rand = random_.octets<16>();
    std::uint64_t sqn = random_.next() % (1U << 30) + 32;
    Vector first = vector("MILENAGE", rand, sqn);
    Bytes data = challenge(rand, bytes(first, "AUTN"));
    EXPECT_EQ(usim.authenticate(kUmtsContext, data).data[0], 0xDB);

    auto replayed = usim.authenticate(kUmtsContext, data);
    ASSERT_EQ(replayed.data.size(), 16U);
    EXPECT_EQ(replayed.data[0], 0xDC);
    Vector next = osmo_auc_gen("-3 -f 8000 -a MILENAGE" + keys_ + " -r " + to_hex(rand) + " -A " +
                               to_hex(BytesView(replayed.data).subspan(2)));
    EXPECT_EQ(next["SQN.MS"], std::to_string(sqn));
    EXPECT_EQ(to_hex(usim.authenticate(kUmtsContext, challenge(rand, bytes(next, "AUTN"))).data),
              to_hex(success(next)));
  }
}

TEST_F(OsmoAucGen, MilenageWithAnotherKeyIsAMacFailure) {
  Usim usim(subscriber(milenage()));
  subscriber(milenage());
  auto rand = random_.octets<16>();
  Vector other = vector("MILENAGE", rand, 64);
  EXPECT_EQ(text_of(usim.authenticate(kUmtsContext, challenge(rand, bytes(other, "AUTN")))),
            "9862");
}

TEST_F(OsmoAucGen, TestAlgorithmGivesTheSameResCkIkAndKc) {
  for (int i = 0; i < kSubscribers; ++i) {
    Usim usim(subscriber(test_algorithm()));
    auto rand = random_.octets<16>();
    Vector expected = vector("XOR", rand, random_.next() % (1U << 30) + 32);
    auto answer = usim.authenticate(kUmtsContext, challenge(rand, bytes(expected, "AUTN")));
    EXPECT_EQ(to_hex(answer.data), to_hex(success(expected)));
    EXPECT_EQ(answer.sw, rsp::card::kOk);
  }
}

TEST_F(OsmoAucGen, TestAlgorithmResolvesAuts) {
  Usim usim(subscriber(test_algorithm()));
  EXPECT_TRUE(usim.accepts(1234, 5));
  auto answer = usim.challenge_with(sqn_of(1235, 5), rsp::crypto::kAmfResynch);
  ASSERT_EQ(answer.data.size(), 16U);
  Vector next = osmo_auc_gen("-3 -f 8000 -a XOR" + keys_ + " -r " + to_hex(kRand) + " -A " +
                             to_hex(BytesView(answer.data).subspan(2)));
  EXPECT_EQ(next["SQN.MS"], std::to_string(1234 << kIndBits | 5));
}

}  // namespace
}  // namespace sim::testing
