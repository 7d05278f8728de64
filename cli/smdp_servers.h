// Where and for whom `smdp serve` offers what operators and other servers call: ES2+, ES12, ES15.
#pragma once

#include "cli/command.h"
#include "hil/mock_server.h"

namespace cli {

/// --es2-listen ADDRESS:PORT, --client-certificates none|optional|required and --client-ca FILE.
struct ServersOption {
  std::optional<std::string> listen;
  std::string client_certificates = "none";
  std::vector<std::filesystem::path> client_cas;

  void add_to(CLI::App& app);
  /// Error: Layer::kInput for options that do not go together.
  rsp::Status check() const;
  bool required() const { return client_certificates == "required"; }
  /// Whom the first listener is for.
  smdp::Callers first() const { return listen ? smdp::Callers::kDevices : smdp::Callers::kAll; }
  /// What the first listener asks its clients for. An LPA has no certificate, so that none must
  /// show one there.
  rsp::Status ask_at_first(rsp::http::ServerOptions& http,
                           const rsp::pki::CertificateStore& store) const;
  /// The listener of its own, with `http` for all else; null where there is none.
  /// Error: as of Server::listen(), with the option.
  rsp::Result<std::unique_ptr<rsp::http::Server>> listen_apart(
      rsp::http::ServerOptions http, const rsp::pki::CertificateStore& store,
      rsp::http::Handler handler) const;

 private:
  rsp::Status ask(rsp::http::ServerOptions& http, const rsp::pki::CertificateStore& store,
                  rsp::http::ClientCertificates how) const;
};

}  // namespace cli
