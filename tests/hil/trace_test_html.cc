// The page, and that nothing in a trace becomes a part of it.
#include <set>
#include <stack>

#include "hil/trace/html.h"
#include "hil/trace/html_assets.h"
#include "hil/trace/markup.h"
#include "rsp/asn1/edit.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/base64.h"
#include "tests/hil/trace_support.h"

namespace hil::testing_trace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

// --- Escaping ---

struct EscapeVector {
  std::string text, html;
};
const EscapeVector kEscapes[] = {
    {"plain \xC3\xBC", "plain \xC3\xBC"},
    {"<b> & \"q\" 'a'", "&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39;"},
    {"a\nb\tc", "a\nb\tc"},
    {std::string("nul\0!", 5), "nul&lt;U+0000&gt;!"},
    {"\x1B[31m", "&lt;U+001B&gt;[31m"},
    {"\x7F", "&lt;U+007F&gt;"},
    {"\xC2\x9F", "&lt;U+009F&gt;"},  // a C1 control character
    {"\xE2\x80\xAE"
     "gpj",
     "&lt;U+202E&gt;gpj"},               // right-to-left override
    {"\xE2\x81\xA6", "&lt;U+2066&gt;"},  // left-to-right isolate
    {"\xD8\x9C", "&lt;U+061C&gt;"},      // Arabic letter mark
    {"\xE2\x82\xAC \xF0\x9F\x98\x80", "\xE2\x82\xAC \xF0\x9F\x98\x80"},
    {"\xFF", "\xEF\xBF\xBD"},
    {"\xC0\xBC", "\xEF\xBF\xBD\xEF\xBF\xBD"},  // an overlong '<'
    {"cut \xE2\x82", "cut \xEF\xBF\xBD"},
};

TEST(EscapeHtml, NothingIsLeftThatMeansSomethingElse) {
  for (const auto& [text, html] : kEscapes) EXPECT_EQ(escape_html(text), html);
}

TEST(Element, EscapesTextAndAttributesAndKeepsMarkup) {
  EXPECT_EQ(element("a", {{"href", "\"><b>"}, {"", "left out"}}, "<i>", Markup{"<br>"}).html,
            "<a href=\"&quot;&gt;&lt;b&gt;\">&lt;i&gt;<br></a>");
}

// --- The page ---

struct Tag {
  std::string name;
  std::map<std::string, std::string> attributes;
};

/// The tags of a page. Fails the test where they are not balanced, or where a raw '<' or '>' stands
/// anywhere else.
std::vector<Tag> tags_of(std::string_view page) {
  std::vector<Tag> tags;
  std::stack<std::string> open;
  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>\n"));
  for (std::size_t at = page.find("<html"); at != std::string_view::npos; at = page.find('<', at)) {
    std::size_t end = page.find('>', at);
    std::string_view inner = page.substr(at + 1, end - at - 1);
    at = end;
    if (inner.starts_with('/')) {
      EXPECT_FALSE(open.empty());
      EXPECT_EQ(open.top(), inner.substr(1));
      open.pop();
    } else {
      Tag tag{std::string(inner.substr(0, inner.find(' '))), {}};
      for (inner.remove_prefix(tag.name.size()); !inner.empty();) {
        std::size_t equals = inner.find("=\""), quote = inner.find('"', equals + 2);
        EXPECT_NE(equals, std::string_view::npos) << inner;
        tag.attributes[std::string(inner.substr(1, equals - 1))] =
            inner.substr(equals + 2, quote - equals - 2);
        inner.remove_prefix(quote + 1);
      }
      static const std::set<std::string> kVoid{"meta", "input"};
      if (!kVoid.contains(tag.name)) open.push(tag.name);
      if (tag.name == "style" || tag.name == "script") at = page.find("</" + tag.name, at) - 1;
      tags.push_back(std::move(tag));
    }
    std::size_t next = page.find('<', at);
    if (next != std::string_view::npos && page[at] == '>') {
      EXPECT_EQ(page.substr(at + 1, next - at - 1).find('>'), std::string_view::npos);
    }
  }
  EXPECT_TRUE(open.empty());
  return tags;
}

