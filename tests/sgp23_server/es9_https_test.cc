// SGP.23 4.3.17: the server's TLS certificate, and ES9+ over it (SGP.22 2.6.6, 4.5.2.1.0, 6.1).
// SGP.23's numbers for the sequences are not public; S01 is the establishment that the case is
// about.
#include "rsp/http/server.h"
#include "server_case.h"
#include "tls_by_hand.h"

namespace sgp23_server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kTls11 = 0x0302, kTls12 = 0x0303, kTls13 = 0x0304;

class HttpsCase : public ServerCase {
 protected:
  explicit HttpsCase(Curve curve = Curve::kNistP256) : ServerCase(curve) {
    offer.trusted_ci = rsp::to_bytes(pki.ci.certificate.der());
    offer.host = kHost;
    offer.now = today();
    add_order();
  }

  void listen() {
    server();  // made before another thread asks for it
    rsp::http::ServerOptions options;
    options.identities = {
        {rsp::to_bytes(pki.dp_tls->certificate.der()), {}, pki.dp_tls->key.to_pkcs8()}};
    auto listening =
        rsp::http::Server::listen(std::move(options), [this](const rsp::http::Request& request) {
          return smdp::handle_es9(server(), request, nullptr);
        });
    if (!listening) throw std::runtime_error(listening.error().message());
    thread_.emplace(*std::move(listening));
  }
  std::uint16_t port() const { return thread_->port(); }
  /// From here on the calls of the fixture go over this connection.
  void speak_over(TlsConnection& connection) {
    road = [&connection](const rsp::http::Request& request) { return connection.send(request); };
  }
  /// Why a handshake fails, or "connected".
  std::string failure(const TlsOffer& what) {
    try {
      TlsConnection connection(what, port());
      return "connected";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }
  /// Role, names and purpose; the chain to the CI and the host name are what the handshake checks.
  void judge(const TlsConnection& connection) const {
    rsp::Bytes certificate = connection.certificate();
    EXPECT_EQ(to_hex(certificate), to_hex(pki.dp_tls->certificate.der()));
    CertificateNames names = names_in(certificate);
    EXPECT_THAT(names.policies, ElementsAre("2.23.146.1.2.1.3"));  // id-rspRole-dp-tls
    EXPECT_THAT(names.dns_names, ElementsAre(std::string(kHost)));
    EXPECT_EQ(names.registered_ids, names_in(pki.dp_auth->certificate.der()).registered_ids);
    EXPECT_EQ(connection.chain_length(), 1U) << "the CI is known to the client";
  }

  TlsOffer offer;

 private:
  std::optional<rsp::http::ServerThread> thread_;
};

class TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST : public HttpsCase {
 protected:
  TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST() { listen(); }
};

// The suite that SGP.22 2.6.6 asks of everyone.
TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST, S01_Nominal_Tls12) {
  offer.newest = kTls12;
  offer.ciphers_of_tls12 = "ECDHE-ECDSA-AES128-GCM-SHA256";
  TlsConnection connection(offer, port());
  EXPECT_EQ(connection.version(), "TLSv1.2");
  EXPECT_EQ(connection.cipher(), "ECDHE-ECDSA-AES128-GCM-SHA256");
  judge(connection);
  speak_over(connection);
  begin();
  EXPECT_EQ(journal(), "initiateAuthentication ok");
}

TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST, X01_Nominal_Tls13) {
  offer.oldest = kTls13;
  TlsConnection connection(offer, port());
  EXPECT_EQ(connection.version(), "TLSv1.3");
  judge(connection);
  speak_over(connection);
  begin();
}

TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST,
       X02_Nominal_AWholeDownloadOverOneConnection) {
  TlsConnection connection(offer, port());
  speak_over(connection);
  Session session = authenticated();
  opened(package(session), session);
  EXPECT_EQ(post("handleNotification", notification_body(result(session, euicc, success_result())))
                .code(),
            "204");
  EXPECT_EQ(history(), "released, downloaded, installed");
  EXPECT_EQ(journal(),
            "initiateAuthentication ok, authenticateClient ok, getBoundProfilePackage ok, "
            "handleNotification install");
}

TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST,
       X03_Nominal_CancelSessionAndAFailureOverOneConnection) {
  TlsConnection connection(offer, port());
  speak_over(connection);
  Session session = authenticated();
  EXPECT_EQ(post("cancelSession", cancel_body(session, euicc, 0, kOtherDpOid)).code(), "8.8/3.10");
  EXPECT_EQ(post("cancelSession", cancel_body(session, euicc, 1)).code(), "ok");
  EXPECT_EQ(history(), "released, cancelled: postponed");
}

// A client that looks for another CI, or another name, does not get as far as a request.
TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST,
       X04_Error_ClientOfAnotherCi) {
  offer.trusted_ci = rsp::to_bytes(pki_of(Curve::kBrainpoolP256r1).ci.certificate.der());
  EXPECT_THAT(failure(offer), HasSubstr("issuer certificate"));
  EXPECT_EQ(journal(), "");
}
TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST,
       X05_Error_ClientOfAnotherHost) {
  offer.host = "testsmdpplus2.example.com";
  EXPECT_THAT(failure(offer), HasSubstr("hostname mismatch"));
}
TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST,
       X06_Error_AfterTheCertificateHasExpired) {
  offer.now = today() + std::chrono::days(40);  // it is valid for 398 days
  EXPECT_THAT(failure(offer), HasSubstr("certificate has expired"));
}

// SGP.22 2.6.6: nothing older than TLS 1.2.
TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST, X07_Error_Tls11) {
  offer.oldest = offer.newest = kTls11;
  EXPECT_THAT(failure(offer), HasSubstr("protocol version"));
}
// Key exchange is ephemeral and encryption authenticated.
TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST,
       X08_Error_CipherSuiteWithoutForwardSecrecy) {
  offer.newest = kTls12;
  offer.ciphers_of_tls12 = "AES128-GCM-SHA256";
  EXPECT_THAT(failure(offer), HasSubstr("handshake failure"));
}
TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST,
       X09_Error_CipherSuiteWithCbc) {
  offer.newest = kTls12;
  offer.ciphers_of_tls12 = "ECDHE-ECDSA-AES128-SHA";
  EXPECT_THAT(failure(offer), HasSubstr("handshake failure"));
}

// Each connection has keys of its own: a session that is offered again is not taken up.
TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentNIST,
       X10_Nominal_SessionIsNotResumed) {
  for (int version : {kTls12, kTls13}) {
    offer.oldest = offer.newest = version;
    TlsConnection first(offer, port());
    speak_over(first);
    begin();  // tickets of TLS 1.3 would come with the answer
    TlsConnection second(offer, port(), first.session());
    EXPECT_FALSE(second.was_resumed());
    speak_over(second);
    begin();
  }
}

class TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentBRP : public HttpsCase {
 protected:
  TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentBRP()
      : HttpsCase(Curve::kBrainpoolP256r1) {
    listen();
  }
};

TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentBRP, S01_Nominal_Tls12) {
  offer.groups = "brainpoolP256r1:P-256";
  TlsConnection connection(offer, port());
  EXPECT_EQ(connection.version(), "TLSv1.2");
  EXPECT_THAT(connection.cipher(), ::testing::StartsWith("ECDHE-ECDSA-"));
  judge(connection);
  speak_over(connection);
  Session session = authenticated();
  opened(package(session), session);
}

// TLS 1.3 has no brainpool curve (RFC 8446 4.2.3).
TEST_F(TC_SM_DPp_ES9p_Server_Authentication_for_HTTPS_EstablishmentBRP, X01_Error_Tls13Alone) {
  offer.oldest = kTls13;
  EXPECT_THAT(failure(offer), HasSubstr("protocol version"));
}

}  // namespace
}  // namespace sgp23_server
