// Writing a test PKI to files.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "rsp/pki/pem.h"
#include "rsp/pki/store.h"

namespace rsp::pki {

namespace fs = std::filesystem;

namespace {

constexpr mode_t kPublic = 0644, kSecret = 0600;

std::unexpected<Error> cannot(std::string_view what, const fs::path& path, std::error_code why) {
  return failure({.layer = Layer::kStorage,
                  .path = path.string(),
                  .text = "cannot " + std::string(what) + ": " + why.message()});
}

std::error_code last_error() { return {errno, std::generic_category()}; }

Status write_file(const fs::path& path, BytesView content, mode_t mode) {
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return cannot("make the file", path, last_error());
  std::error_code problem;
  while (!content.empty() && !problem) {
    ssize_t written = ::write(file, content.data(), content.size());
    if (written >= 0) content = content.subspan(static_cast<std::size_t>(written));
    if (written < 0 && errno != EINTR) problem = last_error();
  }
  if (::close(file) != 0 && !problem) problem = last_error();
  if (problem) return cannot("write the file", path, problem);
  return {};
}

/// The files of one identity: CERT_<name>.der, CERT_<name>.pem, SK_<name>.der.
Status write_identity(const fs::path& directory, const std::string& name,
                      const Identity& identity) {
  BytesView der = identity.certificate.der();
  std::string pem = to_pem("CERTIFICATE", der);
  RSP_CHECK(write_file(directory / ("CERT_" + name + ".der"), der, kPublic));
  RSP_CHECK(write_file(directory / ("CERT_" + name + ".pem"), view_of(pem), kPublic));
  return write_file(directory / ("SK_" + name + ".der"), identity.key.to_pkcs8(), kSecret);
}

/// One row per member, as SGP.26 names its files.
struct FileRow {
  std::optional<Identity> TestPki::*member;
  std::string_view name;
};
constexpr FileRow kFiles[] = {
    {&TestPki::eum, "EUM_ECDSA"},
    {&TestPki::euicc, "EUICC_ECDSA"},
    {&TestPki::dp_auth, "S_SM_DPauth_ECDSA"},
    {&TestPki::dp_pb, "S_SM_DPpb_ECDSA"},
    {&TestPki::dp_tls, "S_SM_DP_TLS"},
    {&TestPki::ds_auth, "S_SM_DSauth_ECDSA"},
    {&TestPki::ds_tls, "S_SM_DS_TLS"},
};

Status write_pki(const fs::path& directory, const TestPki& pki) {
  std::string_view curve = pki.ci.key.curve() == crypto::Curve::kNistP256 ? "_NIST" : "_BRP";
  RSP_CHECK(write_identity(directory, std::string("CI_ECDSA").append(curve), pki.ci));
  for (const FileRow& row : kFiles) {
    const auto& identity = pki.*row.member;
    if (!identity) continue;
    RSP_CHECK(write_identity(directory, std::string(row.name).append(curve), *identity));
  }
  return {};
}

/// A directory beside the one that is wanted, taken away again unless it was renamed.
class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> beside(const fs::path& wanted) {
    std::string name = wanted.string() + ".new-XXXXXX";
    // mkdtemp() makes it accessible to its owner only.
    if (::mkdtemp(name.data()) == nullptr) return cannot("make the directory", name, last_error());
    return TemporaryDirectory(name);
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

  /// rename(2) puts it in place in one step, also of an empty directory.
  Result<SaveOutcome> become(const fs::path& wanted) {
    std::error_code problem;
    fs::rename(path_, wanted, problem);
    if (problem == std::errc::directory_not_empty || problem == std::errc::file_exists) {
      return SaveOutcome::kAlreadyThere;
    }
    if (problem) return cannot("put the directory in place", wanted, problem);
    path_.clear();
    return SaveOutcome::kWritten;
  }

 private:
  explicit TemporaryDirectory(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

/// The directory's own path, past symbolic links and a slash at its end.
Result<fs::path> place_of(const fs::path& directory) {
  std::error_code problem;
  fs::path place = fs::absolute(directory, problem);
  if (!problem) place = fs::weakly_canonical(place, problem);
  if (problem) return cannot("find the place of the directory", directory, problem);
  if (!place.has_filename()) place = place.parent_path();
  fs::create_directories(place.parent_path(), problem);
  if (problem) return cannot("make the directory", place.parent_path(), problem);
  return place;
}

}  // namespace

Result<SaveOutcome> save(std::span<const TestPki> pkis, const fs::path& directory) {
  RSP_TRY(auto place, place_of(directory));
  std::error_code ignored;
  if (fs::is_directory(place, ignored) && !fs::is_empty(place, ignored)) {
    return SaveOutcome::kAlreadyThere;
  }
  RSP_TRY(auto temporary, TemporaryDirectory::beside(place));
  for (const TestPki& pki : pkis) RSP_CHECK(write_pki(temporary.path(), pki));
  return temporary.become(place);
}

}  // namespace rsp::pki