std::set<std::string> kinds_of(const std::vector<Tag>& tags) {
  std::set<std::string> kinds;
  for (const Tag& tag : tags) {
    kinds.insert(tag.name);
    for (const auto& [name, value] : tag.attributes) kinds.insert(tag.name + "." + name);
  }
  return kinds;
}

const std::string& download_page() {
  static const std::string page = to_html("Download", download());
  return page;
}

TEST(Html, IsWellFormed) {
  auto tags = tags_of(download_page());
  EXPECT_GT(tags.size(), 500u);
  tags_of(to_html("Failed", failed_download()));
  tags_of(to_html("", Records{}));
}

TEST(Html, ALineIsDetailsThatOpenWithoutAScript) {
  auto tags = tags_of(download_page());
  std::size_t rows = 0;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (tags[i].name != "details") continue;
    EXPECT_EQ(tags[i + 1].name, "summary");
    rows += tags[i].attributes["class"].starts_with("row");
  }
  EXPECT_EQ(rows, fold(download()).size());
}

TEST(Html, LinesHaveIdsOfTheirOwnAndLinksLeadToThem) {
  std::set<std::string> ids;
  std::vector<std::string> links;
  for (Tag& tag : tags_of(to_html("Failed", failed_download()))) {
    if (tag.attributes.contains("id")) {
      EXPECT_TRUE(ids.insert(tag.attributes["id"]).second) << tag.attributes["id"];
    }
    if (tag.name == "a") links.push_back(tag.attributes["href"]);
  }
  EXPECT_THAT(links, Not(IsEmpty()));
  for (const std::string& link : links) EXPECT_TRUE(ids.contains(link.substr(1))) << link;
}

