// BSP (SCP03t): keys, counters, MAC chaining, padding and limits (SGP.22 2.5.3, 2.6.4, Annex G;
// sgp22.md C.2 to C.4).
#include <gtest/gtest.h>

#include "rsp/base/hex.h"
#include "rsp/base/random.h"
#include "rsp/crypto/bsp.h"
#include "tests/rsp/bsp_test_vectors.h"

namespace rsp::crypto {
namespace {

template <std::size_t N>
Octets<N> octets(std::string_view hex) {
  Bytes bytes = from_hex(hex).value();
  Octets<N> out{};
  EXPECT_EQ(bytes.size(), N);
  std::ranges::copy(bytes, out.begin());
  return out;
}

BspKeys keys(std::string_view mcv, std::string_view enc, std::string_view mac) {
  return {octets<16>(mcv), octets<16>(enc), octets<16>(mac)};
}
BspKeys session_keys() {
  return keys("406D507B448A699E7A36A38494DEBBDE", "472F5BFADD97F21D34F3CE9B51B92751",
              "9EC07F5B36A13E12A991D66E294E6242");
}
BspKeys profile_keys() { return keys(kPpkMacChainingValue, kPpkEnc, kPpkMac); }

/// The plaintext, or the problem, as data that can be compared.
std::string shown(const std::expected<Bytes, BspProblem>& result) {
  if (result) return to_hex(*result);
  return result.error() == BspProblem::kStructure ? "structure" : "security";
}

// --- Keys (C.3, C.4) ---

struct KeyVector {
  const char *secret, *host_id, *eid, *mcv, *enc, *mac;
};
const KeyVector kKeyVectors[] = {
    {"C9A993DD4879A8F7161F2085410EDD4F9652F1DF37BE097BA96BA2CA6BE528FE", "8080808080808080",
     "89049032123451234512345678901235", "406D507B448A699E7A36A38494DEBBDE",
     "472F5BFADD97F21D34F3CE9B51B92751", "9EC07F5B36A13E12A991D66E294E6242"},
    {"8902DCA391BBB22570FE60C176076246F568B1941265DFF1D729E63039658089", "8080808080808080",
     "89049032123451234512345678901335", "734BC93DDB10C71C5AD13D420DC08B5B",
     "D782D575B22A38334556A3D9A1E2AE6B", "A35ADDC192AE8F934E2932116C7E89E7"},
};

TEST(BspKeyDerivation, GivesThePublishedKeys) {
  for (const auto& vector : kKeyVectors) {
    BspKeys derived =
        derive_bsp_keys(from_hex(vector.secret).value(), from_hex(vector.host_id).value(),
                        from_hex(vector.eid).value());
    EXPECT_EQ(to_hex(derived.initial_mac_chaining_value), vector.mcv);
    EXPECT_EQ(to_hex(derived.enc), vector.enc);
    EXPECT_EQ(to_hex(derived.mac), vector.mac);
  }
}

// Pitfall H 16: hostId is the server's free choice, its length counts, and it is not the EID.
TEST(BspKeyDerivation, DependsOnHostIdAndItsLength) {
  Bytes secret(32, 1), eid(16, 2);
  std::string eight = to_hex(derive_bsp_keys(secret, Bytes(8, 0x80), eid).enc);
  EXPECT_NE(eight, to_hex(derive_bsp_keys(secret, Bytes(9, 0x80), eid).enc));
  EXPECT_NE(eight, to_hex(derive_bsp_keys(secret, eid, eid).enc));
  EXPECT_NE(eight, to_hex(derive_bsp_keys(secret, Bytes(8, 0x80), Bytes(16, 3)).enc));
}

// --- Protected TLVs (C.4): ConfigureISDP, StoreMetadata, ReplaceSessionKeys with the counter at 1,
// 2 and 3 ---

constexpr char kConfigure[] = "BF2400";
constexpr char kConfigureTlv[] = "8718F6FE031E4B9CFE87C8E1E62F3FDE85C49412D7722A6A2D89";
constexpr char kMetadata[] =
    "BF252D5A0A98001032547698103214910947534D415F54455354921147534D415F544553545F50524F46494C459501"
    "00";
constexpr char kMetadataTlv[] =
    "8838BF252D5A0A98001032547698103214910947534D415F54455354921147534D415F544553545F50524F46494C45"
    "9501008A62CC9A"
    "DBB5CCBC";
constexpr char kReplace[] =
    "BF26368010000102030405060708090A0B0C0D0E0F8110010102030405060708090A0B0C0D0E0F8210020102030405"
    "060708090A0B0C0D0E"
    "0F";
constexpr char kReplaceTlv[] =
    "8748A14C800A001992351CD46AD2945654674369701D82B7B46567652BC8FBED234939FC57FBA748015525FD6C651E"
    "9D3D1330652D42A0CFAD"
    "950E912122AF4EC5362D3C0BC535729C40";

TEST(Bsp, ProtectsAsAThirdPartyDoes) {
  Bsp bsp(session_keys());
  EXPECT_EQ(to_hex(bsp.encrypt_and_mac(0x87, from_hex(kConfigure).value())), kConfigureTlv);
  EXPECT_EQ(to_hex(bsp.mac_only(0x88, from_hex(kMetadata).value())), kMetadataTlv);
  EXPECT_EQ(to_hex(bsp.encrypt_and_mac(0x87, from_hex(kReplace).value())), kReplaceTlv);
}

TEST(Bsp, OpensWhatAThirdPartyProtects) {
  Bsp bsp(session_keys());
  EXPECT_EQ(shown(bsp.verify_and_decrypt(from_hex(kConfigureTlv).value())), kConfigure);
  EXPECT_EQ(shown(bsp.verify_only(from_hex(kMetadataTlv).value())), kMetadata);
  EXPECT_EQ(shown(bsp.verify_and_decrypt(from_hex(kReplaceTlv).value())), kReplace);
}

// After ReplaceSessionKeys everything begins anew: chaining value, keys, and the counter at 1.
TEST(Bsp, ProtectsProfileSegmentsWithKeysOfTheirOwn) {
  Bsp bsp(profile_keys());
  EXPECT_EQ(to_hex(bsp.encrypt_and_mac(0x86, from_hex(kFirstPlaintext).value())), kFirstSegment);
  EXPECT_EQ(to_hex(bsp.encrypt_and_mac(0x86, from_hex(kSecondPlaintext).value())), kSecondSegment);
}

TEST(Bsp, OpensProfileSegmentsWithKeysOfTheirOwn) {
  Bsp bsp(profile_keys());
  EXPECT_EQ(shown(bsp.verify_and_decrypt(from_hex(kFirstSegment).value())), kFirstPlaintext);
  EXPECT_EQ(shown(bsp.verify_and_decrypt(from_hex(kSecondSegment).value())), kSecondPlaintext);
}

// --- Both ends ---

TEST(Bsp, RoundTripsEveryLength) {
  SeededRandom random(5);
  Bsp sender(session_keys()), receiver(session_keys());
  for (std::size_t size = 0; size <= kMaxEncryptedPlaintext; ++size) {
    Bytes plaintext(size);
    random.fill(plaintext);
    Bytes tlv = sender.encrypt_and_mac(0x86, plaintext);
    EXPECT_EQ((tlv.size() - kBspMacSize) % 16, tlv[1] < 0x80    ? 2u
                                               : tlv[1] == 0x81 ? 3u
                                                                : 4u)
        << size;
    auto opened = receiver.verify_and_decrypt(tlv);
    ASSERT_TRUE(opened) << size;
    EXPECT_EQ(*opened, plaintext) << size;
  }
}

// The padding is 80 and zeros; a plaintext that ends like one must come back whole.
TEST(Bsp, PlaintextsThatEndLikePaddingComeBackWhole) {
  Bsp sender(session_keys()), receiver(session_keys());
  for (const char* plaintext :
       {"80", "8000", "80000000", "00", "0000000000000000000000000000000080"}) {
    EXPECT_EQ(shown(receiver.verify_and_decrypt(
                  sender.encrypt_and_mac(0x87, from_hex(plaintext).value()))),
              plaintext);
  }
}

TEST(Bsp, ReadableTlvKeepsItsContent) {
  Bsp sender(session_keys());
  Bytes tlv = sender.mac_only(0x88, "0102"_hex);
  EXPECT_EQ(to_hex(BytesView(tlv).first(4)), "880A0102");
  EXPECT_EQ(tlv.size(), 12u);
}

TEST(Bsp, ReadableTlvMayBeEmpty) {
  Bsp sender(session_keys()), receiver(session_keys());
  EXPECT_EQ(shown(receiver.verify_only(sender.mac_only(0x88, {}))), "");
}

TEST(Bsp, IsTheSameAfterItWasMoved) {
  Bsp first(session_keys());
  first.encrypt_and_mac(0x87, from_hex(kConfigure).value());
  Bsp moved(std::move(first));
  EXPECT_EQ(to_hex(moved.mac_only(0x88, from_hex(kMetadata).value())), kMetadataTlv);
  Bsp assigned(profile_keys());
  assigned = std::move(moved);
  EXPECT_EQ(to_hex(assigned.encrypt_and_mac(0x87, from_hex(kReplace).value())), kReplaceTlv);
}

// --- Limits (C.2): a TLV has at most 1020 octets ---

TEST(BspLimits, LongestEncryptedPlaintextIs1007) {
  Bsp sender(session_keys()), receiver(session_keys());
  Bytes longest = sender.encrypt_and_mac(0x86, Bytes(1007, 7));
  EXPECT_EQ(longest.size(), 1020u);
  EXPECT_TRUE(receiver.verify_and_decrypt(longest));

  // One more needs another block for the padding (pitfall H 15).
  Bytes longer = Bsp(session_keys()).encrypt_and_mac(0x86, Bytes(1008, 7));
  EXPECT_EQ(longer.size(), 1036u);
  EXPECT_EQ(shown(Bsp(session_keys()).verify_and_decrypt(longer)), "structure");
}

TEST(BspLimits, LongestReadablePlaintextIs1008) {
  Bytes longest = Bsp(session_keys()).mac_only(0x88, Bytes(1008, 7));
  EXPECT_EQ(longest.size(), 1020u);
  EXPECT_TRUE(Bsp(session_keys()).verify_only(longest));
  EXPECT_EQ(
      shown(Bsp(session_keys()).verify_only(Bsp(session_keys()).mac_only(0x88, Bytes(1009, 7)))),
      "structure");
}

TEST(BspLimits, OtherLimitsCanBeSet) {
  Bytes longer = Bsp(session_keys()).encrypt_and_mac(0x86, Bytes(1008, 7));
  EXPECT_TRUE(Bsp(session_keys(), 1036).verify_and_decrypt(longer));
  EXPECT_EQ(shown(Bsp(session_keys(), 1035).verify_and_decrypt(longer)), "structure");
}

// --- Order ---

TEST(BspOrder, MacsChainSoThatNothingCanBeExchangedLeftOutOrRepeated) {
  Bsp sender(session_keys());
  Bytes one = sender.encrypt_and_mac(0x86, "01"_hex), two = sender.encrypt_and_mac(0x86, "02"_hex),
        three = sender.encrypt_and_mac(0x86, "03"_hex);
  {
    Bsp receiver(session_keys());
    EXPECT_EQ(shown(receiver.verify_and_decrypt(two)), "security") << "exchanged";
  }
  {
    Bsp receiver(session_keys());
    EXPECT_EQ(shown(receiver.verify_and_decrypt(one)), "01");
    EXPECT_EQ(shown(receiver.verify_and_decrypt(one)), "security") << "repeated";
  }
  {
    Bsp receiver(session_keys());
    EXPECT_EQ(shown(receiver.verify_and_decrypt(one)), "01");
    EXPECT_EQ(shown(receiver.verify_and_decrypt(three)), "security") << "one left out";
  }
}

// Pitfall H 13. Equal plaintexts in equal places differ only by the counter, once the MACs are left
// aside.
TEST(BspOrder, CounterRunsOverReadableTlvsToo) {
  auto ciphertext = [](const Bytes& tlv) { return to_hex(BytesView(tlv).subspan(2, 16)); };
  Bsp plain(session_keys()), with_88(session_keys());
  std::string first = ciphertext(plain.encrypt_and_mac(0x87, "AA"_hex));
  std::string second = ciphertext(plain.encrypt_and_mac(0x87, "AA"_hex));
  with_88.mac_only(0x88, {});
  EXPECT_EQ(ciphertext(with_88.encrypt_and_mac(0x87, "AA"_hex)), second);
  EXPECT_NE(first, second);
}

TEST(BspOrder, EncryptedIsNotTakenForReadableOrTheOtherWayRound) {
  Bytes encrypted = Bsp(session_keys()).encrypt_and_mac(0x87, "01"_hex);
  // The MAC is right, but what it covers is ciphertext: nobody asks for that, since the tag tells
  // the two apart.
  EXPECT_NE(shown(Bsp(session_keys()).verify_only(encrypted)), "01");
  Bytes readable = Bsp(session_keys()).mac_only(0x88, Bytes(16, 1));
  EXPECT_EQ(shown(Bsp(session_keys()).verify_and_decrypt(readable)), "security")
      << "no padding comes out";
}

// --- What is refused, and as what ---

TEST(BspRefusals, EveryFlippedBitOfAnEncryptedTlv) {
  const Bytes good = Bsp(session_keys()).encrypt_and_mac(0x86, Bytes(150, 0x5A));
  ASSERT_EQ(good[1], 0x81);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
    // The length no longer fits, or takes the MAC's place; everything else is covered by the MAC,
    // the tag too.
    bool length = bit / 8 == 1 || bit / 8 == 2;
    EXPECT_EQ(shown(Bsp(session_keys()).verify_and_decrypt(bad)), length ? "structure" : "security")
        << bit;
  }
}

TEST(BspRefusals, EveryFlippedBitOfAReadableTlv) {
  const Bytes good = Bsp(session_keys()).mac_only(0x88, Bytes(30, 0x5A));
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
    EXPECT_EQ(shown(Bsp(session_keys()).verify_only(bad)), bit / 8 == 1 ? "structure" : "security")
        << bit;
  }
}

