// Declared structs out of JSON, with the place of every mistake.
#include "hil/declare/declare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hil/declare/schema.h"

namespace hil {
namespace {

using ::testing::HasSubstr;

enum class Colour { kRed, kGreen };
constexpr auto enum_names(Colour) {
  return rsp::asn1::named<Colour>({{Colour::kRed, "red"}, {Colour::kGreen, "green"}});
}

struct Inner {
  std::uint32_t number = 7;
  static void fields(auto&& f, auto& m) { f("number", m.number, "any", kOptional, Range{1, 9}); }
};

struct Sample {
  std::string name;
  std::optional<Colour> colour;
  bool loud = true;
  std::vector<Inner> list;
  std::map<std::string, std::string> map{{"default", "there"}};
  std::chrono::milliseconds span{5};
  rsp::Bytes octets;
  std::uint8_t ins = 0;
  rsp::card::StatusWord sw;
  double part = 0;
  static void fields(auto&& f, auto& m) {
    f("name", m.name, "must be there");
    f("colour", m.colour, "may be there");
    f("loud", m.loud, "has a default", kOptional);
    f("list", m.list, "of structs", kOptional);
    f("map", m.map, "of texts", kOptional);
    f("span", m.span, "of time", kOptional);
    f("octets", m.octets, "hexadecimal", kOptional);
    f("ins", m.ins, "one octet", kOptional);
    f("sw", m.sw, "status word", kOptional);
    f("part", m.part, "a number", kOptional);
  }
  std::string problem() const { return name == "bad" ? "is a bad name" : ""; }
};

/// What is wrong with a text, each as "place: text (hint)"; the value where nothing is.
std::pair<Sample, std::vector<std::string>> read(std::string_view text,
                                                 Variables variables = Variables::kResolved) {
  Sample sample;
  auto document = Document::parse(text, "f.json");
  if (!document) return {sample, {document.error().path + ": " + document.error().text}};
  Problems problems;
  read_value(document->json(), Place(*document), problems, variables, sample);
  std::vector<std::string> list;
  for (const rsp::Error& problem : problems.list()) {
    list.push_back(problem.path + ": " + problem.text +
                   (problem.hint.empty() ? "" : " (" + problem.hint + ")"));
  }
  return {sample, list};
}

TEST(Declare, ReadsEveryKindOfValue) {
  auto [sample, problems] = read(R"({
    // people may write comments
    "$schema": "x", "name": "n", "colour": "green", "loud": false,
    "list": [{"number": 3}, {}], "map": {"a": "b"}, "span": "2min",
    "octets": "0aFF", "ins": "e2", "sw": "6a88", "part": 0.25})");
  EXPECT_THAT(problems, ::testing::IsEmpty());
  EXPECT_EQ(sample.colour, Colour::kGreen);
  EXPECT_FALSE(sample.loud);
  ASSERT_EQ(sample.list.size(), 2u);
  EXPECT_EQ(sample.list[0].number, 3u);
  EXPECT_EQ(sample.list[1].number, 7u);
  EXPECT_EQ(sample.map, (std::map<std::string, std::string>{{"a", "b"}}));
  EXPECT_EQ(sample.span, std::chrono::seconds(120));
  EXPECT_EQ(sample.octets, (rsp::Bytes{0x0A, 0xFF}));
  EXPECT_EQ(sample.ins, 0xE2);
  EXPECT_EQ(sample.sw.value(), 0x6A88);
  EXPECT_EQ(sample.part, 0.25);
}

TEST(Declare, WhatIsLeftOutKeepsItsDefault) {
  auto [sample, problems] = read(R"({"name": "n"})");
  EXPECT_THAT(problems, ::testing::IsEmpty());
  EXPECT_TRUE(sample.loud);
  EXPECT_FALSE(sample.colour);
  EXPECT_EQ(sample.map.at("default"), "there");
}

TEST(Declare, AMissingMemberIsNamed) {
  EXPECT_THAT(read("{}").second, ::testing::ElementsAre("f.json:1: 'name' is missing"));
}

TEST(Declare, AMisspeltMemberGetsLineAndTheNearestName) {
  EXPECT_THAT(read("{\"name\": \"n\",\n\n \"colur\": \"red\"}").second,
              ::testing::ElementsAre(
                  "f.json:3: /colur: 'colur' is not known here (did you mean 'colour'?)"));
}

TEST(Declare, EveryMistakeIsReported) {
  auto problems = read(R"({"name": 5, "colour": "gren", "loud": "yes",
    "list": [{"number": 0}, {"number": 10}, {"number": -1}, 5], "map": {"a": 1},
    "span": "3 days", "octets": "abc", "ins": "e2e2", "sw": 6, "part": "x"})")
                      .second;
  EXPECT_THAT(
      problems,
      ::testing::ElementsAre(
          HasSubstr("/name: should be a text"),
          HasSubstr("/colour: is no value of this: did you mean 'green'?"),
          HasSubstr("/loud: should be true or false"),
          HasSubstr("f.json:2: /list/0/number: should be 1 to 9"),
          HasSubstr("/list/1/number: should be 1 to 9"),
          HasSubstr("/list/2/number: should be 0 to"), HasSubstr("/list/3: should be an object"),
          HasSubstr("/map/a: should be a text"), HasSubstr("/span: '3 days' should be a span"),
          HasSubstr("/octets: should be octets"), HasSubstr("/ins: should be one octet"),
          HasSubstr("/sw: should be a status word"), HasSubstr("/part: should be a number")));
}

