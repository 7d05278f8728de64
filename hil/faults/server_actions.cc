// What faults do to connections, TLS, HTTP answers and headers of ES9+.
#include <fmt/format.h>

#include "hil/faults/hooks.h"
#include "hil/testbed/certificates.h"
#include "rsp/base/text.h"
#include "rsp/json/es9_json.h"
#include "rsp/json/field_path.h"

namespace hil {
namespace {

using rsp::Status;
using rsp::http::Delivery;
using rsp::http::Response;

std::vector<std::string> function_names() {
  std::vector<std::string> names{"any"};
  for (const std::string& function : message_functions()) {
    if (!function.starts_with("ES9+.")) continue;
    std::string name = function.substr(5);
    name[0] = static_cast<char>(name[0] + 32);
    names.push_back(name);
  }
  return names;
}

struct ChangeOrder {
  static constexpr std::string_view kDoc =
      "Somebody at the server changes an order before the request is looked at.";
  std::string order;
  std::optional<std::string> state;
  std::optional<rsp::Bytes> eid;
  static void fields(auto&& f, auto& m) {
    f("order", m.order, "the scenario's name of it");
    f("state", m.state, "its new state, such as error");
    f("eid", m.eid, "the eUICC that it is now linked to, 16 octets");
  }
  std::string problem() const {
    return state || eid ? "" : "changes nothing; give a state or an eid";
  }
  Status apply(Exchange&, FaultContext& context) const {
    return context.world.change_order({order, state, eid});
  }
};

struct ForgetSessions {
  static constexpr std::string_view kDoc =
      "The server loses all its sessions before the request is looked at, as by a restart; orders "
      "stay.";
  static void fields(auto&&, auto&) {}
  Status apply(Exchange&, FaultContext& context) const { return context.world.forget_sessions(); }
};

// --- connection
// ---------------------------------------------------------------------------------------------------

using Fate = rsp::http::Admission::Fate;

/// Two faults at one connection would undo each other.
Status decide(Connection& connection, Fate fate) {
  if (connection.admission.fate != Fate::kServed)
    return rsp::failure({.text = "another fault has decided over this connection already"});
  connection.admission.fate = fate;
  return {};
}

struct Refuse {
  static constexpr std::string_view kDoc =
      "Nobody listens: the connection is refused. Over real HTTPS, where a port that listens "
      "cannot "
      "refuse, it is reset.";
  static void fields(auto&&, auto&) {}
  Status apply(Connection& connection, FaultContext&) const {
    return decide(connection, Fate::kRefused);
  }
};
struct ResetConnection {
  static constexpr std::string_view kDoc =
      "The connection is reset before the server has read anything.";
  static void fields(auto&&, auto&) {}
  Status apply(Connection& connection, FaultContext&) const {
    return decide(connection, Fate::kReset);
  }
};
struct StallHandshake {
  static constexpr std::string_view kDoc =
      "The connection is taken, and the TLS handshake goes no further.";
  static void fields(auto&&, auto&) {}
  Status apply(Connection& connection, FaultContext&) const {
    return decide(connection, Fate::kSilent);
  }
};
struct ShowCertificate {
  static constexpr std::string_view kDoc = "The server shows another certificate for TLS.";
  std::string name;
  static void fields(auto&& f, auto& m) {
    f("name", m.name,
      "dpTls.expired, .notYetValid, .otherHost, .otherCi, .selfSigned, .otherCurve ...; dpAuth for "
      "one of another role");
  }
  std::string problem() const {
    auto names = tls_certificate_names();
    if (std::ranges::find(names, name) != names.end()) return "";
    return "there is no certificate '" + name + "' for TLS: " + suggestion(name, names);
  }
  Status apply(Connection& connection, FaultContext& context) const {
    RSP_CHECK(connection.tls());
    RSP_TRY(connection.admission.identity, context.world.tls_identity(name));
    return {};
  }
};
enum class OnlyVersion { k1_0, k1_1, k1_2, k1_3 };
constexpr auto enum_names(OnlyVersion) {
  return rsp::asn1::named<OnlyVersion>({{OnlyVersion::k1_0, "1.0"},
                                        {OnlyVersion::k1_1, "1.1"},
                                        {OnlyVersion::k1_2, "1.2"},
                                        {OnlyVersion::k1_3, "1.3"}});
}
struct SpeakOnly {
  static constexpr std::string_view kDoc =
      "The server speaks one version of TLS only. SGP.22 2.6.6 asks for 1.2 or later.";
  OnlyVersion version = OnlyVersion::k1_2;
  static void fields(auto&& f, auto& m) { f("version", m.version, "1.0, 1.1, 1.2 or 1.3"); }
  Status apply(Connection& connection, FaultContext&) const {
    RSP_CHECK(connection.tls());
    connection.admission.only = static_cast<rsp::http::TlsVersion>(version);
    return {};
  }
};

// --- transport
// ----------------------------------------------------------------------------------------------------

struct Drop {
  static constexpr std::string_view kDoc =
      "The request is lost: the server never sees it, and no answer comes.";
  static void fields(auto&&, auto&) {}
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.unanswered());
    exchange.response = Response{.delivery = Delivery::kNothing};
    return {};
  }
};
struct Stall {
  static constexpr std::string_view kDoc =
      "The server acts on the request, and its answer does not come before the client gives up.";
  static void fields(auto&&, auto&) {}
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    exchange.answer().delivery = Delivery::kNothing;
    return {};
  }
};
struct ResetBefore {
  static constexpr std::string_view kDoc =
      "The connection is reset before the server has acted on the request.";
  static void fields(auto&&, auto&) {}
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.unanswered());
    exchange.response = Response{.delivery = Delivery::kReset};
    return {};
  }
};
struct ResetAfter {
  static constexpr std::string_view kDoc =
      "The server acts on the request, and the connection is reset in place of an answer.";
  static void fields(auto&&, auto&) {}
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    exchange.answer().delivery = Delivery::kReset;
    return {};
  }
};
struct Truncate {
  static constexpr std::string_view kDoc =
      "The answer ends, and the connection with it, after so many octets of its body.";
  std::uint32_t octets = 0;
  static void fields(auto&& f, auto& m) { f("octets", m.octets, "of the body", kOptional); }
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    Response& response = exchange.answer();
    if (octets >= response.body.size())
      return rsp::failure(
          {.text = fmt::format("the answer's body has only {} octets", response.body.size())});
    response.delivery = Delivery::kCutOff;
    response.sent = octets;
    return {};
  }
};
struct TruncateHeader {
  static constexpr std::string_view kDoc =
      "The answer ends, and the connection with it, within its status line and header.";
  std::uint32_t octets = 20;
  static void fields(auto&& f, auto& m) {
    f("octets", m.octets, "how many come; 20 where left out", kOptional, Range{0, 1 << 14});
  }
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    Response& response = exchange.answer();
    response.delivery = Delivery::kCutHeader;
    response.sent = octets;
    return {};
  }
};
struct Slow {
  static constexpr std::string_view kDoc =
      "The answer comes in pieces with a pause between them: on the run's clock, or in real time "
      "over HTTPS.";
  std::uint32_t octets = 1;
  std::chrono::milliseconds pause{};
  static void fields(auto&& f, auto& m) {
    f("octets", m.octets, "of one piece; 1 where left out", kOptional, Range{1, 1 << 20});
    f("pause", m.pause, "such as 20ms");
  }
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    Response& response = exchange.answer();
    response.delivery = Delivery::kSlow;
    response.sent = octets;
    response.pause = pause;
    return {};
  }
};
struct HangUp {
  static constexpr std::string_view kDoc =
      "The answer comes whole, and the connection ends with it, so that the next request needs "
      "another one.";
  static void fields(auto&&, auto&) {}
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    exchange.answer().headers.push_back({"Connection", "close"});
    return {};
  }
};
struct Garbage {
  static constexpr std::string_view kDoc =
      "Random octets come in place of HTTP; the server has acted on the request.";
  std::uint32_t octets = 64;
  static void fields(auto&& f, auto& m) {
    f("octets", m.octets, "how many", kOptional, Range{16, 1 << 20});
  }
  Status apply(Exchange& exchange, FaultContext& context) const {
    RSP_CHECK(exchange.open());
    Response& response = exchange.answer();
    rsp::Bytes random(octets);
    context.random.fill(random);
    random[0] |= 0x80;  // no HTTP begins like this
    response.delivery = Delivery::kRaw;
    response.body = rsp::text_of(random);
    return {};
  }
};

