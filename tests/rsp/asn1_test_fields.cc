// What a declaration can say, each with a message of its own: optional, default, lists, choices,
// signed, opaque, unknown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/asn1/schema_check.h"
#include "rsp/base/hex.h"

namespace rsp::asn1 {
namespace {

using testing::ElementsAre;

/// Hexadecimal with blanks.
Bytes operator""_x(const char* text, std::size_t size) {
  std::string digits(text, size);
  std::erase(digits, ' ');
  return from_hex(digits).value();
}

template <TopLevel M>
M decoded(const Bytes& der) {
  auto message = decode<M>(der);
  EXPECT_TRUE(message) << message.error().message();
  return message ? *std::move(message) : M{};
}
/// "path | text" of the error.
template <TopLevel M>
std::string error_of(const Bytes& der) {
  auto message = decode<M>(der);
  if (message) return "accepted";
  EXPECT_EQ(message.error().layer, Layer::kDecode);
  return message.error().path + " | " + message.error().text;
}

// --- Mandatory and OPTIONAL ---

struct Person {
  static constexpr Tag kTag = context(40);  // BF28
  static constexpr std::string_view kName = "person";
  std::uint32_t number = 0;
  std::optional<std::string> nick;
  bool adult = false;
  static void fields(auto&& f, auto& m) {
    f(context(0), "number", m.number);
    f(context(1), "nick", m.nick);
    f(context(2), "adult", m.adult);
  }
};

TEST(Fields, AreWrittenInTheOrderOfTheDeclaration) {
  EXPECT_EQ(encode(Person{5, "Al", true}), "BF280A 800105 8102416C 8201FF"_x);
}

TEST(Fields, OptionalOnesMayBeAbsent) {
  EXPECT_EQ(encode(Person{5, std::nullopt, false}), "BF2806 800105 820100"_x);
  EXPECT_EQ(decoded<Person>("BF2806 800105 820100"_x).nick, std::nullopt);
  EXPECT_EQ(decoded<Person>("BF280A 800105 8102416C 820100"_x).nick, "Al");
}

TEST(Fields, EmptyOptionalIsNotAbsent) {
  EXPECT_EQ(decoded<Person>("BF2808 800105 8100 820100"_x).nick, "");
  EXPECT_EQ(encode(Person{5, "", false}), "BF2808 800105 8100 820100"_x);
}

TEST(Fields, MissingOnesAreNamedWithWhatIsThereInstead) {
  EXPECT_EQ(error_of<Person>("BF2803 820100"_x),
            "person.number | person.number is missing: expected tag 80 or A0, found 82");
  EXPECT_EQ(error_of<Person>("BF2803 800105"_x),
            "person.adult | person.adult is missing: expected tag 82 or A2, but nothing is left");
}

TEST(Fields, TruncatedOnesAreNamed) {
  EXPECT_EQ(error_of<Person>("BF2805 800105 8201"_x),
            "person.adult | person.adult is missing: expected tag 82 or A2, but the content is cut "
            "short");
}

TEST(Fields, WrongMessageTagNamesTheMessage) {
  EXPECT_EQ(error_of<Person>("BF2906 800105 820100"_x),
            "person | person is missing: expected tag 9F28 or BF28, found BF29");
  EXPECT_EQ(error_of<Person>({}),
            "person | person is missing: expected tag 9F28 or BF28, but nothing is left");
}

TEST(Fields, BytesAfterTheMessageAreRefused) {
  EXPECT_EQ(error_of<Person>("BF2806 800105 820100 00"_x),
            "person | person has bytes after its end");
}

TEST(Fields, UndeclaredOnesAreRefusedWhereNothingKeepsThem) {
  EXPECT_EQ(error_of<Person>("BF2809 800105 820100 830100"_x),
            "person | person has bytes after its end");
}

TEST(Fields, ConstructedAndPrimitiveAreToldApart) {
  EXPECT_EQ(error_of<Person>("BF2808 A003800105 820100"_x),
            "person.number | person.number is constructed and should be primitive");
  EXPECT_EQ(error_of<Person>("9F2806 800105 820100"_x),
            "person | person is primitive and should be constructed");
}

TEST(Fields, AnyNonZeroOctetIsTrue) {
  for (const char* octet : {"01", "7F", "80", "FF"}) {
    Bytes der = concat({"BF2806 800105 8201"_x, from_hex(octet).value()});
    EXPECT_TRUE(decoded<Person>(der).adult) << octet;
    EXPECT_EQ(to_hex(encode(decoded<Person>(der))), "BF28068001058201FF");
  }
  EXPECT_EQ(error_of<Person>("BF2805 800105 8200"_x),
            "person.adult | person.adult has 0 octets, allowed are 1");
  EXPECT_EQ(error_of<Person>("BF2807 800105 82020000"_x),
            "person.adult | person.adult has 2 octets, allowed are 1");
}

TEST(Fields, TextMustBeUtf8) {
  EXPECT_EQ(error_of<Person>("BF2809 800105 8101FF 820100"_x),
            "person.nick | person.nick is no UTF-8");
}

// --- DEFAULT (X.690 11.5) ---

enum class Colour { kRed = 0, kGreen = 1 };
constexpr auto enum_names(Colour) {
  return named<Colour>({{Colour::kRed, "red"}, {Colour::kGreen, "green"}});
}

struct Shade {
  static constexpr Tag kTag = kSequence;
  static constexpr std::string_view kName = "shade";
  Colour colour = Colour::kGreen;
  static void fields(auto&& f, auto& m) {
    f(context(0), "colour", m.colour, Default{Colour::kGreen});
  }
};

TEST(Fields, DefaultIsLeftOutAndOtherValuesAreNot) {
  EXPECT_EQ(encode(Shade{Colour::kGreen}), "3000"_x);
  EXPECT_EQ(encode(Shade{Colour::kRed}), "3003 800100"_x);
}

TEST(Fields, DefaultIsTakenWhereAbsentAndAcceptedWhereSpelledOut) {
  EXPECT_EQ(decoded<Shade>("3000"_x).colour, Colour::kGreen);
  EXPECT_EQ(decoded<Shade>("3003 800101"_x).colour, Colour::kGreen);
  EXPECT_EQ(decoded<Shade>("3003 800100"_x).colour, Colour::kRed);
}

TEST(Fields, NumbersWithoutANameAreKept) {
  Shade shade = decoded<Shade>("3003 800163"_x);
  EXPECT_EQ(name_of(shade.colour), "99");
  EXPECT_EQ(name_of(Colour::kRed), "red");
  EXPECT_EQ(encode(shade), "3003 800163"_x);
}

// --- Sizes ---

struct Sized {
  static constexpr Tag kTag = kSequence;
  static constexpr std::string_view kName = "sized";
  Octets<3> exact{};
  std::optional<OctetsOf<1, 4>> range;
  std::optional<OctetsOfEither<2, 5>> either;
  std::optional<TextOf<1, 3>> text;
  static void fields(auto&& f, auto& m) {
    f(context(0), "exact", m.exact);
    f(context(1), "range", m.range);
    f(context(2), "either", m.either);
    f(context(3), "text", m.text);
  }
};
std::string sized_with(std::uint8_t tag, std::size_t size) {
  Bytes content(size, 'x');
  Bytes fields = tag == 0x80 ? Bytes{} : "8003010203"_x;
  append(fields, concat({Bytes{tag, static_cast<std::uint8_t>(size)}, content}));
  return error_of<Sized>(constructed_tlv(kSequence, fields));
}

TEST(Fields, SizesAreChecked) {
  EXPECT_EQ(sized_with(0x80, 2), "sized.exact | sized.exact has 2 octets, allowed are 3");
  EXPECT_EQ(sized_with(0x80, 3), "accepted");
  EXPECT_EQ(sized_with(0x80, 4), "sized.exact | sized.exact has 4 octets, allowed are 3");
  EXPECT_EQ(sized_with(0x81, 0), "sized.range | sized.range has 0 octets, allowed are 1 to 4");
  EXPECT_EQ(sized_with(0x81, 1), "accepted");
  EXPECT_EQ(sized_with(0x81, 4), "accepted");
  EXPECT_EQ(sized_with(0x81, 5), "sized.range | sized.range has 5 octets, allowed are 1 to 4");
  EXPECT_EQ(sized_with(0x82, 2), "accepted");
  EXPECT_EQ(sized_with(0x82, 3), "sized.either | sized.either has 3 octets, allowed are 2 or 5");
  EXPECT_EQ(sized_with(0x82, 5), "accepted");
  EXPECT_EQ(sized_with(0x83, 0), "sized.text | sized.text has 0 characters, allowed are 1 to 3");
  EXPECT_EQ(sized_with(0x83, 4), "sized.text | sized.text has 4 characters, allowed are 1 to 3");
}

// X.680 51.5: the unit of a UTF8String's size is the character.
TEST(Fields, TextIsMeasuredInCharacters) {
  EXPECT_EQ(decoded<Sized>("300D 8003010203 8306C3A9C3A9C3A9"_x).text, "ééé");
  EXPECT_EQ(error_of<Sized>("300F 8003010203 8308C3A9C3A9C3A9C3A9"_x),
            "sized.text | sized.text has 4 characters, allowed are 1 to 3");
}

// --- SEQUENCE OF ---

struct Group {
  static constexpr Tag kTag = context(41);  // BF29
  static constexpr std::string_view kName = "group";
  std::vector<Bytes> keys;
  std::optional<std::vector<Person>> people;
  static void fields(auto&& f, auto& m) {
    f(context(0), "keys", m.keys, Each{kOctetString});
    f(context(1), "people", m.people, Each{kSequence});
  }
};

TEST(Lists, HoldElementsWithTheirOwnTag) {
  Group group{{"01"_x, "0203"_x}, std::vector<Person>{{1, std::nullopt, true}}};
  Bytes der = "BF2913 A007 040101 04020203 A108 3006 800101 8201FF"_x;
  EXPECT_EQ(encode(group), der);
  Group read = decoded<Group>(der);
  EXPECT_THAT(read.keys, ElementsAre("01"_x, "0203"_x));
  ASSERT_EQ(read.people.value().size(), 1u);
  EXPECT_EQ(read.people->front().number, 1u);
}

TEST(Lists, EmptyIsNotAbsent) {
  EXPECT_EQ(encode(Group{{}, std::vector<Person>{}}), "BF2904 A000 A100"_x);
  EXPECT_TRUE(decoded<Group>("BF2904 A000 A100"_x).people);
  EXPECT_FALSE(decoded<Group>("BF2902 A000"_x).people);
}

TEST(Lists, ErrorsNameTheElement) {
  EXPECT_EQ(error_of<Group>("BF2908 A006 040101 050101"_x),
            "group.keys[1] | group.keys[1] is missing: expected tag 04 or 24, found 05");
  EXPECT_EQ(error_of<Group>("BF2913 A000 A10F 3006 800101 8201FF 3005 800101 8200"_x),
            "group.people[1].adult | group.people[1].adult has 0 octets, allowed are 1");
  EXPECT_EQ(
      error_of<Group>("BF2906 A004 040101 04"_x),
      "group.keys[1] | group.keys[1] is missing: expected tag 04 or 24, but the length is missing");
  EXPECT_EQ(error_of<Group>("BF2902 8000"_x),
            "group.keys | group.keys is primitive and should be constructed");
}

// --- CHOICE ---

using Which = std::variant<std::uint32_t, std::string>;
inline constexpr OneOf kWhich{Alternative{context(0), "number"}, Alternative{context(1), "name"}};

struct Bare {  // the whole message is the CHOICE
  static constexpr Tag kTag = context(42);
  static constexpr std::string_view kName = "bare";
  Which which;
  static void fields(auto&& f, auto& m) { f("", m.which, kWhich); }
};
struct Named {  // an untagged CHOICE among other components
  static constexpr Tag kTag = kSequence;
  static constexpr std::string_view kName = "named";
  Which which;
  std::optional<Which> other;
  bool flag = false;
  static void fields(auto&& f, auto& m) {
    f("which", m.which, kWhich);
    f("other", m.other, OneOf{Alternative{context(2), "number"}, Alternative{context(3), "name"}});
    f(context(4), "flag", m.flag);
  }
};
struct Wrapped {  // a CHOICE in an element of its own
  static constexpr Tag kTag = kSequence;
  static constexpr std::string_view kName = "wrapped";
  Which which;
  std::optional<Which> other;
  static void fields(auto&& f, auto& m) {
    f(context(0), "which", m.which, kWhich);
    f(context(1), "other", m.other, kWhich);
  }
};

TEST(Choices, TagTellsTheAlternative) {
  EXPECT_EQ(encode(Bare{7u}), "BF2A03 800107"_x);
  EXPECT_EQ(encode(Bare{"ab"}), "BF2A04 81026162"_x);
  EXPECT_EQ(std::get<0>(decoded<Bare>("BF2A03 800107"_x).which), 7u);
  EXPECT_EQ(std::get<1>(decoded<Bare>("BF2A04 81026162"_x).which), "ab");
}

TEST(Choices, WithoutATagStandAmongTheOtherComponents) {
  EXPECT_EQ(encode(Named{7u, std::nullopt, true}), "3006 800107 8401FF"_x);
  EXPECT_EQ(encode(Named{"a", Which("b"), true}), "3009 810161 830162 8401FF"_x);
  Named read = decoded<Named>("3009 810161 830162 8401FF"_x);
  EXPECT_EQ(std::get<1>(read.which), "a");
  EXPECT_EQ(std::get<1>(read.other.value()), "b");
  EXPECT_FALSE(decoded<Named>("3006 800107 8401FF"_x).other);
}

TEST(Choices, WithATagStandInAnElementOfTheirOwn) {
  EXPECT_EQ(encode(Wrapped{7u, Which("b")}), "300A A003 800107 A103 810162"_x);
  Wrapped read = decoded<Wrapped>("300A A003 800107 A103 810162"_x);
  EXPECT_EQ(std::get<0>(read.which), 7u);
  EXPECT_EQ(std::get<1>(read.other.value()), "b");
  EXPECT_FALSE(decoded<Wrapped>("3005 A003 800107"_x).other);
}

TEST(Choices, NeedOneAlternativeAndOnlyOne) {
  EXPECT_EQ(error_of<Bare>("BF2A00"_x),
            "bare | bare has none of the alternatives number, name, but nothing is left");
  EXPECT_EQ(error_of<Bare>("BF2A03 820107"_x),
            "bare | bare has none of the alternatives number, name, but found 82");
  EXPECT_EQ(error_of<Bare>("BF2A06 800107 800107"_x), "bare | bare has bytes after its end");
  EXPECT_EQ(error_of<Bare>("BF2A02 8080"_x),
            "bare | bare has none of the alternatives number, name, but indefinite lengths are not "
            "allowed");
  EXPECT_EQ(error_of<Named>("3003 8401FF"_x),
            "named.which | named.which has none of the alternatives number, name, but found 84");
  EXPECT_EQ(error_of<Wrapped>("3002 A000"_x),
            "wrapped.which | wrapped.which has none of the alternatives number, name, but nothing "
            "is left");
  EXPECT_EQ(error_of<Wrapped>("3008 A006 800107 810161"_x),
            "wrapped.which | wrapped.which has bytes after its end");
}

TEST(Choices, ErrorsNameTheAlternative) {
  EXPECT_EQ(error_of<Bare>("BF2A02 8000"_x),
            "bare.number | bare.number is an INTEGER of no or too many octets");
  EXPECT_EQ(error_of<Named>("3005 8000 8401FF"_x),
            "named.which.number | named.which.number is an INTEGER of no or too many octets");
  EXPECT_EQ(error_of<Wrapped>("3004 A002 8000"_x),
            "wrapped.which.number | wrapped.which.number is an INTEGER of no or too many octets");
}

struct WhichList : std::vector<Which> {
  static constexpr auto kSpec = kWhich;
};
struct ListOfChoices {
  static constexpr Tag kTag = context(43);
  static constexpr std::string_view kName = "lists";
  std::variant<WhichList, std::uint32_t> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result, OneOf{Alternative{context(0), "ok"}, Alternative{context(1), "error"}});
  }
};

