// Directories of certificates and keys.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <future>

#include "pki_test_support.h"
#include "rsp/asn1/reader.h"
#include "rsp/asn1/writer.h"
#include "rsp/pki/pem.h"
#include "rsp/pki/store.h"

namespace rsp::pki::testing {
namespace {

std::string pem_of(const Certificate& certificate) {
  return to_pem("CERTIFICATE", certificate.der());
}
std::string pem_of(const crypto::PrivateKey& key) { return to_pem("PRIVATE KEY", key.to_pkcs8()); }

/// SEC 1 out of PKCS#8: the content of the OCTET STRING, with the curve that stands outside of it
/// there.
Bytes sec1_of(const crypto::PrivateKey& key) {
  Bytes pkcs8 = key.to_pkcs8();
  asn1::Reader outer(pkcs8);
  asn1::Reader info(outer.next()->content);
  (void)info.next();
  asn1::Element algorithm = *info.next();
  asn1::Reader wrapped(info.next()->content);
  asn1::Reader parts(wrapped.next()->content);
  asn1::Element version = *parts.next(), number = *parts.next();
  asn1::Reader curve(algorithm.content);
  (void)curve.next();
  Bytes parameters = asn1::constructed_tlv(asn1::context(0), curve.rest());
  return asn1::constructed_tlv(asn1::kSequence,
                               concat({version.whole, number.whole, parameters, parts.rest()}));
}

CertificateStore loaded(const fs::path& directory) {
  auto store = CertificateStore::load(directory);
  if (!store) throw std::runtime_error(store.error().message());
  return *std::move(store);
}

// --- What is found ---

TEST(PkiStore, FindsDer) {
  TempDir dir;
  dir.write("root", test_pki().ci.certificate.der());
  dir.write("secret", test_pki().ci.key.to_pkcs8());
  CertificateStore store = loaded(dir.path());
  ASSERT_EQ(store.trust_anchors().all().size(), 1U);
  EXPECT_TRUE(store.ci_identity(test_pki().ci.certificate.subject_key_id()));
  EXPECT_TRUE(store.unused().empty());
}

TEST(PkiStore, FindsPemWithSeveralBlocks) {
  TempDir dir;
  dir.write("all.pem", "a note\n" + pem_of(test_pki().ci.certificate) +
                           pem_of(test_pki().dp_auth->key) +
                           pem_of(test_pki().dp_auth->certificate));
  CertificateStore store = loaded(dir.path());
  EXPECT_EQ(store.identities(Role::kDpAuth, Curve::kNistP256).size(), 1U);
}

TEST(PkiStore, FindsSec1Keys) {
  TempDir dir;
  dir.write("a.crt", pem_of(test_pki().ci.certificate));
  dir.write("a.key", to_pem("EC PRIVATE KEY", sec1_of(test_pki().ci.key)));
  dir.write("b.crt", pem_of(test_pki().dp_pb->certificate));
  dir.write("b.key", sec1_of(test_pki().dp_pb->key));
  CertificateStore store = loaded(dir.path());
  EXPECT_EQ(store.identities(Role::kCi, Curve::kNistP256).size(), 1U);
  EXPECT_EQ(store.identities(Role::kDpPb, Curve::kNistP256).size(), 1U);
}

TEST(PkiStore, LooksIntoSubfolders) {
  TempDir dir;
  dir.write("ci/x.der", test_pki().ci.certificate.der());
  dir.write("cards/one/eum.der", test_pki().eum->certificate.der());
  dir.write("cards/one/euicc.der", test_pki().euicc->certificate.der());
  dir.write("keys/euicc", test_pki().euicc->key.to_pkcs8());
  auto cards = loaded(dir.path()).cards();
  ASSERT_EQ(cards.size(), 1U);
  EXPECT_EQ(eid_of(cards[0].euicc.certificate), kTestEid);
  EXPECT_EQ(cards[0].ci, test_pki().ci.certificate);
  EXPECT_FALSE(cards[0].eum_key);
}

TEST(PkiStore, PassesOverUnrelatedFiles) {
  TempDir dir;
  dir.write("ci.der", test_pki().ci.certificate.der());
  dir.write("README.md", "0 is how this text begins\n");
  dir.write("empty", "");
  dir.write("huge.der", std::string(1 << 20, '0'));
  dir.write("cut.pem", pem_of(test_pki().ci.certificate).substr(0, 100));
  dir.write("csr.der",
            "30030201"
            "00"_hex);
  fs::create_symlink("nowhere", dir.path() / "dangling");
  CertificateStore store = loaded(dir.path());
  EXPECT_EQ(store.certificates().size(), 1U);
  EXPECT_TRUE(store.unused().empty());
}

TEST(PkiStore, SaysWhatItDidNotUse) {
  TempDir dir;
  dir.write("ci.der", test_pki().ci.certificate.der());
  dir.write("key_alone.der", test_pki().dp_auth->key.to_pkcs8());
  dir.write("broken.der", with_broken_signature(test_pki().dp_auth->certificate).der());
  dir.write("euicc_alone.der", test_pki().euicc->certificate.der());
  CertificateStore store = loaded(dir.path());
  ASSERT_EQ(store.unused().size(), 2U);
  EXPECT_EQ(store.unused()[0].path, "broken.der");
  EXPECT_NE(store.unused()[0].reason.find("not signed by"), std::string::npos);
  EXPECT_EQ(store.unused()[1].path, "euicc_alone.der");
  EXPECT_TRUE(store.identities(Role::kDpAuth, Curve::kNistP256).empty());
}

TEST(PkiStore, AKeyWithoutItsCertificateIsNotUsed) {
  TempDir dir;
  dir.write("ci.der", test_pki().ci.certificate.der());
  dir.write("sub/key.der", test_pki().dp_auth->key.to_pkcs8());
  CertificateStore store = loaded(dir.path());
  ASSERT_EQ(store.unused().size(), 1U);
  EXPECT_EQ(store.unused()[0].path, "sub/key.der");
}

TEST(PkiStore, TheSameCertificateCountsOnce) {
  TempDir dir;
  dir.write("ci.der", test_pki().ci.certificate.der());
  dir.write("ci.pem", pem_of(test_pki().ci.certificate));
  CertificateStore store = loaded(dir.path());
  ASSERT_EQ(store.certificates().size(), 1U);
  EXPECT_EQ(store.certificates()[0].path, "ci.der");
}

// --- What is asked ---

TEST(PkiStore, KeepsTwoCisApart) {
  SeededRandom random(2);
  const TestPki pkis[] = {make_test_pki(Curve::kNistP256, today(), random),
                          make_test_pki(Curve::kNistP256, today(), random)};
  TempDir dir;
  ASSERT_TRUE(save({&pkis[0], 1}, dir.path() / "a"));
  ASSERT_TRUE(save({&pkis[1], 1}, dir.path() / "b"));
  CertificateStore store = loaded(dir.path());
  EXPECT_EQ(store.trust_anchors(Curve::kNistP256).size(), 2U);
  EXPECT_TRUE(store.trust_anchors(Curve::kBrainpoolP256r1).empty());
  auto smdps = store.smdps();
  ASSERT_EQ(smdps.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(smdps[i].ci, pkis[i].ci.certificate);
    EXPECT_EQ(smdps[i].auth.certificate, pkis[i].dp_auth->certificate);
    EXPECT_EQ(smdps[i].pb->certificate, pkis[i].dp_pb->certificate);
    ASSERT_EQ(smdps[i].tls.size(), 1U);
    EXPECT_EQ(smdps[i].tls[0].certificate, pkis[i].dp_tls->certificate);
    auto cards = store.cards(pkis[i].ci.certificate.subject_key_id());
    ASSERT_EQ(cards.size(), 1U);
    EXPECT_EQ(cards[0].euicc.certificate, pkis[i].euicc->certificate);
    EXPECT_TRUE(cards[0].eum_key);
  }
}

TEST(PkiStore, GroupsServersByTheirOid) {
  TestPki pki = test_pki();
  auto new_key = [] { return crypto::PrivateKey::generate(Curve::kNistP256); };
  TempDir dir;
  ASSERT_TRUE(save({&pki, 1}, dir.path() / "first"));
  Identity auth = issue(dp_auth_template("2.999.12", today()), pki.ci, new_key(), test_random());
  Identity pb = issue(dp_pb_template("2.999.12", today()), pki.ci, new_key(), test_random());
  dir.write("second/auth.pem", pem_of(auth.certificate) + pem_of(auth.key));
  dir.write("second/pb.pem", pem_of(pb.certificate) + pem_of(pb.key));
  CertificateStore store = loaded(dir.path());
  auto smdps = store.smdps();
  ASSERT_EQ(smdps.size(), 2U);
  EXPECT_EQ(asn1::to_string(smdps[0].oid), "2.999.10");
  EXPECT_EQ(asn1::to_string(smdps[1].oid), "2.999.12");
  EXPECT_TRUE(smdps[1].tls.empty());
  auto smdss = store.smdss();
  ASSERT_EQ(smdss.size(), 1U);
  EXPECT_EQ(asn1::to_string(smdss[0].oid), "2.999.15");
  EXPECT_EQ(smdss[0].tls.size(), 1U);
}

TEST(PkiStore, FindsTlsByHostName) {
  const TestPki pkis[] = {test_pki(Curve::kBrainpoolP256r1), test_pki(Curve::kNistP256)};
  TempDir dir;
  ASSERT_TRUE(save(pkis, dir.path() / "pki"));
  CertificateStore store = loaded(dir.path() / "pki");
  auto tls = store.tls_for("TestSMDPplus1.example.COM", today());
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->certificate, pkis[1].dp_tls->certificate);
  EXPECT_TRUE(store.tls_for(kTestDsHost, today()));
  EXPECT_FALSE(store.tls_for("other.example.com", today()));
  EXPECT_FALSE(store.tls_for(kTestDpHost, today() + days(398)));
  EXPECT_FALSE(store.tls_for(kTestDpHost, today() - days(1)));
}

TEST(PkiStore, PrefersTheTlsCertificateThatIsValidLongest) {
  auto under_ci = [](Clock::TimePoint from) {
    return issue(dp_tls_template({std::string(kTestDpHost)}, kTestDpOid, from), test_pki().ci,
                 crypto::PrivateKey::generate(Curve::kNistP256), test_random());
  };
  Identity old = under_ci(today() - days(200)), fresh = under_ci(today());
  TempDir dir;
  dir.write("0.pem", pem_of(test_pki().ci.certificate));
  dir.write("1.pem", pem_of(old.certificate) + pem_of(old.key));
  dir.write("2.pem", pem_of(fresh.certificate) + pem_of(fresh.key));
  CertificateStore store = loaded(dir.path());
  EXPECT_EQ(store.tls_for(kTestDpHost, today())->certificate, fresh.certificate);
  EXPECT_EQ(store.tls_for(kTestDpHost, today() - days(1))->certificate, old.certificate);
}

// --- What is not there ---

TEST(PkiStore, ADirectoryThatDoesNotExistIsAnErrorWithAHint) {
  TempDir dir;
  auto store = CertificateStore::load(dir.path() / "none");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().layer, Layer::kInput);
  EXPECT_EQ(store.error().path, (dir.path() / "none").string());
  EXPECT_NE(store.error().hint.find("esimbench pki create"), std::string::npos);
}