// --- http
// ---------------------------------------------------------------------------------------------------------

struct HttpStatus {
  static constexpr std::string_view kDoc = "Another HTTP status, with an empty body.";
  std::uint16_t status = 503;
  bool processed = false;
  static void fields(auto&& f, auto& m) {
    f("code", m.status, "such as 503", Range{200, 599});
    f("processed", m.processed, "whether the server has acted on the request all the same",
      kOptional);
  }
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    if (processed) exchange.answer();
    exchange.response = Response{.status = status};
    return {};
  }
};
struct Headers {
  static constexpr std::string_view kDoc = "Headers of the answer, set or left out.";
  std::map<std::string, std::string> set;
  std::vector<std::string> remove;
  static void fields(auto&& f, auto& m) {
    f("set", m.set, "name to value; one that is there already is replaced", kOptional);
    f("remove", m.remove, "names", kOptional);
  }
  std::string problem() const {
    if (set.empty() && remove.empty()) return "neither sets nor removes anything";
    auto visible = [](char c) { return c > ' ' && c <= '~' && c != ':'; };
    for (const auto& [name, value] : set) {
      if (name.empty() || !std::ranges::all_of(name, visible)) return "'" + name + "' is no header";
      if (value.find_first_of("\r\n") != value.npos) return "a header's value has one line";
      for (const char* framing : {"content-length", "transfer-encoding", "connection"}) {
        if (rsp::same_text(name, framing))
          return "'" + name + "' says where an answer ends; the hook transport has faults for that";
      }
    }
    return "";
  }
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    auto& headers = exchange.answer().headers;
    auto drop = [&](const std::string& name) {
      return std::erase_if(headers, [&](const rsp::http::Header& header) {
        return rsp::same_text(header.name, name);
      });
    };
    for (const std::string& name : remove) {
      if (drop(name) == 0)
        return rsp::failure({.text = "the answer has no header '" + name + "' to remove"});
    }
    for (const auto& [name, value] : set) {
      drop(name);
      headers.push_back({name, value});
    }
    return {};
  }
};
struct Body {
  static constexpr std::string_view kDoc = "Another body; status and headers stay as they were.";
  std::string text;
  static void fields(auto&& f, auto& m) { f("text", m.text, "the whole body"); }
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    exchange.answer().body = text;
    return {};
  }
};