TEST(BspRefusals, EveryTruncationIsAProblemOfStructure) {
  for (const Bytes& good : {from_hex(kConfigureTlv).value(), from_hex(kFirstSegment).value()}) {
    for (std::size_t size = 0; size < good.size(); ++size) {
      EXPECT_EQ(shown(Bsp(session_keys()).verify_and_decrypt(BytesView(good).first(size))),
                "structure")
          << size;
      EXPECT_EQ(shown(Bsp(session_keys()).verify_only(BytesView(good).first(size))), "structure")
          << size;
    }
  }
}

TEST(BspRefusals, WhatIsNoTlvWithRoomForAMac) {
  // Nothing, no length, an indefinite one, one that is cut short, too many octets of length, too
  // short for a MAC, something after the end.
  for (const char* tlv : {"", "86", "8680", "8681", "868200", "8684000000080102030405060708",
                          "8600", "860701020304050607", "8608010203040506070809"}) {
    EXPECT_EQ(shown(Bsp(session_keys()).verify_and_decrypt(from_hex(tlv).value())), "structure")
        << tlv;
    EXPECT_EQ(shown(Bsp(session_keys()).verify_only(from_hex(tlv).value())), "structure") << tlv;
  }
}

TEST(BspRefusals, CiphertextThatIsNoWholeBlocksIsAProblemOfStructure) {
  for (std::size_t size : {0, 1, 15, 17, 31}) {
    // With a good MAC, since otherwise that would be refused first.
    Bytes tlv = Bsp(session_keys()).mac_only(0x87, Bytes(size, 1));
    EXPECT_EQ(shown(Bsp(session_keys()).verify_and_decrypt(tlv)), "structure") << size;
  }
}

