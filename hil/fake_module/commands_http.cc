// The HTTP stack of a Quectel module: +QHTTPCFG, +QHTTPURL, +QHTTPPOST, +QHTTPGET, +QHTTPREAD and
// +QHTTPSTOP, and its files. Requests go out by the transport that the module was given.
#include <fmt/format.h>

#include <charconv>

#include "hil/fake_module/commands.h"
#include "hil/fake_module/http_request.h"
#include "rsp/base/text.h"

namespace hil {
namespace {

using rsp::http::Request;
using rsp::http::Response;
using std::chrono::seconds;

constexpr std::size_t kLongestUrl = 2048, kLongestBody = 1 << 20, kLongestFile = 64 << 10,
                      kMostFiles = 16;
/// Of an answer that the module has room for, and its port.
constexpr std::size_t kLongestAnswer = 2 << 20;
/// Codes of the module's own, in +CME ERROR and in its URCs.
constexpr int kBusy = 703, kNothingToRead = 705, kUrlError = 711, kConnectionFailed = 716,
              kResponseFailed = 723, kNoAnswer = 728, kNoSuchFile = 405;

struct Url {
  std::string host, target;
};

/// Of HTTPS: HTTP without TLS is not what the module's transport can do.
std::optional<Url> parse_url(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (!text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  Url url;
  auto slash = text.find('/');
  url.host = std::string(text.substr(0, slash));
  url.target = slash == text.npos ? "/" : std::string(text.substr(slash));
  if (url.host.empty()) return std::nullopt;
  return url;
}

AtAnswer http_configuration(AtContext& at, const AtCommand& command) {
  return configure_module(at.http.configuration, command, 1);
}

AtAnswer connect(std::size_t octets, seconds patience,
                 std::function<AtAnswer(std::string data)> done) {
  return {{"CONNECT"}, {AtFinal::Kind::kNone}, AtData{octets, patience, std::move(done)}};
}

/// Seconds of an argument, 60 where it is left out. Nothing where they are none.
std::optional<seconds> patience_of(const AtCommand& command, std::size_t index) {
  if (index >= command.arguments.size()) return seconds(60);
  auto given = command.number(index);
  if (!given || *given < 1 || *given > 65'535) return std::nullopt;
  return seconds(*given);
}

AtAnswer url(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+QHTTPURL: (1-2048),(1-65535)");
  if (command.form == AtForm::kRead)
    return at.http.url.empty() ? at_ok() : at_line("+QHTTPURL: " + at.http.url);
  auto length = command.number(0);
  auto patience = patience_of(command, 1);
  if (!length || *length < 1 || *length > kLongestUrl || !patience)
    return at_cme(kCmeIncorrectParameters);
  return connect(*length, *patience, [&http = at.http](std::string data) {
    if (!parse_url(data)) return at_cme(kUrlError);
    http.url = std::move(data);
    return at_ok();
  });
}

std::string_view content_type(const std::map<std::string, std::string>& configuration) {
  static constexpr std::string_view types[] = {"application/x-www-form-urlencoded", "text/plain",
                                               "application/octet-stream", "multipart/form-data"};
  auto found = configuration.find("contenttype");
  std::size_t index = 0;
  if (found != configuration.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), index);
  return types[index < std::size(types) ? index : 0];
}

/// "HTTP/1.1 200\r\n..." with "responseheader",1.
std::string with_header(const Response& response) {
  std::string out = fmt::format("HTTP/1.1 {}\r\n", response.status);
  for (const auto& header : response.headers)
    out += fmt::format("{}: {}\r\n", header.name, header.value);
  return out + "\r\n" + response.body;
}

/// What the client is told once the server has answered, or has not.
std::string result_of(AtContext& at, const rsp::Result<Response>& response) {
  if (!response)
    return std::to_string(response.error().layer == rsp::Layer::kTimeout ? kNoAnswer
                                                                         : kConnectionFailed);
  if (response->body.size() > kLongestAnswer) return std::to_string(kResponseFailed);
  at.http.answer =
      is_set(at.http.configuration, "responseheader") ? with_header(*response) : response->body;
  return fmt::format("0,{},{}", response->status, response->body.size());
}

/// What a request is refused with before anything is sent; 0 where it may go on.
int not_ready(const AtContext& at) {
  if (at.http.url.empty()) return kUrlError;
  return at.http.request ? kBusy : 0;
}

/// Why the server is not reached; 0 where there is no reason.
int refusal(AtContext& at) {
  if (at.settings.http_error != 0) {
    at.note("httpError");
    return static_cast<int>(at.settings.http_error);
  }
  auto context = at.http.configuration.find("sslctxid");
  std::string tls = context == at.http.configuration.end() ? "1" : context->second;
  bool unreachable = at.transport == nullptr || !at.network.registered;
  if (at.settings.other_sim_network) at.note("otherSimNetwork");
  return unreachable || dates_fail(at, tls) ? kConnectionFailed : 0;
}

/// OK at once, and how it went in a URC.
AtAnswer perform(AtContext at, const std::string& prefix, std::string_view method, std::string data,
                 seconds patience) {
  auto target = parse_url(at.http.url);
  std::optional<Request> request;
  if (is_set(at.http.configuration, "requestheader") && !data.empty()) {
    request = parse_request(data, target->target);
    if (!request) return at_cme(kCmeIncorrectParameters);
  } else {
    request = Request{std::string(method), target->target, std::move(data)};
    if (method == "POST")
      request->headers.push_back(
          {"Content-Type", std::string(content_type(at.http.configuration))});
  }
  if (int code = not_ready(at); code != 0) return at_cme(code);  // the other port came first
  at.http.answer.reset();
  if (int code = refusal(at); code != 0) {
    at.tell(fmt::format("{}: {}", prefix, code));
    return at_ok();
  }
  Errand errand;
  at.http.request = Waiting(errand.stop);
  auto response = std::make_shared<rsp::Result<Response>>();
  errand.work = [response, transport = at.transport, host = target->host,
                 request = *std::move(request), patience](rsp::Interrupt& stop) {
    *response = transport->send(host, request, rsp::Deadline::after(patience, &stop));
  };
  errand.done = [at, response, prefix]() mutable {
    at.http.request.end();
    at.tell(fmt::format("{}: {}", prefix, result_of(at, *response)));
  };
  at.begin(std::move(errand));
  return at_ok();
}

/// +QHTTPPOST=<octets>[,<to give them>[,<to answer>]].
AtAnswer post(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+QHTTPPOST: (1-1048576),(1-65535),(1-65535)");
  auto length = command.number(0);
  auto patience = patience_of(command, 1), to_answer = patience_of(command, 2);
  if (!length || *length < 1 || *length > kLongestBody || !patience || !to_answer)
    return at_cme(kCmeIncorrectParameters);
  if (int code = not_ready(at); code != 0) return at_cme(code);
  return connect(*length, *patience, [at, wait = *to_answer](std::string data) {
    return perform(at, "+QHTTPPOST", "POST", std::move(data), wait);
  });
}

AtAnswer get(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+QHTTPGET: (1-65535)");
  auto to_answer = patience_of(command, 0);
  if (!to_answer) return at_cme(kCmeIncorrectParameters);
  if (int code = not_ready(at); code != 0) return at_cme(code);
  if (command.arguments.size() < 2) return perform(at, "+QHTTPGET", "GET", "", *to_answer);
  auto length = command.number(1);
  auto patience = patience_of(command, 2);
  if (!length || *length < 1 || *length > kLongestBody || !patience)
    return at_cme(kCmeIncorrectParameters);
  return connect(*length, *patience, [at, wait = *to_answer](std::string data) {
    return perform(at, "+QHTTPGET", "GET", std::move(data), wait);
  });
}

AtAnswer read(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+QHTTPREAD: (1-65535)");
  if (!patience_of(command, 0)) return at_cme(kCmeIncorrectParameters);
  if (!at.http.answer) return at_cme(kNothingToRead);
  AtAnswer answer{{"CONNECT", *at.http.answer}};
  at.http.answer.reset();
  at.tell("+QHTTPREAD: 0");
  return answer;
}

AtAnswer stop(AtContext& at, const AtCommand&) {
  at.http.request.end();
  at.http.answer.reset();
  return at_ok();
}

/// A file into the module's memory: for certificates. Nothing reads them here, as the module trusts
/// the CIs that it was given.
AtAnswer upload(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_ok();
  auto length = command.number(1);
  auto patience = patience_of(command, 2);
  bool good = command.form == AtForm::kSet && !command.text_of(0).empty() && length &&
              *length >= 1 && *length <= kLongestFile && patience;
  if (!good) return at_cme(kCmeIncorrectParameters);
  bool full = at.http.files.size() >= kMostFiles && !at.http.files.contains(command.text_of(0));
  if (full) return at_cme(kCmeNotAllowed);
  return connect(
      *length, *patience, [&http = at.http, name = command.text_of(0)](std::string data) {
        std::uint16_t checksum = 0;  // XOR of the octets in pairs, as the makers' manuals have it
        for (std::size_t i = 0; i < data.size(); ++i) {
          auto octet = static_cast<std::uint8_t>(data[i]);
          checksum ^= static_cast<std::uint16_t>(i % 2 == 0 ? octet << 8 : octet);
        }
        std::size_t size = data.size();
        http.files[name] = std::move(data);
        return at_line(fmt::format("+QFUPL: {},{:x}", size, checksum));
      });
}

AtAnswer remove_file(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_ok();
  return at.http.files.erase(command.text_of(0)) == 1 ? at_ok() : at_cme(kNoSuchFile);
}

constexpr AtRow kRows[] = {
    {"+QFUPL", "quectel", upload},
    {"+QFDEL", "quectel", remove_file},
    {"+QHTTPCFG", "quectel", http_configuration},
    {"+QHTTPURL", "quectel", url},
    {"+QHTTPPOST", "quectel", post},
    {"+QHTTPGET", "quectel", get},
    {"+QHTTPREAD", "quectel", read},
    {"+QHTTPSTOP", "quectel", stop},
};

}  // namespace

std::span<const AtRow> http_commands() { return kRows; }

}  // namespace hil
