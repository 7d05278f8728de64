// Finding certificates and keys in files.
#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "rsp/asn1/reader.h"
#include "rsp/pki/pem.h"
#include "rsp/pki/store.h"

namespace rsp::pki {

namespace fs = std::filesystem;

namespace {

/// Far more than a bundle of all test certificates takes.
constexpr std::uintmax_t kLargestFile = 256 * 1024;
/// So that a wrong path does not mean reading a whole disk.
constexpr int kDeepest = 6;

/// The regular files of reasonable size, sorted.
Result<std::vector<fs::path>> files_below(const fs::path& directory) {
  std::error_code problem;
  auto at = fs::recursive_directory_iterator(
      directory, fs::directory_options::skip_permission_denied, problem);
  if (problem) {
    return failure({.layer = Layer::kInput,
                    .path = directory.string(),
                    .text = "the directory of certificates cannot be read: " + problem.message(),
                    .hint = "make one with: esimbench pki create " + directory.string()});
  }
  std::vector<fs::path> files;
  for (; !problem && at != fs::recursive_directory_iterator(); at.increment(problem)) {
    if (at.depth() >= kDeepest) at.disable_recursion_pending();
    std::error_code ignored;
    if (!at->is_regular_file(ignored)) continue;
    std::uintmax_t size = at->file_size(ignored);
    if (!ignored && size > 0 && size <= kLargestFile) files.push_back(at->path());
  }
  std::ranges::sort(files);
  return files;
}

Bytes content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

/// What an element looks like from outside. Costs nothing, where OpenSSL tries every key format
/// there is.
enum class Shape { kCertificate, kPrivateKey, kOther };
Shape shape_of(BytesView der) {
  asn1::Reader reader(der);
  auto outer = reader.next_if(asn1::kSequence);
  if (!outer || !outer->constructed || !reader.at_end()) return Shape::kOther;
  asn1::Reader inner(outer->content);
  auto first = inner.next();
  if (!first) return Shape::kOther;
  // Certificate ::= SEQUENCE { TBSCertificate, AlgorithmIdentifier, BIT STRING }
  if (first->tag == asn1::kSequence) {
    bool has_signature = inner.next_if(asn1::kSequence) && inner.next_if(asn1::kBitString);
    return has_signature && inner.at_end() ? Shape::kCertificate : Shape::kOther;
  }
  // PrivateKeyInfo ::= SEQUENCE { INTEGER 0, AlgorithmIdentifier, OCTET STRING, ... }
  // ECPrivateKey ::= SEQUENCE { INTEGER 1, OCTET STRING, ... }
  if (first->tag != asn1::kInteger || first->content.size() != 1) return Shape::kOther;
  auto second = inner.next();
  bool is_pkcs8 = second && second->tag == asn1::kSequence && inner.next_if(asn1::kOctetString);
  bool is_sec1 = second && second->tag == asn1::kOctetString;
  return is_pkcs8 || is_sec1 ? Shape::kPrivateKey : Shape::kOther;
}

}  // namespace

/// Builds a store: reads files, gives keys to certificates, finds issuers.
class StoreLoader {
 public:
  explicit StoreLoader(CertificateStore& store) : store_(store) {}

  void read(const fs::path& file) {
    Bytes content = content_of(file);
    fs::path path = file.lexically_relative(store_.directory_);
    // DER begins with a SEQUENCE, whose first octet a text may have too, as the digit 0.
    if (Shape shape = shape_of(content); shape != Shape::kOther) {
      return take(path, shape, content);
    }
    for (const PemBlock& block : parse_pem(text_of(content))) {
      take(path, shape_of(block.der), block.der);
    }
  }

  void match_keys() {
    std::set<std::size_t> used;
    for (StoredCertificate& stored : store_.certificates_) {
      auto curve = stored.certificate.curve();
      auto found = std::ranges::find_if(keys_, [&](const FoundKey& found_key) {
        return curve && found_key.key.curve() == *curve &&
               equal(found_key.key.public_key().point(), stored.certificate.public_point());
      });
      if (found == keys_.end()) continue;
      stored.key = found->key;
      used.insert(static_cast<std::size_t>(found - keys_.begin()));
    }
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (!used.contains(i)) unused(keys_[i].path, "a private key without its certificate");
    }
  }