TEST(PkiStore, ADirectoryWithoutACiIsAnErrorWithAHint) {
  TempDir dir;
  EXPECT_FALSE(CertificateStore::load(dir.path()));
  dir.write("dp.der", test_pki().dp_auth->certificate.der());
  auto store = CertificateStore::load(dir.path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().layer, Layer::kInput);
  EXPECT_EQ(store.error().path, dir.path().string());
  EXPECT_FALSE(store.error().hint.empty());
}

// --- What is written ---

mode_t mode_of(const fs::path& path) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return status.st_mode & 0777;
}

TEST(PkiSave, WritesFilesAsSgp26NamesThem) {
  const TestPki pkis[] = {test_pki(Curve::kNistP256), test_pki(Curve::kBrainpoolP256r1)};
  TempDir dir;
  fs::path target = dir.path() / "deep" / "pki";
  EXPECT_EQ(save(pkis, target), SaveOutcome::kWritten);
  for (const char* curve : {"NIST", "BRP"}) {
    for (const char* name :
         {"CI_ECDSA", "EUM_ECDSA", "EUICC_ECDSA", "S_SM_DPauth_ECDSA", "S_SM_DPpb_ECDSA",
          "S_SM_DP_TLS", "S_SM_DSauth_ECDSA", "S_SM_DS_TLS"}) {
      std::string base = std::string(name) + "_" + curve;
      EXPECT_TRUE(fs::exists(target / ("CERT_" + base + ".der"))) << base;
      EXPECT_TRUE(fs::exists(target / ("CERT_" + base + ".pem"))) << base;
      EXPECT_EQ(mode_of(target / ("SK_" + base + ".der")), 0600U) << base;
    }
  }
  EXPECT_EQ(mode_of(target), 0700U);
  CertificateStore store = loaded(target);
  EXPECT_EQ(store.certificates().size(), 16U);
  EXPECT_TRUE(store.unused().empty());
  EXPECT_EQ(store.cards().size(), 2U);
}

