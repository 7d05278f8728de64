// What a function of a server answers.
#pragma once

#include <expected>

#include "rsp/messages/es9.h"

namespace smdp {

/// Its output, or the status code that it reports.
template <class T>
using Answer = std::expected<T, rsp::StatusCode>;

inline std::unexpected<rsp::StatusCode> status(std::string_view subject, std::string_view reason,
                                               std::string message = "",
                                               std::string identifier = "") {
  return std::unexpected(rsp::StatusCode{std::string(subject), std::string(reason),
                                         std::move(identifier), std::move(message)});
}

}  // namespace smdp