TEST(Declare, AWholeValueMayBeWrong) {
  EXPECT_THAT(read(R"({"name": "bad"})").second, ::testing::ElementsAre("f.json:1: is a bad name"));
}

TEST(Declare, NumbersBeyondTheirTypeAreRefused) {
  EXPECT_THAT(read(R"({"name": "n", "list": [{"number": 99999999999999999999}]})").second,
              ::testing::ElementsAre(HasSubstr("should be a whole number")));
  EXPECT_THAT(read(R"({"name": "n", "list": [{"number": 18446744073709551615}]})").second,
              ::testing::ElementsAre(HasSubstr("should be 0 to 4294967295")));
}

TEST(Declare, VariablesStandForAnyValueUntilTheyAreKnown) {
  std::string_view text = R"({"name": "${a}", "colour": "${b}", "list": [{"number": "${c}"}]})";
  EXPECT_THAT(read(text, Variables::kPending).second, ::testing::IsEmpty());
  EXPECT_THAT(read(text).second, ::testing::SizeIs(2));
}

TEST(Declare, OneOfSaysWhatThereIs) {
  Document document = Document::of({{"setp", 1}}, "f");
  Problems problems;
  EXPECT_FALSE(
      one_of(document.json(), Place(document), {"step", "other"}, {"beside"}, "action", problems));
  EXPECT_EQ(problems.list()[0].hint, "did you mean 'step'?");
  document = Document::of({{"step", 1}, {"other", 2}}, "f");
  problems = {};
  EXPECT_FALSE(one_of(document.json(), Place(document), {"step", "other"}, {}, "action", problems));
  EXPECT_THAT(problems.list()[0].text, HasSubstr("second action"));
  document = Document::of({{"beside", 1}}, "f");
  problems = {};
  EXPECT_FALSE(one_of(document.json(), Place(document), {"step"}, {"beside"}, "action", problems));
  EXPECT_EQ(problems.list()[0].text, "has no action");
  document = Document::of({{"beside", 1}, {"step", 2}}, "f");
  problems = {};
  EXPECT_EQ(one_of(document.json(), Place(document), {"step"}, {"beside"}, "action", problems),
            "step");
}

// --- Documents

TEST(DocumentTest, KnowsTheLineOfEveryValue) {
  auto document = Document::parse("{\n \"a\": [\n  1,\n  {\"b\": 2}\n ],\n \"c\":\n  3\n}", "f");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->place_of("/a"), "f:2");
  EXPECT_EQ(document->place_of("/a/0"), "f:3");
  EXPECT_EQ(document->place_of("/a/1"), "f:4");
  EXPECT_EQ(document->place_of("/a/1/b"), "f:4");
  EXPECT_EQ(document->place_of("/c"), "f:6");
  EXPECT_EQ(document->place_of("/a/1/b/made/up"), "f:4") << "the nearest value around it";
}

TEST(DocumentTest, RefusesWhatIsNotOneJsonDocument) {
  auto problem = [](std::string_view text) {
    auto document = Document::parse(text, "f");
    return document ? "none" : document.error().path + ": " + document.error().text;
  };
  EXPECT_THAT(problem(""), HasSubstr("f: is empty"));
  EXPECT_THAT(problem("\x80"), HasSubstr("no UTF-8"));
  EXPECT_THAT(problem("{\n\"a\": }"), HasSubstr("f:2: "));
  EXPECT_THAT(problem("{} {}"), HasSubstr("f:1: "));
  EXPECT_THAT(problem("{\"a\": 1,\n \"a\": 2}"), HasSubstr("f:2: 'a' stands twice"));
  EXPECT_THAT(problem(std::string(100, '[')), HasSubstr("nested deeper than 64"));
  EXPECT_EQ(problem(std::string(64, '[') + std::string(64, ']')), "none");
}

TEST(DocumentTest, AFileThatIsNotThereIsNamed) {
  auto document = Document::load("no/such/file.json");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().path, "no/such/file.json");
}

TEST(DocumentTest, MergingKeepsThePlacesOfBoth) {
  auto base = Document::parse("{\"a\": {\"x\": 1, \"y\": 2}, \"l\": [1, 2]}", "base");
  auto over = Document::parse("{\n\n\"a\": {\"y\": 3}, \"l\": [9]}", "over");
  Document merged = Document::merge(*base, *over);
  EXPECT_EQ(merged.json(), Json::parse(R"({"a": {"x": 1, "y": 3}, "l": [9]})"));
  EXPECT_EQ(merged.place_of("/a/x"), "base:1");
  EXPECT_EQ(merged.place_of("/a/y"), "over:3");
}

TEST(DocumentTest, PointersEscapeWhatTheyMust) { EXPECT_EQ(pointer_token("a/b~c"), "a~1b~0c"); }

TEST(DeclareSchema, SaysWhatTheDeclarationSays) {
  Json schema = object_schema_of<Sample>();
  EXPECT_EQ(schema["required"], Json::array({"name"}));
  EXPECT_EQ(schema["additionalProperties"], false);
  EXPECT_EQ(schema["properties"]["name"]["description"], "must be there");
  EXPECT_EQ(schema["properties"]["colour"]["anyOf"][0]["enum"], Json::array({"red", "green"}));
  const Json& number =
      schema["properties"]["list"]["anyOf"][0]["items"]["anyOf"][0]["properties"]["number"];
  EXPECT_EQ(number["anyOf"][0]["minimum"], 1);
  EXPECT_EQ(number["anyOf"][0]["maximum"], 9);
}

}  // namespace
}  // namespace hil