TEST(PkiSave, MembersThatAreNotThereAreNotWritten) {
  TestPki pki{.ci = test_pki().ci};
  TempDir dir;
  ASSERT_TRUE(save({&pki, 1}, dir.path() / "pki"));
  EXPECT_EQ(loaded(dir.path() / "pki").certificates().size(), 1U);
}

TEST(PkiSave, LeavesADirectoryWithFilesAsItIs) {
  TempDir dir;
  dir.write("pki/mine", "x");
  EXPECT_EQ(save({&test_pki(), 1}, dir.path() / "pki"), SaveOutcome::kAlreadyThere);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path() / "pki"), {}), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), {}), 1);
}

TEST(PkiSave, TakesAnEmptyDirectory) {
  TempDir dir;
  fs::create_directory(dir.path() / "pki");
  EXPECT_EQ(save({&test_pki(), 1}, dir.path() / "pki/"), SaveOutcome::kWritten);
  EXPECT_TRUE(CertificateStore::load(dir.path() / "pki"));
}

TEST(PkiSave, OneOfTwoAtTheSameTimeWins) {
  TempDir dir;
  auto create = [&](std::uint64_t seed) {
    SeededRandom random(seed);
    TestPki pki = make_test_pki(Curve::kNistP256, today(), random);
    return save({&pki, 1}, dir.path() / "pki");
  };
  for (int round = 0; round < 10; ++round) {
    auto one = std::async(std::launch::async, create, 1);
    auto two = std::async(std::launch::async, create, 2);
    auto first = one.get(), second = two.get();
    ASSERT_TRUE(first && second);
    EXPECT_NE(*first, *second);
    EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), {}), 1);
    EXPECT_TRUE(loaded(dir.path() / "pki").unused().empty());
    fs::remove_all(dir.path() / "pki");
  }
}

