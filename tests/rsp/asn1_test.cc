// Elements on the wire: reading, writing, object identifiers and bit strings (X.690).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/asn1/reader.h"
#include "rsp/asn1/writer.h"
#include "rsp/base/hex.h"

namespace rsp::asn1 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// --- Reader ---

TEST(Reader, ReadsTagLengthAndContent) {
  Bytes input = "800301020381"_hex;
  auto element = Reader(input).peek();
  ASSERT_TRUE(element);
  EXPECT_EQ(element->tag, context(0));
  EXPECT_FALSE(element->constructed);
  EXPECT_EQ(to_hex(element->content), "010203");
  EXPECT_EQ(to_hex(element->whole), "8003010203");
  EXPECT_EQ(element->header_size(), 2u);
}

struct TagVector {
  const char* element;
  Tag tag;
  bool constructed;
  const char* text;
};
// X.690 8.1.2: one octet up to number 30, base 128 from 31 on.
const TagVector kTagVectors[] = {
    {"0200", universal(2), false, "02"},
    {"3000", kSequence, true, "30"},
    {"5A00", application(26), false, "5A"},
    {"5E00", application(30), false, "5E"},
    {"5F1F00", application(31), false, "5F1F"},
    {"5F3700", application(55), false, "5F37"},
    {"9F7F00", context(127), false, "9F7F"},
    {"BF3800", context(56), true, "BF38"},
    {"E300", private_use(3), true, "E3"},
    {"DF810000", private_use(128), false, "DF8100"},
    {"BFFF7F00", context(16383), true, "BFFF7F"},
    {"BF81800000", context(16384), true, "BF818000"},
    {"9FFFFFFF7F00", context(0x0FFFFFFF), false, "9FFFFFFF7F"},
};

TEST(Reader, ReadsTagsOfEveryForm) {
  for (const auto& [element, tag, constructed, text] : kTagVectors) {
    auto read = Reader(from_hex(element).value()).peek();
    ASSERT_TRUE(read) << element << ": " << read.error();
    EXPECT_EQ(read->tag, tag) << element;
    EXPECT_EQ(read->constructed, constructed) << element;
    EXPECT_EQ(to_string(read->tag, read->constructed), text);
  }
}

std::string problem_of(const std::string& element) {
  Bytes input = from_hex(element).value();
  auto read = Reader(input).peek();
  return read ? "read " + to_hex(read->whole) : std::string(read.error());
}

TEST(Reader, RefusesTagsThatAreNotInTheirShortestForm) {
  EXPECT_EQ(problem_of("9F1E00"), "the tag is not in its shortest form");
  EXPECT_EQ(problem_of("9F0000"), "the tag is not in its shortest form");
  EXPECT_EQ(problem_of("9F801F00"), "the tag is not in its shortest form");
}

TEST(Reader, RefusesTagNumbersBeyond28Bits) {
  EXPECT_EQ(problem_of("9F818080800000"), "the tag number is too large");
  EXPECT_EQ(problem_of("9FFFFFFFFFFFFFFFFFFFFF7F00"), "the tag number is too large");
}

// Pitfall H 6: real peers send 81, 82 and 83 where DER wants fewer.
TEST(Reader, AcceptsLengthsInAnyDefiniteFormOfUpToFourOctets) {
  for (const char* element :
       {"8001AA", "808101AA", "80820001AA", "8083000001AA", "808400000001AA"}) {
    Bytes input = from_hex(element).value();
    auto read = Reader(input).peek();
    ASSERT_TRUE(read) << element;
    EXPECT_EQ(to_hex(read->content), "AA") << element;
    EXPECT_EQ(read->whole.size(), input.size()) << element;
  }
}

TEST(Reader, RefusesIndefiniteAndOverlongLengths) {
  EXPECT_EQ(problem_of("A0800000"), "indefinite lengths are not allowed");
  EXPECT_EQ(problem_of("80850000000001AA"), "the length has more than four octets");
  EXPECT_EQ(problem_of("80FF"), "the length has more than four octets");
}

TEST(Reader, SaysWhatIsCutOff) {
  EXPECT_EQ(problem_of(""), "nothing is left");
  EXPECT_EQ(problem_of("9F"), "the tag is cut short");
  EXPECT_EQ(problem_of("9F81"), "the tag is cut short");
  EXPECT_EQ(problem_of("80"), "the length is missing");
  EXPECT_EQ(problem_of("9F70"), "the length is missing");
  EXPECT_EQ(problem_of("8081"), "the length is cut short");
  EXPECT_EQ(problem_of("808400FFFF"), "the length is cut short");
  EXPECT_EQ(problem_of("8001"), "the content is cut short");
  EXPECT_EQ(problem_of("8084FFFFFFFF00"), "the content is cut short");
}

