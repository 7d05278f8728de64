// One AT command at a module, its answer, and how that goes out: what commands make and what
// faults change.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hil {

/// The line that ends an answer.
struct AtFinal {
  enum class Kind { kOk, kError, kCme, kText, kNone, kPrompt };  // kPrompt: "> ", for data
  Kind kind = Kind::kOk;
  int code = 0;      // of kCme
  std::string text;  // of kText
  /// How a +CME ERROR is written; as +CMEE says where nothing is here.
  enum class Form { kPlain = 0, kNumeric = 1, kText = 2 };
  std::optional<Form> form = {};
};

struct AtAnswer;

/// What a command takes after CONNECT or a prompt: so many octets, and no line ends count.
struct AtData {
  std::size_t octets = 0;
  std::chrono::milliseconds patience{0};
  std::function<AtAnswer(std::string data)> done;  // not where fewer have come in time
};

struct AtAnswer {
  std::vector<std::string> lines = {};
  AtFinal final = {};
  std::optional<AtData> data = {};
};

inline AtAnswer at_ok() { return {}; }
inline AtAnswer at_line(std::string line) { return {{std::move(line)}}; }
inline AtAnswer at_error() { return {.final = {AtFinal::Kind::kError}}; }
/// 3GPP TS 27.007 9.2.
inline AtAnswer at_cme(int code) { return {.final = {AtFinal::Kind::kCme, code}}; }

enum class EchoMode { kOff, kOn, kTruncated };
enum class LineEnd { kCrLf, kLf, kCr };
/// Where in an answer something unasked is put.
enum class UrcSpot { kInsideEcho, kBefore, kBetween, kInsideHex, kAfter };

struct InsertedUrc {
  UrcSpot spot = UrcSpot::kBetween;
  std::string text;
  std::size_t at = 0;  // octets of the echo or of the line before it
};

/// How an answer goes out.
struct AtDelivery {
  std::chrono::milliseconds delay{0};
  std::size_t piece = 0;  // octets at a time; 0: all at once
  std::chrono::milliseconds pause{0};
  bool silent = false, no_final = false, final_first = false, blank_lines = false;
  std::optional<EchoMode> echo = {};
  std::optional<LineEnd> line_end = {};
  std::vector<InsertedUrc> urcs = {};
  std::optional<std::chrono::milliseconds> port_gone = {};  // in place of the answer, for so long
};

/// One command and its answer, which is not there before somebody asks for it.
struct AtExchange {
  std::string command;  // as it was written, without AT
  std::string port;     // "primary" or "secondary"
  bool echoes = true;   // before faults have changed the delivery
  std::function<AtAnswer()> next;
  std::optional<AtAnswer> answer = {};
  AtDelivery delivery = {};

  AtAnswer& own() {
    if (!answer) answer = next();
    return *answer;
  }
};

}  // namespace hil
