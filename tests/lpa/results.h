// Results as tests want them: a value, or one line about what went wrong.
#pragma once

#include <stdexcept>
#include <string>

#include "rsp/base/result.h"

namespace lpa::testing {

using rsp::Layer;

/// A value, or the end of the test with what went wrong.
template <class T>
T must(rsp::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return *std::move(result);
}
inline void must(rsp::Status status) {
  if (!status) throw std::runtime_error(status.error().message());
}

/// "ok", or the layer, step and code of an error: "card ES10c.EnableProfile catBusy".
template <class T>
std::string summary(const rsp::Result<T>& result) {
  if (result) return "ok";
  const rsp::Error& error = result.error();
  std::string out(to_string(error.layer));
  for (const std::string* part : {&error.step, &error.code}) {
    if (!part->empty()) out += " " + *part;
  }
  return out;
}

}  // namespace lpa::testing