struct Pad {
  static constexpr std::string_view kDoc =
      "Blanks before the body make the answer larger; JSON allows them.";
  std::uint32_t octets = 0;
  static void fields(auto&& f, auto& m) {
    f("octets", m.octets, "how many: 17000000 is more than an LPA takes", Range{1, 1 << 28});
  }
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    exchange.answer().body.insert(0, octets, ' ');
    return {};
  }
};
struct Replay {
  static constexpr std::string_view kDoc =
      "The answer that went out the last time that this function was asked for, and so for another "
      "transaction; the server has acted on the request.";
  static void fields(auto&&, auto&) {}
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    if (exchange.previous == nullptr) {
      return rsp::failure({.text = "this function has given no answer before; strike later, such "
                                   "as with {\"nth\": 2}"});
    }
    exchange.answer();
    exchange.response = *exchange.previous;
    return {};
  }
};

// --- header
// -------------------------------------------------------------------------------------------------------

struct Fail {
  static constexpr std::string_view kDoc =
      "functionExecutionStatus Failed with any subject and reason code.";
  std::string subject, reason, identifier, message;
  bool processed = false;
  static void fields(auto&& f, auto& m) {
    f("subject", m.subject, "subjectCode, such as 8.2.6");
    f("reason", m.reason, "reasonCode, such as 3.8");
    f("identifier", m.identifier, "subjectIdentifier", kOptional);
    f("message", m.message, "for people", kOptional);
    f("processed", m.processed, "whether the server has acted on the request all the same",
      kOptional);
  }
  std::string problem() const {
    for (const std::string* code : {&subject, &reason}) {
      if (code->empty() || code->find_first_not_of("0123456789.") != code->npos)
        return "'" + *code + "' is no code: numbers joined by dots";
    }
    return "";
  }
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    if (processed) exchange.answer();
    exchange.response =
        Response{.status = 200,
                 .body = rsp::failed_body({subject, reason, identifier, message}),
                 .headers = {{"Content-Type", std::string(rsp::kJsonContentType)},
                             {std::string(rsp::kAdminProtocolHeader), "gsma/rsp/v2.2.2"}}};
    return {};
  }
};
struct ExecutionStatus {
  static constexpr std::string_view kDoc =
      "Another functionExecutionStatus over the answer's own members: Executed-WithWarning, "
      "Expired, "
      "or anything else.";
  std::string status;
  static void fields(auto&& f, auto& m) { f("status", m.status, "the text of status"); }
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    Json body = Json::parse(exchange.answer().body, nullptr, false);
    if (!body.is_object() || !body.contains("header")) {
      return rsp::failure({.layer = rsp::Layer::kInput,
                           .path = exchange.function,
                           .text = "the answer has no header to change"});
    }
    body["header"]["functionExecutionStatus"]["status"] = status;
    exchange.answer().body = rsp::dump(body);
    return {};
  }
};
struct OmitHeader {
  static constexpr std::string_view kDoc = "The answer's header member is left out.";
  static void fields(auto&&, auto&) {}
  Status apply(Exchange& exchange, FaultContext&) const {
    RSP_CHECK(exchange.open());
    Json body = Json::parse(exchange.answer().body, nullptr, false);
    if (!body.is_object() || body.erase("header") == 0)
      return rsp::failure({.text = "the answer has no header to leave out"});
    exchange.answer().body = rsp::dump(body);
    return {};
  }
};

}  // namespace

