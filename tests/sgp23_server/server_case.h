// What the server's suites share: an SM-DP+ with orders, and the other end of ES9+ made by hand: an
// eUICC that is a key, certificates and the octets that it signs, and an LPA that is JSON and
// base64. Neither our LPA nor our software eUICC has a part in it, nor the encoders of the server.
//
// Suites are named as SGP.23 names its cases, TC_<IUT>_<Interface>.<Function><Variant>, with '.'
// and '+' written '_' and 'p'. S01 is the sequence #01 of the specification; X01 is one of ours
// beside them.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "by_hand.h"
#include "fake_smdp/server.h"
#include "fake_smdp/smdp.h"
#include "rsp/pki/test_pki.h"

namespace sgp23_server {

using Json = nlohmann::json;
using rsp::crypto::Curve;
using rsp::pki::TestPki;
using smdp::KeyMode;

/// Certificates on a curve, made once a process.
const TestPki& pki_of(Curve curve);
/// When the tests take place: the certificates are a year old then.
rsp::Clock::TimePoint today();

inline constexpr std::string_view kHost = rsp::pki::kTestDpHost;
inline constexpr std::string_view kOtherEid = "89049032123451234512345678901334";
inline constexpr std::string_view kMatchingId = "04386-AGYFT-A74Y8-3F815";
inline constexpr std::string_view kEventId = "EVENT-0001";
inline constexpr std::string_view kUnknownId = "NO-SUCH-ID";
inline constexpr std::string_view kCode = "12345678", kWrongCode = "87654321";
inline constexpr std::string_view kDpOid = "88370A";       // 2.999.10
inline constexpr std::string_view kOtherDpOid = "88370C";  // 2.999.12

// --- The eUICC ---

/// What an eUICC is and says of itself. A test changes what it likes before it is asked.
struct RawEuicc {
  explicit RawEuicc(const TestPki& pki);
  /// Another one, under the same EUM.
  static RawEuicc with_eid(const TestPki& pki, std::string_view eid, rsp::Random& random);

  Bytes certificate, eum_certificate, eid;
  rsp::crypto::PrivateKey key;
  /// SVN in EUICCInfo1 and in EUICCInfo2.
  Bytes svn1 = "020202"_hex, svn2 = "020202"_hex;
  std::vector<Bytes> ci_for_verification, ci_for_signing;
  Bytes uicc_capability = "067F36C0"_hex;  // content of 85, first the unused bits
  Bytes rsp_capability = "03D8"_hex;       // additional and test profiles among others
  std::optional<std::uint32_t> free_memory = 400'000;
  Bytes more_of_info2;  // elements behind those of version 2.2
  Bytes device_info;    // content of A1
  Bytes challenge = Bytes(16, 0x5C);

  Bytes info1() const;
  Bytes info2() const;
  Bytes sign(BytesView message) const { return rsp::to_bytes(key.sign({message})); }
};

/// euiccSigned1, field by field.
struct Signed1 {
  Bytes transaction_id;
  std::string server_address{kHost};
  Bytes server_challenge, info2;
  std::optional<std::string> matching_id;
  Bytes device_info;
  Bytes der() const;
};
/// euiccSigned2, field by field.
struct Signed2 {
  Bytes transaction_id, otpk;
  std::optional<Bytes> hashed_code;
  Bytes der() const;
};
/// What ends a load: A0 or A1 of finalResult.
Bytes success_result();
Bytes error_result(unsigned command, unsigned reason);
enum class Event { kInstall = 0, kEnable = 1, kDisable = 2, kDelete = 3 };

// --- One session, as the client knows it ---

struct Session {
  std::string transaction;  // as JSON carries it
  Bytes transaction_id, server_challenge;
  Bytes euicc_signature1;
  Bytes metadata, smdp_signed2, smdp_signature2, smdp_certificate;
  bool code_wanted = false;
  std::optional<Bytes> offered_otpk;
  /// The eUICC's one-time key of this session, once it has made one.
  std::optional<rsp::crypto::PrivateKey> otsk;
};

/// What came back over HTTP.
struct Answer {
  int status = 0;
  std::string body;
  Json json;

  /// "ok", "8.1/6.1" of a failure, "204" of an answer that is empty as it should be, or what else
  /// it is.
  std::string code() const;
  /// The names of the members, in alphabetical order.
  std::string members() const;
  Bytes binary(const char* member) const;
};

// --- The server ---

/// What a test wants to be ordered.
struct OrderPlan {
  std::string matching_id{kMatchingId};  // empty: for the default SM-DP+
  std::optional<std::string_view> eid = {};
  std::string_view code = {};    // empty: none
  std::size_t icon = 0;          // its octets; 1024 make metadata of two segments
  std::size_t profile_size = 0;  // octets to which the package is cut or filled up
  smdp::OrderState state = smdp::OrderState::kReleased;
};

class ServerCase : public ::testing::Test {
 protected:
  explicit ServerCase(Curve curve = Curve::kNistP256);

