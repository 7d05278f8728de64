// AUTHENTICATE on the USIM of the running profile (3GPP TS 31.102 7.1), as a network sees it.
#include "osmo_auc_gen.h"
#include "uicc_test_support.h"

namespace sim::testing {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

/// The made profile has K and OPc of TS 35.208, test set 1.
class UsimAuthenticate : public UiccTest {
 protected:
  UsimAuthenticate() : network(milenage()) { select_usim(); }
  std::string challenge_with(const Sqn& sqn) {
    return authenticate(challenge(kRand, network.autn(kRand, sqn)));
  }
  std::string authenticate(BytesView data, std::string_view header = "00880081") {
    std::string size = to_hex(Bytes{static_cast<std::uint8_t>(data.size())});
    return card.apdu(std::string(header) + size + to_hex(data) + "00");
  }
  AuthenticationCentre network;
};

TEST_F(UsimAuthenticate, AnswersResCkAndIk) {
  auto keys = network.algorithm().f2345(kRand);
  EXPECT_EQ(challenge_with(sqn_of(1, 0)),
            "DB08" + to_hex(keys.res) + "10" + to_hex(keys.ck) + "10" + to_hex(keys.ik) + "9000");
}

TEST_F(UsimAuthenticate, AReplayGetsAutsThatTheNetworkResolves) {
  challenge_with(sqn_of(7, 3));
  Bytes answer = rsp::from_hex(challenge_with(sqn_of(7, 3))).value();
  ASSERT_EQ(answer.size(), 18U);
  EXPECT_EQ(answer[0], 0xDC);
  EXPECT_EQ(network.resolve(kRand, BytesView(answer).subspan(2, 14)), sqn_of(7, 3));
}

TEST_F(UsimAuthenticate, TheSequenceNumberSurvivesAPowerCycle) {
  challenge_with(sqn_of(7, 3));
  card.power_cycle();
  select_usim();
  EXPECT_THAT(challenge_with(sqn_of(7, 3)), StartsWith("DC"));
  EXPECT_THAT(challenge_with(sqn_of(8, 3)), StartsWith("DB"));
}

TEST_F(UsimAuthenticate, AChallengeOfAnotherKeyIsAMacFailure) {
  EXPECT_EQ(authenticate(challenge(kRand, Bytes(16, 0x11))), "9862");
}

TEST_F(UsimAuthenticate, NeedsAnApplication) {
  card.power_cycle();
  EXPECT_EQ(challenge_with(sqn_of(1, 0)), "6985");
}

TEST_F(UsimAuthenticate, NeedsPin1WhereThatIsEnabled) {
  EXPECT_EQ(card.apdu("002800010830303030FFFFFFFF"), "9000");
  card.power_cycle();
  select_usim();
  EXPECT_EQ(challenge_with(sqn_of(1, 0)), "6982");
  EXPECT_EQ(card.apdu("002000010830303030FFFFFFFF"), "9000");
  EXPECT_THAT(challenge_with(sqn_of(1, 0)), EndsWith("9000"));
}

TEST_F(UsimAuthenticate, WithAnotherP1IsRefused) {
  EXPECT_EQ(authenticate(challenge(kRand, Bytes(16)), "00880181"), "6A86");
}

TEST_F(UsimAuthenticate, OfTruncatedDataIsAWrongLength) { EXPECT_EQ(authenticate(kRand), "6700"); }

TEST_F(UsimAuthenticate, AgreesWithOsmoAucGen) {
  if (!is_installed()) GTEST_SKIP() << "there is no osmo-auc-gen (package libosmocore-utils)";
  rsp::SeededRandom random(102221);
  for (std::uint64_t sqn : {32U, 64U, 96U}) {
    auto rand = random.octets<16>();
    Vector expected = osmo_auc_gen(
        "-3 -f 8000 -a MILENAGE -k 465B5CE8B199B49FAA5F0A2EE238A6BC -o "
        "CD63CB71954A9F4E48A5994E37A02BAF -r " +
        to_hex(rand) + " -s " + std::to_string(sqn));
    Bytes data = challenge(rand, bytes(expected, "AUTN"));
    Bytes res_ck_ik = success(expected);
    res_ck_ik.resize(res_ck_ik.size() - 9);  // no Kc: the made profile has no service 27
    EXPECT_EQ(authenticate(data), to_hex(res_ck_ik) + "9000");
    // The same again is a replay: osmo-auc-gen finds out of AUTS which number the card has.
    Bytes replayed = rsp::from_hex(authenticate(data)).value();
    ASSERT_EQ(replayed.size(), 18U);
    Vector resolved = osmo_auc_gen(
        "-3 -f 8000 -a MILENAGE -k 465B5CE8B199B49FAA5F0A2EE238A6BC -o "
        "CD63CB71954A9F4E48A5994E37A02BAF -r " +
        to_hex(rand) + " -A " + to_hex(BytesView(replayed).subspan(2, 14)));
    EXPECT_EQ(resolved["SQN.MS"], std::to_string(sqn));
  }
}

TEST_F(UsimAuthenticate, GetChallengeGivesRandomOctets) {
  std::string first = card.apdu("0084000008"), second = card.apdu("0084000008");
  EXPECT_EQ(first.size(), 20U);
  EXPECT_NE(first, second);
  EXPECT_EQ(card.apdu("00840000"), "6700");
}

}  // namespace
}  // namespace sim::testing
