// Lines of modules, taken apart.
#include "lpa/transport/at_answer.h"

#include "at_test_support.h"

namespace lpa::testing {
namespace {

std::vector<std::string> cut(std::string_view text, std::size_t piece, std::size_t longest = 1024) {
  AtLines lines(longest);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    std::string part(text.substr(at, piece));
    lines.put({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
    while (auto line = lines.next()) out.push_back(*line);
  }
  return out;
}

TEST(AtLines, EndWithCrLfOrBothHoweverTheyArrive) {
  for (std::size_t piece : {1, 2, 3, 100}) {
    EXPECT_EQ(cut("\r\n+CSQ: 1\r\n\r\nOK\r\n", piece), (std::vector<std::string>{"+CSQ: 1", "OK"}));
    EXPECT_EQ(cut("a\rb\nc\r\r\n  \r\n", piece), (std::vector<std::string>{"a", "b", "c"}));
  }
}

TEST(AtLines, AreBounded) {
  std::string endless(1 << 20, 'A');
  auto lines = cut(endless + "\r\nOK\r\n", 4096, 100);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].size(), 100u);
  EXPECT_EQ(lines[1], "OK");
}

std::string code_of(std::string_view line) {
  auto final = final_result(line);
  return final ? final->code : "none";
}

// 27.007 9.1: the three forms of +CMEE, and others' spelling of them.
TEST(AtFinal, IsUnderstoodInEveryForm) {
  EXPECT_EQ(code_of("OK"), "OK");
  EXPECT_EQ(code_of("ERROR"), "ERROR");
  EXPECT_EQ(code_of("+CME ERROR: 13"), "CME 13");
  EXPECT_EQ(code_of("+CME ERROR:13"), "CME 13");
  EXPECT_EQ(code_of("+cme error: SIM failure"), "CME 13");
  EXPECT_EQ(code_of("+CME ERROR: \"SIM busy\""), "CME 14");
  EXPECT_EQ(code_of("+CME ERROR: Parameters error"), "CME Parameters error");
  EXPECT_EQ(code_of("+CMS ERROR: 500"), "CMS 500");
  EXPECT_EQ(code_of("CONNECT 115200"), "CONNECT");
  EXPECT_EQ(code_of("COMMAND NOT SUPPORT"), "COMMAND NOT SUPPORT");
  for (const char* none : {"", "OKAY", "ok", "+CME ERROR", "+CSQ: OK", "ERRORS", "RDY"})
    EXPECT_EQ(code_of(none), "none") << none;
}

TEST(AtPrefix, IsThatOfTheCommand) {
  EXPECT_EQ(answer_prefix("AT+CGLA=1,2"), "+CGLA");
  EXPECT_EQ(answer_prefix("AT!ICCID?"), "!ICCID");
  EXPECT_EQ(answer_prefix("at^SIND"), "^SIND");
  EXPECT_EQ(answer_prefix("ATI"), "");
  EXPECT_EQ(answer_prefix(""), "");
}

TEST(AtPrefix, MayStandWithoutASpace) {
  EXPECT_EQ(behind_prefix("+CCHO:1", "+CCHO"), "1");
  EXPECT_EQ(behind_prefix("+CCHO : 1", "+CCHO"), "1");
  EXPECT_EQ(behind_prefix("+CCHOX: 1", "+CCHO"), std::nullopt);
  EXPECT_EQ(behind_prefix("+CCHO", "+CCHO"), std::nullopt);
}

TEST(AtEcho, IsTheCommandOrItsEnd) {
  EXPECT_TRUE(is_echo("AT+CCHC=1", "AT+CCHC=1"));
  EXPECT_TRUE(is_echo("T+CCHC=1", "AT+CCHC=1"));
  EXPECT_TRUE(is_echo("AT+CC", "AT+CCHC=1"));
  EXPECT_FALSE(is_echo("1", "AT+CCHC=1"));
  EXPECT_FALSE(is_echo("+CCHO: 1", "AT+CCHO=\"A0\""));
}

std::string hex(std::vector<std::string> lines) {
  auto octets = hex_of(lines);
  return octets ? rsp::to_hex(*octets) : summary(octets);
}

TEST(AtHex, IsUnderstoodInEveryForm) {
  for (const char* form : {"12,\"BF3E015A9000\"", "12,BF3E015A9000", "12, \"bf3e015a9000\"",
                           "\"BF3E015A9000\"", "BF3E015A9000", "6,\"BF3E015A9000\""})
    EXPECT_EQ(hex({form}), "BF3E015A9000") << form;
}

// A length that lies is let pass where the octets hold together, and only there.
TEST(AtHex, WithAWrongLengthHasToHoldTogether) {
  EXPECT_EQ(hex({"99,\"BF3E015A9000\""}), "BF3E015A9000");
  EXPECT_EQ(hex({"99,\"9000\""}), "9000");
  EXPECT_EQ(hex({"99,\"6A82\""}), "6A82");
  EXPECT_EQ(hex({"99,\"BF3E105A9000\""}), "decode cutAnswer");
  EXPECT_EQ(hex({"99,\"BF3E015A\""}), "decode cutAnswer");
}

TEST(AtHex, ThatIsCutIsNoAnswer) {
  for (const char* bad :
       {"", "12", "12,", "12,\"", "12,\"BF3E0\"", "12,\"BF3E015A90", "x,\"9000\"",
        "12,\"BF3E01+QIND: 1\"", "-4,\"9000\"", "99999999999999999999,\"12\"", ","})
    EXPECT_EQ(hex({bad}), "decode cutAnswer") << bad;
  EXPECT_EQ(hex({}), "decode cutAnswer");
}

TEST(AtHex, GoesOnBehindALineOfAnother) {
  EXPECT_EQ(hex({"12,\"BF3E0", "+QIND: \"csq\",31", "15A9000\""}), "BF3E015A9000");
  EXPECT_EQ(hex({"12,\"BF3E0+CREG: 5", "15A9000\""}), "BF3E015A9000");
  EXPECT_EQ(hex({"12,BF3E0", "15A9000"}), "BF3E015A9000");
  EXPECT_EQ(hex({"12,\"BF3E0", "+QIND: 1", "15A90\""}), "decode cutAnswer");
  EXPECT_EQ(hex({"12,\"BF3E015A9000\"", "1234"}), "BF3E015A9000");
}

TEST(AtIccid, IsNormalised) {
  EXPECT_EQ(iccid_in("8988211000000000019F"), "8988211000000000019");
  EXPECT_EQ(iccid_in("\"8988211000000000019f\""), "8988211000000000019");
  EXPECT_EQ(iccid_in("ICCID 89882110000000000190"), "89882110000000000190");
  EXPECT_EQ(iccid_in("89860110f9900160570"), "89860110F9900160570");
  EXPECT_EQ(iccid_in("12345"), std::nullopt);
  EXPECT_TRUE(same_iccid("8988211000000000019F", "8988211000000000019"));
  EXPECT_TRUE(same_iccid("89882110000000000190", "8988211000000000019"));
  EXPECT_FALSE(same_iccid("8988211000000000019", "8988211000000000018"));
  EXPECT_FALSE(same_iccid("", ""));
}

}  // namespace
}  // namespace lpa::testing