TEST(Choices, ListOfChoicesMayBeAnAlternativeItself) {
  Bytes der = "BF2B0A A008 800107 8103616263"_x;
  ListOfChoices read = decoded<ListOfChoices>(der);
  auto& list = std::get<WhichList>(read.result);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(std::get<1>(list[1]), "abc");
  EXPECT_EQ(encode(read), der);
  EXPECT_EQ(error_of<ListOfChoices>("BF2B07 A005 800107 8000"_x),
            "lists.ok[1].number | lists.ok[1].number is an INTEGER of no or too many octets");
  EXPECT_EQ(error_of<ListOfChoices>("BF2B07 A005 800107 8200"_x),
            "lists.ok[1] | lists.ok[1] has none of the alternatives number, name, but found 82");
}

// --- Signed, Any, ImplicitAny ---

struct Letter {
  static constexpr Tag kTag = context(44);  // BF2C
  static constexpr std::string_view kName = "letter";
  Signed<Person> person;
  Any certificate;
  std::optional<ImplicitAny> list;
  static void fields(auto&& f, auto& m) {
    f(kSequence, "person", m.person);
    f(kSequence, "certificate", m.certificate);
    f(context(0), "list", m.list);
  }
};

TEST(Signed, KeepsItsBytesAndEncodesExactlyThem) {
  // The person in a form that is no DER: a length of two octets where one would do, and TRUE as 01.
  Bytes der = "BF2C0E 308106 800105 820101 3003020101"_x;
  Letter letter = decoded<Letter>(der);
  EXPECT_EQ(letter.person.der, "308106 800105 820101"_x);
  EXPECT_TRUE(letter.person.value.adult);
  EXPECT_EQ(encode(letter), der);
}

