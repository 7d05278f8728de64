// Certificate revocation lists: what is read out of them, what is refused, and what OpenSSL says of
// ours and we of OpenSSL's.
#include <gmock/gmock.h>

#include <functional>

#include "pki_test_support.h"
#include "rsp/asn1/reader.h"
#include "rsp/pki/crl_issuer.h"
#include "rsp/pki/pem.h"

namespace rsp::pki::testing {
namespace {

using std::chrono::hours;
using ::testing::HasSubstr;

const TestPki& pki() { return test_pki(); }
const Certificate& dp_auth() { return pki().dp_auth->certificate; }
Crl issued_crl(const CrlTemplate& what) { return issue_crl(what, pki().ci); }
CrlTemplate nothing_revoked() { return crl_template(today(), 7); }

RawExtension raw(std::string_view oid, bool critical, Bytes value) {
  return {*asn1::oid_from_text(oid), critical, std::move(value)};
}

// --- What is read ---

/// Put together by hand after RFC 5280 and the layout in which cards have been sent CRLs: no
/// encoder of CRLs has touched it.
TEST(CrlByHand, IsReadFieldByField) {
  // SEQUENCEs are put together here, so that lengths need not be counted by hand.
  auto tlv = [](const char* tag, const std::string& content) {
    std::string size = to_hex(asn1::der_length(content.size() / 2));
    return tag + size + content;
  };
  auto seq = [&](const std::string& content) { return tlv("30", content); };
  const std::string kAlgorithm = "300A06082A8648CE3D040302";
  std::string expiration =  // 2.23.146.1.2.0.1, critical: 2027-02-18 08:00:00
      seq("0607"
          "67811201020001"
          "0101FF"
          "040F"
          "170D3237303231383038303030305A");
  std::string reason =
      seq("0603551D15"
          "0403"
          "0A0101");  // keyCompromise
  std::string entry =
      seq("02060158F741F660"
          "170D3236303232383038303030305A" +  // 2026-02-28
          seq(expiration + reason));
  std::string plain =
      seq("020100"
          "180F32303530303130313030303030305A");  // 0, 2050-01-01
  std::string list_extensions = seq("0603551D23"
                                    "0101FF"
                                    "0418"
                                    "3016"
                                    "8014"
                                    "3BD3F57B34F44436E08F028B5101C0E0A9B0986E") +
                                seq("0603551D14"
                                    "0404"
                                    "020200FF") +  // cRLNumber 255
                                seq("0603551D1B"
                                    "0101FF"
                                    "0403"
                                    "020103") +  // deltaCRLIndicator 3
                                seq("0603551D1C"
                                    "0101FF"
                                    "0405"
                                    "3003"
                                    "8101FF") +  // only user certificates
                                seq("0607"
                                    "67811201020002"
                                    "0101FF"
                                    "0403"
                                    "020105") +  // of 5 parts
                                seq("0607"
                                    "67811201020003"
                                    "0101FF"
                                    "0403"
                                    "020102");                                      // the second
  std::string tbs = seq("020101" + kAlgorithm + "300D310B300906035504030C024349" +  // CN=CI
                        "170D3236303330313038303030305A"
                        "170D3236303430313038303030305A" +
                        seq(entry + plain) + tlv("A0", seq(list_extensions)));
  Bytes der = from_hex(seq(tbs + kAlgorithm + "03020042")).value();

  auto crl = Crl::parse(der);
  ASSERT_TRUE(crl) << crl.error().message();
  EXPECT_EQ(crl->version(), 2);
  EXPECT_EQ(to_string(crl->issuer_name()), "CN=CI");
  EXPECT_EQ(crl->this_update(), day(2026, 3, 1) + hours(8));
  EXPECT_EQ(crl->next_update(), day(2026, 4, 1) + hours(8));
  ASSERT_EQ(crl->revoked().size(), 2U);
  const RevokedCertificate& first = crl->revoked()[0];
  EXPECT_EQ(to_hex(first.serial), "0158F741F660");
  EXPECT_EQ(first.revocation_date, day(2026, 2, 28) + hours(8));
  EXPECT_EQ(first.reason, RevocationReason::kKeyCompromise);
  EXPECT_EQ(first.expiration_date, day(2027, 2, 18) + hours(8));
  const RevokedCertificate& second = crl->revoked()[1];
  EXPECT_EQ(to_hex(second.serial), "00");
  EXPECT_EQ(second.revocation_date, day(2050, 1, 1));
  EXPECT_EQ(second.reason, RevocationReason::kUnspecified);
  EXPECT_EQ(second.expiration_date, std::nullopt);
  const CrlExtensions& extensions = crl->extensions();
  EXPECT_EQ(to_hex(extensions.authority_key_id), "3BD3F57B34F44436E08F028B5101C0E0A9B0986E");
  EXPECT_EQ(to_string(*extensions.number), "FF");
  EXPECT_EQ(to_string(*extensions.base_number), "03");
  EXPECT_TRUE(extensions.distribution_point->only_user_certificates);
  EXPECT_FALSE(extensions.distribution_point->only_ca_certificates);
  EXPECT_EQ(extensions.total_parts, 5U);
  EXPECT_EQ(extensions.part, 2U);
  EXPECT_EQ(extensions.unknown_critical, std::nullopt);
  EXPECT_EQ(asn1::to_string(crl->signature_algorithm()), "1.2.840.10045.4.3.2");
  EXPECT_EQ(to_hex(crl->signature()), "42");
  EXPECT_EQ(to_hex(crl->tbs()), tbs);
}

TEST(CrlFields, OfAListInWhichNothingIsRevoked) {
  Crl crl = issued_crl(nothing_revoked());
  EXPECT_TRUE(crl.revoked().empty());
  EXPECT_FALSE(crl.is_delta());
  EXPECT_EQ(crl.part(), 1U);
  EXPECT_EQ(crl.parts(), 1U);
  EXPECT_EQ(to_hex(crl.extensions().authority_key_id),
            to_hex(pki().ci.certificate.subject_key_id()));
  EXPECT_EQ(to_string(*crl.extensions().number), "07");
  EXPECT_EQ(crl.this_update(), today());
  EXPECT_EQ(crl.next_update(), today() + days(1095));
}

TEST(CrlFields, ACertificateIsFoundByItsSerialNumber) {
  Crl crl = issued_crl(nothing_revoked()
                           .revoking(dp_auth(), RevocationReason::kCaCompromise)
                           .revoking(pki().dp_pb->certificate));
  ASSERT_NE(crl.find(dp_auth().serial()), nullptr);
  EXPECT_EQ(crl.find(dp_auth().serial())->reason, RevocationReason::kCaCompromise);
  EXPECT_EQ(crl.find(dp_auth().serial())->expiration_date, dp_auth().not_after());
  EXPECT_NE(crl.find(pki().dp_pb->certificate.serial()), nullptr);
  EXPECT_EQ(crl.find(pki().eum->certificate.serial()), nullptr);
}

/// A list anew out of the elements of TBSCertList, with lengths that fit and a signature that does
/// not.
template <class Put>
Bytes put_together(const Crl& crl, Put put) {
  asn1::Reader reader(crl.tbs());
  asn1::Reader inside(reader.next()->content);
  asn1::Writer tbs;
  tbs.constructed(asn1::kSequence, [&] {
    while (!inside.at_end()) put(tbs, *inside.next());
  });
  asn1::Writer whole;
  whole.constructed(asn1::kSequence, [&] {
    whole.raw(tbs.written());
    whole.raw(*from_hex("300A06082A8648CE3D04030203020042"));
  });
  return whole.take();
}

TEST(CrlFields, AnEmptyListOfEntriesIsNone) {  // RFC 5280 5.1.2.6 wants it left out
  Crl crl = issued_crl(nothing_revoked());
  // Behind nextUpdate comes A0; an empty SEQUENCE is put before it.
  Bytes der = put_together(crl, [](asn1::Writer& tbs, const asn1::Element& element) {
    if (element.tag == asn1::context(0)) tbs.raw(Bytes{0x30, 0x00});
    tbs.raw(element.whole);
  });
  auto read = Crl::parse(der);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(read->revoked().empty());
  EXPECT_EQ(to_string(*read->extensions().number), "07");
}

TEST(CrlFields, TheDistributionPointNamesItsAddressAndWhatItIsAbout) {
  CrlTemplate what = nothing_revoked();
  what.extensions.push_back(CrlExtension::kIssuingDistributionPoint);
  what.distribution_point_uri = "http://ci.test.example.com/CRL-A.crl";
  what.only_ca_certificates = true;
  Crl crl = issued_crl(what);
  const auto& scope = crl.extensions().distribution_point;
  ASSERT_TRUE(scope);
  EXPECT_EQ(scope->uris, (std::vector<std::string_view>{"http://ci.test.example.com/CRL-A.crl"}));
  EXPECT_TRUE(scope->only_ca_certificates);
  EXPECT_FALSE(scope->only_user_certificates);
}

TEST(CrlNumbers, AreComparedAsNumbers) {
  auto number = [](std::string_view hex) {
    static std::vector<std::unique_ptr<Bytes>> kept;
    kept.push_back(std::make_unique<Bytes>(from_hex(hex).value()));
    return CrlNumber{*kept.back()};
  };
  EXPECT_LT(number(""), number("01"));
  EXPECT_LT(number("FF"), number("0100"));
  EXPECT_LT(number("0100"), number("0101"));
  EXPECT_GT(number("02"), number("01"));
  EXPECT_EQ(number("0100"), number("0100"));
  EXPECT_EQ(to_string(number("")), "0");
}

Bytes list_with_number(std::string_view integer) {
  CrlTemplate what = nothing_revoked().without(CrlExtension::kCrlNumber);
  what.more_extensions = {raw("2.5.29.20", false, from_hex(integer).value())};
  return issue_crl_der(what, pki().ci);
}

TEST(CrlNumbers, HaveAtMostTwentyOctets) {  // RFC 5280 5.2.3
  std::string most(40, 'F');
  auto padded = Crl::parse(list_with_number("021500" + most));  // one more for the sign
  ASSERT_TRUE(padded) << padded.error().message();
  EXPECT_EQ(to_string(*padded->extensions().number), most);
  EXPECT_FALSE(Crl::parse(list_with_number("021501" + most)));
  EXPECT_FALSE(Crl::parse(list_with_number("0201FF"))) << "negative";
  EXPECT_FALSE(Crl::parse(list_with_number("0200"))) << "empty";
}

// --- What is refused ---

TEST(CrlParse, NamesTheFieldThatIsWrong) {
  struct Row {
    std::string name, path;
    CrlTemplate what;
  };
  CrlTemplate good = nothing_revoked().revoking(dp_auth());
  std::vector<Row> rows;
  auto row = [&](std::string name, std::string path, auto change) {
    rows.push_back({std::move(name), std::move(path), good});
    change(rows.back().what);
  };
  row("version 1 with extensions", "crl.tbsCertList.revokedCertificates",
      [](CrlTemplate& t) { t.version = 1; });
  row("version 3", "crl.tbsCertList.version", [](CrlTemplate& t) { t.version = 3; });
  row("version 1 with extensions of the list", "crl.tbsCertList.crlExtensions", [](CrlTemplate& t) {
    t.version = 1;
    t.revoked.clear();
  });
  row("a serial number without octets", "crl.tbsCertList.revokedCertificates",
      [](CrlTemplate& t) { t.revoked[0].serial.clear(); });
  row("a number twice", "crl.tbsCertList.crlExtensions",
      [](CrlTemplate& t) { t.extensions.push_back(CrlExtension::kCrlNumber); });
  row("a number that is none", "crl.tbsCertList.crlExtensions.cRLNumber", [](CrlTemplate& t) {
    t = t.without(CrlExtension::kCrlNumber);
    t.more_extensions = {raw("2.5.29.20", false, {0x04, 0x01, 0x07})};
  });
  row("more behind a number", "crl.tbsCertList.crlExtensions.cRLNumber", [](CrlTemplate& t) {
    t = t.without(CrlExtension::kCrlNumber);
    t.more_extensions = {raw("2.5.29.20", false, {0x02, 0x01, 0x07, 0x05, 0x00})};
  });
  row("a part that is no number", "crl.tbsCertList.crlExtensions.partialCrlNumber",
      [](CrlTemplate& t) {
        t.more_extensions = {raw("2.23.146.1.2.0.3", true, {0x02, 0x05, 0x01, 0, 0, 0, 0})};
      });
  row("a reason that is none", "crl.tbsCertList.revokedCertificates.crlEntryExtensions",
      [](CrlTemplate& t) { t.revoked[0].reason = static_cast<RevocationReason>(7); });
  row("an expiration date that is none", "crl.tbsCertList.revokedCertificates.crlEntryExtensions",
      [](CrlTemplate& t) {
        t.revoked[0].expiration_date.reset();
        t.revoked[0].more_extensions = {raw("2.23.146.1.2.0.1", true, {0x17, 0x01, 0x30})};
      });
  for (const Row& row : rows) {
    auto crl = Crl::parse(issue_crl_der(row.what, pki().ci));
    ASSERT_FALSE(crl) << row.name;
    EXPECT_EQ(crl.error().layer, Layer::kDecode) << row.name;
    EXPECT_EQ(crl.error().path, row.path) << row.name;
  }
}

TEST(CrlParse, RefusesWhatIsCutShortAnywhere) {
  Bytes der = to_bytes(issued_crl(nothing_revoked().revoking(dp_auth())).der());
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(Crl::parse(BytesView(der).first(size))) << size;
  }
  der.push_back(0);
  EXPECT_FALSE(Crl::parse(der)) << "with an octet behind it";
}

TEST(CrlParse, RefusesTwoAlgorithms) {  // RFC 5280 5.1.1.2
  Bytes der = put_together(
      issued_crl(nothing_revoked()), [](asn1::Writer& tbs, const asn1::Element& element) {
        bool algorithm = equal(element.whole, *from_hex("300A06082A8648CE3D040302"));
        tbs.raw(algorithm ? *from_hex("300A06082A8648CE3D040303") : to_bytes(element.whole));
      });
  auto crl = Crl::parse(der);
  ASSERT_FALSE(crl);
  EXPECT_EQ(crl.error().path, "crl.tbsCertList.signature");
}

TEST(CrlParse, RefusesElementsBehindTheExtensions) {
  Bytes der = put_together(issued_crl(nothing_revoked()),
                           [](asn1::Writer& tbs, const asn1::Element& element) {
                             tbs.raw(element.whole);
                             if (element.tag == asn1::context(0)) tbs.raw(Bytes{0x05, 0x00});
                           });
  auto crl = Crl::parse(der);
  ASSERT_FALSE(crl);
  EXPECT_EQ(crl.error().path, "crl.tbsCertList");
}

TEST(CrlParse, RefusesACertificate) { EXPECT_FALSE(Crl::parse(dp_auth().der())); }

TEST(CrlParse, TellsOfACriticalExtensionThatItDoesNotKnow) {
  CrlTemplate of_list = nothing_revoked(), of_entry = nothing_revoked().revoking(dp_auth());
  of_list.more_extensions = {raw("1.2.3", true, {0x05, 0x00})};
  of_entry.revoked[0].more_extensions = {raw("1.2.4", true, {0x05, 0x00})};
  EXPECT_EQ(asn1::to_string(*issued_crl(of_list).extensions().unknown_critical), "1.2.3");
  EXPECT_EQ(asn1::to_string(*issued_crl(of_entry).extensions().unknown_critical), "1.2.4");
}

TEST(CrlParse, PassesOverExtensionsThatAreNotCritical) {
  CrlTemplate what = nothing_revoked().revoking(dp_auth());
  what.more_extensions = {raw("1.2.3", false, {0x05, 0x00})};
  what.revoked[0].more_extensions = {raw("1.2.4", false, {0x05, 0x00}),
                                     raw("2.5.29.24", true, {0x05, 0x00})};
  EXPECT_EQ(issued_crl(what).extensions().unknown_critical, std::nullopt);
}

// --- Form and signature ---

struct FormRow {
  std::string name;
  std::string problem;  // a part of the text; empty where there is none
  std::function<void(CrlTemplate&)> change;
};
void PrintTo(const FormRow& row, std::ostream* out) { *out << row.name; }

class CrlForm : public ::testing::TestWithParam<FormRow> {};

TEST_P(CrlForm, IsJudged) {
  CrlTemplate what = nothing_revoked().revoking(dp_auth());
  GetParam().change(what);
  auto problem = crl_form_problem(issued_crl(what));
  if (GetParam().problem.empty()) {
    EXPECT_EQ(problem, std::nullopt);
  } else {
    ASSERT_TRUE(problem);
    EXPECT_THAT(*problem, HasSubstr(GetParam().problem));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Rules, CrlForm,
    ::testing::Values(
        FormRow{"Good", "", [](CrlTemplate&) {}},
        FormRow{"APart", "", [](CrlTemplate& t) { t = t.as_part(3, 3); }},
        FormRow{"AsManyPartsAsAllowed", "", [](CrlTemplate& t) { t = t.as_part(1, 256); }},
        FormRow{"ADelta", "", [](CrlTemplate& t) { t = t.as_delta(1); }},
        FormRow{"NoKeyId", "no authorityKeyIdentifier",
                [](CrlTemplate& t) { t = t.without(CrlExtension::kAuthorityKeyId); }},
        FormRow{"NoNumber", "no cRLNumber",
                [](CrlTemplate& t) { t = t.without(CrlExtension::kCrlNumber); }},
        FormRow{"NoNextUpdate", "no nextUpdate", [](CrlTemplate& t) { t.next_update.reset(); }},
        FormRow{"UnknownCritical", "1.2.3 is not known",
                [](CrlTemplate& t) {
                  t.more_extensions = {raw("1.2.3", true, {0x05, 0x00})};
                }},
        FormRow{"Indirect", "other issuers",
                [](CrlTemplate& t) {
                  t.extensions.push_back(CrlExtension::kIssuingDistributionPoint);
                  t.indirect = true;
                }},
        FormRow{"OfAttributeCertificates", "attribute certificates",
                [](CrlTemplate& t) {
                  t.extensions.push_back(CrlExtension::kIssuingDistributionPoint);
                  t.only_attribute_certificates = true;
                }},
        FormRow{"APartOfUnknownTotal", "of how many",
                [](CrlTemplate& t) {
                  t = t.as_part(1, 2).without(CrlExtension::kTotalPartialCrlNumber);
                }},
        FormRow{
            "ATotalWithoutAPart", "of how many",
            [](CrlTemplate& t) { t = t.as_part(1, 2).without(CrlExtension::kPartialCrlNumber); }},
        FormRow{"PartZero", "none of its parts", [](CrlTemplate& t) { t = t.as_part(0, 2); }},
        FormRow{"APartBeyondTheTotal", "none of its parts",
                [](CrlTemplate& t) { t = t.as_part(3, 2); }},
        FormRow{"NoPartAtAll", "none of its parts", [](CrlTemplate& t) { t = t.as_part(0, 0); }},
        FormRow{"TooManyParts", "too many parts", [](CrlTemplate& t) { t = t.as_part(1, 257); }},
        FormRow{"ADeltaInParts", "does not come in parts",
                [](CrlTemplate& t) { t = t.as_delta(1).as_part(1, 2); }}),
    [](const auto& row) { return row.param.name; });

std::string signature_problem(const Crl& crl, const Certificate& issuer) {
  auto problem = check_crl_signature(crl, issuer);
  return problem ? std::string(to_string(problem->kind)) : "none";
}

TEST(CrlSignature, OfItsIssuerIsGood) {
  for (Curve curve : {Curve::kNistP256, Curve::kBrainpoolP256r1}) {
    const Identity& ci = test_pki(curve).ci;
    EXPECT_EQ(signature_problem(issue_crl(nothing_revoked(), ci), ci.certificate), "none");
  }
}

TEST(CrlSignature, WithAWrongBitIsNot) {
  EXPECT_EQ(
      signature_problem(with_broken_signature(issued_crl(nothing_revoked())), pki().ci.certificate),
      "badSignature");
}

TEST(CrlSignature, CoversEveryBit) {
  Bytes der = to_bytes(issued_crl(nothing_revoked().revoking(dp_auth())).der());
  for (std::size_t bit = 0; bit < 8 * der.size(); ++bit) {
    Bytes wrong = der;
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ 0x80 >> bit % 8);
    auto crl = Crl::parse(wrong);
    if (crl) {
      EXPECT_NE(signature_problem(*crl, pki().ci.certificate), "none") << bit;
    }
  }
}

TEST(CrlSignature, OfAnotherAlgorithmIsNotTaken) {
  CrlTemplate what = nothing_revoked();
  what.signature_algorithm = asn1::oid_from_text("1.2.840.10045.4.3.3");  // with SHA-384
  EXPECT_EQ(signature_problem(issued_crl(what), pki().ci.certificate), "unsupportedAlgorithm");
}

TEST(CrlSignature, IsOfTheIssuerThatTheListNames) {
  CrlTemplate other_name = nothing_revoked(), other_key = nothing_revoked();
  other_name.issuer = Name{{NameField::kCommonName, "somebody else"}};
  other_key.authority_key_id = Bytes(20, 0x11);
  EXPECT_EQ(signature_problem(issued_crl(other_name), pki().ci.certificate), "wrongIssuer");
  EXPECT_EQ(signature_problem(issued_crl(other_key), pki().ci.certificate), "wrongIssuer");
}

TEST(CrlSignature, OfOneThatMayOnlySignCertificatesIsNotTaken) {  // RFC 5280 6.3.3 (f)
  CertificateTemplate what = ci_template(today());
  what.key_usage = {kKeyCertSign};
  Identity ci = issue_self_signed(what, pki().ci.key, test_random());
  EXPECT_EQ(signature_problem(issue_crl(nothing_revoked(), ci), ci.certificate), "wrongIssuer");
  Identity any = issue_self_signed(what.without(Extension::kKeyUsage), pki().ci.key, test_random());
  EXPECT_EQ(signature_problem(issue_crl(nothing_revoked(), any), any.certificate), "none");
}

// --- OpenSSL as the judge ---

class CrlOpenssl : public ::testing::TestWithParam<Curve> {
 protected:
  void SetUp() override {
    if (run("openssl version").status != 0) GTEST_SKIP() << "there is no openssl command";
    add("ci", "CERTIFICATE", pki_.ci.certificate.der());
    add("leaf", "CERTIFICATE", pki_.dp_auth->certificate.der());
    add("other", "CERTIFICATE", pki_.dp_pb->certificate.der());
  }