TEST(Html, NeedsNothingFromElsewhere) {
  std::string page = to_html("Download", download());
  for (const char* reference : {"src=", "<link", "@import", "url(", "http://", "https://"}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
}

TEST(Html, ThePolicyAdmitsItsOwnStyleAndScriptOnly) {
  auto hash = [](std::string_view element) {
    std::string open = "<" + std::string(element) + ">", close = "</" + std::string(element) + ">";
    std::size_t begin = download_page().find(open) + open.size();
    std::string text = download_page().substr(begin, download_page().find(close) - begin);
    return rsp::to_base64(rsp::crypto::sha256(rsp::view_of(text)));
  };
  auto tags = tags_of(download_page());
  auto policy = std::ranges::find_if(
      tags, [](Tag& tag) { return tag.attributes["http-equiv"] == "Content-Security-Policy"; });
  ASSERT_NE(policy, tags.end());
  // Base64 has nothing that HTML escapes; the quotes around it are escaped.
  EXPECT_EQ(policy->attributes["content"],
            "default-src &#39;none&#39;; style-src &#39;sha256-" + hash("style") +
                "&#39;; script-src &#39;sha256-" + hash("script") +
                "&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;");
}

constexpr std::string_view kHostile =
    "</span></details><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick='x' &lt;";

// What a peer sends stands in names, texts of messages, JSON bodies and errors.
TEST(Html, NothingInATraceBecomesMarkup) {
  std::string hostile(kHostile);
  Json body{{"transactionId", hostile}, {"smdpAddress", hostile}, {hostile, hostile}};
  rsp::SetNicknameRequest nickname{{}, rsp::asn1::TextOf<0, 64>(hostile.substr(7, 60)), {}};
  std::vector<TraceEvent> events{
      es10_request(hostile, rsp::asn1::encode(nickname)),
      es10_response(hostile, hostile, "BF2903800100"_x),
      es10_request("ES10c.SetNickname", rsp::asn1::encode(nickname)),
      http_request("ES9+.InitiateAuthentication", rsp::dump(body)),
      http_response("ES9+.InitiateAuthentication 200",
                    rsp::failed_body({"8.2.6", "3.8", hostile, hostile})),
      http_response("ES9+.InitiateAuthentication failed", hostile),
      http_response(hostile, hostile),
      {TraceKind::kEs8, Party::kLpa, Party::kEuicc, hostile, hostile, "A0038701FF"_x},
      {TraceKind::kPower, Party::kEuicc, Party::kLpa, hostile, hostile, {}},
      {TraceKind::kCommit, Party::kEuicc, Party::kEuicc, hostile, hostile, {}},
      step(Party::kServer, hostile, hostile),
      {TraceKind::kApdu, Party::kEuicc, Party::kLpa, hostile, hostile, "9000"_x},
      {TraceKind::kFault, Party::kTest, Party::kServer, hostile, hostile, {}},
      step(Party::kTest, hostile, hostile),
  };
  auto hostile_tags = tags_of(to_html(hostile, records_of(std::move(events))));
  std::set<std::string> allowed = kinds_of(tags_of(download_page()));
  allowed.merge(kinds_of(tags_of(to_html("Failed", failed_download()))));
  TraceEvent fault{TraceKind::kFault, Party::kTest, Party::kServer, "f", "", {}};
  allowed.merge(kinds_of(tags_of(to_html("Faulty", records_of({fault})))));
  std::set<std::string> kinds = kinds_of(hostile_tags);
  EXPECT_TRUE(std::ranges::includes(allowed, kinds)) << testing::PrintToString(kinds);
  EXPECT_EQ(std::ranges::count(hostile_tags, "script", &Tag::name), 1);
}

TEST(Html, AHostileProfileNameIsText) {
  TracedWorld traced;
  smdp::Order& order = traced.world.add_order("EVIL", "8988211000000000027");
  order.metadata.profile_name = "<script>alert(1)</script>";
  ASSERT_TRUE(traced.world.lpa->download(traced.world.activation_code("EVIL")));
  std::string page = to_html("x", traced.recorder.records());
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
}

TEST(Html, ApdusAndSegmentsAreFoldedWithTheirNumber) {
  auto lines = fold(download());
  auto challenge = std::ranges::find(lines, "ES10b.GetEUICCChallenge", &SequenceLine::function);
  ASSERT_NE(challenge, lines.end());
  EXPECT_THAT(challenge->commands[0].apdus,
              SizeIs(4));  // STORE DATA and GET RESPONSE, and what they got
  EXPECT_THAT(download_page(), HasSubstr("<details><summary>2 APDUs</summary>"));
  auto load = std::ranges::find(lines, SequenceLine::Kind::kSegments, &SequenceLine::kind);
  ASSERT_NE(load, lines.end());
  EXPECT_THAT(download_page(),
              HasSubstr("<details><summary>" + std::to_string(load->commands.size()) +
                        " segments</summary>"));
}

TEST(Html, ProceduresAreHeadings) {
  std::vector<std::string> headings;
  const std::string& page = download_page();
  std::string begin = "<h2 class=\"procedure\"><span>";
  for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at + 1)) {
    std::size_t text = at + begin.size();
    headings.push_back(page.substr(text, page.find('<', text) - text));
  }
  EXPECT_THAT(headings,
              ElementsAre("Common mutual authentication", "Profile download and installation",
                          "Notifications", "Local profile management"));
}

TEST(Html, FailuresAreListedFirstAndMarked) {
  EXPECT_THAT(download_page(), Not(HasSubstr("What failed")));
  std::string page = to_html("Failed", failed_download());
  EXPECT_THAT(page, HasSubstr("What failed"));
  EXPECT_THAT(
      page,
      HasSubstr(
          "ES10b.LoadBoundProfilePackage</a>: installFailedDueToIccidAlreadyExistsOnEuicc</li>"));
  auto tags = tags_of(page);
  auto bad = std::ranges::count_if(
      tags, [](Tag& tag) { return tag.attributes["class"].ends_with(" bad"); });
  EXPECT_EQ(bad, 2) << "the answer, and the card's note about it";
}

