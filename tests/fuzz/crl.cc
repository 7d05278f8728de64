// Any octets as a certificate revocation list.
//
// Promises: a list that is read is kept as it came, finds its own entries, and can be judged; what
// it names lies inside it.
#include "rsp/pki/crl.h"
#include "tests/fuzz/require.h"

using fuzz::require;
using rsp::BytesView;

namespace {

bool inside(BytesView part, BytesView whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  BytesView octets(data, size);
  auto crl = rsp::pki::Crl::parse(octets);
  if (!crl) {
    require(!crl.error().text.empty(), "an error says something");
    require(crl.error().path.starts_with("crl"), "an error names the field");
    return 0;
  }
  BytesView der = crl->der();
  require(rsp::equal(der, octets), "the list is kept as it came");
  require(inside(crl->tbs(), der) && inside(crl->signature(), der), "what is signed lies inside");
  for (const auto& entry : crl->revoked()) {
    require(inside(entry.serial, der), "a serial number lies inside");
    require(crl->find(entry.serial) != nullptr, "an entry is found");
  }
  const auto& extensions = crl->extensions();
  require(inside(extensions.authority_key_id, der), "a key identifier lies inside");
  auto problem = rsp::pki::crl_form_problem(*crl);
  require(problem || (extensions.number && crl->part() >= 1 && crl->part() <= crl->parts() &&
                      crl->parts() <= rsp::pki::kMaxCrlParts),
          "a list of good form has a number and is one of its parts");
  static_cast<void>(to_string(crl->issuer_name()));
  return 0;
}
