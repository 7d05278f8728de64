#include "hil/management.h"

#include <fmt/format.h>

#include "fake_smdp/server_asn1.h"
#include "hil/ready_made_faults.h"
#include "hil/trace/decode.h"
#include "rsp/asn1/decoder.h"
#include "rsp/messages/es9.h"
#include "rsp/qr/qr_code.h"

namespace hil {
namespace {

/// The answer as the journal calls what went wrong with it; empty where it went out whole.
std::string_view name_of(rsp::http::Delivery delivery) {
  using enum rsp::http::Delivery;
  switch (delivery) {
    case kReset:
      return "reset";
    case kNothing:
      return "no answer";
    case kCutHeader:
    case kCutOff:
      return "cut off";
    case kRaw:
      return "no HTTP";
    default:
      return "";
  }
}

std::map<std::string, std::uint64_t> uses_of(const FaultPlan& plan) {
  std::map<std::string, std::uint64_t> uses;
  for (const FaultReport& fault : plan.report()) uses[fault.id] = fault.used;
  return uses;
}

/// The faults that have been used more often than before.
std::vector<std::string> struck_since(const std::map<std::string, std::uint64_t>& before,
                                      const FaultPlan& plan) {
  std::vector<std::string> struck;
  for (const auto& [id, uses] : uses_of(plan)) {
    auto known = before.find(id);
    if (uses > (known == before.end() ? 0 : known->second)) struck.push_back(id);
  }
  return struck;
}

/// What became of a connection, in the words of the journal; empty where it went on as always.
std::string_view name_of(const rsp::http::Admission& admission) {
  using enum rsp::http::Admission::Fate;
  switch (admission.fate) {
    case kRefused:
      return "refused";
    case kReset:
      return "reset";
    case kSilent:
      return "no answer";
    default:
      return admission.identity || admission.only ? "TLS" : "";
  }
}

/// A body of the JSON binding with its messages decoded in their places; null for one that is no
/// JSON object.
Json decoded_json(std::string_view function, const std::string& body, Direction direction) {
  constexpr int kDeepest = 32;  // what is nested deeper is nothing of ours, and costs the stack
  auto watch = [](int depth, Json::parse_event_t, Json&) { return depth <= kDeepest; };
  Json json = Json::parse(body, watch, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  for (const DecodedMessage& message : decode_es9(function, json, direction)) {
    if (!message.json.is_object()) continue;
    for (const auto& [name, value] : message.json.items()) {
      if (!value.is_null()) json[name] = with_digits(value);
    }
  }
  return shortened(json);
}

/// A body of the ASN.1 binding.
template <class Message>
Json decoded_der(const std::string& body) {
  auto message = rsp::asn1::decode<Message>(rsp::view_of(body));
  return message ? shortened(with_digits(rsp::to_json(*message))) : Json();
}

}  // namespace

// --- Faults ---

Json PlanSwitches::list() const {
  Json list = Json::array();
  for (const FaultReport& fault : plan_.report()) {
    Json row = to_json(fault);
    row["enabled"] = fault.enabled;
    row["definition"] = fault.definition;
    list.push_back(std::move(row));
  }
  return list;
}

Json PlanSwitches::ready_made() const {
  Json list = Json::array();
  for (Json& fault : Json::parse(kReadyMadeFaults)) {
    Json description = fault.at("//");
    fault.erase("//");
    list.push_back({{"id", fault.at("id")},
                    {"description", std::move(description)},
                    {"definition", std::move(fault)}});
  }
  return list;
}

rsp::Status PlanSwitches::check(const Json& list) const {
  FaultPlan trial;
  Document document = Document::of(list, "faults");
  Place place(document);
  Problems problems;
  check_no_variables(document.json(), place, "write the value out", problems);
  if (problems.empty()) trial.add(document.json(), place, problems);
  if (problems.empty()) check_served_faults(document.json(), place, hooks_, problems);
  if (!problems.empty()) return rsp::failure(problems.as_error());
  return {};
}

rsp::Status PlanSwitches::replace(const Json& list) {
  RSP_CHECK(check(list));
  plan_.clear();
  for (const Json& fault : list) {
    auto added = plan_.add(fault);
    if (!added) return rsp::failure(added.error());
  }
  return {};
}

rsp::Result<std::string> PlanSwitches::add(const Json& fault) {
  RSP_CHECK(check(Json::array({fault})));
  return plan_.add(fault);
}

// --- The journal ---

Json decoded(const smdp::JournalEntry& entry) {
  Json out = Json::object();
  std::string function(smdp::function_of(entry));
  if (entry.target == smdp::kAsn1Path) {
    out["request"] = decoded_der<rsp::RemoteProfileProvisioningRequest>(entry.request);
    out["response"] = decoded_der<rsp::RemoteProfileProvisioningResponse>(entry.response);
  } else {
    out["request"] = decoded_json(function, entry.request, Direction::kRequest);
    out["response"] = decoded_json(function, entry.response, Direction::kResponse);
  }
  for (const char* part : {"request", "response"}) {
    if (out[part].is_null()) out.erase(part);
  }
  return out;
}

rsp::http::Handler with_faults_in_journal(smdp::Journal& journal, const FaultPlan& plan,
                                          rsp::http::Handler next) {
  return [&journal, &plan, next = std::move(next)](const rsp::http::Request& request) {
    auto before = uses_of(plan);
    std::uint64_t calls = journal.count();
    rsp::http::Response response = next(request);
    std::vector<std::string> struck = struck_since(before, plan);
    if (struck.empty()) return response;
    if (journal.count() == calls) {
      journal.begin(request.target, request.body);
      journal.end(0, "");
    }
    journal.spoil_last(std::move(struck), std::string(name_of(response.delivery)), response.status,
                       response.body);
    return response;
  };
}

std::function<rsp::http::Admission(std::uint64_t)> with_faults_in_journal(
    smdp::Journal& journal, const FaultPlan& plan, std::mutex& mutex,
    std::function<rsp::http::Admission(std::uint64_t)> next) {
  return [&, next = std::move(next)](std::uint64_t number) {
    std::lock_guard lock(mutex);
    auto before = uses_of(plan);
    rsp::http::Admission admission = next(number);
    std::vector<std::string> struck = struck_since(before, plan);
    if (struck.empty()) return admission;
    journal.begin(fmt::format("connection {}", number), "");
    journal.end(0, "");
    journal.spoil_last(std::move(struck), std::string(name_of(admission)), 0, "");
    return admission;
  };
}

rsp::http::Handler one_at_a_time(std::mutex& mutex, rsp::http::Handler next) {
  return [&mutex, next = std::move(next)](const rsp::http::Request& request) {
    std::lock_guard lock(mutex);
    return next(request);
  };
}

// --- The listener ---

rsp::Result<std::unique_ptr<ManagementListener>> ManagementListener::listen(
    const std::string& address, std::uint16_t port, std::mutex& mutex,
    smdp::ManagementConfig config, std::function<void(std::string_view line)> log) {
  if (!config.decode) config.decode = decoded;
  if (!config.qr_svg) {
    config.qr_svg = [](std::string_view text) -> rsp::Result<std::string> {
      RSP_TRY(auto code, rsp::qr::QrCode::encode(text, rsp::qr::Correction::kMedium));
      return rsp::qr::to_svg(code);
    };
  }
  std::unique_ptr<ManagementListener> listener(new ManagementListener(std::move(config)));
  rsp::http::ServerOptions options{.security = rsp::http::Security::kNone,
                                   .address = address,
                                   .port = port,
                                   .log = std::move(log)};
  auto handler = [&management = listener->management_](const rsp::http::Request& request) {
    return management.handle(request);
  };
  RSP_TRY(auto server,
          rsp::http::Server::listen(std::move(options), one_at_a_time(mutex, std::move(handler))));
  bool ipv6 = address.find(':') != address.npos;
  listener->url_ =
      fmt::format("http://{}:{}", ipv6 ? "[" + address + "]" : address, server->port());
  listener->thread_ = std::make_unique<rsp::http::ServerThread>(std::move(server));
  return listener;
}

}  // namespace hil