  void add(const std::string& name, std::string_view label, BytesView der) {
    dir_.write(name + ".pem", to_pem(label, der));
  }
  std::string file(const std::string& name) const { return (dir_.path() / name).string(); }
  /// What OpenSSL shows of a list of ours, after it has verified it.
  std::string shown(const Crl& crl) {
    dir_.write("list.der", crl.der());
    Outcome outcome = run("openssl crl -inform DER -noout -text -verify -CAfile " + file("ci.pem") +
                          " -in " + file("list.der"));
    EXPECT_EQ(outcome.status, 0) << outcome.output;
    return outcome.output;
  }
  Outcome verify(const Crl& crl, const std::string& name) {
    add("list", "X509 CRL", crl.der());
    auto day = std::chrono::duration_cast<std::chrono::seconds>(today().time_since_epoch()).count();
    return run("openssl verify -x509_strict -crl_check -attime " + std::to_string(day + 60) +
               " -CAfile " + file("ci.pem") + " -CRLfile " + file("list.pem") + " " +
               file(name + ".pem"));
  }

  TempDir dir_;
  const TestPki& pki_ = test_pki(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Curves, CrlOpenssl,
                         ::testing::Values(Curve::kNistP256, Curve::kBrainpoolP256r1),
                         [](const auto& which) {
                           return which.param == Curve::kNistP256 ? "Nist" : "Brainpool";
                         });

TEST_P(CrlOpenssl, VerifiesAndShowsWhatWeIssue) {
  CrlTemplate what =
      nothing_revoked().revoking(pki_.dp_auth->certificate, RevocationReason::kKeyCompromise);
  what.extensions.push_back(CrlExtension::kIssuingDistributionPoint);
  what.distribution_point_uri = "http://ci.test.example.com/CRL-A.crl";
  what.only_user_certificates = true;
  std::string serial = to_hex(pki_.dp_auth->certificate.serial());
  EXPECT_TRUE(shows(
      shown(issue_crl(what.as_part(2, 3), pki_.ci)),
      {"verify OK", "Version 2", "ecdsa-with-SHA256", "Issuer: CN = Test CI",
       "Last Update: Mar  1 00:00:00 2026 GMT", "Next Update: Feb 28 00:00:00 2029 GMT",
       "X509v3 Authority Key Identifier", "X509v3 CRL Number: \n                7",
       "X509v3 Issuing Distribution Point: critical", "URI:http://ci.test.example.com/CRL-A.crl",
       "Only User Certificates", "2.23.146.1.2.0.2: critical", "2.23.146.1.2.0.3: critical",
       "Serial Number: " + serial, "Revocation Date: Mar  1 00:00:00 2026 GMT", "Key Compromise",
       "2.23.146.1.2.0.1: critical"}));
}

TEST_P(CrlOpenssl, ShowsADeltaCrlAsOne) {
  EXPECT_TRUE(shows(shown(issue_crl(nothing_revoked().as_delta(5), pki_.ci)),
                    {"verify OK", "X509v3 Delta CRL Indicator: critical\n                5",
                     "No Revoked Certificates"}));
}

TEST_P(CrlOpenssl, RefusesABrokenSignature) {
  dir_.write("list.der", with_broken_signature(issue_crl(nothing_revoked(), pki_.ci)).der());
  EXPECT_THAT(run("openssl crl -inform DER -noout -verify -CAfile " + file("ci.pem") + " -in " +
                  file("list.der"))
                  .output,
              HasSubstr("verify failure"));
}

TEST_P(CrlOpenssl, TakesACertificateThatWeListAsRevoked) {
  CrlTemplate what = nothing_revoked().revoking(pki_.dp_auth->certificate);
  what.revoked[0].expiration_date.reset();  // a critical extension that OpenSSL does not know
  Crl crl = issue_crl(what, pki_.ci);
  EXPECT_THAT(verify(crl, "leaf").output, HasSubstr("certificate revoked"));
  Outcome other = verify(crl, "other");
  EXPECT_EQ(other.status, 0) << other.output;
}

TEST_P(CrlOpenssl, IssuesWhatWeReadAndVerify) {
  add("key", "PRIVATE KEY", pki_.ci.key.to_pkcs8());
  dir_.write("index.txt", std::string_view());
  dir_.write("number", "0100\n");
  dir_.write("ca.cnf",
             "[ca]\ndefault_ca=here\n[here]\ndatabase=" + file("index.txt") +
                 "\ncrlnumber=" + file("number") + "\ndefault_md=sha256\ndefault_crl_days=30\n" +
                 "crl_extensions=list\n[list]\nauthorityKeyIdentifier=keyid:always\n" +
                 "issuingDistributionPoint=critical,@scope\n" +
                 "2.23.146.1.2.0.2=critical,DER:020104\n2.23.146.1.2.0.3=critical,DER:020102\n" +
                 "[scope]\nfullname=URI:http://ci.test.example.com/CRL-B.crl\nonlyCA=FALSE\n" +
                 "onlyuser=TRUE\n");
  std::string ca = "openssl ca -config " + file("ca.cnf") + " -cert " + file("ci.pem") +
                   " -keyfile " + file("key.pem");
  Outcome revoked = run(ca + " -crl_reason superseded -revoke " + file("leaf.pem"));
  ASSERT_EQ(revoked.status, 0) << revoked.output;
  Outcome made = run(ca + " -gencrl -out " + file("theirs.pem"));
  ASSERT_EQ(made.status, 0) << made.output;

  auto blocks = parse_pem(text_of(file_content(dir_.path() / "theirs.pem")));
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].label, "X509 CRL");
  auto crl = Crl::parse(blocks[0].der);
  ASSERT_TRUE(crl) << crl.error().message();
  EXPECT_EQ(crl_form_problem(*crl), std::nullopt);
  EXPECT_EQ(signature_problem(*crl, pki_.ci.certificate), "none");
  EXPECT_EQ(*crl->next_update() - crl->this_update(), days(30));
  EXPECT_EQ(to_string(*crl->extensions().number), "0100");
  EXPECT_EQ(crl->extensions().total_parts, 4U);
  EXPECT_EQ(crl->extensions().part, 2U);
  ASSERT_TRUE(crl->extensions().distribution_point);
  EXPECT_TRUE(crl->extensions().distribution_point->only_user_certificates);
  EXPECT_EQ(crl->extensions().distribution_point->uris,
            (std::vector<std::string_view>{"http://ci.test.example.com/CRL-B.crl"}));
  ASSERT_EQ(crl->revoked().size(), 1U);
  auto* entry = crl->find(pki_.dp_auth->certificate.serial());
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->reason, RevocationReason::kSuperseded);
}

}  // namespace
}  // namespace rsp::pki::testing
