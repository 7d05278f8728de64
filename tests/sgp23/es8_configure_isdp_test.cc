// SGP.23 4.2.4: ES8+.ConfigureISDP (SGP.22 5.5.2), the one 87 in A0.
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

constexpr unsigned kCommand = 1;  // bppCommandId configureISDP
constexpr unsigned kIncorrectInput = 1, kStructure = 7, kSecurity = 8;

/// BF24 whose dpProprietaryData has so many octets with tag and length: the OID, and an element of
/// the SM-DP+'s own.
std::string configure_with(std::size_t size) {
  // B8 and its length take 2 or 3 octets, 80 03 883 70A takes 5.
  std::size_t header = size - 2 < 0x80 ? 2 : 3;
  std::size_t own = size - header - 5;
  own -= own - 2 < 0x80 ? 2 : 3;
  return tlv("BF24", tlv("B8", tlv("80", kDpOid) + tlv("81", to_hex(Bytes(own, 0x11)))));
}

class TC_eUICC_ES8p_ConfigureISDP : public SessionCase {
 protected:
  BppPlan plan() { return dp.plan(metadata_for(1), package_for(metadata_for(1))); }
  /// All of a package with this BF24; and what GetProfilesInfo shows of it then.
  void expect_installed_with(std::string_view configure, std::string_view shown) {
    auto changed = plan();
    changed.configure = rsp::from_hex(configure).value();
    auto segments = card.bind(dp, changed).segments();
    EXPECT_TRUE(is_result(card, load(segments), {.profile = 1, .final_result = success_result()}));
    EXPECT_EQ(card.command("BF2D035C01B8"), shown);
    card.power_cycle();
    EXPECT_EQ(card.command("BF2D035C01B8"), shown);
  }
  /// What both ends derive after PrepareDownload.
  rsp::crypto::Bsp session_keys(const BppPlan& plan) {
    auto peer = rsp::crypto::PublicKey::from_point(dp.otsk.curve(),
                                                   card.prepared.euicc_signed2.value.euicc_otpk);
    return rsp::crypto::Bsp(rsp::crypto::derive_bsp_keys(
        dp.otsk.agree(*peer).value(), plan.initialise.control_ref_template.host_id,
        card.euicc->eid()));
  }
  /// A package whose 87 is what `make` gives for the keys of the session.
  void expect_refused_with(std::function<Bytes(rsp::crypto::Bsp)> make, unsigned reason) {
    auto bpp = card.bind(dp, plan());
    bpp.configure = make(session_keys(plan()));
    auto segments = bpp.segments();
    segments.resize(2);
    EXPECT_TRUE(is_result(card, load(segments), {.final_result = error_result(kCommand, reason)}));
    EXPECT_EQ(session_of(card), "none");
    EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
    EXPECT_EQ(card.command("BF2D00"), "BF2D02A0009000");
  }
};

TEST_F(TC_eUICC_ES8p_ConfigureISDP, S01_Nominal_OidOfTheSmDp) {
  expect_installed_with(
      "BF2407B80580038837"
      "0A",
      "BF2D0BA009E307B805800388370A9000");
}

TEST_F(TC_eUICC_ES8p_ConfigureISDP, S02_Nominal_WithoutProprietaryData) {
  expect_installed_with("BF2400", "BF2D04A002E3009000");
}

TEST_F(TC_eUICC_ES8p_ConfigureISDP, S03_Nominal_ProprietaryDataOf128Octets) {
  std::string configure = configure_with(128);
  std::string data = configure.substr(8);  // behind BF24 81 80
  ASSERT_EQ(data.size(), 2 * 128U);
  expect_installed_with(configure, tlv("BF2D", tlv("A0", tlv("E3", data))) + "9000");
}

TEST_F(TC_eUICC_ES8p_ConfigureISDP, S04_Nominal_AnswersNothing) {
  auto segments = card.bind(dp, plan()).segments();
  EXPECT_EQ(card.command(to_hex(segments[0])), "9000");
  expect_answer_and_no_change(card, to_hex(segments[1]), "9000");
}

TEST_F(TC_eUICC_ES8p_ConfigureISDP, S05_Error_PaddingThatIsNone) {
  // One block of plaintext without any 80, encrypted, under a good MAC.
  expect_refused_with(
      [this](rsp::crypto::Bsp keys) {
        Bytes padded = keys.encrypt_and_mac(0x87, Bytes(16, 0x11));
        return session_keys(plan()).mac_only(0x87, BytesView(padded).subspan(2, 16));
      },
      kSecurity);
}

TEST_F(TC_eUICC_ES8p_ConfigureISDP, S06_Error_NoWholeBlocksUnderAGoodMac) {
  expect_refused_with([](rsp::crypto::Bsp keys) { return keys.mac_only(0x87, Bytes(15, 0x11)); },
                      kStructure);
}

