// Any octets as a certificate revocation list, and as one that is signed for the card. Input: an
// octet whose lowest bit says that the signature is made good, then DER.
//
// Promises: a list that is read says the same when it is read again; and the card takes it or says
// why not.
#include "rsp/pki/crl.h"
#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/card.h"
#include "tests/fuzz/support/custom_mutator.h"

using fuzz::require;
using rsp::Bytes;
using rsp::BytesView;

namespace {

/// The list with the CI's signature over what it says now.
Bytes signed_again(BytesView der) {
  auto crl = rsp::pki::Crl::parse(der);
  if (!crl) return rsp::to_bytes(der);
  Bytes signature = rsp::concat({Bytes{0}, fuzz::pki().ci.key.sign_der({crl->tbs()})});
  auto list = rsp::asn1::Reader(der).peek();
  rsp::asn1::Reader reader(list->content);
  auto tbs = reader.next(), algorithm = reader.next();
  return rsp::asn1::constructed_tlv(
      rsp::asn1::kSequence, rsp::concat({tbs->whole, algorithm->whole,
                                         rsp::asn1::tlv(rsp::asn1::kBitString, signature)}));
}

void read(BytesView der) {
  auto crl = rsp::pki::Crl::parse(der);
  if (!crl) {
    require(crl.error().layer == rsp::Layer::kDecode, "a bad list is an error of decoding");
    return;
  }
  require(rsp::pki::Crl::parse(crl->der()) == *crl, "what was read is read again");
  if (auto problem = rsp::pki::crl_form_problem(*crl))
    require(!problem->empty(), "what is lacking has a name");
  for (const auto& entry : crl->revoked())
    require(crl->find(entry.serial) != nullptr, "an entry is found by its number");
  static_cast<void>(rsp::pki::check_crl_signature(*crl, fuzz::pki().ci.certificate));
}

}  // namespace

ESIMBENCH_TLVS_BEHIND(1)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  fuzz::Input input(data, size);
  bool sign = (input.octet() & 1) != 0;
  Bytes der = sign ? signed_again(input.rest()) : rsp::to_bytes(input.rest());
  read(der);
  if (!sign) return 0;
  fuzz::Card& card = fuzz::card_in(fuzz::Start::kCrlLoaded, 0);
  auto answer = card.store_data(rsp::asn1::constructed_tlv(rsp::LoadCrlRequest::kTag, der));
  if (answer.sw.success())
    require(rsp::asn1::decode<rsp::LoadCrlResponse>(answer.data).has_value(),
            "LoadCRL is answered with its response");
  if (!card.unwritten()) card.check_storage();
  return 0;
}