TEST(Signed, EncodesTheValueWhereThereAreNoBytes) {
  Letter letter{{Person{5, std::nullopt, true}, {}}, {"3003020101"_x}, std::nullopt};
  EXPECT_EQ(encode(letter), "BF2C0D 3006 800105 8201FF 3003020101"_x);
}

TEST(Signed, SealMakesTheBytes) {
  auto sealed = seal(kSequence, Person{5, std::nullopt, true});
  EXPECT_EQ(sealed.der, "3006 800105 8201FF"_x);
  EXPECT_EQ(sealed.value.number, 5u);
}

TEST(Signed, ErrorsInsideNameTheField) {
  EXPECT_EQ(error_of<Letter>("BF2C0C 3005 800105 8200 3003020101"_x),
            "letter.person.adult | letter.person.adult has 0 octets, allowed are 1");
}

TEST(Any, IsOneWholeElementOfItsTag) {
  Letter letter = decoded<Letter>("BF2C0F 3006 800105 8201FF 30820003 020101"_x);
  EXPECT_EQ(letter.certificate.der, "30820003 020101"_x)
      << "kept as it came, whatever its length form";
  EXPECT_EQ(error_of<Letter>("BF2C0D 3006 800105 8201FF 3103020101"_x),
            "letter.certificate | letter.certificate is missing: expected tag 10 or 30, found 31");
}

