// Cards out of a directory of certificates: the store's own, and others of the same maker.
#include "hil/setup.h"

#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <csignal>

#include "rsp/base/hex.h"
#include "rsp/pki/eid.h"
#include "tests/temp_dir.h"
#include "tests/world.h"

namespace hil {
namespace {

namespace fs = std::filesystem;
namespace pki = rsp::pki;
using rsp::crypto::Curve;
using ::testing::HasSubstr;

const std::string kOwn{pki::kTestEid};
const std::string kOther = pki::next_eid(kOwn);

class CardCredentials : public ::testing::Test {
 protected:
  pki::CertificateStore store(std::vector<pki::TestPki> pkis) {
    EXPECT_TRUE(pki::save(pkis, directory.path() / "pki"));
    return pki::CertificateStore::load(directory.path() / "pki").value();
  }
  pki::CertificateStore nist() { return store({testing_world::test_pki(Curve::kNistP256)}); }
  pki::CertificateStore both() {
    return store({testing_world::test_pki(Curve::kNistP256),
                  testing_world::test_pki(Curve::kBrainpoolP256r1)});
  }

  testing_files::TempDir directory;
  rsp::SeededRandom random{7};
};

TEST_F(CardCredentials, TheStoresOwnAreTakenAsTheyAre) {
  auto certificates = nist();
  auto taken = card_credentials(certificates, kOwn, random).value();
  EXPECT_EQ(taken.signing.front().euicc, card_credentials(certificates)->signing.front().euicc);
}

TEST_F(CardCredentials, WrongCertificatesForFaultsAreMadeForTheServersKeys) {
  auto certificates = both();
  rsp::ManualClock clock(rsp::SystemClock().now());
  auto make = [&](std::string_view name) {
    return certificate_of_fault(certificates, "localhost", clock, name);
  };
  auto server = smdp_config(certificates, "localhost", {}).value().identities.front();
  auto wrong_role = pki::Certificate::parse(make("dpAuth.tlsRole").value()).value();
  EXPECT_TRUE(rsp::equal(wrong_role.public_point(), server.auth.certificate.public_point()));
  auto binding = pki::Certificate::parse(make("dpPb.otherOid").value()).value();
  EXPECT_TRUE(rsp::equal(binding.public_point(), server.pb->certificate.public_point()));
  auto none = make("dpAuth.expird");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().hint, HasSubstr("dpAuth.expired"));
  EXPECT_FALSE(make("euicc.expired"));
}

TEST_F(CardCredentials, AnotherEidGetsCertificatesOfTheSameEum) {
  auto certificates = both();
  auto made = card_credentials(certificates, kOther, random).value();
  EXPECT_EQ(rsp::to_hex(made.eid), kOther);
  ASSERT_EQ(made.signing.size(), 2U);
  for (const sim::SigningIdentity& identity : made.signing) {
    const pki::Certificate* ci = certificates.trust_anchors().find(identity.ci_pkid);
    ASSERT_NE(ci, nullptr);
    EXPECT_FALSE(pki::check_euicc_chain(identity.euicc, identity.eum, *ci));
    EXPECT_EQ(pki::eid_of(identity.euicc), kOther);
    EXPECT_TRUE(rsp::equal(identity.euicc.public_point(), identity.key.public_key().point()));
  }
}

TEST_F(CardCredentials, EachCardHasAKeyOfItsOwn) {
  auto certificates = nist();
  auto own = card_credentials(certificates).value();
  auto one = card_credentials(certificates, kOther, random).value();
  auto again = card_credentials(certificates, kOther, random).value();
  EXPECT_NE(one.signing[0].key.scalar(), own.signing[0].key.scalar());
  EXPECT_NE(one.signing[0].key.scalar(), again.signing[0].key.scalar());
}

TEST_F(CardCredentials, OnlyTheCurveChosenIsUsed) {
  auto made = card_credentials(both(), kOther, random, {Curve::kBrainpoolP256r1}).value();
  ASSERT_EQ(made.signing.size(), 1U);
  EXPECT_EQ(made.signing[0].euicc.curve().value(), Curve::kBrainpoolP256r1);
}

TEST_F(CardCredentials, AnEidOutsideTheRangeOfTheEumIsRefused) {
  auto refused = card_credentials(nist(), "89001012012341234012345678901224", random);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().layer, rsp::Layer::kInput);
  EXPECT_EQ(refused.error().code, "eidOutsideRange");
  EXPECT_THAT(refused.error().hint, HasSubstr(kOwn));
}

TEST_F(CardCredentials, AnEidThatIsNoneIsRefused) {
  auto refused = card_credentials(nist(), "89049032123451234512345678901234", random);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("check digits"));
}

TEST_F(CardCredentials, AStoreWithoutTheKeyOfAnEumSaysSo) {
  nist();
  std::size_t removed = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory.path())) {
    std::string name = entry.path().filename().string();
    if (name.starts_with("SK_EUM")) removed += fs::remove(entry.path());
  }
  ASSERT_GT(removed, 0U);
  auto certificates = pki::CertificateStore::load(directory.path() / "pki").value();
  EXPECT_TRUE(card_credentials(certificates, kOwn, random)) << "nothing has to be issued";
  auto refused = card_credentials(certificates, kOther, random);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("no key of an EUM"));
}

TEST_F(CardCredentials, AStoreForNoCardSaysSo) {
  pki::TestPki pki = testing_world::test_pki(Curve::kNistP256);
  pki.euicc.reset();
  auto refused = card_credentials(store({pki}), kOther, random);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("no eUICC certificate"));
}

TEST_F(CardCredentials, ANewCardIsMadeWithAnEidAndKeepsIt) {
  auto certificates = nist();
  auto open = [&](const std::optional<std::string>& eid) {
    return SimCard::open(directory.path() / "card.db", &certificates, random, {}, nullptr, {},
                         nullptr, eid);
  };
  EXPECT_EQ(rsp::to_hex(open(kOther).value()->euicc().eid()), kOther);
  EXPECT_EQ(rsp::to_hex(open(std::nullopt).value()->euicc().eid()), kOther);
  EXPECT_TRUE(open(kOther));
  auto refused = open(kOwn);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().path, "eid");
  EXPECT_THAT(refused.error().text, HasSubstr(kOther));
}

// --- A card that cannot keep anything says so ---

TEST_F(CardCredentials, AStorageThatFailsIsTold) {
  auto certificates = nist();
  std::vector<std::string> told;
  auto card = SimCard::open(directory.path() / "card.db", &certificates, random, {}, nullptr, {},
                            nullptr, {}, [&](const std::string& line) { told.push_back(line); })
                  .value();
  EXPECT_THAT(told, ::testing::IsEmpty());
  auto set_address = [&] {  // ES10a.SetDefaultDpAddress
    for (std::string_view command :
         {"00A4040010A0000005591010FFFFFFFF8900000100", "80E2910008BF3F058003612E62"})
      card->card().transmit(rsp::from_hex(command).value());
  };
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit none{1, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &none);  // as a disk that is full
  set_address();
  set_address();
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
  ASSERT_THAT(told, ::testing::SizeIs(1));
  EXPECT_THAT(told[0], HasSubstr("card.db"));
  EXPECT_THAT(told[0], HasSubstr("is there room"));
  set_address();
  ASSERT_THAT(told, ::testing::SizeIs(2));
  EXPECT_THAT(told[1], HasSubstr("again"));
  set_address();
  EXPECT_THAT(told, ::testing::SizeIs(2));
}

}  // namespace
}  // namespace hil
