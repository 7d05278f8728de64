// Activation codes (SGP.22 v2, 4.1; field fault F73).
#include "lpa/activation_code.h"

#include "rsp/base/random.h"

namespace lpa {
namespace {

using ::testing::HasSubstr;

/// "address|token|OID|flag" of what a text is understood as, or the part of it that is refused.
std::string read(std::string_view text) {
  auto code = ActivationCode::parse(text);
  if (!code) return "refused: " + code.error().path;
  return code->address + "|" + code->matching_id + "|" +
         (code->smdp_oid ? rsp::asn1::to_string(*code->smdp_oid) : "") + "|" +
         (code->confirmation_code_required ? "CC" : "");
}

rsp::Error refusal(std::string_view text) {
  auto code = ActivationCode::parse(text);
  if (code) throw std::runtime_error("accepted");
  return code.error();
}

// The examples of SGP.22 4.1.
TEST(ActivationCode, ReadsTheExamplesOfTheSpecification) {
  EXPECT_EQ(read("1$SMDP.GSMA.COM$04386-AGYFT-A74Y8-3F815"),
            "SMDP.GSMA.COM|04386-AGYFT-A74Y8-3F815||");
  EXPECT_EQ(read("1$SMDP.GSMA.COM$04386-AGYFT-A74Y8-3F815$$1"),
            "SMDP.GSMA.COM|04386-AGYFT-A74Y8-3F815||CC");
  EXPECT_EQ(read("1$SMDP.GSMA.COM$04386-AGYFT-A74Y8-3F815$1.3.6.1.4.1.31746$1"),
            "SMDP.GSMA.COM|04386-AGYFT-A74Y8-3F815|1.3.6.1.4.1.31746|CC");
  EXPECT_EQ(read("1$SMDP.GSMA.COM$04386-AGYFT-A74Y8-3F815$1.3.6.1.4.1.31746"),
            "SMDP.GSMA.COM|04386-AGYFT-A74Y8-3F815|1.3.6.1.4.1.31746|");
  EXPECT_EQ(read("1$SMDP.GSMA.COM$$1.3.6.1.4.1.31746"), "SMDP.GSMA.COM||1.3.6.1.4.1.31746|");
}

// 4.1.2: QR codes have the prefix; people and programs write it in any case.
TEST(ActivationCode, HasAPrefixInAnyCaseOrNone) {
  for (const char* prefix : {"", "LPA:", "lpa:", "Lpa:", "lPa:"}) {
    EXPECT_EQ(read(std::string(prefix) + "1$host$T"), "host|T||") << prefix;
  }
}

TEST(ActivationCode, KeepsTheCaseOfHostAndToken) {
  EXPECT_EQ(read("LPA:1$RSP-3022.IDEMIA.IO$aBc"), "RSP-3022.IDEMIA.IO|aBc||");
}

TEST(ActivationCode, DropsBlanksAroundTheParts) {
  EXPECT_EQ(read("  LPA:1$host$TOKEN\r\n"), "host|TOKEN||");
  EXPECT_EQ(read("LPA: 1 $ host $ TOKEN $ 2.999.10 $ 1 "), "host|TOKEN|2.999.10|CC");
  EXPECT_EQ(read("\tLPA:1$host\t$\tTOKEN\t$ $1"), "host|TOKEN||CC");
}

TEST(ActivationCode, MayHaveAnEmptyToken) { EXPECT_EQ(read("LPA:1$host$"), "host|||"); }

// lpac #153: `$$1` is an empty OID and the flag, not an OID "1".
TEST(ActivationCode, MayHaveAnEmptyOid) {
  EXPECT_EQ(read("LPA:1$host$T$$1"), "host|T||CC");
  EXPECT_EQ(read("LPA:1$host$T$"), "host|T||");
  EXPECT_EQ(read("LPA:1$host$T$$"), "host|T||");
}

TEST(ActivationCode, TakesAPortAndAnAddressForAHost) {
  EXPECT_EQ(read("LPA:1$host:8443$T"), "host:8443|T||");
  EXPECT_EQ(read("LPA:1$127.0.0.1:8443$T"), "127.0.0.1:8443|T||");
  EXPECT_EQ(read("LPA:1$[::1]:8443$T"), "[::1]:8443|T||");
}

// 4.1: parts of later versions are passed over.
TEST(ActivationCode, PassesOverPartsOfLaterVersions) {
  EXPECT_EQ(read("LPA:1$host$T$2.999.10$1$future$more"), "host|T|2.999.10|CC");
}

TEST(ActivationCode, RefusesEachPartByItsName) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"   ", ""},
      {"LPA:", ""},
      {"host", ""},
      {"LPA:1$host", ""},
      {"2$host$T", "format"},
      {"$host$T", "format"},
      {"01$host$T", "format"},
      {"LPA:LPA:1$host$T", "format"},
      {"QR:1$host$T", "format"},
      {"1$$T", "address"},
      {"1$ $T", "address"},
      {"1$https://host$T", "address"},
      {"1$host/path$T", "address"},
      {"1$ho st$T", "address"},
      {"1$h\xC3\xB6st$T", "address"},
      {"1$host\n$T", "ok"},  // a blank at the edge of a part
      {"1$host$T T", "matchingId"},
      {"1$host$T\x01", "matchingId"},
      {"1$host$\xFF", "matchingId"},
      {"1$host$T$abc", "oid"},
      {"1$host$T$1", "oid"},
      {"1$host$T$1.", "oid"},
      {"1$host$T$2.999.10 1", "oid"},
      {"1$host$T$9.9.9", "oid"},
      {"1$host$T$1.99999999999999999999", "oid"},
      {"1$host$T$$0", "confirmationCodeRequired"},
      {"1$host$T$$yes", "confirmationCodeRequired"},
      {"1$host$T$$11", "confirmationCodeRequired"}};
  for (const auto& [text, part] : cases) {
    auto code = ActivationCode::parse(text);
    EXPECT_EQ(code ? "ok" : code.error().path, part) << '"' << text << '"';
    if (code) continue;
    EXPECT_EQ(code.error().layer, rsp::Layer::kInput);
    EXPECT_NE(code.error().text, "");
  }
}