// LoadCRL: the tag A0 replaces the 30 of CertificateList.
TEST(ImplicitAny, HasItsOwnTagInMemoryAndTheFieldsOnTheWire) {
  Bytes der = "BF2C12 3006 800105 8201FF 3003020101 A003020109"_x;
  Letter letter = decoded<Letter>(der);
  EXPECT_EQ(letter.list.value().der, "3003020109"_x);
  EXPECT_EQ(encode(letter), der);
  EXPECT_EQ(error_of<Letter>("BF2C10 3006 800105 8201FF 3003020101 800109"_x),
            "letter.list | letter.list is primitive and should be constructed");
}

// --- Null ---

struct Flagged {
  static constexpr Tag kTag = kSequence;
  static constexpr std::string_view kName = "flagged";
  std::optional<Null> flag;
  static void fields(auto&& f, auto& m) { f(context(0), "flag", m.flag); }
};

TEST(Null, HasNoContent) {
  EXPECT_EQ(encode(Flagged{Null{}}), "3002 8000"_x);
  EXPECT_TRUE(decoded<Flagged>("3002 8000"_x).flag);
  EXPECT_FALSE(decoded<Flagged>("3000"_x).flag);
  EXPECT_EQ(error_of<Flagged>("3003 800100"_x),
            "flagged.flag | flagged.flag is a NULL with content");
}