TEST(Html, AStepThatSaysWhyIsNoFailureOfItsOwn) {
  std::string page = to_html("Failed", failed_download());
  EXPECT_THAT(page, HasSubstr("BPP refused: <span class=\"failed\">"));
  EXPECT_THAT(page, HasSubstr("<dt>Failures</dt><dd class=\"failed\">1</dd>"));
}

TEST(Html, MessagesOpenToFieldsJsonAndOctets) {
  EXPECT_THAT(download_page(),
              AllOf(HasSubstr("authenticateServerRequest as JSON</summary>"),
                    HasSubstr("HTTP body</summary>"),
                    HasSubstr("<summary>Hexadecimal, 3 octets</summary><pre>BF2E00</pre>"),
                    HasSubstr("The server proves who it is: its certificate and a signature over "
                              "the eUICC&#39;s challenge.")));
}

TEST(Html, ATraceWithoutEventsIsAPage) {
  EXPECT_THAT(to_html("Nothing", Records{}), HasSubstr("<h1>Nothing</h1>"));
}

TEST(Html, FaultsAreListedAndStandAcross) {
  std::string page = to_html(
      "x",
      records_of({{TraceKind::kFault, Party::kTest, Party::kServer, "status", "8.2.6 failed", {}},
                  http_request("ES9+.CancelSession", "{}")}));
  EXPECT_THAT(page, HasSubstr("What was put in on purpose"));
  EXPECT_THAT(page, HasSubstr("<a href=\"#n1\">#1 status</a>: 8.2.6 failed"));
  EXPECT_THAT(page, HasSubstr("<details class=\"row note across fault\" id=\"n1\">"));
  EXPECT_THAT(page, HasSubstr("<strong class=\"badge\">fault </strong>status"));
  EXPECT_THAT(page, HasSubstr("<dt>Faults put in</dt><dd class=\"\">1</dd>"));
  EXPECT_THAT(page, HasSubstr("<dt>Failures</dt><dd class=\"ok\">none</dd>"))
      << "what is on purpose is no failure";
  EXPECT_THAT(download_page(), Not(HasSubstr("on purpose")));
}

TEST(Html, StepsOfATestDivideThePage) {
  std::string page = to_html("x", records_of({step(Party::kTest, "when", "lpa.download"),
                                              step(Party::kLpa, "loading", "")}));
  EXPECT_THAT(page, HasSubstr("<details class=\"row note across step\" id=\"n1\">"));
  EXPECT_THAT(page, HasSubstr("<details class=\"row note at1\" id=\"n2\">"));
}

TEST(Html, MessagesOfATestAreInNoLane) {
  std::string page = to_html(
      "x", records_of(
               {{TraceKind::kHttp, Party::kTest, Party::kServer, "ES2+.DownloadOrder", "{}", {}}}));
  EXPECT_THAT(page, HasSubstr("<details class=\"row note across step\""));
}

TEST(Html, SaysWhenItBeganAndWhatIsMissing) {
  std::string page =
      to_html("x", rsp::Trace{.start = std::chrono::sys_time<std::chrono::microseconds>(
                                  std::chrono::microseconds(1'772'366'400'000'007)),
                              .records = {},
                              .dropped = 12});
  EXPECT_THAT(page, HasSubstr("<dt>Began</dt><dd class=\"\">2026-03-01"));
  EXPECT_THAT(page, HasSubstr("<dt>Events not kept</dt><dd class=\"failed\">12</dd>"));
  EXPECT_THAT(download_page(), Not(HasSubstr("Began")));
}

}  // namespace
}  // namespace hil::testing_trace
