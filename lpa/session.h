// What every session of an LPA with an RSP server begins with: both sides authenticate each other
// (SGP.22 v2, 3.0.1 and 3.1.2), be it for a download (ES9+) or to ask for events (ES11).
#pragma once

#include <expected>

#include "lpa/lpa.h"

namespace lpa {

/// An error by a rule for LPAs.
rsp::Error rule_error(rsp::Layer layer, std::string_view step, std::string code, std::string path,
                      std::string text, std::string hint = "");

class Session {
 public:
  /// A failure, and the reason with which the session is to be cancelled; none where there is no
  /// session (any more).
  struct Failure {
    rsp::Error error;
    std::optional<rsp::CancelSessionReason> cancel;
  };
  template <class T>
  using Step = std::expected<T, Failure>;

 protected:
  Session(Lpa& lpa, const UserInterface& user) : lpa_(lpa), user_(user) {}

  /// What the server at `address_` answers to InitiateAuthentication, as far as an LPA can judge
  /// it.
  Step<rsp::InitiateAuthenticationOk> initiate_authentication(
      const std::optional<rsp::asn1::Oid>& smdp_oid);
  Step<rsp::AuthenticateServerResponse> authenticate_server(
      const rsp::InitiateAuthenticationOk& server, std::optional<std::string> matching_id);
  /// Whether it is an SM-DS that has answered; its certificate says so.
  static bool is_smds(const rsp::InitiateAuthenticationOk& server);
  /// The events that an SM-DS has for the eUICC. There is nothing to cancel afterwards: the card's
  /// session ends with its next one (SGP.22 3.6.2).
  Step<std::vector<Event>> search_events(rsp::AuthenticateServerResponse response);

  /// Ends the session on the card and tells the server. What goes wrong here adds nothing to the
  /// first cause.
  void cancel(rsp::CancelSessionReason reason);

  Lpa& lpa_;
  const UserInterface& user_;
  std::string address_;
  rsp::TransactionId transaction_id_;
};

/// Event Retrieval (SGP.22 3.6.2).
class EventRetrieval final : private Session {
 public:
  EventRetrieval(Lpa& lpa, const UserInterface& user) : Session(lpa, user) {}
  rsp::Result<std::vector<Event>> run(const std::string& smds);

 private:
  Step<std::vector<Event>> steps();
};

}  // namespace lpa