// --- Unknown trailing elements ---

struct Extensible {
  static constexpr Tag kTag = kSequence;
  static constexpr std::string_view kName = "extensible";
  std::uint32_t number = 0;
  std::optional<std::string> text;
  Which which;
  Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(context(5), "number", m.number);
    f(context(6), "text", m.text);
    f("which", m.which, kWhich);
  }
};

TEST(UnknownElements, AreKeptAndSentOnAfterTheKnownOnes) {
  Bytes der = "300F 850105 860161 800107 8901AA BF2200"_x;
  Extensible read = decoded<Extensible>(der);
  EXPECT_EQ(read.unknown.elements, "8901AA BF2200"_x);
  EXPECT_EQ(encode(read), der);
}

TEST(UnknownElements, MustBeElements) {
  EXPECT_EQ(error_of<Extensible>("3008 850105 800107 89 01"_x),
            "extensible | extensible the content is cut short");
  EXPECT_EQ(error_of<Extensible>("3007 850105 800107 89"_x),
            "extensible | extensible the length is missing");
}

TEST(UnknownElements, DeclaredOnesAmongThemAreTwiceOrOutOfOrder) {
  EXPECT_EQ(error_of<Extensible>("3009 850105 800107 850105"_x),
            "extensible.number | extensible.number comes twice or out of order: 85");
  EXPECT_EQ(error_of<Extensible>("3009 850105 800107 860161"_x),
            "extensible.text | extensible.text comes twice or out of order: 86");
  EXPECT_EQ(error_of<Extensible>("3009 850105 800107 810161"_x),
            "extensible.name | extensible.name comes twice or out of order: 81");
  EXPECT_EQ(error_of<Extensible>("300C 850105 800107 8901AA 850105"_x),
            "extensible.number | extensible.number comes twice or out of order: 85");
}

