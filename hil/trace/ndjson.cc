#include "hil/trace/ndjson.h"

#include "rsp/base/hex.h"
#include "rsp/json/asn1_json.h"

namespace hil {

std::string to_ndjson(std::span<const rsp::TraceRecorder::Record> records) {
  std::string out;
  std::size_t number = 0;
  for (const auto& [at, event] : records) {
    rsp::Json line;
    line["n"] = ++number;
    line["t"] = at.count();
    line["layer"] = to_string(event.kind);
    line["from"] = to_string(event.from);
    line["to"] = to_string(event.to);
    if (!event.name.empty()) line["name"] = event.name;
    if (!event.detail.empty()) line["detail"] = event.detail;
    if (!event.bytes.empty()) line["hex"] = rsp::to_hex(event.bytes);
    out += rsp::dump(line) + "\n";
  }
  return out;
}

}  // namespace hil
