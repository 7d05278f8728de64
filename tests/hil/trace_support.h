// What the tests of traces share: events made by hand, and the traces of whole downloads.
#pragma once

#include <gmock/gmock.h>

#include "fake_smdp/server.h"
#include "hil/trace/sequence.h"
#include "rsp/base/hex.h"
#include "rsp/json/asn1_json.h"
#include "rsp/json/es9_json.h"
#include "tests/world.h"

namespace hil::testing_trace {

using rsp::Bytes;
using rsp::Json;
using rsp::Party;
using rsp::TraceEvent;
using rsp::TraceKind;
using Records = std::vector<rsp::TraceRecord>;

/// Octets in hexadecimal, with blanks to show where elements begin.
inline Bytes operator""_x(const char* text, std::size_t size) {
  std::string digits(text, size);
  std::erase(digits, ' ');
  return rsp::from_hex(digits).value();
}

// --- Events and whole traces ---

inline TraceEvent es10_request(std::string name, Bytes command) {
  return {TraceKind::kEs10, Party::kLpa, Party::kEuicc, std::move(name), "", std::move(command)};
}
inline TraceEvent es10_response(std::string name, std::string sw, Bytes response) {
  return {TraceKind::kEs10, Party::kEuicc, Party::kLpa,
          std::move(name),  std::move(sw), std::move(response)};
}
inline TraceEvent http_request(std::string name, std::string body) {
  return {TraceKind::kHttp, Party::kLpa, Party::kServer, std::move(name), std::move(body), {}};
}
inline TraceEvent http_response(std::string name, std::string body) {
  return {TraceKind::kHttp, Party::kServer, Party::kLpa, std::move(name), std::move(body), {}};
}
inline TraceEvent c_apdu(Bytes octets) {
  return {TraceKind::kApdu, Party::kLpa, Party::kEuicc, "C-APDU", "", std::move(octets)};
}
inline TraceEvent r_apdu(Bytes octets) {
  return {TraceKind::kApdu, Party::kEuicc, Party::kLpa, "R-APDU", "", std::move(octets)};
}
inline TraceEvent step(Party party, std::string name, std::string detail) {
  return {TraceKind::kStep, party, party, std::move(name), std::move(detail), {}};
}

/// Events a millisecond apart.
inline Records records_of(std::vector<TraceEvent> events) {
  Records records;
  for (TraceEvent& event : events) {
    records.push_back({std::chrono::milliseconds(records.size()), std::move(event)});
  }
  return records;
}

/// Speaks the JSON binding to a server and records it as the HTTPS client does, without sockets.
class RecordedEs9 final : public lpa::Es9 {
 public:
  RecordedEs9(smdp::Smdp& server, rsp::TraceSink& trace, rsp::TraceSink* server_trace)
      : server_(server), trace_(trace), server_trace_(server_trace) {}

  rsp::Result<rsp::InitiateAuthenticationOk> initiate_authentication(
      const std::string&, const rsp::InitiateAuthenticationRequest& request,
      rsp::Deadline) override {
    return call(request);
  }
  rsp::Result<rsp::AuthenticateClientOk> authenticate_client(
      const std::string&, const rsp::AuthenticateClientRequest& request, rsp::Deadline) override {
    return call(request);
  }
  rsp::Result<rsp::AuthenticateClientOkEs11> search_events(const std::string&,
                                                           const rsp::AuthenticateClientRequest&,
                                                           rsp::Deadline) override {
    return rsp::failure({.text = "there is no SM-DS"});
  }
  rsp::Result<rsp::GetBoundProfilePackageOk> get_bound_profile_package(
      const std::string&, const rsp::GetBoundProfilePackageRequest& request,
      rsp::Deadline) override {
    return call(request);
  }
  rsp::Status cancel_session(const std::string&, const rsp::CancelSessionRequestEs9& request,
                             rsp::Deadline) override {
    RSP_CHECK(call(request));
    return {};
  }
  rsp::Status handle_notification(const std::string&, const rsp::PendingNotification& notification,
                                  rsp::Deadline) override {
    rsp::HandleNotificationRequest request{notification, {}};
    EXPECT_EQ(post("HandleNotification", request.kFunction, rsp::es9_request_body(request)).status,
              204);
    return {};
  }

 private:
  template <class Request>
  rsp::Result<typename Request::Ok> call(const Request& request) {
    std::string name(Request::kFunction);
    name[0] = static_cast<char>(name[0] - 32);
    return rsp::parse_es9_response<typename Request::Ok>(
        post(name, Request::kFunction, rsp::es9_request_body(request)).body);
  }
  rsp::http::Response post(const std::string& name, std::string_view function, std::string body) {
    rsp::http::Request request;
    request.method = "POST";
    request.target = std::string(rsp::kEs9PathPrefix) + std::string(function);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    trace_.event(http_request("ES9+." + name, body));
    rsp::http::Response response = smdp::handle_es9(server_, request, server_trace_);
    trace_.event(
        http_response("ES9+." + name + " " + std::to_string(response.status), response.body));
    return response;
  }

  smdp::Smdp& server_;
  rsp::TraceSink& trace_;
  rsp::TraceSink* server_trace_;
};

enum class ServerTrace { kOff, kOn };

/// A world whose card and HTTP are traced.
struct TracedWorld {
  explicit TracedWorld(ServerTrace server_trace = ServerTrace::kOff) {
    world.add_order();
    world.start();
    world.lpa.reset();
    world.euicc = sim::Euicc::power_up(world.persona, testing_world::card_credentials(world.pki),
                                       {world.random, world.storage, &recorder})
                      .value();
    world.link.emplace(*world.euicc);
    world.transport.emplace(*world.link);
    es9.emplace(*world.server, recorder, server_trace == ServerTrace::kOn ? &recorder : nullptr);
    world.lpa.emplace(*world.transport, *es9);
  }
  rsp::TraceRecorder recorder;  // outlives all that reports to it, also at its end
  testing_world::World world;
  std::optional<RecordedEs9> es9;
};

/// A download with notification, enabled afterwards.
inline const Records& download() {
  static const Records records = [] {
    TracedWorld traced;
    auto done = traced.world.lpa->download(traced.world.activation_code());
    EXPECT_TRUE(done) << done.error().message();
    EXPECT_TRUE(traced.world.lpa->deliver_notifications());
    EXPECT_TRUE(traced.world.lpa->enable(done->metadata.iccid));
    return traced.recorder.records();
  }();
  return records;
}

/// A download of a profile that is on the card already.
inline const Records& failed_download() {
  static const Records records = [] {
    TracedWorld traced;
    traced.world.add_order("AGAIN");
    EXPECT_TRUE(traced.world.lpa->download(traced.world.activation_code()));
    std::size_t before = traced.recorder.records().size();
    EXPECT_FALSE(traced.world.lpa->download(traced.world.activation_code("AGAIN")));
    const Records& all = traced.recorder.records();
    return Records(all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
  }();
  return records;
}

inline Records only(const Records& records, TraceKind kind) {
  Records out;
  for (const auto& record : records) {
    if (record.event.kind == kind) out.push_back(record);
  }
  return out;
}

/// The lines of a text whose last line has an end.
inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    EXPECT_NE(end, std::string::npos) << "the last line has no end";
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace hil::testing_trace
