#include "fake_smdp/smds.h"

#include <fmt/format.h>

#include "rsp/base/hex.h"

namespace smdp {
namespace {

Answer<rsp::Eid> parse_eid(const std::string& text) {
  auto eid = rsp::parse_eid(text);
  if (!eid) return status("8.1.1", "2.1", fmt::format("'{}' is no EID of 32 digits", text), text);
  return *eid;
}

/// Not specified: a disk that is full. 4.2 is "execution error".
std::unexpected<rsp::StatusCode> not_written(const rsp::Error& error) {
  return status("8.9", "4.2", error.message());
}

}  // namespace

template <class T>
Answer<T> Smds::report(std::string_view interface, std::string_view function,
                       const rsp::TransactionId& transaction_id, Answer<T> answer) {
  JournalEntry& entry = journal_.current();
  entry.interface = interface;
  entry.function = function;
  entry.transaction_id = transaction_id;
  entry.outcome = answer ? "ok" : to_string(answer.error());
  if (trace_ != nullptr) {
    trace_->event({rsp::TraceKind::kStep,
                   rsp::Party::kServer,
                   rsp::Party::kServer,
                   fmt::format("{}.{}", interface, function),
                   entry.outcome,
                   {}});
  }
  journal_.end_direct();
  return answer;
}

// --- ES12 and ES15 ---

Answer<rsp::NoOutput> Smds::register_event(const rsp::FunctionCall& call,
                                           const rsp::RegisterEventRequest& request) {
  return report("ES12", request.kFunction, {}, store(call, request));
}

Answer<rsp::NoOutput> Smds::store(const rsp::FunctionCall& call,
                                  const rsp::RegisterEventRequest& request) {
  auto eid = parse_eid(request.eid);
  if (!eid) return std::unexpected(eid.error());
  if (request.event_id.empty()) return status("8.9.5", "2.2", "the EventID is empty");
  if (request.rsp_server_address.empty())
    return status("8.9.5", "2.2", "the address of the RSP server is empty");
  if (events_.find(*eid, request.event_id) != nullptr)
    return status("8.9.5", "3.3", "", request.event_id);
  if (events_.all().size() >= config_.max_events)
    return status("8.9", "4.8", fmt::format("{} events wait already", events_.all().size()));
  Event event{*eid, request.event_id, request.rsp_server_address, call.requester_identifier, false};
  if (request.forwarding_indicator && !config_.root.empty()) {
    if (config_.registrar == nullptr)
      return status("8.9", "5.1", "there is no road to the root SM-DS", config_.root);
    // The root sends the eUICC here (3.6.1.2).
    auto passed_on = config_.registrar->register_event(
        config_.root, {request.eid, config_.addresses.front(), request.event_id, false});
    if (!passed_on) return passed_on;
    event.forwarded = true;
  }
  if (auto added = events_.add(std::move(event)); !added) return not_written(added.error());
  return rsp::NoOutput{};
}

Answer<rsp::NoOutput> Smds::delete_event(const rsp::FunctionCall& call,
                                         const rsp::DeleteEventRequest& request) {
  return report("ES12", request.kFunction, {}, erase(call, request));
}

Answer<rsp::NoOutput> Smds::erase(const rsp::FunctionCall& call,
                                  const rsp::DeleteEventRequest& request) {
  auto eid = parse_eid(request.eid);
  if (!eid) return std::unexpected(eid.error());
  const Event* found = events_.find(*eid, request.event_id);
  // Somebody else's event is as good as none.
  if (found == nullptr || found->requester != call.requester_identifier)
    return status("8.9.5", "3.9", "", request.event_id);
  if (found->forwarded) {
    auto passed_on = config_.registrar->delete_event(config_.root, request);
    if (!passed_on) return passed_on;
  }
  auto erased = events_.erase(*eid, request.event_id);
  if (!erased) return not_written(erased.error());
  return rsp::NoOutput{};
}

// --- ES11 ---

Answer<rsp::InitiateAuthenticationOk> Smds::initiate_authentication(
    const rsp::InitiateAuthenticationRequest& request) {
  AuthenticatingServer self{"8.9",
                            config_.addresses,
                            config_.identities,
                            config_.trusted_cis,
                            config_.lowest_svn,
                            config_.highest_svn};
  auto chosen =
      choose_identity(self, request, [](const rsp::pki::ServerIdentity&) { return true; });
  if (!chosen)
    return report("ES11", request.kFunction, {},
                  Answer<rsp::InitiateAuthenticationOk>(std::unexpected(chosen.error())));
  Session session{random_.octets<16>(), request.euicc_info1.svn};
  rsp::TransactionId id(rsp::to_bytes(random_.octets<16>()));
  Answer<rsp::InitiateAuthenticationOk> answer =
      sign_initiation(*chosen, request, id, session.server_challenge, nullptr);
  sessions_.begin(id, clock_.now(), std::move(session));
  return report("ES11", request.kFunction, id, std::move(answer));
}

Answer<rsp::AuthenticateClientOkEs11> Smds::authenticate_client(
    const rsp::AuthenticateClientRequest& request) {
  return report("ES11", request.kFunction, request.transaction_id, list(request));
}

Answer<rsp::AuthenticateClientOkEs11> Smds::list(const rsp::AuthenticateClientRequest& request) {
  auto unknown = [](const rsp::TransactionId& id) {
    return status("8.10.1", "3.9", "", rsp::to_hex(id));
  };
  const Session* found = sessions_.find(request.transaction_id, clock_.now());
  if (found == nullptr) return unknown(request.transaction_id);
  // A session is for one try.
  Session session = *found;
  sessions_.end(request.transaction_id);
  auto* response =
      std::get_if<rsp::AuthenticateResponseOk>(&request.authenticate_server_response.result);
  if (response == nullptr) return status("8.1", "4.2", "the eUICC refused the server");
  const rsp::EuiccSigned1& signed1 = response->euicc_signed1.value;
  if (signed1.transaction_id != request.transaction_id) return unknown(signed1.transaction_id);
  auto euicc =
      authenticate_euicc(*response, session.server_challenge, config_.trusted_cis, clock_.now());
  if (!euicc) return std::unexpected(euicc.error());
  if (signed1.euicc_info2.svn != session.svn)
    return status("8.9.3", "3.1", "EUICCInfo1 and EUICCInfo2 differ in svn");

  rsp::AuthenticateClientOkEs11 ok{request.transaction_id, {}, {}};
  const std::optional<std::string>& wanted = signed1.ctx_params1.value.matching_id;
  for (const auto& [key, event] : events_.all()) {
    if (event.eid != euicc->eid) continue;
    if (wanted && !wanted->empty() && *wanted != event.event_id) continue;
    ok.event_entries.push_back({event.event_id, event.rsp_server_address, {}});
  }
  if (wanted && !wanted->empty() && ok.event_entries.empty())
    return status("8.9.5", "3.9", "", *wanted);
  return ok;
}

std::vector<Event> Smds::events() const {
  std::vector<Event> all;
  for (const auto& [key, event] : events_.all()) all.push_back(event);
  return all;
}

}  // namespace smdp