// In double quotes a shell takes `$host` for a variable, so that "LPA:1" or "LPA:1$" is left.
TEST(ActivationCode, TellsAboutQuotesWhereAShellHasEatenTheDollars) {
  for (const char* text : {"LPA:1", "LPA:1.example.com-TOKEN", "LPA:1$", "LPA:", "1$$"}) {
    EXPECT_THAT(refusal(text).hint, HasSubstr("single quotes")) << text;
  }
}

// 4.1: at most 255 characters. The prefix is none of the code's own.
TEST(ActivationCode, HasAtMost255Characters) {
  std::string longest = "1$host$" + std::string(248, 'T');
  EXPECT_TRUE(ActivationCode::parse(longest));
  EXPECT_TRUE(ActivationCode::parse("LPA:" + longest));
  EXPECT_THAT(refusal(longest + "T").text, HasSubstr("255"));
  EXPECT_FALSE(ActivationCode::parse(std::string(10'000'000, '$')));
}

TEST(ActivationCode, IsWrittenAsInAQrCode) {
  ActivationCode code{"host", "T", std::nullopt, false};
  EXPECT_EQ(code.to_string(), "LPA:1$host$T");
  code.confirmation_code_required = true;
  EXPECT_EQ(code.to_string(), "LPA:1$host$T$$1");
  code.smdp_oid = rsp::asn1::oid_from_text("2.999.10");
  EXPECT_EQ(code.to_string(), "LPA:1$host$T$2.999.10$1");
  code.confirmation_code_required = false;
  EXPECT_EQ(code.to_string(), "LPA:1$host$T$2.999.10");
}

constexpr std::uint64_t kSeed = 41;

std::string random_text(rsp::SeededRandom& random, std::string_view alphabet, std::size_t longest) {
  std::string text(random.next() % (longest + 1), '\0');
  for (char& c : text) c = alphabet[random.next() % alphabet.size()];
  return text;
}

// Whatever is written is read as what it was.
TEST(ActivationCode, WrittenAndReadItIsTheSame) {
  rsp::SeededRandom random(kSeed);
  std::string printable;
  for (char c = '!'; c < 0x7F; ++c) {
    if (c != '$') printable += c;
  }
  for (int round = 0; round < 5000; ++round) {
    ActivationCode code;
    code.address = "h" + random_text(random, "abcXYZ0189-._:", 60);
    code.matching_id = random_text(random, printable, 120);
    if (random.next() % 2 == 0) {
      std::string oid = "2.999";
      for (std::uint64_t arcs = random.next() % 4; arcs > 0; --arcs)
        oid += "." + std::to_string(random.next() % 70'000);
      code.smdp_oid = rsp::asn1::oid_from_text(oid);
      ASSERT_TRUE(code.smdp_oid) << oid;
    }
    code.confirmation_code_required = random.next() % 2 == 0;
    std::string text = code.to_string();
    auto again = ActivationCode::parse(text);
    ASSERT_TRUE(again) << "seed " << kSeed << ", round " << round << ": " << text << ": "
                       << again.error().text;
    EXPECT_EQ(again->address, code.address) << text;
    EXPECT_EQ(again->matching_id, code.matching_id) << text;
    EXPECT_EQ(again->smdp_oid, code.smdp_oid) << text;
    EXPECT_EQ(again->confirmation_code_required, code.confirmation_code_required) << text;
    EXPECT_EQ(again->to_string(), text);
  }
}

// Whatever is typed is read or refused, and what is read can be written and read again.
TEST(ActivationCode, AnyTextIsReadOrRefused) {
  rsp::SeededRandom random(kSeed);
  for (int round = 0; round < 20'000; ++round) {
    std::string text =
        (random.next() % 2 == 0 ? "LPA:1$h" : "") + random_text(random, "$$$1.:aZ \t\xFF", 24);
    auto code = ActivationCode::parse(text);
    if (!code) {
      ASSERT_EQ(code.error().layer, rsp::Layer::kInput) << text;
      continue;
    }
    auto again = ActivationCode::parse(code->to_string());
    ASSERT_TRUE(again) << "seed " << kSeed << ", round " << round << ": " << text;
    EXPECT_EQ(again->to_string(), code->to_string()) << text;
  }
}

}  // namespace
}  // namespace lpa
