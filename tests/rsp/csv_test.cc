#include "rsp/base/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rsp {
namespace {

using ::testing::ElementsAre;
using Fields = std::vector<std::string>;

std::vector<Fields> fields(std::string_view text) {
  std::vector<Fields> out;
  auto records = parse_csv(text);
  EXPECT_TRUE(records) << records.error().message();
  for (const CsvRecord& record : *records) out.push_back(record.fields);
  return out;
}

std::string refusal(std::string_view text) {
  auto records = parse_csv(text);
  return records ? "none" : records.error().path + ": " + records.error().text;
}

TEST(Csv, ReadsRecordsWithEitherLineEnd) {
  std::vector<Fields> expected{{"a", "b"}, {"1", "2"}, {"3", ""}};
  EXPECT_EQ(fields("a,b\r\n1,2\r\n3,\r\n"), expected);
  EXPECT_EQ(fields("a,b\n1,2\n3,"), expected);
}

TEST(Csv, ReadsQuotedFields) {
  EXPECT_EQ(fields("\"a,b\",\"say \"\"so\"\"\",\"\"\r\n\"two\r\nlines\",x,y"),
            (std::vector<Fields>{{"a,b", "say \"so\"", ""}, {"two\r\nlines", "x", "y"}}));
}

TEST(Csv, KeepsBlanks) { EXPECT_EQ(fields(" a , b"), (std::vector<Fields>{{" a ", " b"}})); }

TEST(Csv, PassesOverAByteOrderMarkAndEmptyLines) {
  EXPECT_EQ(fields("\xEF\xBB\xBF"
                   "a\r\n\r\n\nb\n\n"),
            (std::vector<Fields>{{"a"}, {"b"}}));
  EXPECT_TRUE(fields("").empty());
  EXPECT_TRUE(fields("\xEF\xBB\xBF").empty());
}

TEST(Csv, CountsTheLinesOfItsRecords) {
  auto records = parse_csv("a\r\n\"b\nb\"\n\nc").value();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[1].line, 2U);
  EXPECT_EQ(records[2].line, 5U);
}

TEST(Csv, RefusesQuotesInTheWrongPlace) {
  EXPECT_EQ(refusal("a\nb\"c"), "line 2: a quote stands in a field that does not begin with one");
  EXPECT_EQ(refusal("a\n\"b\"c"), "line 2: something stands behind a closing quote");
  EXPECT_EQ(refusal("a\n\"b\nc"), "line 2: a quote is never closed");
}

}  // namespace
}  // namespace rsp