TEST_F(TC_eUICC_ES8p_ConfigureISDP, S07_Error_CounterThatIsOneAhead) {
  // The MAC is good and so is the padding in the last block, but another ICV garbles the first.
  expect_refused_with(
      [](rsp::crypto::Bsp keys) {
        keys.skip_counter(1);
        return keys.encrypt_and_mac(0x87, rsp::from_hex(configure_with(40)).value());
      },
      kIncorrectInput);
}

TEST_F(TC_eUICC_ES8p_ConfigureISDP, S08_Error_KeysForTheEidOfAnotherEuicc) {
  card.prepare(dp);
  rsp::Eid other = card.euicc->eid();
  other[15] ^= 1;
  auto segments =
      dp.protect(plan(), card.prepared.euicc_signed2.value.euicc_otpk, other).segments();
  segments.resize(2);
  EXPECT_TRUE(is_result(card, load(segments), {.final_result = error_result(kCommand, kSecurity)}));
  EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
}

// --- Errors, each on a card with a profile ---

LoadFault planned(std::string name, unsigned reason, std::string_view configure) {
  return {.name = std::move(name),
          .at = 1,
          .command = kCommand,
          .reason = reason,
          .plan = [octets = rsp::from_hex(configure).value()](BppPlan& plan) {
            plan.configure = octets;
          }};
}
LoadFault damaged(std::string name, unsigned reason, std::function<void(Bpp&)> change) {
  return {.name = std::move(name),
          .at = 1,
          .command = kCommand,
          .reason = reason,
          .bpp = std::move(change)};
}
LoadFault cut(std::string name, std::function<void(std::vector<Bytes>&)> change) {
  return {.name = std::move(name),
          .at = 1,
          .command = kCommand,
          .reason = kStructure,
          .segments = std::move(change)};
}

std::vector<LoadFault> faults() {
  return {
      planned("S01_Error_AnotherCommand", kIncorrectInput, "BF2500"),
      planned("S02_Error_OidOfAnotherSmDp", kIncorrectInput,
              "BF2407B80580038837"
              "0B"),
      planned("S03_Error_ProprietaryDataWithoutOid", kIncorrectInput, "BF2402B800"),
      planned("S04_Error_ProprietaryDataOf129Octets", kIncorrectInput, configure_with(129)),
      planned("S05_Error_OctetsBehindTheCommand", kIncorrectInput, "BF240000"),
      planned("S06_Error_Nothing", kIncorrectInput, ""),
      damaged("S07_Error_Mac", kSecurity, [](Bpp& bpp) { bpp.configure.back() ^= 1; }),
      damaged("S08_Error_CiphertextAltered", kSecurity,
              [](Bpp& bpp) { bpp.configure.at(bpp.configure.size() - 10) ^= 1; }),
      damaged("S09_Error_NoRoomForAMac", kStructure,
              [](Bpp& bpp) { bpp.configure = "870701020304050607"_hex; }),
      damaged("S10_Error_MacAlone", kSecurity,
              [](Bpp& bpp) { bpp.configure = "87080102030405060708"_hex; }),
      damaged("S11_Error_Tag86", kStructure, [](Bpp& bpp) { bpp.configure[0] = 0x86; }),
      damaged("S12_Error_Tag88", kStructure, [](Bpp& bpp) { bpp.configure[0] = 0x88; }),
      damaged("S13_Error_Twice", kStructure,
              [](Bpp& bpp) { rsp::append(bpp.configure, Bytes(bpp.configure)); }),
      damaged("S14_Error_EmptyList", kStructure, [](Bpp& bpp) { bpp.configure.clear(); }),
      cut("S15_Error_HeaderAlone", [](std::vector<Bytes>& segments) { segments[1].resize(2); }),
      cut("S16_Error_LeftOut",
          [](std::vector<Bytes>& segments) { segments.erase(segments.begin() + 1); }),
      cut("S17_Error_PackageBeforeIt",
          [](std::vector<Bytes>& segments) { std::swap(segments[1], segments[4]); }),
      cut("S18_Error_OctetBehindIt",
          [](std::vector<Bytes>& segments) { segments[1].push_back(0x00); }),
  };
}

class TC_eUICC_ES8p_ConfigureISDPErrorCases : public ::testing::TestWithParam<LoadFault> {};

TEST_P(TC_eUICC_ES8p_ConfigureISDPErrorCases, Sequence) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, TC_eUICC_ES8p_ConfigureISDPErrorCases, ::testing::ValuesIn(faults()),
                         by_name());

}  // namespace
}  // namespace sgp23
