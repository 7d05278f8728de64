// What errors mean: every code that a card can answer is in the tables, once.
#include "hil/explain/explain.h"

#include <gmock/gmock.h>

#include <set>

#include "rsp/messages/es10b.h"
#include "rsp/messages/es10c.h"
#include "rsp/messages/es8.h"

namespace hil {
namespace {

using rsp::Layer;
using ::testing::HasSubstr;

template <class Code>
std::vector<std::string> names_of() {
  std::vector<std::string> names;
  for (const auto& [value, name] : enum_names(Code{})) names.emplace_back(name);
  return names;
}

/// Every name but "ok" has a meaning and a remedy.
template <class Code>
void expect_known(std::string_view step) {
  for (const std::string& name : names_of<Code>()) {
    if (name == "ok") continue;
    Explanation known = explain({.layer = Layer::kCard, .step = std::string(step), .code = name});
    EXPECT_NE(known.meaning, "") << step << " " << name;
    EXPECT_NE(known.remedy, "") << step << " " << name;
    EXPECT_THAT(known.clause, HasSubstr("SGP.22")) << step << " " << name;
  }
}

TEST(Explain, KnowsEveryResultOfACard) {
  expect_known<rsp::AuthenticateErrorCode>("ES10b.AuthenticateServer");
  expect_known<rsp::DownloadErrorCode>("ES10b.PrepareDownload");
  expect_known<rsp::ErrorReason>("ES10b.LoadBoundProfilePackage");
  expect_known<rsp::LoadCrlError>("ES10b.LoadCRL");
  expect_known<rsp::EnableResult>("ES10c.EnableProfile");
  expect_known<rsp::DisableResult>("ES10c.DisableProfile");
  expect_known<rsp::DeleteResult>("ES10c.DeleteProfile");
  expect_known<rsp::ResetResult>("ES10c.eUICCMemoryReset");
  expect_known<rsp::SetNicknameResult>("ES10c.SetNickname");
}

TEST(Explain, KnowsACodeOnceInAKind) {
  for (const ErrorKind& kind : error_kinds()) {
    std::set<std::string_view> codes;
    for (const ErrorMeaning& row : kind.rows) {
      EXPECT_TRUE(codes.insert(row.code).second) << kind.name << " " << row.code;
      EXPECT_NE(row.meaning, "") << row.code;
      EXPECT_NE(row.remedy, "") << row.code;
    }
  }
}

TEST(Explain, TakesACodeApart) {
  auto sw = describe_error({.layer = Layer::kApdu, .step = "SELECT", .code = "6A82", .apdu = 7});
  EXPECT_EQ(sw.at("sw"), "6A82");
  EXPECT_EQ(sw.at("apdu"), 7);
  auto server = describe_error({.layer = Layer::kServer, .code = "8.2.6/3.8"});
  EXPECT_EQ(server.at("subjectCode"), "8.2.6");
  EXPECT_EQ(server.at("reasonCode"), "3.8");
  EXPECT_EQ(server.at("clause"), "SGP.22 5.6.3");
  auto load = describe_error({.layer = Layer::kCard,
                              .step = "ES10b.LoadBoundProfilePackage",
                              .code = "installFailedDueToInterruption",
                              .path = "loadProfileElements"});
  EXPECT_EQ(load.at("bppCommandId"), "loadProfileElements");
  EXPECT_EQ(load.at("errorReason"), "installFailedDueToInterruption");
  auto cme = describe_error({.layer = Layer::kTransport, .step = "AT+CCHO", .code = "CME 13"});
  EXPECT_EQ(cme.at("cme"), "13");
}

TEST(Explain, KnowsRangesOfStatusWords) {
  EXPECT_NE(explain({.layer = Layer::kApdu, .code = "6C12"}).meaning, "");
  EXPECT_NE(explain({.layer = Layer::kApdu, .code = "6F00"}).meaning, "");
  EXPECT_EQ(explain({.layer = Layer::kApdu, .code = "9F12"}).meaning, "");
}

TEST(Explain, ACodeThatIsLookedForIsFoundInEveryKindThatHasIt) {
  EXPECT_EQ(meanings_of("CME 13").size(), 1U);
  EXPECT_EQ(meanings_of("cme 13").size(), 1U);
  EXPECT_EQ(meanings_of("6c05").size(), 1U);
  EXPECT_EQ(meanings_of("6C0").size(), 0U);
  EXPECT_GT(meanings_of("undefinedError").size(), 1U);
  EXPECT_TRUE(meanings_of("").empty());
}

// As lpa/transport raises them.
TEST(Explain, KnowsTheCodesOfModules) {
  for (const char* code : {"CME 17", "CME 18", "CME 22", "CME 24", "CME 25", "QHTTPPOST 703",
                           "QHTTPPOST 716", "QHTTPPOST 728", "QSSLOPEN 561", "QSSLOPEN 566"})
    EXPECT_NE(explain({.layer = Layer::kTransport, .code = code}).meaning, "") << code;
  for (const char* code : {"noAnswer", "cutAnswer", "answerTooLong"})
    EXPECT_NE(explain({.layer = Layer::kDecode, .code = code}).meaning, "") << code;
  EXPECT_THAT(explain({.layer = Layer::kTransport, .code = "CME 20"}).meaning,
              HasSubstr("logical channel"));
}

// What an error says itself is nearer to the case than a table.
TEST(Explain, PrefersTheErrorsOwnHint) {
  rsp::Error error{.layer = Layer::kApdu, .code = "6A82", .hint = "this one"};
  EXPECT_EQ(explain(error).remedy, "this one");
  EXPECT_THAT(error_for_people(error), HasSubstr("\n  try: this one"));
}

TEST(Explain, SaysNothingOfWhatItDoesNotKnow) {
  auto unknown = describe_error({.layer = Layer::kHttp, .code = "599", .text = "odd"});
  EXPECT_FALSE(unknown.contains("meaning"));
  EXPECT_EQ(error_for_people({.layer = Layer::kHttp, .code = "599", .text = "odd"}),
            "http [599]: odd");
}

}  // namespace
}  // namespace hil
