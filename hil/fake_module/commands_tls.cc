// The TLS sockets of a Quectel module: +QSSLCFG, +QSSLOPEN, +QSSLSEND, +QSSLRECV, +QSSLSTATE and
// +QSSLCLOSE, in buffer access mode. Who uses them speaks HTTP/1.1 itself, since requests go out by
// the transport that the module was given.
#include <fmt/format.h>

#include "hil/fake_module/commands.h"
#include "hil/fake_module/http_request.h"
#include "rsp/http/wire.h"

namespace hil {
namespace {

using rsp::http::Request;
using rsp::http::Response;

constexpr std::uint64_t kLastSocket = 11;
/// Octets of one +QSSLSEND and one +QSSLRECV.
constexpr std::uint64_t kMostSent = 1460, kMostRead = 1500;
constexpr std::size_t kLongestRequest = 1 << 20;
/// Further requests wait while so much of earlier answers has not been read.
constexpr std::size_t kMostUnread = 1 << 20;
/// Results of +QSSLOPEN.
constexpr std::uint32_t kIdentityInUse = 563, kConnectionFailed = 566, kNoContext = 561;
constexpr std::chrono::seconds kToConnect{150}, kToAnswer{60}, kToGiveData{60};

/// Each setting is one of an SSL context: +QSSLCFG="seclevel",1,2.
AtAnswer configuration(AtContext& at, const AtCommand& command) {
  return configure_module(at.http.tls, command, 2);
}

TlsSocket* socket_of(AtContext& at, const AtCommand& command) {
  auto number = command.number(0);
  auto found = number ? at.tls_sockets.find(*number) : at.tls_sockets.end();
  return found == at.tls_sockets.end() ? nullptr : &found->second;
}

/// Why there is no connection to be had; 0 where there is no reason.
std::uint32_t refusal(AtContext& at, const std::string& tls_context) {
  if (at.settings.tls_error != 0) {
    at.note("tlsError");
    return at.settings.tls_error;
  }
  if (!at.network.registered) return kNoContext;
  if (at.settings.other_sim_network) at.note("otherSimNetwork");
  return at.transport == nullptr || dates_fail(at, tls_context) ? kConnectionFailed : 0;
}

/// The socket is there from now on, and is connected when the client has been told so.
void connect(AtContext& at, std::uint32_t number, const std::string& host) {
  Errand errand;
  at.tls_sockets[number] = {.host = host, .request = Waiting(errand.stop)};
  auto connected = std::make_shared<rsp::Status>();
  errand.work = [connected, host, transport = at.transport](rsp::Interrupt& stop) {
    *connected = transport->connect(host, rsp::Deadline::after(kToConnect, &stop));
  };
  errand.done = [at, connected, number] {
    TlsSocket& socket = at.tls_sockets.at(number);
    socket.request.end();
    socket.connected = connected->has_value();
    if (!socket.connected) at.tls_sockets.erase(number);
    at.tell(fmt::format("+QSSLOPEN: {},{}", number, *connected ? 0 : kConnectionFailed));
  };
  at.begin(std::move(errand));
}

/// +QSSLOPEN=<PDP context>,<SSL context>,<socket>,"<host>",<port>[,<access mode>].
AtAnswer open(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest)
    return at_line("+QSSLOPEN: (1-16),(0-5),(0-11),<serveraddr>,(1-65535),(0-2)");
  auto pdp = command.number(0), tls = command.number(1), socket = command.number(2),
       port = command.number(4), mode = command.number(5);
  bool buffered = command.arguments.size() < 6 || (mode && *mode == 0);
  std::string host = command.text_of(3);
  bool good = pdp && *pdp >= 1 && *pdp <= 16 && tls && *tls <= 5 && socket &&
              *socket <= kLastSocket && !host.empty() && port && *port >= 1 && *port <= 65'535;
  if (!good) return at_cme(kCmeIncorrectParameters);
  if (!buffered) return at_cme(kCmeNotSupported);
  constexpr std::uint64_t kHttps = 443;
  std::string place = *port == kHttps ? host : fmt::format("{}:{}", host, *port);
  std::uint32_t code =
      at.tls_sockets.contains(*socket) ? kIdentityInUse : refusal(at, std::to_string(*tls));
  if (code == 0) {
    connect(at, *socket, place);
  } else {
    at.tell(fmt::format("+QSSLOPEN: {},{}", *socket, code));
  }
  return at_ok();
}

/// What comes back over the connection, header and all.
std::string answer_of(const Response& response) {
  Response framed = response;
  std::erase_if(framed.headers, [](const auto& header) { return is_framing(header.name); });
  auto wire = rsp::http::to_wire(framed, "Answer", rsp::http::Persistence::kKeep);
  return wire ? *std::move(wire) : std::string();
}

void tell(AtContext& at, std::string_view what, std::uint32_t number) {
  at.tell(fmt::format("+QSSLURC: \"{}\",{}", what, number));
}

void serve(AtContext at, std::uint32_t number);

/// The server's answer, or its hanging up. That there is something to read is told once.
void take(AtContext& at, std::uint32_t number, const rsp::Result<Response>& response) {
  TlsSocket& socket = at.tls_sockets.at(number);
  socket.request.end();
  if (!response) {
    socket.closed = true;
    return tell(at, "closed", number);
  }
  socket.out += answer_of(*response);
  if (!std::exchange(socket.told, true)) tell(at, "recv", number);
  serve(at, number);
}

/// Sends the next request that is complete, one at a time.
void serve(AtContext at, std::uint32_t number) {
  TlsSocket& socket = at.tls_sockets.at(number);
  if (socket.request || socket.closed || socket.out.size() > kMostUnread) return;
  auto size = whole_request(socket.in);
  if (!size) {
    socket.closed = socket.in.size() > kLongestRequest;
    if (socket.closed) tell(at, "closed", number);
    return;
  }
  auto request = parse_request(std::string_view(socket.in).substr(0, *size), "/");
  socket.in.erase(0, *size);
  Errand errand;
  socket.request = Waiting(errand.stop);
  auto response = std::make_shared<rsp::Result<Response>>(Response{.status = 400});
  errand.work = [response, request = std::move(request), host = socket.host,
                 transport = at.transport](rsp::Interrupt& stop) {
    if (request)
      *response = transport->send(host, *request, rsp::Deadline::after(kToAnswer, &stop));
  };
  errand.done = [at, response, number]() mutable { take(at, number, *response); };
  at.begin(std::move(errand));
}

AtAnswer send(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+QSSLSEND: (0-11),(1-1460)");
  TlsSocket* socket = socket_of(at, command);
  auto length = command.number(1);
  if (!length || *length < 1 || *length > kMostSent) return at_cme(kCmeIncorrectParameters);
  if (socket == nullptr || !socket->connected || socket->closed) return at_error();
  AtAnswer prompt{.final = {AtFinal::Kind::kPrompt}};
  auto done = [at, number = *command.number(0)](std::string data) mutable {
    auto found = at.tls_sockets.find(number);
    if (found == at.tls_sockets.end())
      return AtAnswer{.final = {AtFinal::Kind::kText, 0, "SEND FAIL"}};
    found->second.in += data;
    serve(at, number);
    return AtAnswer{.final = {AtFinal::Kind::kText, 0, "SEND OK"}};
  };
  prompt.data = AtData{*length, kToGiveData, std::move(done)};
  return prompt;
}

AtAnswer receive(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+QSSLRECV: (0-11),(1-1500)");
  TlsSocket* socket = socket_of(at, command);
  auto length = command.number(1);
  if (!length || *length < 1 || *length > kMostRead) return at_cme(kCmeIncorrectParameters);
  if (socket == nullptr) return at_error();
  std::string piece = socket->out.substr(0, *length);
  socket->out.erase(0, piece.size());
  if (socket->out.empty()) socket->told = false;
  serve(at, *command.number(0));
  AtAnswer answer = at_line(fmt::format("+QSSLRECV: {}", piece.size()));
  if (!piece.empty()) answer.lines.push_back(std::move(piece));
  return answer;
}

AtAnswer state(AtContext& at, const AtCommand&) {
  AtAnswer answer;
  for (const auto& [number, socket] : at.tls_sockets) {
    auto colon = socket.host.rfind(':');
    answer.lines.push_back(
        fmt::format("+QSSLSTATE: {},\"SSLClient\",\"{}\",{},0,{},1,{},0,\"usbat\",1", number,
                    socket.host.substr(0, colon),
                    colon == socket.host.npos ? "443" : socket.host.substr(colon + 1),
                    socket.closed      ? 4
                    : socket.connected ? 2
                                       : 1,
                    number));
  }
  return answer;
}

AtAnswer close(AtContext& at, const AtCommand& command) {
  if (command.form == AtForm::kTest) return at_line("+QSSLCLOSE: (0-11),(0-65535)");
  auto number = command.number(0);
  if (!number || *number > kLastSocket) return at_cme(kCmeIncorrectParameters);
  at.tls_sockets.erase(*number);
  return at_ok();
}

constexpr AtRow kRows[] = {
    {"+QSSLCFG", "quectel", configuration}, {"+QSSLOPEN", "quectel", open},
    {"+QSSLSEND", "quectel", send},         {"+QSSLRECV", "quectel", receive},
    {"+QSSLSTATE", "quectel", state},       {"+QSSLCLOSE", "quectel", close},
};

}  // namespace

std::span<const AtRow> tls_commands() { return kRows; }

}  // namespace hil
