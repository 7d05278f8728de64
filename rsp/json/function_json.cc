#include "rsp/json/function_json.h"

#include <fmt/format.h>

namespace rsp::json_function {

Error Reader::problem(std::string path, std::string_view what) {
  std::string text = fmt::format("{} {}", path.empty() ? "the body" : path, what);
  return {.layer = Layer::kDecode, .path = std::move(path), .text = std::move(text)};
}

void Reader::take(const char* name, const Json& in, std::string& out) {
  if (!in.is_string()) return fail(name, "should be a text");
  out = in.get<std::string>();
}

// Real operators write a flag as a text as well.
void Reader::take(const char* name, const Json& in, bool& out) {
  if (in.is_boolean()) return void(out = in.get<bool>());
  if (in == "true" || in == "false") return void(out = in == "true");
  fail(name, "should be true or false");
}

void Reader::take(const char* name, const Json& in, std::uint32_t& out) {
  if (in.is_number_unsigned() && in.get<std::uint64_t>() <= UINT32_MAX)
    return void(out = in.get<std::uint32_t>());
  fail(name, "should be a whole number");
}

Result<Json> parse_body(std::string_view text) {
  Json body = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (body.is_object()) return body;
  return failure(
      {.layer = Layer::kDecode,
       .path = "body",
       .text = body.is_discarded() ? "the body is no JSON" : "the body is no JSON object"});
}

Result<FunctionCall> parse_call(const Json& body) {
  auto found = body.find("header");
  if (found == body.end())
    return failure({.layer = Layer::kDecode, .path = "header", .text = "header is missing"});
  return Reader::read<FunctionCall>(*found, "header");
}

}  // namespace rsp::json_function
