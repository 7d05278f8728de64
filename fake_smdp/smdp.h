// A mock SM-DP+ as typed functions: ES9+ with every check, over orders. It knows nothing of HTTP or
// JSON.
#pragma once

#include <expected>
#include <map>

#include "fake_smdp/bpp_builder.h"
#include "fake_smdp/journal.h"
#include "fake_smdp/order_store.h"
#include "fake_smdp/outside.h"
#include "fake_smdp/sessions.h"
#include "rsp/base/clock.h"
#include "rsp/base/random.h"
#include "rsp/base/trace.h"
#include "rsp/messages/es9.h"
#include "rsp/pki/store.h"

namespace smdp {

struct SmdpConfig {
  /// Names of this server as they may stand in smdpAddress, compared without regard to case:
  /// "host", "host:port". The first is the one that profiles name for notifications.
  std::vector<std::string> addresses;
  /// One for each CI under which the server works.
  std::vector<rsp::pki::ServerIdentity> identities;
  /// CIs of eUICCs. Usually those of the identities.
  rsp::pki::TrustAnchors trusted_cis;
  KeyMode key_mode = KeyMode::kRandomKeys;
  /// Versions of SGP.22 that are served, the ends included.
  rsp::VersionType lowest_svn{2, 0, 0}, highest_svn{2, 255, 255};
  std::uint32_t max_wrong_confirmation_codes = 3;
  std::uint32_t max_download_attempts = 10;
  std::chrono::milliseconds session_lifetime = std::chrono::minutes(30);
  /// Sessions beyond this drop the oldest, so that unfinished ones do not pile up.
  std::size_t max_sessions = 1000;
  /// Whether a package is bound anew for an eUICC that shows another one-time key than at its last
  /// try (SGP.22 3.1.3.2); else it gets 8.2/3.7.
  bool rebinds = true;
  /// Where events are, and who wants to know how downloads go. Null: nobody.
  EventRegistrar* smds = nullptr;
  ProgressSink* operator_of_profiles = nullptr;
  /// A journal that other functions write as well. Null: one of its own.
  Journal* journal = nullptr;
  /// Whether smdpSigned2 names the one-time key of the eUICC's last try, so that it may use it
  /// again. A server need not (SGP.22 3.1.3, bppEuiccOtpk).
  bool offers_otpk = true;
  /// For tests. This and the other pointers must outlive the server.
  Seam* seam = nullptr;
};

class Smdp {
 public:
  Smdp(SmdpConfig config, OrderStore& orders, const rsp::Clock& clock, rsp::Random& random,
       rsp::TraceSink* trace = nullptr);

  // ES9+ (SGP.22 5.6)
  Answer<rsp::InitiateAuthenticationOk> initiate_authentication(
      const rsp::InitiateAuthenticationRequest& request);
  Answer<rsp::AuthenticateClientOk> authenticate_client(
      const rsp::AuthenticateClientRequest& request);
  Answer<rsp::GetBoundProfilePackageOk> get_bound_profile_package(
      const rsp::GetBoundProfilePackageRequest& request);
  Answer<rsp::CancelSessionOk> cancel_session(const rsp::CancelSessionRequestEs9& request);
  /// Always acknowledged; what cannot be verified is recorded as refused and changes nothing.
  void handle_notification(const rsp::HandleNotificationRequest& request);

  /// As a restart does: orders stay, and who has a session is told that there is none.
  void forget_sessions() { sessions_.clear(); }

  const SmdpConfig& config() const { return config_; }
  const std::deque<JournalEntry>& journal() const { return journal_.entries(); }
  /// Sessions that have begun and not ended.
  std::size_t open_sessions() const { return sessions_.size(); }
  /// Whether this one is among them.
  bool has_session(const rsp::TransactionId& transaction_id) const {
    return sessions_.contains(transaction_id);
  }

 private:
  enum class Stage { kInitiated, kClientAuthenticated, kPackageDelivered };
  struct Session {
    Stage stage = Stage::kInitiated;
    const rsp::pki::ServerIdentity* identity = nullptr;
    rsp::Challenge server_challenge{};
    rsp::VersionType svn{};
    std::optional<rsp::crypto::PublicKey> euicc_key;
    rsp::Bytes euicc_certificate;
    rsp::Eid eid{};
    std::string order_key;  // of the store; empty while none is found
    rsp::Bytes smdp_signature2;
  };

  Answer<rsp::InitiateAuthenticationOk> initiate(const rsp::InitiateAuthenticationRequest& request);
  Answer<rsp::AuthenticateClientOk> authenticate(const rsp::AuthenticateClientRequest& request);
  Answer<rsp::GetBoundProfilePackageOk> bind(const rsp::GetBoundProfilePackageRequest& request);
  Answer<rsp::CancelSessionOk> cancel(const rsp::CancelSessionRequestEs9& request);

  Answer<Order*> find_order(const std::optional<std::string>& matching_id, const rsp::Eid& eid);
  Answer<void> check_order(Order& order, const rsp::EuiccInfo2& info);
  Answer<void> check_confirmation_code(Order& order, const rsp::EuiccSigned2& signed2,
                                       const rsp::TransactionId& transaction_id);
  Answer<rsp::BoundProfilePackage> package_for(Order& order, const Session& session,
                                               const rsp::EuiccSigned2& signed2);
  rsp::Bytes encode_to_send(const rsp::BoundProfilePackage& package) const;
  /// What a notification reported, and of which order.
  std::string handle_result(const rsp::ProfileInstallationResult& result, Order*& order);
  std::string handle_other(const rsp::OtherSignedNotification& notification, Order*& order);

  Order* order_of(const Session& session);
  /// To the operator, where one listens. No status code: it went well.
  void report(const Order& order, const rsp::TransactionId& transaction_id,
              rsp::NotificationPoint point, std::optional<rsp::StatusCode> failed = {},
              rsp::BytesView result = {}) const;
  Session* find_session(const rsp::TransactionId& transaction_id) {
    return sessions_.find(transaction_id, clock_.now());
  }
  /// Reports to journal and trace, and passes the answer on.
  template <class T>
  Answer<T> record(std::string_view function, const rsp::TransactionId& transaction_id,
                   Answer<T> answer);
  void remember(std::string_view function, const rsp::TransactionId& transaction_id,
                const Order* order, std::string outcome);

  SmdpConfig config_;
  OrderStore& orders_;
  const rsp::Clock& clock_;
  rsp::Random& random_;
  rsp::TraceSink* trace_;
  Sessions<Session> sessions_;
  Journal own_journal_;
  Journal& journal_;
};

/// SHA-256 of a confirmation code's characters, as orders keep it (SGP.22 3.1.3.2).
rsp::crypto::Digest hash_confirmation_code(std::string_view code);

/// Metadata for a profile package: ICCID of the package, names, and notifications of enable,
/// disable and delete to `address`. Error: the package does not decode.
rsp::Result<rsp::StoreMetadataRequest> metadata_for(rsp::BytesView profile_package,
                                                    std::string service_provider_name,
                                                    std::string profile_name, std::string address);

}  // namespace smdp
