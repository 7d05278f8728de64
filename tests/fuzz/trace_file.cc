// Any text as a trace file, and everything that is made of one.
//
// Promise: what is read is written as a trace that is read to the same.
#include "hil/trace/html.h"
#include "hil/trace/ndjson.h"
#include "hil/trace/pcapng.h"
#include "hil/trace/redact.h"
#include "tests/fuzz/require.h"

using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto trace = hil::from_ndjson(rsp::text_of({data, size}), "fuzz.ndjson");
  if (!trace) {
    require(!trace.error().message().empty(), "an error says something");
    return 0;
  }
  std::string text = hil::to_ndjson(*trace);
  auto again = hil::from_ndjson(text, "again.ndjson");
  require(again.has_value(), "what was read is written as a trace");
  require(hil::to_ndjson(*again) == text, "writing is stable");
  (void)hil::to_pcapng(*trace);
  (void)hil::to_html("fuzz", *trace);
  (void)hil::redact(*trace, rsp::view_of("salt"));
  return 0;
}
