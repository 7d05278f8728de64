// A whole public key infrastructure for tests, made like the SGP.26 set: the same fields in the
// same order with the same values, under a name of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/pki/issuer.h"

namespace rsp::pki {

// Test constants of SGP.26.
inline constexpr std::string_view kTestEid = "89049032123451234512345678901235";
inline constexpr std::string_view kTestEumRange = "89049032";
inline constexpr std::string_view kTestCiOid = "2.999.1", kTestEumOid = "2.999.5",
                                  kTestDpOid = "2.999.10", kTestDsOid = "2.999.15";
inline constexpr std::string_view kTestDpHost = "testsmdpplus1.example.com",
                                  kTestDsHost = "testrootsmds.example.com";
inline constexpr std::string_view kTestOrganization = "esimbench",
                                  kTestEumOrganization = "esimbench Test EUM";

// Templates of SGP.22 4.5.2.1, valid from `now` in whole seconds. OIDs are given as dotted text; a
// text that is no OID throws std::invalid_argument. TLS certificates are valid for 398 days, those
// of EUM and servers for three years, that of the CI for 34 years, that of an eUICC without end.
CertificateTemplate ci_template(Clock::TimePoint now);
/// The EIDs of its eUICCs begin with `eid_range`.
CertificateTemplate eum_template(std::string_view eid_range, Clock::TimePoint now);
CertificateTemplate euicc_template(std::string_view eid, Clock::TimePoint now);
CertificateTemplate dp_auth_template(std::string_view oid, Clock::TimePoint now);
CertificateTemplate dp_pb_template(std::string_view oid, Clock::TimePoint now);
/// The common name is the first of the host names.
CertificateTemplate dp_tls_template(const std::vector<std::string>& host_names,
                                    std::string_view oid, Clock::TimePoint now);
CertificateTemplate ds_auth_template(std::string_view oid, Clock::TimePoint now);
CertificateTemplate ds_tls_template(const std::vector<std::string>& host_names,
                                    std::string_view oid, Clock::TimePoint now);

/// One identity for every role, under one CI and on one curve. Members may be taken away.
struct TestPki {
  Identity ci;
  std::optional<Identity> eum, euicc, dp_auth, dp_pb, dp_tls, ds_auth, ds_tls;
};

struct TestPkiOptions {
  std::string eid{kTestEid};
  std::string eid_range{kTestEumRange};
  std::string dp_oid{kTestDpOid};
  std::string ds_oid{kTestDsOid};
  std::vector<std::string> dp_hosts{std::string(kTestDpHost)};
  std::vector<std::string> ds_hosts{std::string(kTestDsHost)};
};

TestPki make_test_pki(crypto::Curve curve, Clock::TimePoint now, Random& random,
                      const TestPkiOptions& options = {});

}  // namespace rsp::pki