  void find_issuers() {
    auto& all = store_.certificates_;
    for (std::size_t i = 0; i < all.size(); ++i) find_root(i);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].role && all[i].role != Role::kCi && all[i].role != Role::kEuicc) find_ci_of(i);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].role == Role::kEuicc) find_eum_of(i);
    }
    for (const StoredCertificate& stored : all) note_problem(stored);
    std::ranges::stable_sort(store_.unused_, {}, &UnusedFile::path);
  }

 private:
  struct FoundKey {
    fs::path path;
    crypto::PrivateKey key;
  };

  void unused(const fs::path& path, std::string reason) {
    store_.unused_.push_back({path, std::move(reason)});
  }

  void take(const fs::path& path, Shape shape, BytesView der) {
    if (shape == Shape::kCertificate) take_certificate(path, der);
    if (shape == Shape::kPrivateKey) take_key(path, der);
  }

  void take_certificate(const fs::path& path, BytesView der) {
    auto certificate = Certificate::parse(der);
    if (!certificate) return unused(path, certificate.error().message());
    auto& all = store_.certificates_;
    if (std::ranges::find(all, *certificate, &StoredCertificate::certificate) != all.end()) return;
    auto role = role_of(*certificate);
    all.push_back({path, *std::move(certificate), role, std::nullopt, std::nullopt});
  }

  void take_key(const fs::path& path, BytesView der) {
    auto key = crypto::PrivateKey::from_der(der);
    if (!key) return unused(path, key.error().message());
    bool is_known = std::ranges::any_of(keys_, [&](const FoundKey& found) {
      return found.key.curve() == key->curve() &&
             found.key.public_key().point() == key->public_key().point();
    });
    if (!is_known) keys_.push_back({path, *std::move(key)});
  }

  void find_root(std::size_t at) {
    StoredCertificate& stored = store_.certificates_[at];
    const Certificate& root = stored.certificate;
    if (stored.role != Role::kCi) return;
    if (auto found = check_issued(root, root, Role::kCi)) {
      problems_[at] = found->text;
    } else if (auto added = store_.anchors_.add(root); !added) {
      problems_[at] = added.error().text;
    } else {
      stored.issuer = at;
    }
  }

  void find_ci_of(std::size_t at) {
    find_issuer_of(at, Role::kCi, [&](const Certificate& subject, const StoredCertificate& issuer) {
      return check_issued(subject, issuer.certificate, *role_of(subject));
    });
  }

  void find_eum_of(std::size_t at) {
    find_issuer_of(
        at, Role::kEum, [&](const Certificate& subject, const StoredCertificate& issuer) {
          auto fault = check_euicc_chain(subject, issuer.certificate, store_.issuer_of(issuer));
          return fault ? std::optional(fault->problem) : std::nullopt;
        });
  }

  /// The first of the candidates that `check` accepts; what the last one lacked, otherwise.
  template <class Check>
  void find_issuer_of(std::size_t at, Role issuer_role, Check check) {
    StoredCertificate& stored = store_.certificates_[at];
    problems_[at] = "its issuer \"" + to_string(stored.certificate.issuer_name()) +
                    "\" is not here or not usable";
    for (std::size_t i = 0; i < store_.certificates_.size(); ++i) {
      const StoredCertificate& candidate = store_.certificates_[i];
      if (candidate.role != issuer_role || !candidate.issuer) continue;
      auto problem = check(stored.certificate, candidate);
      if (!problem) {
        stored.issuer = i;
        return;
      }
      if (problem->kind != ChainProblem::kWrongIssuer) problems_[at] = problem->text;
    }
  }

  void note_problem(const StoredCertificate& stored) {
    if (stored.issuer) return;
    auto at = static_cast<std::size_t>(&stored - store_.certificates_.data());
    auto found = problems_.find(at);
    unused(stored.path,
           "a certificate that is refused: " +
               (found != problems_.end() ? found->second : "its role is none of SGP.22"));
  }

  CertificateStore& store_;
  std::vector<FoundKey> keys_;
  std::map<std::size_t, std::string> problems_;
};

Result<CertificateStore> CertificateStore::load(const fs::path& directory) {
  RSP_TRY(auto files, files_below(directory));
  CertificateStore store;
  store.directory_ = directory;
  StoreLoader loader(store);
  for (const fs::path& file : files) loader.read(file);
  loader.match_keys();
  loader.find_issuers();
  if (store.anchors_.all().empty()) {
    return failure({.layer = Layer::kInput,
                    .path = directory.string(),
                    .text = "the directory holds no usable CI certificate, among " +
                            std::to_string(store.certificates_.size()) + " certificates in " +
                            std::to_string(files.size()) + " files",
                    .hint = "make a directory of test certificates with: esimbench pki create " +
                            directory.string()});
  }
  return store;
}

}  // namespace rsp::pki
