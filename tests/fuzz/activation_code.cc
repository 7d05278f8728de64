// Any text as an activation code.
//
// Promise: a code that is read is written as one that is read to the same.
#include "lpa/activation_code.h"
#include "rsp/base/bytes.h"
#include "tests/fuzz/require.h"

using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto code = lpa::ActivationCode::parse(rsp::text_of({data, size}));
  if (!code) {
    require(code.error().layer == rsp::Layer::kInput, "a bad code is an error of input");
    return 0;
  }
  std::string text = code->to_string();
  auto again = lpa::ActivationCode::parse(text);
  require(again.has_value(), "what was read is written as a code");
  require(again->address == code->address && again->matching_id == code->matching_id &&
              again->smdp_oid == code->smdp_oid &&
              again->confirmation_code_required == code->confirmation_code_required,
          "the parts stay the same");
  require(again->to_string() == text, "writing is stable");
  return 0;
}
