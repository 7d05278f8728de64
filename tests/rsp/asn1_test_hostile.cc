// Input that is made to exhaust a decoder: refused, or taken in time and memory in proportion to
// its size.
#include <gtest/gtest.h>

#include "rsp/asn1/edit.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/base/random.h"
#include "rsp/messages/all.h"

namespace rsp::asn1 {
namespace {

/// `depth` elements, each around the next.
Bytes nested(std::size_t depth) {
  std::vector<Bytes> headers;
  std::size_t size = 0;
  for (std::size_t i = 0; i < depth; ++i) {
    headers.push_back(concat({"AF"_hex, der_length(size)}));
    size += headers.back().size();
  }
  Bytes out;
  out.reserve(size);
  for (std::size_t i = depth; i-- > 0;) append(out, headers[i]);
  return out;
}

TEST(HostileInput, DeepNestingIsNotFollowed) {
  Bytes deep = nested(200000);
  Bytes der = constructed_tlv(GetEuiccInfo1Request::kTag, deep);
  auto request = decode<GetEuiccInfo1Request>(der);
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_TRUE(equal(request->unknown.elements, deep));
  EXPECT_TRUE(equal(encode(*request), der));
}

TEST(HostileInput, DeepNestingInACertificateIsNotFollowed) {
  Bytes certificate = constructed_tlv(kSequence, nested(200000));
  PrepareDownloadRequest request;
  request.smdp_signed2.value.transaction_id = Bytes{1};
  request.smdp_certificate = {certificate};
  auto read = decode<PrepareDownloadRequest>(encode(request));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_TRUE(equal(read->smdp_certificate.der, certificate));
}

TEST(HostileInput, DeepNestingWhereAFieldIsDueIsAnError) {
  Bytes deep = nested(200000);
  AllMessages::for_each([&]<class M>() {
    auto message = decode<M>(deep);
    EXPECT_FALSE(message) << M::kName;
  });
}

// A decoder that reserved what a length promises would ask for 4 GiB.
TEST(HostileInput, HugeLengthsAreRefusedWhereverTheyStand) {
  for (const char* der : {"BF3684FFFFFFFF", "BF3609A384FFFFFFFF860100",
                          "BF300A8084FFFFFFFF00000000", "BF2084FFFFFFFE8203020202"}) {
    Bytes input = from_hex(der).value();
    AllMessages::for_each(
        [&]<class M>() { EXPECT_FALSE(decode<M>(input)) << M::kName << " " << der; });
  }
}

TEST(HostileInput, LongListsOfTheSmallestElementsAreTaken) {
  constexpr std::size_t kCount = 100000;
  BoundProfilePackage bpp;
  bpp.initialise_secure_channel_request.transaction_id = Bytes{1};
  bpp.initialise_secure_channel_request.control_ref_template = {Bytes{0x88}, Bytes{0x10}, Bytes{7}};
  bpp.sequence_of_86.resize(kCount);
  Bytes der = encode(bpp);
  auto read = decode<BoundProfilePackage>(der);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->sequence_of_86.size(), kCount);
  EXPECT_TRUE(locate<BoundProfilePackage>(der, "sequenceOf86[99999]"));
}

TEST(HostileInput, ManyUnknownElementsAreTaken) {
  Bytes many;
  for (int i = 0; i < 100000; ++i) append(many, "8F00"_hex);
  auto request = decode<GetEuiccInfo1Request>(constructed_tlv(GetEuiccInfo1Request::kTag, many));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->unknown.elements.size(), many.size());
}

TEST(HostileInput, RandomOctetsAreRefused) {
  SeededRandom random(2);
  for (int round = 0; round < 500; ++round) {
    Bytes octets(random.next() % 300);
    random.fill(octets);
    AllMessages::for_each([&]<class M>() {
      // With the right tag and length around them, so that more than the first octets is read.
      auto message = decode<M>(constructed_tlv(M::kTag, octets));
      if (!message) return;
      EXPECT_TRUE(decode<M>(encode(*message))) << M::kName << " " << to_hex(octets);
    });
  }
}

}  // namespace
}  // namespace rsp::asn1
