// What the tests of rsp/pki share: a day, a PKI for each curve, the published test data where it is
// present.
#pragma once

#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "rsp/base/hex.h"
#include "rsp/pki/chain.h"
#include "rsp/pki/test_pki.h"
#include "tests/temp_dir.h"

namespace rsp::pki::testing {

namespace fs = std::filesystem;
using crypto::Curve;
using std::chrono::days;

inline Clock::TimePoint day(int year, unsigned month, unsigned day_of_month) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                               static_cast<int>(day_of_month));
}

/// The day on which the PKI of these tests is made.
inline Clock::TimePoint today() { return day(2026, 3, 1); }

inline Random& test_random() {
  static SeededRandom random(26);
  return random;
}

/// A PKI made once for all tests.
inline const TestPki& test_pki(Curve curve) {
  static const TestPki nist = make_test_pki(Curve::kNistP256, today(), test_random());
  static const TestPki brainpool = make_test_pki(Curve::kBrainpoolP256r1, today(), test_random());
  return curve == Curve::kNistP256 ? nist : brainpool;
}
inline const TestPki& test_pki() { return test_pki(Curve::kNistP256); }

/// A certificate for a new key, under an issuer.
inline Certificate issued(const CertificateTemplate& what, const Identity& issuer) {
  return issue(what, issuer, crypto::PrivateKey::generate(Curve::kNistP256), test_random())
      .certificate;
}

inline Bytes file_content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

/// The published test data; empty where it is not present.
inline fs::path shared_data() {
  const char* path = std::getenv("ESIMBENCH_SHARED_DATA");
  return path == nullptr ? fs::path() : fs::path(path);
}
#define SKIP_WITHOUT_SHARED_DATA(folder)                                                 \
  if (!fs::exists(shared_data() / (folder))) {                                           \
    GTEST_SKIP() << "ESIMBENCH_SHARED_DATA does not name a directory with " << (folder); \
  }

inline Certificate published(const fs::path& name) {
  auto certificate = Certificate::parse(file_content(shared_data() / name));
  if (!certificate) throw std::runtime_error(name.string() + ": " + certificate.error().message());
  return *certificate;
}

/// What a command of the shell did.
struct Outcome {
  int status;
  std::string output;
};

inline Outcome run(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  std::string output;
  char buffer[4096];
  for (std::size_t size; (size = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    output.append(buffer, size);
  }
  int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, output};
}

/// Whether the words come one after the other in a text.
inline ::testing::AssertionResult shows(const std::string& text,
                                        const std::vector<std::string>& words) {
  std::size_t at = 0;
  for (const std::string& word : words) {
    at = text.find(word, at);
    if (at == std::string::npos) {
      return ::testing::AssertionFailure() << "\"" << word << "\" is missing in\n" << text;
    }
  }
  return ::testing::AssertionSuccess();
}

using testing_files::TempDir;

}  // namespace rsp::pki::testing
