// ECDSA, key agreement, hashes and the derivation of keys against published and independently made
// answers.
#include <gtest/gtest.h>

#include "rsp/base/hex.h"
#include "rsp/base/random.h"
#include "rsp/crypto/digest.h"
#include "rsp/crypto/ec.h"
#include "tests/rsp/crypto_test_support.h"

namespace rsp::crypto {
namespace {

// --- Digest and X9.63 ---

TEST(Sha256, GivesTheAnswersOfFips180) {
  EXPECT_EQ(to_hex(sha256(view_of(""))),
            "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855");
  EXPECT_EQ(to_hex(sha256(view_of("abc"))),
            "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
}

TEST(Sha256, TakesPartsAsIfTheyWereOne) {
  EXPECT_EQ(sha256({view_of("a"), {}, view_of("bc")}), sha256(view_of("abc")));
}

// NIST CAVP, ANSI X9.63 with SHA-256: one without SharedInfo, one with, over several blocks.
TEST(X963Kdf, GivesTheAnswersOfNist) {
  EXPECT_EQ(to_hex(x963_kdf("96C05619D56C328AB95FE84B18264B08725B85E33FD34F08"_hex, {}, 16)),
            "443024C3DAE66B95E6F5670601558F71");
  EXPECT_EQ(to_hex(x963_kdf("22518B10E70F2A3F243810AE3254139EFBEE04AA57C7AF7D"_hex,
                            "75EEF81AA3041E33B80971203D2C0C52"_hex, 128)),
            "C498AF77161CC59F2962B9A713E2B215152D139766CE34A776DF11866A69BF2E52A13D9C7C6FC878C50C5E"
            "A0BC7B00E0"
            "DA2447CFD874F6CF92F30D0097111485500C90C3AF8B487872D04685D14C8D1DC8D7FA08BEB0CE0ABABC11"
            "F0BD496269"
            "142D43525A78E5BC79A17F59676A5706DC54D54D4D1F0BD7E386128EC26AFC21");
}

TEST(X963Kdf, ShorterOutputIsABeginningOfALongerOne) {
  Bytes secret(32, 7), info(5, 9);
  Bytes longest = x963_kdf(secret, info, 100);
  for (std::size_t size : {0, 1, 31, 32, 33, 64, 99}) {
    EXPECT_EQ(x963_kdf(secret, info, size),
              Bytes(longest.begin(), longest.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

// --- Signatures of others ---

struct SignatureVector {
  Curve curve;
  const char* message;
  const char* raw;
  const char* der;
};
// The first is RFC 6979, A.2.5. The others were made with the nonces of that RFC by another
// library, with messages that were looked for until a half had leading zeros.
const SignatureVector kSignatures[] = {
    // RFC 6979, A.2.5; both halves with their highest bit set.
    {Curve::kNistP256, "sample",
     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716F7CB1C942D657C41D436C7A1"
     "B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
     "3046022100EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716022100F7CB1C94"
     "2D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
    // s begins with a zero octet.
    {Curve::kNistP256, "esimbench 569",
     "86F26E75505D0FE1516CB89D31C21387CADDB24DBA1004C4088F3CF8E48EA24C00DD9605E916B4D138A08270"
     "270C4B3E248F0D7D63166125A2CC55720AFFE6BF",
     "304502210086F26E75505D0FE1516CB89D31C21387CADDB24DBA1004C4088F3CF8E48EA24C022000DD9605E9"
     "16B4D138A08270270C4B3E248F0D7D63166125A2CC55720AFFE6BF"},
    // r begins with a zero octet and a set bit.
    {Curve::kNistP256, "esimbench 581",
     "00F89BA52459C05CD05BB2B1F001A58F4473A56691880D2435E93ECBA8D2CFDE6074DA6BE130C47FC9A037FC"
     "207C23DD5AA66E1B903AF883A3BADEAE56F7F3E2",
     "3044022000F89BA52459C05CD05BB2B1F001A58F4473A56691880D2435E93ECBA8D2CFDE02206074DA6BE130"
     "C47FC9A037FC207C23DD5AA66E1B903AF883A3BADEAE56F7F3E2"},
    // r begins with two zero octets.
    {Curve::kNistP256, "esimbench 6702",
     "0000058F363894AC89FD6C9D4E3EC2D6458183EA3AE1CDCF75E8F7CCE079628BF5FF0E7BFA140E7C7D4D1AC0"
     "7670829EBFD1D47AC2E010A932E2BFE7F81F50ED",
     "3043021E058F363894AC89FD6C9D4E3EC2D6458183EA3AE1CDCF75E8F7CCE079628B022100F5FF0E7BFA140E"
     "7C7D4D1AC07670829EBFD1D47AC2E010A932E2BFE7F81F50ED"},
    // Both halves begin with a zero octet.
    {Curve::kNistP256, "esimbench 18828",
     "0031EFB89DCBD325D977410C9469B22D414C3CBEE297C2BAF20DD7D8DD310B7C0043B091968CDCFE763CDB03"
     "99454EC395A36BEC3551707D122C2E25A4041B14",
     "3042021F31EFB89DCBD325D977410C9469B22D414C3CBEE297C2BAF20DD7D8DD310B7C021F43B091968CDCFE"
     "763CDB0399454EC395A36BEC3551707D122C2E25A4041B14"},
    {Curve::kBrainpoolP256r1, "sample",
     "8A6B3A1A10A8CE1459CDEED0CB1884597642E6BC47B9C552EA6114A0D03C40DD466C80B901174C93369E5736"
     "A6993C081087040F5C7039F314E02A2853D6F87F",
     "30450221008A6B3A1A10A8CE1459CDEED0CB1884597642E6BC47B9C552EA6114A0D03C40DD0220466C80B901"
     "174C93369E5736A6993C081087040F5C7039F314E02A2853D6F87F"},
    // r begins with a zero octet and a set bit.
    {Curve::kBrainpoolP256r1, "esimbench 0",
     "00CD5D7BC5F3E64F8081F1939B502144DF62EA97307E5EC1E43431E0CF9CA1C54620D21101BC111A62E69FDE"
     "6B7A3AD10CF6672FC7819F2CCEE3FD5E1DD20824",
     "3044022000CD5D7BC5F3E64F8081F1939B502144DF62EA97307E5EC1E43431E0CF9CA1C502204620D21101BC"
     "111A62E69FDE6B7A3AD10CF6672FC7819F2CCEE3FD5E1DD20824"},
    // s begins with a zero octet.
    {Curve::kBrainpoolP256r1, "esimbench 155",
     "517798B65219B787C0C4226DEE309CDFB7A1BA78ECBE77ED851954D44650AA35000BD6D17F79B5538F0A39CA"
     "082747E6E66EBFDBE695EB9DA24CFE8187FC7A27",
     "30430220517798B65219B787C0C4226DEE309CDFB7A1BA78ECBE77ED851954D44650AA35021F0BD6D17F79B5"
     "538F0A39CA082747E6E66EBFDBE695EB9DA24CFE8187FC7A27"},
    // r begins with two zero octets and a set bit.
    {Curve::kBrainpoolP256r1, "esimbench 15254",
     "0000DA11CF107B57565182638BA8A89EC13436A5958B25773044DB43A337ED3F3DBB9318831CBE7ADA7E4C01"
     "ABA85B5CAC60AFCDD14A61BF2DCF1D6A8A3729AD",
     "3043021F00DA11CF107B57565182638BA8A89EC13436A5958B25773044DB43A337ED3F02203DBB9318831CBE"
     "7ADA7E4C01ABA85B5CAC60AFCDD14A61BF2DCF1D6A8A3729AD"},
    // Both halves begin with a zero octet.
    {Curve::kBrainpoolP256r1, "esimbench 22468",
     "007423E56973FE5E186308FE8BFF5B1B45061F49A2C3B4BD7C15DFFBCD036300009B1898B9E1C51553E4AE35"
     "92ABD6C6C70DDDAF6A591D510F6D2A26889F12A3",
     "3043021F7423E56973FE5E186308FE8BFF5B1B45061F49A2C3B4BD7C15DFFBCD0363000220009B1898B9E1C5"
     "1553E4AE3592ABD6C6C70DDDAF6A591D510F6D2A26889F12A3"},
};

TEST(Ecdsa, VerifiesSignaturesOfOthersAsRAndS) {
  for (const auto& [curve, message, raw, der] : kSignatures) {
    EXPECT_TRUE(known_key(curve).public_key().verify({view_of(message)}, from_hex(raw).value()))
        << message;
  }
}

TEST(Ecdsa, VerifiesSignaturesOfOthersAsDer) {
  for (const auto& [curve, message, raw, der] : kSignatures) {
    EXPECT_TRUE(known_key(curve).public_key().verify_der({view_of(message)}, from_hex(der).value()))
        << message;
  }
}

TEST(Ecdsa, RefusesASignatureOfAnotherMessageKeyOrCurve) {
  const auto& vector = kSignatures[0];
  Bytes raw = from_hex(vector.raw).value();
  EXPECT_FALSE(known_key(Curve::kNistP256).public_key().verify({view_of("Sample")}, raw));
  EXPECT_FALSE(
      PrivateKey::generate(Curve::kNistP256).public_key().verify({view_of("sample")}, raw));
  EXPECT_FALSE(known_key(Curve::kBrainpoolP256r1).public_key().verify({view_of("sample")}, raw));
}

TEST(Ecdsa, RefusesEveryFlippedBitOfASignature) {
  const auto& vector = kSignatures[0];
  const PrivateKey& key = known_key(vector.curve);
  const Bytes raw = from_hex(vector.raw).value();
  for (std::size_t bit = 0; bit < 8 * raw.size(); bit += 3) {
    Bytes changed = raw;
    changed[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
    EXPECT_FALSE(key.public_key().verify({view_of(vector.message)}, changed)) << bit;
  }
}

// SGP.22 signatures are r and s of 32 octets each, never DER (pitfall H 3).
TEST(Ecdsa, RefusesRawSignaturesOfAnotherLength) {
  const auto& vector = kSignatures[0];
  const PublicKey& key = known_key(vector.curve).public_key();
  Bytes raw = from_hex(vector.raw).value();
  EXPECT_FALSE(key.verify({view_of(vector.message)}, {}));
  EXPECT_FALSE(key.verify({view_of(vector.message)}, BytesView(raw).first(63)));
  raw.push_back(0);
  EXPECT_FALSE(key.verify({view_of(vector.message)}, raw));
  EXPECT_FALSE(key.verify({view_of(vector.message)}, from_hex(vector.der).value()));
}

TEST(Ecdsa, RefusesDerSignaturesOfAnotherForm) {
  const auto& vector = kSignatures[0];
  const PublicKey& key = known_key(vector.curve).public_key();
  const Bytes der = from_hex(vector.der).value();
  auto verify = [&](const Bytes& signature) {
    return key.verify_der({view_of(vector.message)}, signature);
  };
  EXPECT_FALSE(verify({}));
  EXPECT_FALSE(verify(from_hex(vector.raw).value()));
  EXPECT_FALSE(verify(concat({der, "00"_hex}))) << "something after its end";
  EXPECT_FALSE(verify(Bytes(der.begin(), der.end() - 1)));
  EXPECT_FALSE(verify(concat({"308146"_hex, BytesView(der).subspan(2)})))
      << "a length that is not the shortest";
}

TEST(Ecdsa, RefusesNumbersOutOfRange) {
  // 0, the order of the group, and all bits set, in either half.
  const std::pair<Curve, const char*> orders[] = {
      {Curve::kNistP256, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"},
      {Curve::kBrainpoolP256r1,
       "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7"}};
  for (auto [curve, order] : orders) {
    Bytes one(32), zero(32), all(32, 0xFF), n = from_hex(order).value();
    one[31] = 1;
    const PublicKey& key = known_key(curve).public_key();
    for (const Bytes& bad : {zero, n, all}) {
      EXPECT_FALSE(key.verify({view_of("sample")}, concat({bad, one}))) << to_hex(bad);
      EXPECT_FALSE(key.verify({view_of("sample")}, concat({one, bad}))) << to_hex(bad);
      EXPECT_FALSE(key.verify({view_of("sample")}, concat({bad, bad}))) << to_hex(bad);
    }
  }
}

class EcTest : public testing::TestWithParam<Curve> {};
INSTANTIATE_TEST_SUITE_P(Curves, EcTest, testing::Values(Curve::kNistP256, Curve::kBrainpoolP256r1),
                         [](const auto& which) {
                           return which.param == Curve::kNistP256 ? "Nist" : "Brainpool";
                         });

TEST_P(EcTest, SignaturesOfOursVerifyInBothForms) {
  PrivateKey key = PrivateKey::generate(GetParam());
  // Enough of them that some have halves with a leading zero octet, or with the highest bit set.
  int short_halves = 0;
  for (int i = 0; i < 200; ++i) {
    Bytes message{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)};
    Octets<64> raw = key.sign({message});
    short_halves += (raw[0] == 0) + (raw[32] == 0);
    EXPECT_TRUE(key.public_key().verify({message}, raw)) << to_hex(raw);
    EXPECT_TRUE(key.public_key().verify_der({message}, key.sign_der({message})));
  }
  RecordProperty("halves with a leading zero", short_halves);
}

// What was found good is remembered; that must not make anything else good.
TEST_P(EcTest, OnlyTheSignatureThatWasGoodIsGoodAgain) {
  PrivateKey key = PrivateKey::generate(GetParam());
  PublicKey other = PrivateKey::generate(GetParam()).public_key();
  Bytes message = to_bytes(view_of("a certificate")), signature = key.sign_der({message});
  for (int again = 0; again < 2; ++again) {
    EXPECT_TRUE(key.public_key().verify_der({message}, signature));
    EXPECT_FALSE(other.verify_der({message}, signature));
    EXPECT_FALSE(key.public_key().verify_der({view_of("another one")}, signature));
    for (std::size_t i = 0; i < signature.size(); ++i) {
      Bytes changed = signature;
      changed[i] ^= 1;
      EXPECT_FALSE(key.public_key().verify_der({message}, changed)) << i;
    }
    // More of them than are remembered.
    for (std::uint8_t n = 0; n < 20; ++n) {
      Bytes next{n};
      EXPECT_TRUE(key.public_key().verify_der({next}, key.sign_der({next})));
    }
  }
}

TEST_P(EcTest, MessageIsItsPartsInARow) {
  PrivateKey key = PrivateKey::generate(GetParam());
  Octets<64> raw = key.sign({view_of("ab"), view_of("c")});
  EXPECT_TRUE(key.public_key().verify({view_of("abc")}, raw));
  EXPECT_TRUE(key.public_key().verify({view_of("a"), {}, view_of("bc")}, raw));
  EXPECT_FALSE(key.public_key().verify({view_of("c"), view_of("ab")}, raw));
}

// --- Points ---

TEST_P(EcTest, PointsOnTheCurveAreTakenAndGivenBack) {
  PublicKey known = known_key(GetParam()).public_key();
  auto key = PublicKey::from_point(GetParam(), known.point());
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->point()), to_hex(known.point()));
  EXPECT_EQ(key->curve(), GetParam());
}

TEST_P(EcTest, PointsOffTheCurveAreRefused) {
  const Bytes good = to_bytes(known_key(GetParam()).public_key().point());
  auto refused = [&](const Bytes& point) {
    auto key = PublicKey::from_point(GetParam(), point);
    if (key) return std::string("accepted");
    EXPECT_EQ(key.error().layer, Layer::kCrypto);
    return key.error().text;
  };
  std::string off = "the public key is no point on " + std::string(to_string(GetParam()));
  for (std::size_t at : {1, 32, 33, 64}) {
    Bytes point = good;
    point[at] ^= 1;
    EXPECT_EQ(refused(point), off) << at;
  }
  EXPECT_EQ(refused(concat({"04"_hex, Bytes(64)})), off);
  EXPECT_EQ(refused(concat({"04"_hex, Bytes(64, 0xFF)})), off) << "coordinates beyond the field";
  Curve other = GetParam() == Curve::kNistP256 ? Curve::kBrainpoolP256r1 : Curve::kNistP256;
  EXPECT_EQ(refused(to_bytes(known_key(other).public_key().point())), off)
      << "a point of the other curve";
}

TEST_P(EcTest, PointsInAnotherFormAreRefused) {
  Bytes point = to_bytes(known_key(GetParam()).public_key().point());
  auto refused = [&](BytesView octets) {
    auto key = PublicKey::from_point(GetParam(), octets);
    return key ? "accepted" : key.error().text;
  };
  std::string form = "a public key must be 65 octets, 04 x y";
  EXPECT_EQ(refused({}), form);
  EXPECT_EQ(refused("00"_hex), form) << "the point at infinity";
  EXPECT_EQ(refused(BytesView(point).first(64)), form);
  EXPECT_EQ(refused(concat({point, "00"_hex})), form);
  Bytes compressed(point.begin(), point.begin() + 33);
  compressed[0] = static_cast<std::uint8_t>(2 + (point[64] & 1));
  EXPECT_EQ(refused(compressed), form);
  point[0] = static_cast<std::uint8_t>(6 + (point[64] & 1));
  EXPECT_EQ(refused(point), form) << "the hybrid form";
}

// --- Key agreement ---

struct AgreementVector {
  Curve curve;
  const char *scalar_a, *point_a, *scalar_b, *point_b, *shared;
};
const AgreementVector kAgreements[] = {
    // RFC 5903, 8.1.
    {Curve::kNistP256, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
     "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
     "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
     "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
     "04D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
     "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
     "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
    // RFC 7027, A.1.
    {Curve::kBrainpoolP256r1, "81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D",
     "0444106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5"
     "8AB4846F11CACCB73CE49CBDD120F5A900A69FD32C272223F789EF10EB089BDC",
     "55E40BC41E37E3E2AD25C3C6654511FFA8474A91A0032087593852D3E7D76BD3",
     "048D2D688C6CF93E1160AD04CC4429117DC2C41825E1E9FCA0ADDD34E6F1B39F7B"
     "990C57520812BE512641E47034832106BC7D3E8DD0E4C7F1136D7006547CEC6A",
     "89AFC39D41D3B327814B80940B042590F96556EC91E6AE7939BCE31F3A18BF2B"},
};

TEST(KeyAgreement, GivesTheAnswersOfTheRfcs) {
  for (const auto& vector : kAgreements) {
    PrivateKey a = key_of(vector.curve, vector.scalar_a, vector.point_a);
    PrivateKey b = key_of(vector.curve, vector.scalar_b, vector.point_b);
    EXPECT_EQ(to_hex(a.agree(b.public_key()).value()), vector.shared);
    EXPECT_EQ(to_hex(b.agree(a.public_key()).value()), vector.shared);
  }
}

TEST_P(EcTest, BothEndsAgree) {
  for (int i = 0; i < 20; ++i) {
    PrivateKey a = PrivateKey::generate(GetParam()), b = PrivateKey::generate(GetParam());
    auto to_b = PublicKey::from_point(GetParam(), b.public_key().point());
    ASSERT_TRUE(to_b);
    EXPECT_EQ(to_hex(a.agree(*to_b).value()), to_hex(b.agree(a.public_key()).value()));
  }
}

TEST(KeyAgreement, NeedsTwoKeysOnOneCurve) {
  auto secret = known_key(Curve::kNistP256).agree(known_key(Curve::kBrainpoolP256r1).public_key());
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().layer, Layer::kCrypto);
  EXPECT_EQ(
      secret.error().text,
      "key agreement needs two keys on one curve, these are on NIST P-256 and brainpoolP256r1");
}

// --- Private keys ---

TEST_P(EcTest, ScalarAndPointMakeTheKeyAgain) {
  PrivateKey key = PrivateKey::generate(GetParam());
  auto again = PrivateKey::from_scalar(GetParam(), key.scalar(), key.public_key().point());
  ASSERT_TRUE(again);
  EXPECT_EQ(to_hex(again->scalar()), to_hex(key.scalar()));
  EXPECT_TRUE(key.public_key().verify({view_of("x")}, again->sign({view_of("x")})));
}

TEST_P(EcTest, Pkcs8MakesTheKeyAgain) {
  PrivateKey key = PrivateKey::generate(GetParam());
  auto again = PrivateKey::from_der(key.to_pkcs8());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->curve(), GetParam());
  EXPECT_EQ(to_hex(again->scalar()), to_hex(key.scalar()));
  EXPECT_EQ(to_hex(again->public_key().point()), to_hex(key.public_key().point()));
  EXPECT_EQ(to_hex(again->to_pkcs8()), to_hex(key.to_pkcs8()));
}

// RFC 5915: SEQUENCE { 1, privateKey, [0] curve, [1] publicKey }.
TEST_P(EcTest, Sec1MakesTheKeyToo) {
  const PrivateKey& key = known_key(GetParam());
  Bytes curve = GetParam() == Curve::kNistP256 ? "A00A06082A8648CE3D030107"_hex
                                               : "A00B06092B2403030208010107"_hex;
  Bytes body =
      concat({"0201010420"_hex, key.scalar(), curve, "A144034200"_hex, key.public_key().point()});
  auto again =
      PrivateKey::from_der(concat({Bytes{0x30, static_cast<std::uint8_t>(body.size())}, body}));
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(to_hex(again->public_key().point()), to_hex(key.public_key().point()));
}

TEST_P(EcTest, ScalarsWithLeadingZerosKeepTheirLength) {
  Octets<32> one{};
  one[31] = 1;
  // The point of the scalar 1 is the generator of the curve.
  Bytes generator = GetParam() == Curve::kNistP256
                        ? "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
                          "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5"_hex
                        : "048BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262"
                          "547EF835C3DAC4FD97F8461A14611DC9C27745132DED8E545C1D54C72F046997"_hex;
  auto key = PrivateKey::from_scalar(GetParam(), one, generator);
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->scalar()), to_hex(one));
  auto again = PrivateKey::from_der(key->to_pkcs8());
  ASSERT_TRUE(again);
  EXPECT_EQ(to_hex(again->scalar()), to_hex(one));
  EXPECT_TRUE(key->public_key().verify({view_of("x")}, key->sign({view_of("x")})));
}

TEST_P(EcTest, ScalarWithAPointThatIsNoneIsRefused) {
  const PrivateKey& key = known_key(GetParam());
  Octets<65> point = key.public_key().point();
  point[64] ^= 1;
  auto refused = [&](BytesView bad) {
    return PrivateKey::from_scalar(GetParam(), key.scalar(), bad).error().text;
  };
  std::string why = "the public key is no point on " + std::string(to_string(GetParam()));
  EXPECT_EQ(refused(point), why);
  // The hybrid form, another length, and none at all.
  point = key.public_key().point();
  point[0] = static_cast<std::uint8_t>(0x06 | (point[64] & 1));
  EXPECT_EQ(refused(point), why);
  EXPECT_EQ(refused(BytesView(point).first(33)), why);
  EXPECT_EQ(refused({}), why);
}

TEST_P(EcTest, ScalarOutOfRangeIsRefused) {
  const char* order = GetParam() == Curve::kNistP256
                          ? "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"
                          : "A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7";
  for (const Bytes& bad : {Bytes(32), from_hex(order).value(), Bytes(32, 0xFF)}) {
    Octets<32> scalar;
    std::ranges::copy(bad, scalar.begin());
    auto key =
        PrivateKey::from_scalar(GetParam(), scalar, known_key(GetParam()).public_key().point());
    ASSERT_FALSE(key) << to_hex(bad);
    EXPECT_EQ(key.error().text,
              "the scalar is no private key on " + std::string(to_string(GetParam())));
  }
}

TEST(PrivateKeys, WhatIsNoKeyIsRefused) {
  for (const char* der : {"", "00", "3000", "30030201FF", "FFFFFFFF"}) {
    auto key = PrivateKey::from_der(from_hex(der).value());
    ASSERT_FALSE(key) << der;
    EXPECT_EQ(key.error().text, "this is no private key in PKCS#8 or SEC 1 DER");
  }
  Bytes cut = known_key(Curve::kNistP256).to_pkcs8();
  cut.pop_back();
  EXPECT_FALSE(PrivateKey::from_der(cut));
}

TEST(PrivateKeys, OnOtherCurvesAreRefused) {
  // secp256k1 with scalar 1, PKCS#8 without the public key.
  Bytes der =
      "303E020100301006072A8648CE3D020106052B8104000A042730250201010420"
      "0000000000000000000000000000000000000000000000000000000000000001"_hex;
  auto key = PrivateKey::from_der(der);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().layer, Layer::kCrypto);
  EXPECT_EQ(key.error().text,
            "the key is on no curve that SGP.22 uses here: NIST P-256 or brainpoolP256r1");
}

TEST_P(EcTest, GeneratedKeysDiffer) {
  EXPECT_NE(to_hex(PrivateKey::generate(GetParam()).scalar()),
            to_hex(PrivateKey::generate(GetParam()).scalar()));
}

}  // namespace
}  // namespace rsp::crypto
