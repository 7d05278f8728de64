#include "cli/smdp_servers.h"

namespace cli {

using rsp::http::ClientCertificates;

void ServersOption::add_to(CLI::App& app) {
  app.add_option("--es2-listen", listen,
                 "ADDRESS:PORT of a listener of its own for ES2+, ES12 and ES15 (default: they are "
                 "at the same one as ES9+)");
  app.add_option("--client-certificates", client_certificates,
                 "whether who calls ES2+, ES12 or ES15 may or must show a certificate (mutual TLS)")
      ->check(CLI::IsMember({"none", "optional", "required"}))
      ->capture_default_str();
  app.add_option("--client-ca", client_cas,
                 "certificate (PEM or DER) of an issuer of clients' certificates, beside the CIs");
}

rsp::Status ServersOption::check() const {
  if (client_cas.empty() || client_certificates != "none") return {};
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = "--client-ca",
                       .text = "no client is asked for a certificate",
                       .hint = "say --client-certificates optional or required as well"});
}

rsp::Status ServersOption::ask(rsp::http::ServerOptions& http,
                               const rsp::pki::CertificateStore& store,
                               ClientCertificates how) const {
  if (client_certificates == "none") return {};
  http.client_certificates = how;
  http.client_cas = hil::ci_certificates(store);
  for (const auto& file : client_cas) {
    RSP_TRY(rsp::Bytes der, read_der(file, "CERTIFICATE"));
    if (auto certificate = rsp::pki::Certificate::parse(der); !certificate) {
      certificate.error().path = file.string();
      certificate.error().layer = rsp::Layer::kInput;
      return rsp::failure(std::move(certificate).error());
    }
    http.client_cas.push_back(std::move(der));
  }
  return {};
}

rsp::Status ServersOption::ask_at_first(rsp::http::ServerOptions& http,
                                        const rsp::pki::CertificateStore& store) const {
  return listen ? rsp::Status() : ask(http, store, ClientCertificates::kOptional);
}

rsp::Result<std::unique_ptr<rsp::http::Server>> ServersOption::listen_apart(
    rsp::http::ServerOptions http, const rsp::pki::CertificateStore& store,
    rsp::http::Handler handler) const {
  if (!listen) return nullptr;
  RSP_TRY(ListenAddress at, parse_listen("--es2-listen", *listen));
  http.address = at.address;
  http.port = at.port;
  RSP_CHECK(
      ask(http, store, required() ? ClientCertificates::kRequired : ClientCertificates::kOptional));
  auto server = rsp::http::Server::listen(std::move(http), std::move(handler));
  if (!server) server.error().path = "--es2-listen";
  return server;
}

}  // namespace cli