TEST(Reader, EveryTruncationOfAnElementIsRefused) {
  Bytes element = concat({"9F8101"_hex, der_length(300), Bytes(300)});
  ASSERT_TRUE(Reader(element).peek());
  for (std::size_t size = 0; size < element.size(); ++size) {
    EXPECT_FALSE(Reader(BytesView(element).first(size)).peek()) << size;
  }
}

TEST(Reader, NextAdvancesAndPeekDoesNot) {
  Bytes input = "80018181020102"_hex;
  Reader reader(input);
  EXPECT_EQ(to_hex(reader.peek()->whole), "800181");
  EXPECT_EQ(to_hex(reader.next()->whole), "800181");
  EXPECT_EQ(to_hex(reader.rest()), "81020102");
  EXPECT_EQ(to_hex(reader.next()->whole), "81020102");
  EXPECT_TRUE(reader.at_end());
  EXPECT_FALSE(reader.next());
}

TEST(Reader, NextIfTakesOnlyTheTagAskedFor) {
  Bytes input = "80018182"_hex;
  Reader reader(input);
  EXPECT_FALSE(reader.next_if(context(1)));
  EXPECT_TRUE(reader.next_if(context(0)));
  EXPECT_FALSE(reader.next_if(context(2))) << "the rest is no element";
  EXPECT_EQ(to_hex(reader.rest()), "82");
}

// --- Writer ---

TEST(Writer, WritesTagsOfEveryForm) {
  for (const auto& [element, tag, constructed, text] : kTagVectors) {
    EXPECT_EQ(to_hex(constructed ? constructed_tlv(tag, {}) : tlv(tag, {})), element);
  }
}

// X.690 10.1: the shortest definite form.
TEST(Writer, LengthsAreShortest) {
  const std::pair<std::size_t, const char*> expected[] = {{0, "00"},
                                                          {1, "01"},
                                                          {127, "7F"},
                                                          {128, "8180"},
                                                          {255, "81FF"},
                                                          {256, "820100"},
                                                          {65535, "82FFFF"},
                                                          {65536, "83010000"},
                                                          {16777215, "83FFFFFF"},
                                                          {16777216, "8401000000"}};
  for (auto [size, length] : expected) EXPECT_EQ(to_hex(der_length(size)), length) << size;
}

TEST(Writer, ElementsOfEveryLengthFormReadBack) {
  for (std::size_t size : {0, 127, 128, 255, 256, 65535, 65536}) {
    Bytes content(size, 0xAB);
    Bytes expected = concat({"80"_hex, der_length(size), content});
    EXPECT_TRUE(equal(tlv(context(0), content), expected)) << size;
    auto read = Reader(expected).peek();
    ASSERT_TRUE(read) << size;
    EXPECT_EQ(read->content.size(), size);

    // The same around an element, where the length is filled in afterwards.
    Bytes outer = constructed_tlv(context(1), expected);
    EXPECT_TRUE(equal(outer, concat({"A1"_hex, der_length(expected.size()), expected}))) << size;
  }
}

TEST(Writer, NestsElements) {
  Writer writer;
  writer.constructed(context(56), [&] {
    writer.primitive(context(0), "01"_hex);
    writer.constructed(kSequence, [&] { writer.integer(kInteger, 5); });
    writer.raw("8200"_hex);
  });
  EXPECT_EQ(to_hex(writer.written()),
            "BF380A"
            "800101"
            "3003020105"
            "8200");
  EXPECT_EQ(to_hex(writer.take()), "BF380A80010130030201058200");
}

struct IntegerVector {
  std::int64_t value;
  const char* content;
};
// X.690 8.3: two's complement, the first nine bits not all equal. Derived by hand.
const IntegerVector kIntegerVectors[] = {
    {0, "00"},
    {1, "01"},
    {127, "7F"},
    {128, "0080"},
    {255, "00FF"},
    {256, "0100"},
    {32767, "7FFF"},
    {32768, "008000"},
    {65535, "00FFFF"},
    {65536, "010000"},
    {8388607, "7FFFFF"},
    {8388608, "00800000"},
    {2147483647, "7FFFFFFF"},
    {2147483648, "0080000000"},
    {4294967295, "00FFFFFFFF"},
    {4294967296, "0100000000"},
    {INT64_MAX, "7FFFFFFFFFFFFFFF"},
    {-1, "FF"},
    {-128, "80"},
    {-129, "FF7F"},
    {-256, "FF00"},
    {-257, "FEFF"},
    {-32768, "8000"},
    {-32769, "FF7FFF"},
    {-2147483648, "80000000"},
    {-2147483649, "FF7FFFFFFF"},
    {INT64_MIN, "8000000000000000"},
};

TEST(Writer, IntegersTakeTheFewestOctets) {
  for (const auto& [value, content] : kIntegerVectors) {
    EXPECT_EQ(to_hex(encode_as(kInteger, value)), to_hex(tlv(kInteger, from_hex(content).value())))
        << value;
  }
}

