// A mock SM-DS as typed functions: ES12 and ES15 register events, ES11 tells eUICCs of them
// (SGP.22 v2, 3.6, 5.8 to 5.10). An alternative SM-DS passes what it is asked to on to the root.
#pragma once

#include <map>

#include "fake_smdp/authentication.h"
#include "fake_smdp/event_store.h"
#include "fake_smdp/journal.h"
#include "fake_smdp/sessions.h"
#include "rsp/base/random.h"
#include "rsp/base/trace.h"

namespace smdp {

struct SmdsConfig {
  /// Names of this server, as of SmdpConfig::addresses. The first is the one that the root SM-DS
  /// gets.
  std::vector<std::string> addresses;
  std::vector<rsp::pki::ServerIdentity> identities;
  rsp::pki::TrustAnchors trusted_cis;
  rsp::VersionType lowest_svn{2, 0, 0}, highest_svn{2, 255, 255};
  std::chrono::milliseconds session_lifetime = std::chrono::minutes(30);
  std::size_t max_sessions = 1000;
  /// Events beyond this are refused, so that nobody can fill the memory.
  std::size_t max_events = 100'000;
  /// The root SM-DS; empty: this is the root.
  std::string root;
  /// The road to the root. Must outlive the server.
  EventRegistrar* registrar = nullptr;
  /// Where its events are. Must outlive the server. Null: in its own memory.
  EventStore* events = nullptr;
};

class Smds {
 public:
  Smds(SmdsConfig config, const rsp::Clock& clock, rsp::Random& random, Journal& journal,
       rsp::TraceSink* trace = nullptr)
      : config_(std::move(config)),
        clock_(clock),
        random_(random),
        journal_(journal),
        trace_(trace),
        events_(config_.events == nullptr ? own_events_ : *config_.events),
        sessions_(config_.max_sessions, config_.session_lifetime) {}
  Smds(const Smds&) = delete;
  Smds& operator=(const Smds&) = delete;

  // ES12, and ES15 with the same functions. 8.9.5/3.3: the event exists; 8.9.5/3.9: it does not;
  // 8.9/4.2 and 5.1: the root SM-DS.
  Answer<rsp::NoOutput> register_event(const rsp::FunctionCall& call,
                                       const rsp::RegisterEventRequest& request);
  Answer<rsp::NoOutput> delete_event(const rsp::FunctionCall& call,
                                     const rsp::DeleteEventRequest& request);

  // ES11
  Answer<rsp::InitiateAuthenticationOk> initiate_authentication(
      const rsp::InitiateAuthenticationRequest& request);
  /// MatchingID absent or empty: all events of the eUICC; else the one of that EventID, or
  /// 8.9.5/3.9.
  Answer<rsp::AuthenticateClientOkEs11> authenticate_client(
      const rsp::AuthenticateClientRequest& request);

  std::vector<Event> events() const;
  const SmdsConfig& config() const { return config_; }

 private:
  struct Session {
    rsp::Challenge server_challenge{};
    rsp::VersionType svn{};
  };
  Answer<rsp::NoOutput> store(const rsp::FunctionCall& call,
                              const rsp::RegisterEventRequest& request);
  Answer<rsp::NoOutput> erase(const rsp::FunctionCall& call,
                              const rsp::DeleteEventRequest& request);
  Answer<rsp::AuthenticateClientOkEs11> list(const rsp::AuthenticateClientRequest& request);
  /// Writes journal and trace, and passes the answer on.
  template <class T>
  Answer<T> report(std::string_view interface, std::string_view function,
                   const rsp::TransactionId& transaction_id, Answer<T> answer);

  SmdsConfig config_;
  const rsp::Clock& clock_;
  rsp::Random& random_;
  Journal& journal_;
  rsp::TraceSink* trace_;
  EventStore own_events_;
  EventStore& events_;
  Sessions<Session> sessions_;
};

}  // namespace smdp
