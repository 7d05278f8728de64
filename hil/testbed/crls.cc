#include "hil/testbed/crls.h"

#include <functional>

#include "hil/testbed/certificates.h"
#include "rsp/pki/crl_issuer.h"

namespace hil {
namespace {

using rsp::pki::CrlTemplate;
using rsp::pki::TestPki;

/// What stands in a list, and who has signed it.
struct Row {
  std::string_view name;
  std::int64_t number;
  std::function<CrlTemplate(const CrlTemplate&, const TestPki&)> what;
  bool other_issuer = false, broken_signature = false;
};

const std::vector<Row>& rows() {
  using rsp::pki::CrlExtension;
  auto as_it_is = [](const CrlTemplate& list, const TestPki&) { return list; };
  static const std::vector<Row> table{
      {"empty", 1, as_it_is},
      {"dpAuth", 2, [](auto& list, auto& pki) { return list.revoking(pki.dp_auth->certificate); }},
      {"dpPb", 2, [](auto& list, auto& pki) { return list.revoking(pki.dp_pb->certificate); }},
      {"ci", 2, [](auto& list, auto& pki) { return list.revoking(pki.ci.certificate); }},
      {"part1", 3,
       [](auto& list, auto& pki) { return list.revoking(pki.dp_auth->certificate).as_part(1, 2); }},
      {"part2", 3, [](auto& list, auto&) { return list.as_part(2, 2); }},
      {"delta", 4,
       [](auto& list, auto& pki) { return list.revoking(pki.dp_auth->certificate).as_delta(1); }},
      {"later", 5, as_it_is},
      {"brokenSignature", 6, as_it_is, false, true},
      {"otherCi", 6, as_it_is, true},
      {"noNumber", 6, [](auto& list, auto&) { return list.without(CrlExtension::kCrlNumber); }},
  };
  return table;
}

}  // namespace

rsp::Bytes testbed_crl(rsp::crypto::Curve curve, std::string_view name) {
  auto row = std::ranges::find(rows(), name, &Row::name);
  if (row == rows().end()) return {};
  const TestPki& pki = testbed_pki(curve);
  CrlTemplate what = row->what(rsp::pki::crl_template(testbed_epoch(), row->number), pki);
  auto made = rsp::pki::issue_crl(what, row->other_issuer ? untrusted_ci(curve) : pki.ci);
  if (row->broken_signature) made = rsp::pki::with_broken_signature(made);
  return rsp::to_bytes(made.der());
}

std::vector<std::string> testbed_crl_names() {
  std::vector<std::string> names;
  for (const Row& row : rows()) names.emplace_back(row.name);
  return names;
}

}  // namespace hil