template <class T>
std::string decoded_number(const std::string& content) {
  auto value = decode_as<T>(context(0), "n", tlv(context(0), from_hex(content).value()));
  return value ? std::to_string(*value) : value.error().text;
}

TEST(Integers, DecodeToTheirValue) {
  for (const auto& [value, content] : kIntegerVectors) {
    EXPECT_EQ(decoded_number<std::int64_t>(content), std::to_string(value));
  }
}

TEST(Integers, OutOfTheRangeOfTheirTypeAreRefused) {
  EXPECT_EQ(decoded_number<std::uint32_t>("00FFFFFFFF"), "4294967295");
  EXPECT_EQ(decoded_number<std::uint32_t>("0100000000"), "n is out of range");
  EXPECT_EQ(decoded_number<std::uint32_t>("FF"), "n is out of range");
  EXPECT_EQ(decoded_number<std::uint8_t>("00FF"), "255");
  EXPECT_EQ(decoded_number<std::uint8_t>("0100"), "n is out of range");
  EXPECT_EQ(decoded_number<std::int32_t>("80000000"), "-2147483648");
  EXPECT_EQ(decoded_number<std::int32_t>("FF7FFFFFFF"), "n is out of range");
}

TEST(Integers, OfNoOrTooManyOctetsAreRefused) {
  EXPECT_EQ(decoded_number<std::int64_t>(""), "n is an INTEGER of no or too many octets");
  EXPECT_EQ(decoded_number<std::int64_t>("000000000000000001"),
            "n is an INTEGER of no or too many octets");
}

// --- OBJECT IDENTIFIER (X.690 8.19) ---

struct OidVector {
  const char* text;
  const char* content;
};
const OidVector kOidVectors[] = {
    {"2.999.10", "88370A"},  // pitfall H 36: the first two numbers share 1079
    {"2.23.146.1.2.1.4", "67811201020104"},
    {"1.2.840.10045.3.1.7", "2A8648CE3D030107"},
    {"1.3.36.3.3.2.8.1.1.7", "2B2403030208010107"},
    {"0.0", "00"},
    {"0.39", "27"},
    {"1.0", "28"},
    {"1.39", "4F"},
    {"2.0", "50"},
    {"2.47", "7F"},
    {"2.48", "8100"},
    {"2.5.0.0", "550000"},
    {"1.3.128.16384", "2B8100818000"},
    {"1.3.18446744073709551615", "2B81FFFFFFFFFFFFFFFF7F"},
};

TEST(Oid, TextBecomesContent) {
  for (const auto& [text, content] : kOidVectors) {
    auto oid = oid_from_text(text);
    ASSERT_TRUE(oid) << text;
    EXPECT_EQ(to_hex(oid->content), content) << text;
  }
}

TEST(Oid, ContentBecomesText) {
  for (const auto& [text, content] : kOidVectors) {
    if (std::string(text).ends_with("551615")) continue;  // shown in hexadecimal, see below
    EXPECT_EQ(to_string(Oid{from_hex(content).value()}), text);
  }
}

TEST(Oid, NumbersBeyond64BitsAreShownInHexadecimal) {
  // 2.25 and a UUID (X.667) are legal, but no number of ours.
  EXPECT_EQ(to_string(Oid{"6983F09DA7EBCFDEE0C7A1A7B2C0948CC8F9D776"_hex}),
            "6983F09DA7EBCFDEE0C7A1A7B2C0948CC8F9D776");
}

TEST(Oid, ContentThatIsNoneIsShownInHexadecimal) {
  EXPECT_EQ(to_string(Oid{}), "");
  EXPECT_EQ(to_string(Oid{"8837"_hex}), "2.999");
  EXPECT_EQ(to_string(Oid{"88"_hex}), "88");
  EXPECT_EQ(to_string(Oid{"88378A"_hex}), "88378A");
}

TEST(Oid, TextThatIsNoneIsRefused) {
  for (const char* text :
       {"", ".", "1", "2.", ".2.3", "2..3", "2.999.", "3.1", "0.40", "1.40", "2.-1", "2.+1", "2.1 ",
        " 2.1", "2.1a", "x", "1.2.18446744073709551616", "2.18446744073709551615"}) {
    EXPECT_FALSE(oid_from_text(text)) << text;
  }
}

std::string decoded_oid(const std::string& content) {
  auto value =
      decode_as<Oid>(kObjectIdentifier, "oid", tlv(kObjectIdentifier, from_hex(content).value()));
  return value ? to_string(*value) : value.error().text;
}

