// Result and Error: everything that a peer, a card or a wire can cause is a value, never an
// exception.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace rsp {

/// Where a failure happened; what a test asserts first.
enum class Layer {
  kInput,      // what the user gave: an option, a file, an activation code
  kTransport,  // bytes did not arrive: sockets, serial ports, readers
  kApdu,       // a status word that is not success
  kCard,       // the eUICC answered with an error code of its own
  kDecode,     // TLV, JSON or text that does not follow its definition
  kCrypto,     // a key, a signature or a certificate that is not good
  kHttp,       // HTTP status or headers
  kServer,     // functionExecutionStatus of an SM-DP+ or SM-DS
  kTimeout,    // a deadline passed
  kStorage,    // the file that keeps the state
};

/// "transport", "card" and so on: the name used in JSON and in assertions.
std::string_view to_string(Layer layer);

/// One failure, with enough to find its place and its remedy.
struct Error {
  Layer layer = Layer::kInput;
  std::string step;      // what was being done: "ES9+.AuthenticateClient", "SELECT ISD-R"
  std::string code;      // the protocol's own code: "8.2.6/3.8", "6A82", "invalidSignature"
  std::string path;      // the field or file at fault: "serverSigned1.euiccChallenge"
  std::string text;      // what is wrong, as a sentence
  std::string hint;      // what to try
  std::size_t apdu = 0;  // which APDU to the card failed, counted from 1; 0: none did

  /// One line for people: layer, step, code, path, text and hint, as far as each is known.
  std::string message() const;
  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// A failed Result: `return failure({.layer = Layer::kDecode, .text = "..."});`
inline std::unexpected<Error> failure(Error error) { return std::unexpected(std::move(error)); }

/// Fills in the step of an error that does not have one yet.
inline Error at_step(Error error, std::string_view step) {
  if (error.step.empty()) error.step = step;
  return error;
}

}  // namespace rsp

#define RSP_CONCAT_(a, b) a##b
#define RSP_CONCAT(a, b) RSP_CONCAT_(a, b)
/// RSP_TRY(auto value, call()): the value, or the caller's function returns the error.
#define RSP_TRY(declaration, ...) \
  RSP_TRY_(RSP_CONCAT(rsp_result_, __LINE__), declaration, __VA_ARGS__)
#define RSP_TRY_(result, declaration, ...)                        \
  auto result = (__VA_ARGS__);                                    \
  if (!result) return std::unexpected(std::move(result).error()); \
  declaration = std::move(*result)
/// RSP_CHECK(call()): the same where there is no value to keep.
#define RSP_CHECK(...)                              \
  if (auto rsp_status = (__VA_ARGS__); !rsp_status) \
  return std::unexpected(std::move(rsp_status).error())
