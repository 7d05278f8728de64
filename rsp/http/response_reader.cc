#include "rsp/http/response_reader.h"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>

namespace rsp::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;
using Parser = beast::http::response_parser<beast::http::string_body>;

}  // namespace

class ResponseReader::Impl {
 public:
  Impl(Limits limits, bool to_head) : limits_(limits), to_head_(to_head) { begin(); }

  Status put(std::string_view octets) {
    pending_ += octets;
    std::size_t used = 0;
    while (!is_done()) {
      error_code ec;
      std::size_t size =
          parser_->put(boost::asio::buffer(pending_.data() + used, pending_.size() - used), ec);
      used += size;
      if (ec && ec != beast::http::error::need_more) return failure(unreadable(ec));
      bool interim = is_done() && parser_->get().result_int() < 200;
      if (interim) begin();
      if (ec || (size == 0 && !interim)) break;
    }
    pending_.erase(0, used);
    return {};
  }

  Status end(bool orderly) {
    error_code ec;
    if (orderly && parser_->is_header_done()) parser_->put_eof(ec);
    if (!ec && is_done()) return {};
    if (has_begun()) {
      return failure({.layer = Layer::kTransport,
                      .code = "truncatedAnswer",
                      .text = fmt::format("the answer was cut short after {} octets of its body",
                                          parser_->get().body().size()),
                      .hint = "the server, or something in between, closed the connection too "
                              "early"});
    }
    return failure({.layer = Layer::kTransport,
                    .text = "the server closed the connection without an answer",
                    .hint = "it may or may not have acted on the request; its log should tell"});
  }

  bool is_done() const { return parser_->is_done(); }
  bool has_begun() const { return parser_->got_some() || !pending_.empty(); }
  bool is_reusable() const { return parser_->keep_alive() && pending_.empty(); }

  Response take() {
    auto message = parser_->release();
    Response out{.status = static_cast<int>(message.result_int()),
                 .body = std::move(message.body()),
                 .headers = {}};
    for (const auto& field : message)
      out.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    return out;
  }

 private:
  void begin() {
    parser_.emplace();
    parser_->body_limit(limits_.body);
    parser_->header_limit(static_cast<std::uint32_t>(limits_.header));
    parser_->skip(to_head_);
  }

  Error unreadable(error_code ec) const {
    using beast::http::error;
    auto too_large = [](std::string_view part, std::size_t limit) {
      return Error{.layer = Layer::kHttp,
                   .text = fmt::format("the answer's {} is larger than {} octets", part, limit),
                   .hint = "this client takes no more"};
    };
    if (ec == error::body_limit) return too_large("body", limits_.body);
    if (ec == error::header_limit) return too_large("header", limits_.header);
    return {.layer = Layer::kHttp,
            .text = fmt::format("what came back is not HTTP/1.1: {}", ec.message()),
            .hint = "check that the port belongs to an HTTPS server"};
  }

  const Limits limits_;
  const bool to_head_;
  std::optional<Parser> parser_;
  std::string pending_;  // what the parser wants to see again, with more behind it
};

ResponseReader::ResponseReader(Limits limits, bool to_head)
    : impl_(std::make_unique<Impl>(limits, to_head)) {}
ResponseReader::~ResponseReader() = default;
Status ResponseReader::put(std::string_view octets) { return impl_->put(octets); }
Status ResponseReader::end(bool orderly) { return impl_->end(orderly); }
bool ResponseReader::is_done() const { return impl_->is_done(); }
bool ResponseReader::has_begun() const { return impl_->has_begun(); }
bool ResponseReader::is_reusable() const { return impl_->is_reusable(); }
Response ResponseReader::take() { return impl_->take(); }

}  // namespace rsp::http
