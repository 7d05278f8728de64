// Certificates and keys in a directory: found by what is in the files, not by how they are called.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/pki/chain.h"
#include "rsp/pki/test_pki.h"

namespace rsp::pki {

/// One certificate of a store, with what is known of it.
struct StoredCertificate {
  std::filesystem::path path;  // below the directory of the store
  Certificate certificate;
  std::optional<Role> role;
  std::optional<crypto::PrivateKey> key;
  /// Which certificate of the store has issued it by all rules of chain.h (a CI itself); nothing
  /// where none has, and then it is in no answer below. Dates are not looked at.
  std::optional<std::size_t> issuer;
};

/// A file that looked as if it belonged here and was not used.
struct UnusedFile {
  std::filesystem::path path;  // below the directory of the store
  std::string reason;
};

/// What an SM-DP+ or SM-DS with one OID needs to work under one CI.
struct ServerIdentity {
  asn1::Oid oid;
  Certificate ci;
  Identity auth;
  /// Profile binding: of an SM-DP+ only.
  std::optional<Identity> pb;
  /// TLS identities with the same OID under the same CI: none, or several from several years.
  std::vector<Identity> tls;
};

/// What an eUICC needs to work under one CI.
struct CardIdentity {
  Certificate ci;
  Certificate eum;
  Identity euicc;
  /// Present where eUICCs with other EIDs can be made.
  std::optional<crypto::PrivateKey> eum_key;
};

/// Everything in a directory that is of use. All lists are in the order of the paths, so they are
/// the same every time. Keys belong to one thread at a time, and so does a store.
class CertificateStore {
 public:
  /// Reads a directory with what is below it: DER, or PEM with any number of blocks. Files that
  /// cannot be read, are too large or hold something else are passed over. Error: Layer::kInput
  /// with the directory if it cannot be read or holds no CI certificate.
  static Result<CertificateStore> load(const std::filesystem::path& directory);

  const std::filesystem::path& directory() const { return directory_; }
  /// All certificates, usable or not, each once.
  const std::vector<StoredCertificate>& certificates() const { return certificates_; }
  const std::vector<UnusedFile>& unused() const { return unused_; }

  const TrustAnchors& trust_anchors() const { return anchors_; }
  std::vector<Certificate> trust_anchors(crypto::Curve curve) const;
  /// The CI with this key identifier and its private key.
  std::optional<Identity> ci_identity(BytesView key_id) const;

  /// Certificates of a role that have a key, on a curve.
  std::vector<Identity> identities(Role role, crypto::Curve curve) const;
  /// SM-DP+ with DPauth and DPpb of the same OID, by CI and OID.
  std::vector<ServerIdentity> smdps() const;
  /// SM-DS, the same way.
  std::vector<ServerIdentity> smdss() const;
  /// A TLS identity for a host name (RFC 6125: any case, no wildcards), valid at a time. NIST P-256
  /// comes before brainpool, which TLS 1.3 does not have; after that the one that is valid longest.
  std::optional<Identity> tls_for(std::string_view host, Clock::TimePoint now) const;
  /// eUICCs with key under their EUM.
  std::vector<CardIdentity> cards() const;
  /// Those under the CI with this key identifier.
  std::vector<CardIdentity> cards(BytesView ci_key_id) const;

 private:
  friend class StoreLoader;
  std::vector<ServerIdentity> servers(Role auth, std::optional<Role> pb, Role tls) const;
  /// Whether it is of a role, has a key and has been issued in this store.
  bool is_usable(const StoredCertificate& stored, Role role) const;
  const Certificate& issuer_of(const StoredCertificate& stored) const {
    return certificates_[*stored.issuer].certificate;
  }

  std::filesystem::path directory_;
  std::vector<StoredCertificate> certificates_;
  std::vector<UnusedFile> unused_;
  TrustAnchors anchors_;
};

enum class SaveOutcome { kWritten, kAlreadyThere };

/// Writes a directory with file names as in SGP.26: certificates as .der and .pem, keys as PKCS#8
/// .der. Only the owner may enter it and read the keys. The directory appears with all its files at
/// once; if there is one already that is not empty, it is left as it is, so that two processes can
/// make the same one at the same time. Error: Layer::kStorage with the path.
Result<SaveOutcome> save(std::span<const TestPki> pkis, const std::filesystem::path& directory);

}  // namespace rsp::pki
