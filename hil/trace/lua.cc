#include "hil/trace/lua.h"

#include <fmt/format.h>

#include <stdexcept>

#include "hil/trace/decode.h"
#include "hil/trace/explain.h"
#include "hil/trace/lua_template.h"
#include "rsp/messages/all.h"

namespace hil {
namespace {

using rsp::card::StatusWord;

/// Texts of this program's own, which have neither quotes nor backslashes.
std::string row(std::string_view key, std::string_view value) {
  return fmt::format("  [{}] = \"{}\",\n", key, value);
}

std::string function_rows() {
  std::string rows;
  for (const Es10Tag& each : es10_tags())
    rows += row(fmt::format("\"{}\"", each.tag), each.function);
  return rows;
}

std::string segment_rows() {
  std::string rows;
  for (const SegmentKind& kind : segment_kinds()) {
    // Of all that begin with BF, only a package is one.
    std::string key = kind.first_octet == 0xBF
                          ? to_string(rsp::BoundProfilePackage::kTag, /*constructed=*/true)
                          : fmt::format("{:02X}", kind.first_octet);
    rows += row(fmt::format("\"{}\"", key), kind.name);
  }
  return rows;
}

/// What every second octet means together with this first one; empty where they differ.
std::string_view class_meaning(unsigned sw1) {
  std::string_view one = meaning(StatusWord(static_cast<std::uint16_t>(sw1 << 8 | 0x55)));
  return one == meaning(StatusWord(static_cast<std::uint16_t>(sw1 << 8 | 0xAA)))
             ? one
             : std::string_view();
}

std::string status_class_rows() {
  std::string rows;
  for (unsigned sw1 = 0x60; sw1 <= 0x9F; ++sw1) {
    if (auto text = class_meaning(sw1); !text.empty())
      rows += row(fmt::format("0x{:02X}", sw1), text);
  }
  return rows;
}

std::string status_word_rows() {
  std::string rows;
  for (unsigned sw = 0x6000; sw <= 0x9FFF; ++sw) {
    auto text = meaning(StatusWord(static_cast<std::uint16_t>(sw)));
    if (!text.empty() && text != class_meaning(sw >> 8))
      rows += row(fmt::format("0x{:04X}", sw), text);
  }
  return rows;
}

void fill(std::string& script, std::string_view place, std::string_view text) {
  std::string mark = fmt::format("--%{}%", place);
  auto at = script.find(mark);
  if (at == std::string::npos) throw std::logic_error("esimbench.lua has no " + mark);
  // A table stands in place of its whole line.
  bool table = text.ends_with('\n');
  script.replace(at, mark.size() + (table ? 1 : 0), text);
}

}  // namespace

std::string wireshark_script() {
  std::string script(kLuaTemplate);
  fill(script, "functions", function_rows());
  fill(script, "segments", segment_rows());
  fill(script, "status_words", status_word_rows());
  fill(script, "status_classes", status_class_rows());
  fill(script, "load", kLoadFunction);
  fill(script, "result", to_string(rsp::ProfileInstallationResult::kTag, /*constructed=*/true));
  return script;
}

}  // namespace hil
