// An HTTP/1.1 answer out of octets as they come in, whatever brings them.
#pragma once

#include <memory>
#include <string_view>

#include "rsp/base/result.h"
#include "rsp/http/types.h"

namespace rsp::http {

class ResponseReader {
 public:
  struct Limits {
    std::size_t body = 16 << 20, header = 16 << 10;
  };
  /// `to_head`: the request was HEAD, and its answer has no body whatever it says.
  ResponseReader(Limits limits, bool to_head);
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  /// Takes what has come. Interim answers (1xx) are passed over (RFC 9110 15.2). Error: http, where
  /// it is no HTTP/1.1 or larger than the limits.
  Status put(std::string_view octets);
  /// The connection has ended; in an orderly way, that may be the end of the answer. Error:
  /// transport, code truncatedAnswer or without one where nothing had come.
  Status end(bool orderly);
  bool is_done() const;
  bool has_begun() const;
  /// Whether the connection is good for another request: the answer says so, and nothing that
  /// nobody asked for came behind it.
  bool is_reusable() const;
  /// Once it is done.
  Response take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rsp::http
