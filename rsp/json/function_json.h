// Functions that have a JSON binding only: ES2+ and ES12 (SGP.22 v2, 6.5). Their messages declare
// members(f, m), as those of ASN.1 declare fields().
#pragma once

#include "rsp/json/status_json.h"
#include "rsp/messages/es12.h"
#include "rsp/messages/es2.h"

namespace rsp {

/// A request that has come in.
template <class Request>
struct ReceivedCall {
  FunctionCall call;
  Request request;
};

namespace json_function {

template <class T>
concept Declared = requires(T& m) {
  T::members([](const char*, auto&) {}, m);
};

/// What an absent member leaves untouched.
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

inline void members(auto&& f, auto& m, std::type_identity<StatusCode>) {
  f("subjectCode", m.subject);
  f("reasonCode", m.reason);
  f.unless_empty("subjectIdentifier", m.subject_identifier);
  f.unless_empty("message", m.message);
}

class Writer {
 public:
  template <class T>
  static Json of(const T& value) {
    if constexpr (std::same_as<T, StatusCode>) {
      Writer writer;
      members(writer, value, std::type_identity<T>{});
      return std::move(writer.out_);
    } else if constexpr (Declared<T>) {
      Writer writer;
      T::members(writer, value);
      return std::move(writer.out_);
    } else if constexpr (asn1::NamedEnum<T>) {
      return asn1::name_of(value);
    } else {
      return value;
    }
  }
  template <class T>
  void operator()(const char* name, const T& value) {
    if constexpr (kIsOptional<T>) {
      if (value) out_[name] = of(*value);
    } else {
      out_[name] = of(value);
    }
  }
  void unless_empty(const char* name, const std::string& value) {
    if (!value.empty()) out_[name] = value;
  }

 private:
  Json out_ = Json::object();
};

/// Keeps the first thing that is wrong, with its path.
class Reader {
 public:
  Reader(const Json& in, std::string path) : in_(in), path_(std::move(path)) {}

  template <class T>
  static Result<T> read(const Json& in, std::string path) {
    if (!in.is_object()) return failure(problem(path, "should be an object"));
    T value{};
    Reader reader(in, std::move(path));
    if constexpr (std::same_as<T, StatusCode>) {
      members(reader, value, std::type_identity<T>{});
    } else {
      T::members(reader, value);
    }
    if (reader.error_) return failure(*std::move(reader.error_));
    return value;
  }

  template <class T>
  void operator()(const char* name, T& value) {
    auto found = in_.find(name);
    if (found == in_.end() || found->is_null()) {
      if constexpr (!kIsOptional<T>) fail(name, "is missing");
      return;
    }
    if constexpr (kIsOptional<T>) {
      take(name, *found, value.emplace());
    } else {
      take(name, *found, value);
    }
  }
  void unless_empty(const char* name, std::string& value) {
    auto found = in_.find(name);
    if (found != in_.end()) take(name, *found, value);
  }

 private:
  static Error problem(std::string path, std::string_view what);
  std::string path_of(const char* name) const { return path_.empty() ? name : path_ + "." + name; }
  void fail(const char* name, std::string_view what) {
    if (!error_) error_ = problem(path_of(name), what);
  }
  void take(const char* name, const Json& in, std::string& out);
  void take(const char* name, const Json& in, bool& out);
  void take(const char* name, const Json& in, std::uint32_t& out);
  template <asn1::NamedEnum E>
  void take(const char* name, const Json& in, E& out) {
    std::string text;
    take(name, in, text);
    for (const auto& [value, known] : enum_names(out)) {
      if (known == text) return void(out = value);
    }
    fail(name, "is none of the values that SGP.22 has");
  }
  template <class T>
  void take(const char* name, const Json& in, T& out) {
    auto read = Reader::read<T>(in, path_of(name));
    if (read) {
      out = *std::move(read);
    } else if (!error_) {
      error_ = std::move(read).error();
    }
  }

  const Json& in_;
  std::string path_;
  std::optional<Error> error_;
};

/// Error: Layer::kDecode; the text is no JSON object.
Result<Json> parse_body(std::string_view text);
/// Error: Layer::kDecode where the header lacks one of the two.
Result<FunctionCall> parse_call(const Json& body);

}  // namespace json_function

/// The body of a request, with its header.
template <class Request>
std::string function_request_body(const FunctionCall& call, const Request& request) {
  Json body{{"header", json_function::Writer::of(call)}};
  body.update(json_function::Writer::of(request));
  return body.dump();
}

/// A request out of a body. Error: Layer::kDecode with the member's path, such as
/// "header.functionCallIdentifier".
template <class Request>
Result<ReceivedCall<Request>> parse_function_request(std::string_view text) {
  RSP_TRY(Json body, json_function::parse_body(text));
  RSP_TRY(FunctionCall call, json_function::parse_call(body));
  RSP_TRY(Request request, json_function::Reader::read<Request>(body, ""));
  return ReceivedCall<Request>{std::move(call), std::move(request)};
}

/// The body of a successful response.
template <class Ok>
std::string function_ok_body(const Ok& ok) {
  Json body{{"header", {{"functionExecutionStatus", {{"status", "Executed-Success"}}}}}};
  body.update(json_function::Writer::of(ok));
  return body.dump();
}

/// The outputs of a response. Errors: as of reported_failure(), and Layer::kDecode.
template <class Ok>
Result<Ok> parse_function_response(std::string_view text) {
  RSP_TRY(Json body, json_function::parse_body(text));
  if (auto failed = reported_failure(body)) return failure(*std::move(failed));
  return json_function::Reader::read<Ok>(body, "");
}

}  // namespace rsp
