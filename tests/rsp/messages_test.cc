// Every message against known answers that another encoder made (tests/vectors/README.md), and
// against itself.
#include <gtest/gtest.h>

#include "rsp/asn1/schema_check.h"
#include "tests/rsp/messages_test_vectors.h"

namespace rsp {
namespace {

// --- The declarations ---

TEST(Messages, DeclarationsFollowTheirRules) {
  AllMessages::for_each([]<class M>() {
    EXPECT_EQ(asn1::SchemaCheck::of<M>(M::kName), std::vector<std::string>{}) << M::kName;
  });
}

TEST(Messages, NamesAreUnique) {
  std::size_t count = 0;
  AllMessages::for_each([&]<class M>() { ++count; });
  EXPECT_EQ(codecs().size(), count);
}

TEST(Messages, EachHasAValidVector) {
  std::map<std::string_view, int> valid;
  for (const Vector& vector : vectors()) {
    EXPECT_TRUE(codecs().contains(vector.message)) << vector.name;
    if (vector.invalid.empty()) ++valid[vector.message];
  }
  for (const auto& [name, codec] : codecs()) EXPECT_GT(valid[name], 0) << name;
}

// --- Known answers ---

TEST(MessageVectors, DecodeToTheirValue) {
  for (const Vector& vector : vectors()) {
    if (!vector.invalid.empty()) continue;
    auto decoded = codecs().at(vector.message).decode(vector.der);
    ASSERT_TRUE(decoded) << vector.name << ": " << decoded.error().message();
    EXPECT_EQ(decoded->value, Unordered(vector.value)) << vector.name;
  }
}

// What was covered by a signature keeps its octets when it is sent on; everything else becomes DER.
TEST(MessageVectors, EncodeAgainToDerOrToTheBytesThatWereSigned) {
  for (const Vector& vector : vectors()) {
    if (!vector.invalid.empty()) continue;
    auto decoded = codecs().at(vector.message).decode(vector.der);
    ASSERT_TRUE(decoded) << vector.name;
    EXPECT_EQ(to_hex(decoded->encoded), to_hex(vector.again)) << vector.name;
  }
}

TEST(MessageVectors, ValuesEncodeToDer) {
  for (const Vector& vector : vectors()) {
    if (!vector.invalid.empty()) continue;
    auto encoded = codecs().at(vector.message).encode(vector.value);
    ASSERT_TRUE(encoded) << vector.name << ": " << encoded.error().message();
    EXPECT_EQ(to_hex(*encoded), to_hex(vector.canonical)) << vector.name;
  }
}

TEST(MessageVectors, InvalidOnesAreRefusedWithTheFieldInThePath) {
  for (const Vector& vector : vectors()) {
    if (vector.invalid.empty()) continue;
    auto decoded = codecs().at(vector.message).decode(vector.der);
    if (decoded) {
      ADD_FAILURE() << vector.name << " is accepted as " << decoded->value;
      continue;
    }
    EXPECT_EQ(decoded.error().layer, Layer::kDecode) << vector.name;
    bool named =
        ("." + decoded.error().path + ".").find("." + vector.invalid + ".") != std::string::npos ||
        ("." + decoded.error().path).find("." + vector.invalid + "[") != std::string::npos;
    EXPECT_TRUE(named) << vector.name << ": the error should name " << vector.invalid << ": "
                       << decoded.error().message();
  }
}

}  // namespace
}  // namespace rsp
