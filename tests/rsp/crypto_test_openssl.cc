// A judge that is not us: the command line of OpenSSL verifies what we sign, and signs what we
// verify.
#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "rsp/base/random.h"
#include "tests/rsp/crypto_test_support.h"
#include "tests/temp_dir.h"

namespace rsp::crypto {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  int status = -1;
  std::string output;
};

Outcome run(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {};
  Outcome outcome;
  char buffer[4096];
  for (std::size_t size; (size = ::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    outcome.output.append(buffer, size);
  int status = ::pclose(pipe);
  if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
  return outcome;
}

/// SubjectPublicKeyInfo (RFC 5480).
Bytes public_key_info(const PublicKey& key) {
  Bytes head = key.curve() == Curve::kNistP256
                   ? "3059301306072A8648CE3D020106082A8648CE3D030107034200"_hex
                   : "305A301406072A8648CE3D020106092B2403030208010107034200"_hex;
  return concat({head, key.point()});
}

class OpensslJudge : public testing::TestWithParam<Curve> {
 protected:
  void SetUp() override {
    if (run("openssl version").status != 0) GTEST_SKIP() << "there is no openssl command";
  }

  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  void write(const std::string& name, BytesView octets) const {
    std::ofstream(path(name), std::ios::binary) << text_of(octets);
  }
  Bytes read(const std::string& name) const {
    std::ifstream file(path(name), std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(file), {});
  }
  Outcome verify() const {
    return run("openssl dgst -sha256 -verify " + path("public.der") + " -keyform DER -signature " +
               path("signature") + " " + path("message"));
  }

  testing_files::TempDir folder_;
};

INSTANTIATE_TEST_SUITE_P(Curves, OpensslJudge,
                         testing::Values(Curve::kNistP256, Curve::kBrainpoolP256r1),
                         [](const auto& which) {
                           return which.param == Curve::kNistP256 ? "Nist" : "Brainpool";
                         });

TEST_P(OpensslJudge, VerifiesOurSignatures) {
  SeededRandom random(3);
  PrivateKey key = PrivateKey::generate(GetParam());
  write("public.der", public_key_info(key.public_key()));
  for (std::size_t size : {0, 1, 63, 64, 1000}) {
    Bytes message(size);
    random.fill(message);
    write("message", message);
    write("signature", key.sign_der({message}));
    Outcome outcome = verify();
    EXPECT_EQ(outcome.status, 0) << size << " octets: " << outcome.output;
  }
}

TEST_P(OpensslJudge, RefusesOurSignatureOfAnotherMessage) {
  PrivateKey key = PrivateKey::generate(GetParam());
  write("public.der", public_key_info(key.public_key()));
  write("message", view_of("one"));
  write("signature", key.sign_der({view_of("another")}));
  EXPECT_NE(verify().status, 0);
}

TEST_P(OpensslJudge, ReadsOurPrivateKeyAndSignsWhatWeVerify) {
  PrivateKey key = PrivateKey::generate(GetParam());
  write("private.der", key.to_pkcs8());
  for (std::string message : {"", "a", "some longer message"}) {
    write("message", view_of(message));
    Outcome outcome = run("openssl dgst -sha256 -sign " + path("private.der") +
                          " -keyform DER -out " + path("signature") + " " + path("message"));
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    EXPECT_TRUE(key.public_key().verify_der({view_of(message)}, read("signature")))
        << to_hex(read("signature"));
  }
}

TEST_P(OpensslJudge, MakesKeysThatWeRead) {
  std::string curve = GetParam() == Curve::kNistP256 ? "P-256" : "brainpoolP256r1";
  ASSERT_EQ(run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:" + curve +
                " -outform DER -out " + path("private.der"))
                .status,
            0);
  ASSERT_EQ(run("openssl pkey -inform DER -in " + path("private.der") +
                " -pubout -outform DER -out " + path("public.der"))
                .status,
            0);
  auto key = PrivateKey::from_der(read("private.der"));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(to_hex(public_key_info(key->public_key())), to_hex(read("public.der")));
}

TEST_P(OpensslJudge, AgreesOnTheSameSecret) {
  PrivateKey ours = PrivateKey::generate(GetParam()), theirs = PrivateKey::generate(GetParam());
  write("theirs.der", theirs.to_pkcs8());
  write("ours.der", public_key_info(ours.public_key()));
  Outcome outcome =
      run("openssl pkeyutl -derive -inkey " + path("theirs.der") + " -keyform DER -peerkey " +
          path("ours.der") + " -peerform DER -out " + path("secret"));
  ASSERT_EQ(outcome.status, 0) << outcome.output;
  EXPECT_EQ(to_hex(ours.agree(theirs.public_key()).value()), to_hex(read("secret")));
}

}  // namespace
}  // namespace rsp::crypto
