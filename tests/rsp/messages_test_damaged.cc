// Every message with octets changed or cut off: an error or a value, but never a crash, and never a
// value that does not survive being sent on.
#include <gtest/gtest.h>

#include "rsp/base/random.h"
#include "tests/rsp/messages_test_vectors.h"

namespace rsp {
namespace {

/// Longer vectors differ from shorter ones only in the length of one field.
constexpr std::size_t kLongest = 1500;

/// Whoever passes a message on sends what the next one decodes to the same, and shows the same.
void expect_stable(const Vector& vector, const Codec& codec, const Bytes& der) {
  auto decoded = codec.decode(der);
  if (!decoded) {
    EXPECT_EQ(decoded.error().layer, Layer::kDecode) << vector.name << " " << to_hex(der);
    EXPECT_FALSE(decoded.error().text.empty()) << vector.name << " " << to_hex(der);
    return;
  }
  auto again = codec.decode(decoded->encoded);
  ASSERT_TRUE(again) << vector.name << " " << to_hex(der) << " becomes " << to_hex(decoded->encoded)
                     << ": " << again.error().message();
  EXPECT_EQ(to_hex(again->encoded), to_hex(decoded->encoded)) << vector.name << " " << to_hex(der);
  EXPECT_EQ(again->value, decoded->value) << vector.name << " " << to_hex(der);
}

TEST(DamagedMessages, TruncatedAreRefusedAtEveryLength) {
  for (const Vector& vector : vectors()) {
    if (!vector.invalid.empty() || vector.der.size() > kLongest) continue;
    const Codec& codec = codecs().at(vector.message);
    for (std::size_t size = 0; size < vector.der.size(); ++size) {
      EXPECT_FALSE(codec.decode(BytesView(vector.der).first(size)))
          << vector.name << " cut to " << size;
    }
  }
}

TEST(DamagedMessages, WithAnyOctetInvertedAreRefusedOrStable) {
  for (const Vector& vector : vectors()) {
    if (!vector.invalid.empty() || vector.der.size() > kLongest) continue;
    const Codec& codec = codecs().at(vector.message);
    for (std::size_t i = 0; i < vector.der.size(); ++i) {
      Bytes damaged = vector.der;
      damaged[i] ^= 0xFF;
      expect_stable(vector, codec, damaged);
    }
  }
}

TEST(DamagedMessages, WithAnyBitFlippedAreRefusedOrStable) {
  for (const Vector& vector : vectors()) {
    if (!vector.invalid.empty() || vector.der.size() > 200) continue;
    const Codec& codec = codecs().at(vector.message);
    for (std::size_t bit = 0; bit < 8 * vector.der.size(); ++bit) {
      Bytes damaged = vector.der;
      damaged[bit / 8] ^= static_cast<std::uint8_t>(0x80 >> bit % 8);
      expect_stable(vector, codec, damaged);
    }
  }
}

TEST(DamagedMessages, WithRandomOctetsPutInOrTakenOutAreRefusedOrStable) {
  SeededRandom random(1);
  for (const Vector& vector : vectors()) {
    if (!vector.invalid.empty() || vector.der.size() > kLongest) continue;
    const Codec& codec = codecs().at(vector.message);
    for (int round = 0; round < 40; ++round) {
      Bytes damaged = vector.der;
      for (std::uint64_t edits = 1 + random.next() % 4; edits > 0; --edits) {
        auto at = damaged.begin() + static_cast<std::ptrdiff_t>(random.next() % damaged.size());
        switch (random.next() % 3) {
          case 0:
            *at = static_cast<std::uint8_t>(random.next());
            break;
          case 1:
            damaged.insert(at, static_cast<std::uint8_t>(random.next()));
            break;
          default:
            if (damaged.size() > 1) damaged.erase(at);
        }
      }
      expect_stable(vector, codec, damaged);
    }
  }
}

// A message taken for another one: most share tags, so this walks deep into decoders with the wrong
// fields.
TEST(DamagedMessages, TakenForAnotherMessageAreRefusedOrStable) {
  for (const Vector& vector : vectors()) {
    if (!vector.invalid.empty() || vector.der.size() > kLongest) continue;
    for (const auto& [name, codec] : codecs()) expect_stable(vector, codec, vector.der);
  }
}

}  // namespace
}  // namespace rsp