// --- The schema check ---

struct Twins {
  bool first = false, second = false;
  static void fields(auto&& f, auto& m) {
    f(context(0), "first", m.first);
    f(context(0), "first", m.second);
  }
};
struct Descending {
  bool first = false, second = false;
  static void fields(auto&& f, auto& m) {
    f(context(1), "first", m.first);
    f(context(0), "second", m.second);
  }
};
struct SaysSoWithoutNeed {
  static constexpr bool kTagsDescend = true, kTagTwice = true;
  bool first = false;
  static void fields(auto&& f, auto& m) { f(context(1), "first", m.first); }
};
struct Nameless {
  bool first = false;
  static void fields(auto&& f, auto& m) { f(context(1), "", m.first); }
};
struct Outer {
  std::optional<std::vector<Descending>> list;
  static void fields(auto&& f, auto& m) { f(context(0), "list", m.list, Each{kSequence}); }
};
struct TwiceInChoice {
  std::variant<bool, std::uint32_t> which;
  static void fields(auto&& f, auto& m) {
    f(context(0), "which", m.which,
      OneOf{Alternative{context(0), "a"}, Alternative{context(0), "b"}});
  }
};

TEST(SchemaCheck, FindsWhatADeclarationMustNotSay) {
  EXPECT_THAT(
      SchemaCheck::of<Twins>("m"),
      ElementsAre("m.first: is a name used twice", "m.first: has a tag that another field has"));
  EXPECT_THAT(SchemaCheck::of<Descending>("m"),
              ElementsAre("m: has context tags that do not ascend"));
  EXPECT_THAT(SchemaCheck::of<SaysSoWithoutNeed>("m"),
              ElementsAre("m: declares kTagsDescend, but its context tags ascend",
                          "m: declares kTagTwice, but its tags are unique"));
  EXPECT_THAT(SchemaCheck::of<Nameless>("m"), ElementsAre("m: has no name"));
  EXPECT_THAT(SchemaCheck::of<Outer>("m"),
              ElementsAre("m.list: has context tags that do not ascend"));
  EXPECT_THAT(SchemaCheck::of<TwiceInChoice>("m"),
              ElementsAre("m.b: is an alternative whose tag is used twice"));
  EXPECT_THAT(SchemaCheck::of<Person>("m"), ElementsAre());
}

}  // namespace
}  // namespace rsp::asn1