std::string Scalar<WhichFunction>::read(const Json& json, WhichFunction& value) {
  if (!json.is_string()) return "should be the name of a function of ES9+";
  value.name = json.get<std::string>();
  auto names = function_names();
  if (std::ranges::find(names, value.name) != names.end()) return "";
  return "'" + value.name + "' is no function of ES9+: " + suggestion(value.name, names);
}
Json Scalar<WhichFunction>::schema() { return {{"enum", function_names()}}; }

std::span<const Action<ConnectionHook>> ConnectionHook::actions() {
  using Hook = ConnectionHook;
  static constexpr std::array rows{
      action<Hook, Refuse>("refuse"),        action<Hook, ResetConnection>("reset"),
      action<Hook, StallHandshake>("stall"), action<Hook, ShowCertificate>("certificate"),
      action<Hook, SpeakOnly>("tlsVersion"), action<Hook, AdvanceClock<Hook>>("clock"),
  };
  return rows;
}

std::span<const Action<TransportHook>> TransportHook::actions() {
  using Hook = TransportHook;
  static constexpr std::array rows{
      action<Hook, Drop>("drop"),
      action<Hook, Stall>("stall"),
      action<Hook, ResetBefore>("resetBefore"),
      action<Hook, ResetAfter>("resetAfter"),
      action<Hook, Truncate>("truncate"),
      action<Hook, TruncateHeader>("truncateHeader"),
      action<Hook, Garbage>("garbage"),
      action<Hook, Slow>("slow"),
      action<Hook, HangUp>("hangUp"),
      action<Hook, AdvanceClock<Hook>>("clock"),
      action<Hook, ChangeOrder>("changeOrder"),
      action<Hook, ForgetSessions>("forgetSessions"),
  };
  return rows;
}

std::span<const Action<HttpHook>> HttpHook::actions() {
  using Hook = HttpHook;
  static constexpr std::array rows{
      action<Hook, HttpStatus>("status"), action<Hook, Headers>("headers"),
      action<Hook, Body>("body"),         action<Hook, Pad>("pad"),
      action<Hook, Replay>("replay"),     action<Hook, AdvanceClock<Hook>>("clock"),
  };
  return rows;
}

std::span<const Action<HeaderHook>> HeaderHook::actions() {
  using Hook = HeaderHook;
  static constexpr std::array rows{
      action<Hook, Fail>("fail"),
      action<Hook, ExecutionStatus>("status"),
      action<Hook, OmitHeader>("omit"),
  };
  return rows;
}

}  // namespace hil