  // --- Setting up ---
  /// To be changed before the first call.
  smdp::SmdpConfig config;
  smdp::Order& add_order(const OrderPlan& plan = {});
  /// The order of a MatchingID, or the default order of our eUICC.
  smdp::Order& order(std::string_view matching_id = kMatchingId);
  smdp::Smdp& server();

  // --- What the server remembers ---
  std::string state(std::string_view matching_id = kMatchingId);
  /// "released, downloaded, installed".
  std::string history(std::string_view matching_id = kMatchingId);
  /// "initiateAuthentication ok, authenticateClient 8.2.6/3.8": every call so far.
  std::string journal();

  // --- Bodies by hand ---
  Json initiate_body(const RawEuicc& card) const;
  Signed1 signed1_of(const Session& session, const RawEuicc& card,
                     std::optional<std::string> matching_id) const;
  /// Remembers the signature in the session.
  Json authenticate_body(Session& session, const RawEuicc& card, const Signed1& signed1) const;
  Signed2 signed2_of(Session& session, const std::optional<rsp::crypto::PrivateKey>& otsk,
                     std::string_view code) const;
  Json package_body(const Session& session, const RawEuicc& card, const Signed2& signed2) const;
  Json cancel_body(const Session& session, const RawEuicc& card, unsigned reason,
                   std::string_view oid = kDpOid) const;
  /// BF37.
  Bytes result(const Session& session, const RawEuicc& card, BytesView final_result,
               bool names_profile = true) const;
  /// otherSignedNotification.
  Bytes notification(const RawEuicc& card, Event event, unsigned sequence) const;
  static Json notification_body(BytesView pending);

  // --- Calls ---
  /// How a request reaches the server: in process, where a test gives no other road.
  std::function<rsp::http::Response(const rsp::http::Request&)> road =
      [this](const rsp::http::Request& request) {
        return smdp::handle_es9(server(), request, nullptr);
      };
  /// A POST to any path of SGP.22 6.5, with the headers of an LPA.
  Answer send(std::string target, const Json& body);
  /// The same to a function of ES9+.
  Answer post(std::string_view function, const Json& body);
  /// InitiateAuthentication with success, judged.
  Session begin(const RawEuicc& card);
  Session begin() { return begin(euicc); }
  /// AuthenticateClient; where it succeeds the answer is judged and the session knows it.
  Answer authenticate(Session& session, const RawEuicc& card,
                      std::optional<std::string> matching_id);
  Answer authenticate(Session& session,
                      std::optional<std::string> matching_id = std::string(kMatchingId)) {
    return authenticate(session, euicc, std::move(matching_id));
  }
  /// begin() and authenticate() with success.
  Session authenticated(std::optional<std::string> matching_id = std::string(kMatchingId));
  /// GetBoundProfilePackage, with the one-time key given or a new one.
  Answer package(Session& session, const RawEuicc& card, std::string_view code = {},
                 std::optional<rsp::crypto::PrivateKey> otsk = {});
  Answer package(Session& session, std::string_view code = {},
                 std::optional<rsp::crypto::PrivateKey> otsk = {}) {
    return package(session, euicc, code, std::move(otsk));
  }
  /// Opens the package of a successful answer with the eUICC's key, and judges all that holds for
  /// every package: signature, transaction, ConfigureISDP, metadata and profile of the order.
  OpenedPackage opened(const Answer& answer, const Session& session);
  /// The whole of a download, up to the package; for what comes after one.
  Session downloaded(std::string_view code = {});

  Json last_body;  // of the last request
  const TestPki& pki;
  RawEuicc euicc;
  rsp::ManualClock clock{today()};
  rsp::SeededRandom random{23};
  smdp::OrderStore orders;

 private:
  void judge_initiated(const Answer& answer, const RawEuicc& card, Session& session) const;
  void judge_authenticated(const Answer& answer, Session& session) const;

  Bytes expected_metadata_, expected_profile_;
  std::optional<smdp::Smdp> server_;
};

/// Names the cases of a table after their rows.
inline auto by_name() {
  return [](const auto& info) { return std::string(info.param.name); };
}

}  // namespace sgp23_server
