// The lines of a module: what each one is, and what an answer with an APDU in it holds. Nothing
// here trusts what it reads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"

namespace lpa {

/// Cuts octets into lines. Ends of lines are CR, LF or both; empty lines do not count. A line that
/// grows beyond the limit is cut there, and the rest of it is dropped.
class AtLines {
 public:
  explicit AtLines(std::size_t longest) : longest_(longest) {}

  void put(rsp::BytesView octets);
  /// The next whole line.
  std::optional<std::string> next();
  /// What is there of a line that has not ended.
  std::string_view unfinished() const { return line_; }
  /// The octets behind the lines that were taken, as they are: a module that said CONNECT goes on
  /// with data. One end of line in front of them goes with the CONNECT.
  rsp::Bytes take_raw();
  void clear();

 private:
  std::size_t longest_;
  std::string buffer_, line_;
  std::size_t at_ = 0;
};

/// How a command ended (27.007 9, 27.005 3.2.5, V.250 5.7).
struct AtFinal {
  enum class Kind { kOk, kError, kCme, kCms, kConnect };
  Kind kind = Kind::kOk;
  /// "OK", "ERROR", "CME 13", "CMS 500"; "CME Parameters error" where a name is of no number.
  std::string code = "OK";
  bool ok() const { return kind == Kind::kOk; }
};

/// The final result in a line, in any of the three forms of +CMEE; nothing where it is none.
std::optional<AtFinal> final_result(std::string_view line);

/// What a final result means and what to try, as far as it is known (27.007 9.2).
struct AtMeaning {
  std::string_view text, hint;
};
AtMeaning meaning_of(const AtFinal& final);

/// "+CGLA" of "AT+CGLA=1,10,..."; "!ICCID" of "AT!ICCID?"; empty for "ATI".
std::string_view answer_prefix(std::string_view command);

/// Whether a line is the command itself, or as much of it as was not lost on the way (field fault
/// F17). `command` is without its CR.
bool is_echo(std::string_view line, std::string_view command);

/// What stands behind "+CGLA:" with or without a space; nothing where the line has another prefix.
std::optional<std::string_view> behind_prefix(std::string_view line, std::string_view prefix);

/// Without white space at its ends, and without quotes where there is one on both sides.
std::string unquoted(std::string_view text);

/// The octets of an answer with hexadecimal in it: "46,"BF3E..9000"", with the length or without,
/// quoted or not. `lines` are what stands behind the prefix and the lines that followed it. An
/// unsolicited line in the middle cuts the digits in two; the length says when all are there (field
/// fault F19). A length that does not fit is let pass only where what is there holds together by
/// itself: whole TLVs and a status word. Error: Layer::kDecode where digits are missing or are
/// none.
rsp::Result<rsp::Bytes> hex_of(const std::vector<std::string>& lines);

}  // namespace lpa
