// Result codes of ES10 functions as errors.
#pragma once

#include <fmt/format.h>

#include "rsp/asn1/types.h"
#include "rsp/base/result.h"

namespace lpa {

/// An error for a result code that is not ok, with the specification's name of it.
template <class Code>
rsp::Status check_result(std::string_view function, Code code, std::string_view hint = "") {
  if (code == Code{}) return {};
  std::string name = rsp::asn1::name_of(code);
  return rsp::failure({.layer = rsp::Layer::kCard,
                       .step = std::string(function),
                       .code = name,
                       .text = fmt::format("the eUICC answered {}", name),
                       .hint = std::string(hint)});
}

}  // namespace lpa