TEST(Oid, MalformedContentIsRefused) {
  EXPECT_EQ(decoded_oid("88370A"), "2.999.10");
  EXPECT_EQ(decoded_oid(""), "oid is an OBJECT IDENTIFIER that is cut short");
  EXPECT_EQ(decoded_oid("8837"
                        "8A"),
            "oid is an OBJECT IDENTIFIER that is cut short");
  // X.690 8.19.2: no subidentifier begins with 80.
  EXPECT_EQ(decoded_oid("8037"),
            "oid is an OBJECT IDENTIFIER with a number that begins with zeros");
  EXPECT_EQ(decoded_oid("8837800A"),
            "oid is an OBJECT IDENTIFIER with a number that begins with zeros");
  EXPECT_EQ(decoded_oid("2B818000"), "1.3.16384") << "an 80 inside a subidentifier is good";
}

// --- BIT STRING of named bits (X.690 8.6, 11.2.2; pitfall H 7) ---

std::vector<unsigned> decoded_bits(const std::string& content) {
  auto value =
      decode_as<BitString>(context(25), "bits", tlv(context(25), from_hex(content).value()));
  EXPECT_TRUE(value) << content;
  return value ? value->bits() : std::vector<unsigned>{};
}

TEST(BitStrings, SameBitsInAnyLengthAreEqual) {
  // ppr1 alone: DER, the fixed form of three bits, and forms with more trailing zeros.
  for (const char* content : {"0640", "0540", "0040", "004000", "074000"}) {
    EXPECT_THAT(decoded_bits(content), ElementsAre(1)) << content;
  }
  for (const char* content : {"00", "0500", "0000"})
    EXPECT_THAT(decoded_bits(content), IsEmpty()) << content;
  BitString wide;
  wide.octets = "400000"_hex;
  EXPECT_EQ(wide, BitString{1});
  EXPECT_NE(wide, BitString{0});
}

TEST(BitStrings, EncodeWithoutTrailingZeros) {
  auto content = [](const BitString& bits) {
    return to_hex(encode_as(context(25), bits)).substr(4);
  };
  EXPECT_EQ(content({}), "00");
  EXPECT_EQ(content({0}), "0780");
  EXPECT_EQ(content({1}), "0640");
  EXPECT_EQ(content({7}), "0001");
  EXPECT_EQ(content({8}), "070080");
  EXPECT_EQ(content({0, 1, 2}), "05E0");
  BitString wide;
  wide.octets = "400000"_hex;
  EXPECT_EQ(content(wide), "0640");
  wide.octets = "0000"_hex;
  EXPECT_EQ(content(wide), "00");
}

TEST(BitStrings, UnusedBitsDoNotCount) {
  EXPECT_THAT(decoded_bits("0547"), ElementsAre(1)) << "the last five bits of 47 are unused";
}

TEST(BitStrings, WrongCountsOfUnusedBitsAreRefused) {
  for (const char* content : {"", "01", "0840", "FF40"}) {
    auto value =
        decode_as<BitString>(context(25), "bits", tlv(context(25), from_hex(content).value()));
    ASSERT_FALSE(value) << content;
    EXPECT_EQ(value.error().text, "bits is a BIT STRING with a wrong count of unused bits");
  }
}

TEST(BitStrings, TestSetAndNone) {
  BitString bits;
  EXPECT_TRUE(bits.none());
  EXPECT_FALSE(bits.test(0));
  bits.set(9);
  EXPECT_TRUE(bits.test(9));
  EXPECT_FALSE(bits.test(8));
  EXPECT_FALSE(bits.test(1000));
  EXPECT_FALSE(bits.none());
  EXPECT_THAT(bits.bits(), ElementsAre(9));
}

// --- UTF8String (RFC 3629) ---

TEST(Utf8, CharactersAreCounted) {
  EXPECT_EQ(count_characters({}), 0u);
  EXPECT_EQ(count_characters(view_of("abc")), 3u);
  EXPECT_EQ(count_characters(view_of("é漢\U0001F4F1")), 3u);
  // The ends of the ranges of RFC 3629: U+80, U+7FF, U+800, U+D7FF, U+E000, U+FFFF, U+10000,
  // U+10FFFF.
  EXPECT_EQ(count_characters("C280DFBFE0A080ED9FBFEE8080EFBFBFF0908080F48FBFBF"_hex), 8u);
}

TEST(Utf8, WhatIsNoneIsRefused) {
  // Lone, cut short, wrong continuation, overlong, surrogate, beyond U+10FFFF, never valid.
  for (const char* text :
       {"80", "BF", "C3", "E282", "F09F93", "C328", "E22841", "F09F2841", "C080", "C1BF", "E09FBF",
        "F08FBFBF", "EDA080", "EDBFBF", "F4908080", "F5808080", "FE", "FF", "41FF"}) {
    EXPECT_FALSE(count_characters(from_hex(text).value())) << text;
  }
}

}  // namespace
}  // namespace rsp::asn1