/// A TLV with a good MAC whose blocks decrypt to exactly these, with the counter at 1.
Bytes with_padding(const Bytes& blocks) {
  Bytes padded = Bsp(session_keys()).encrypt_and_mac(0x87, blocks);
  BytesView ciphertext = BytesView(padded).subspan(2, blocks.size());
  return Bsp(session_keys()).mac_only(0x87, ciphertext);
}

TEST(BspRefusals, WrongPaddingIsAProblemOfSecurity) {
  auto opened = [](const char* blocks) {
    return shown(Bsp(session_keys()).verify_and_decrypt(with_padding(from_hex(blocks).value())));
  };
  EXPECT_EQ(opened("80000000000000000000000000000000"), "") << "the shortest plaintext";
  EXPECT_EQ(opened("01020304050607080900000000000080"), "010203040506070809000000000000")
      << "the shortest padding";
  EXPECT_EQ(opened("00000000000000000000000000000000"), "security") << "no 80";
  EXPECT_EQ(opened("01020304050607080900000000000081"), "security") << "81 in place of 80";
  EXPECT_EQ(opened("01020304050607080800000000000001"), "security");
  EXPECT_EQ(opened("01020304050607088000000000000000"), "0102030405060708");
  EXPECT_EQ(opened("0102030405060708090A0B0C0D0E0F8000000000000000000000000000000000"), "security")
      << "a whole block of zeros";
}

TEST(BspRefusals, WrongKeysAreAProblemOfSecurity) {
  Bytes tlv = Bsp(session_keys()).encrypt_and_mac(0x87, "01"_hex);
  for (int which = 0; which < 3; ++which) {
    BspKeys wrong = session_keys();
    auto& key = which == 0 ? wrong.initial_mac_chaining_value : which == 1 ? wrong.enc : wrong.mac;
    key[0] ^= 1;
    EXPECT_EQ(shown(Bsp(wrong).verify_and_decrypt(tlv)), "security") << which;
  }
}

// A sender may try again after a refusal on the way, with the same TLV: the chain has not moved.
TEST(BspRefusals, AWrongMacDoesNotMoveTheChain) {
  Bsp sender(session_keys()), receiver(session_keys());
  Bytes good = sender.encrypt_and_mac(0x87, "01"_hex), bad = good;
  bad.back() ^= 1;
  EXPECT_EQ(shown(receiver.verify_and_decrypt(bad)), "security");
  EXPECT_EQ(shown(receiver.verify_and_decrypt(good)), "01");
  EXPECT_EQ(shown(receiver.verify_only(sender.mac_only(0x88, "02"_hex))), "02");
}

}  // namespace
}  // namespace rsp::crypto
