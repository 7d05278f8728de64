// ES11: what an SM-DS answers to AuthenticateClient (SGP.22 v2, 5.8.2); all else is as in ES9+.
#pragma once

#include "rsp/messages/common.h"

namespace rsp {

struct EventEntry {
  std::string event_id, rsp_server_address;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "eventId", m.event_id);
    f(asn1::context(1), "rspServerAddress", m.rsp_server_address);
  }
};
struct AuthenticateClientOkEs11 {
  TransactionId transaction_id;
  std::vector<EventEntry> event_entries;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::context(1), "eventEntries", m.event_entries, Each{asn1::kSequence});
  }
};
enum class AuthenticateClientErrorEs11 {
  kEumCertificateInvalid = 1,
  kEumCertificateExpired = 2,
  kEuiccCertificateInvalid = 3,
  kEuiccCertificateExpired = 4,
  kEuiccSignatureInvalid = 5,
  kEventIdUnknown = 6,
  kInvalidTransactionId = 7,
  kUndefinedError = 127
};
constexpr auto enum_names(AuthenticateClientErrorEs11) {
  using enum AuthenticateClientErrorEs11;
  return asn1::named<AuthenticateClientErrorEs11>(
      {{kEumCertificateInvalid, "eumCertificateInvalid"},
       {kEumCertificateExpired, "eumCertificateExpired"},
       {kEuiccCertificateInvalid, "euiccCertificateInvalid"},
       {kEuiccCertificateExpired, "euiccCertificateExpired"},
       {kEuiccSignatureInvalid, "euiccSignatureInvalid"},
       {kEventIdUnknown, "eventIdUnknown"},
       {kInvalidTransactionId, "invalidTransactionId"},
       {kUndefinedError, "undefinedError"}});
}
struct AuthenticateClientResponseEs11 {
  std::variant<AuthenticateClientOkEs11, AuthenticateClientErrorEs11> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "authenticateClientOk"},
            asn1::Alternative{asn1::context(1), "authenticateClientError"}});
  }
};

}  // namespace rsp