TEST(PkiSave, AFileInThePlaceIsAnError) {
  TempDir dir;
  dir.write("pki", "x");
  auto saved = save({&test_pki(), 1}, dir.path() / "pki");
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().layer, Layer::kStorage);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir.path()), {}), 1);
}

// --- The published set ---

TEST(PkiSgp26, TheWholeSetLoads) {
  SKIP_WITHOUT_SHARED_DATA("sgp26");
  CertificateStore store = loaded(shared_data() / "sgp26");
  EXPECT_TRUE(store.unused().empty());
  for (Curve curve : {Curve::kNistP256, Curve::kBrainpoolP256r1}) {
    ASSERT_EQ(store.trust_anchors(curve).size(), 1U);
    EXPECT_TRUE(store.ci_identity(store.trust_anchors(curve)[0].subject_key_id()));
    EXPECT_EQ(store.identities(Role::kEuicc, curve).size(), 1U);
    EXPECT_EQ(store.identities(Role::kDpAuth, curve).size(), 2U);
  }
  EXPECT_EQ(store.cards().size(), 2U);
  auto smdps = store.smdps();
  ASSERT_EQ(smdps.size(), 4U);
  EXPECT_EQ(
      std::ranges::count(smdps, asn1::oid_from_text("2.999.10").value(), &ServerIdentity::oid), 2);
  auto tls = store.tls_for(kTestDpHost, day(2026, 12, 1));
  ASSERT_TRUE(tls);
  EXPECT_EQ(tls->certificate.curve(), Curve::kNistP256);
  EXPECT_FALSE(store.tls_for("testsmdpplus2.example.com", day(2026, 12, 1)));
  EXPECT_TRUE(store.tls_for("testsmdpplus2.example.com", day(2025, 1, 1)));
}

TEST(PkiSgp26, TheInvalidOnesDoNotDisturbTheSet) {
  SKIP_WITHOUT_SHARED_DATA("sgp26-invalid");
  CertificateStore store = loaded(shared_data());
  EXPECT_EQ(store.trust_anchors().all().size(), 2U);
  for (const CardIdentity& card : store.cards()) {
    EXPECT_FALSE(check_euicc_chain(card.euicc.certificate, card.eum, card.ci));
  }
  EXPECT_GE(store.unused().size(), 5U);
}

}  // namespace
}  // namespace rsp::pki::testing
