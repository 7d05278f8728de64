// Secured packets over the air (ETSI TS 102 225, 3GPP TS 31.115) against known answers that another
// implementation made (tests/vectors/README.md) and against packets that others published.
#include <gtest/gtest.h>

#include <fstream>

#include "rsp/base/hex.h"
#include "rsp/base/random.h"
#include "rsp/crypto/scp80.h"
#include "rsp/json/asn1_json.h"

namespace rsp::crypto::scp80 {
namespace {

Key aes(std::string_view value, std::size_t mac_length = 8) {
  return {BlockCipher::kAes, from_hex(value).value(), mac_length};
}
Key triple_des(std::string_view value) {
  return {BlockCipher::kTripleDes, from_hex(value).value(), 8};
}
Tar tar(std::string_view hex) {
  Tar out{};
  std::ranges::copy(from_hex(hex).value(), out.begin());
  return out;
}
SecurityParameters spi(std::string_view hex) {
  Bytes octets = from_hex(hex).value();
  return decode_spi({octets.at(0), octets.at(1)});
}

/// What became of a command, as data that can be compared.
std::string shown(const std::expected<CommandPacket, ResponseStatus>& result) {
  if (!result) return std::string(to_string(result.error()));
  return std::to_string(result->counter) + " " + to_hex(result->secured_data);
}

// --- Known answers ---

struct Vector {
  std::string name;
  bool is_command = false;
  CommandHeader header;
  std::uint64_t counter = 0;
  ResponseStatus status{};
  Bytes data, packet;
  KeySet keys;
};

std::optional<Key> key_of(const Json& row, const char* name) {
  if (!row.contains(name)) return std::nullopt;
  const Json& key = row[name];
  bool is_aes = key.at("cipher") == "AES";
  return Key{is_aes ? BlockCipher::kAes : BlockCipher::kTripleDes,
             from_hex(std::string(key.at("value"))).value(), key.at("macLength")};
}

std::vector<Vector> vectors(std::string_view kind) {
  std::ifstream file(ESIMBENCH_VECTORS "/scp80.json");
  std::vector<Vector> out;
  for (const Json& row : Json::parse(file)) {
    if (row.at("kind") != kind) continue;
    Vector vector{.name = row.at("name"),
                  .header = {.security = spi(std::string(row.at("spi"))),
                             .kic = row.at("kic"),
                             .kid = row.at("kid"),
                             .tar = tar(std::string(row.at("tar")))},
                  .counter = row.at("counter"),
                  .status = static_cast<ResponseStatus>(row.value("status", 0)),
                  .data = from_hex(std::string(row.at("data"))).value(),
                  .packet = from_hex(std::string(row.at("packet"))).value(),
                  .keys = {key_of(row, "kicKey"), key_of(row, "kidKey")}};
    out.push_back(std::move(vector));
  }
  EXPECT_GT(out.size(), 30u);
  return out;
}

TEST(Scp80Vectors, CommandsAreProtected) {
  for (const Vector& vector : vectors("command")) {
    auto packet = protect_command({vector.header, vector.counter, vector.data}, vector.keys);
    ASSERT_TRUE(packet) << vector.name << ": " << packet.error().message();
    EXPECT_EQ(to_hex(*packet), to_hex(vector.packet)) << vector.name;
  }
}

TEST(Scp80Vectors, CommandsAreUnprotected) {
  for (const Vector& vector : vectors("command")) {
    EXPECT_EQ(read_command_header(vector.packet).value(), vector.header) << vector.name;
    EXPECT_EQ(shown(unprotect_command(vector.packet, vector.keys)),
              std::to_string(vector.counter) + " " + to_hex(vector.data))
        << vector.name;
  }
}

TEST(Scp80Vectors, ResponsesAreProtected) {
  for (const Vector& vector : vectors("response")) {
    ResponsePacket response{vector.header.tar, vector.counter, vector.status, vector.data};
    auto packet = protect_response(response, vector.header, vector.keys);
    ASSERT_TRUE(packet) << vector.name << ": " << packet.error().message();
    EXPECT_EQ(to_hex(*packet), to_hex(vector.packet)) << vector.name;
  }
}

TEST(Scp80Vectors, ResponsesAreUnprotected) {
  for (const Vector& vector : vectors("response")) {
    auto response = unprotect_response(vector.packet, vector.header, vector.keys);
    ASSERT_TRUE(response) << vector.name << ": " << response.error().message();
    EXPECT_EQ(response->tar, vector.header.tar) << vector.name;
    EXPECT_EQ(response->counter, vector.counter) << vector.name;
    EXPECT_EQ(response->status, vector.status) << vector.name;
    EXPECT_EQ(to_hex(response->additional_data), to_hex(vector.data)) << vector.name;
  }
}

// --- Packets that others published ---

// osmocom/pysim, tests/unittests/test_ota.py: sysmoISIM cards, SELECT of the MF.
struct Published {
  const char* name;
  Key kic, kid;
  const char *spi, *command, *response;
};
const Published kPysim[] = {
    {"3DES, response ciphered with checksum", triple_des("300102030405060708090A0B0C0D0E0F"),
     triple_des("301102030405060708090A0B0C0D0E0F"), "0619",
     "00201506193535B00011AE733256918D050B87C94FBFE12E4DC402F262C41CF67F2F",
     "001C12B000118BB989492C632529326A2F4681FEB37C825BC9021C9F6D0B"},
    {"3DES, response with checksum", triple_des("300102030405060708090A0B0C0D0E0F"),
     triple_des("301102030405060708090A0B0C0D0E0F"), "0609",
     "00201506093535B00011C49AC91AB8159BA5B83A54FB6385E0A5E31694F8B215FAFC",
     "001612B0001100000000000000B5BCD6353A421FAE016132"},
    {"3DES, response without protection", triple_des("300102030405060708090A0B0C0D0E0F"),
     triple_des("301102030405060708090A0B0C0D0E0F"), "0601",
     "00201506013535B000113190BE334900F52B025F3F7EDDFE868E96EBF310023B7769",
     "000E0AB0001100000000000000016132"},
    {"AES, response ciphered with checksum", aes("200102030405060708090A0B0C0D0E0F"),
     aes("201102030405060708090A0B0C0D0E0F"), "0619",
     "00281506192222B00011E87CCEEBB2D93083011CE294F93FC4D8DE80DA1ABAE8C37CA3E72EC4432E5058",
     "002412B00011EBC6B497E2CAD7AEDF36ACE0E3A29B38853F0FE9CCDE81913BE5702B73ABCE1F"},
};

TEST(Scp80Published, CommandsOfPysimAreMadeAndRead) {
  for (const Published& published : kPysim) {
    KeySet keys{published.kic, published.kid};
    std::uint8_t version = published.kic.cipher == BlockCipher::kAes ? 2 : 3;
    CommandHeader header{spi(published.spi), key_indication(version, published.kic),
                         key_indication(version, published.kid), tar("B00011")};
    Bytes select = "00A40004023F00"_hex;
    EXPECT_EQ(to_hex(protect_command({header, 0, select}, keys).value()), published.command)
        << published.name;
    EXPECT_EQ(shown(unprotect_command(from_hex(published.command).value(), keys)),
              "0 " + to_hex(select))
        << published.name;
  }
}

TEST(Scp80Published, ResponsesOfCardsToPysimAreMadeAndRead) {
  for (const Published& published : kPysim) {
    KeySet keys{published.kic, published.kid};
    CommandHeader header{spi(published.spi), 0, 0, tar("B00011")};
    auto response = unprotect_response(from_hex(published.response).value(), header, keys);
    ASSERT_TRUE(response) << published.name << ": " << response.error().message();
    EXPECT_EQ(response->status, ResponseStatus::kPorOk) << published.name;
    EXPECT_EQ(to_hex(response->additional_data), "016132") << published.name;
    EXPECT_EQ(to_hex(protect_response(*response, header, keys).value()), published.response)
        << published.name;
  }
}

// onomondo/onomondo-uicc, tests/envelope and files/3f00/a004: a counter, and padding that is not
// zeros.
constexpr char kOnomondoCommand[] =
    "00381516393232B00011D5CBCBD7AD00EDCAE5FB251618E04ED8502924DBAD65B15BE802A9D9E28267110D433C0610"
    "3268DB6A2A9D618FE8AB74";
constexpr char kOnomondoResponse[] =
    "002412B000118BD0716ADBF216D5DAD4612EC54D64BCEAF7D9228B8254D857F8D42394BE9F66";

TEST(Scp80Published, PaddingIsIgnoredWhateverItConsistsOf) {
  KeySet keys{aes("00112233445566778899AABBCCDDEEFF"), aes("0123456789ABCDEF0123456701234567")};
  Bytes command = from_hex(kOnomondoCommand).value();
  EXPECT_EQ(shown(unprotect_command(command, keys)), "1 00A4000C023F0000A4000C022FE200B000000A");
  auto header = read_command_header(command).value();
  EXPECT_EQ(header.security.counter, CounterMode::kHigher);
  EXPECT_EQ(header.security.por_bearer, PorBearer::kSubmit);

  auto response = unprotect_response(from_hex(kOnomondoResponse).value(), header, keys).value();
  EXPECT_EQ(response.counter, 1u) << "a response has the counter of its command";
  EXPECT_EQ(to_hex(response.additional_data), "03900000112233445566778899");
}

// ETSI TS 102 225 has this example of a redundancy check.
TEST(Scp80, Crc32IsThatOfIso13239) {
  EXPECT_EQ(crc32("0102030405"_hex), 0x470B99F4u);
  EXPECT_EQ(crc32({}), 0u);
}

// NIST SP 800-38B, D.1 to D.3, and RFC 4493.
TEST(BlockCipher, CmacIsThatOfThePublishedExamples) {
  Bytes message = "6BC1BEE22E409F96E93D7E117393172A"_hex;
  struct Example {
    const char *key, *empty, *block;
  };
  const Example examples[] = {
      {"2B7E151628AED2A6ABF7158809CF4F3C", "BB1D6929E95937287FA37D129B756746",
       "070A16B46B4D4144F79BDD9DD04A287C"},
      {"8E73B0F7DA0E6452C810F32B809079E562F8EAD2522C6B7B", "D17DDF46ADAACDE531CAC483DE7A9367",
       "9E99A7BF31E710900662F65E617C5184"},
      {"603DEB1015CA71BE2B73AEF0857D77811F352C073B6108D72D9810A30914DFF4",
       "028962F61B7BF89EFC6B551F4667D983", "28A7023F452E8F82BD4BF28D8C37C35C"},
  };
  for (const Example& example : examples) {
    Bytes key = from_hex(example.key).value();
    EXPECT_EQ(to_hex(block_cipher_mac(BlockCipher::kAes, key, {})), example.empty);
    EXPECT_EQ(to_hex(block_cipher_mac(BlockCipher::kAes, key, message)), example.block);
  }
}

// FIPS 81 has it for single DES, which is triple DES with one key three times.
TEST(BlockCipher, TripleDesWithOneKeyIsSingleDes) {
  Bytes key = "0123456789ABCDEF0123456789ABCDEF"_hex;
  Bytes now_is_t = "4E6F772069732074"_hex;
  EXPECT_EQ(to_hex(cbc_encrypt(BlockCipher::kTripleDes, key, now_is_t)), "3FA40E8A984D4815");
  EXPECT_EQ(cbc_decrypt(BlockCipher::kTripleDes, key, "3FA40E8A984D4815"_hex), now_is_t);
}

TEST(BlockCipher, RefusesKeysAndDataOfTheWrongSize) {
  EXPECT_THROW(cbc_encrypt(BlockCipher::kAes, Bytes(15), Bytes(16)), std::logic_error);
  EXPECT_THROW(cbc_encrypt(BlockCipher::kAes, Bytes(16), Bytes(15)), std::logic_error);
  EXPECT_THROW(cbc_decrypt(BlockCipher::kTripleDes, Bytes(32), Bytes(8)), std::logic_error);
  EXPECT_THROW(block_cipher_mac(BlockCipher::kTripleDes, Bytes(8), Bytes(8)), std::logic_error);
  EXPECT_EQ(cbc_encrypt(BlockCipher::kAes, Bytes(16), {}), Bytes{});
}

// --- SPI, KIc and KID (5.1.1 to 5.1.3) ---

TEST(Scp80Spi, EveryValueSurvivesDecodingAndEncoding) {
  for (int first = 0; first < 0x20; ++first) {
    for (int second = 0; second < 0x40; ++second) {
      Octets<2> octets{static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(second)};
      EXPECT_EQ(encode_spi(decode_spi(octets)), octets);
    }
  }
}

TEST(Scp80Spi, HasItsBitsWhereTheSpecificationHasThem) {
  SecurityParameters all = spi("1639");
  EXPECT_EQ(all.integrity, Integrity::kCryptographicChecksum);
  EXPECT_TRUE(all.ciphered);
  EXPECT_EQ(all.counter, CounterMode::kHigher);
  EXPECT_EQ(all.por, ProofOfReceipt::kAlways);
  EXPECT_EQ(all.por_integrity, Integrity::kCryptographicChecksum);
  EXPECT_TRUE(all.por_ciphered);
  EXPECT_EQ(all.por_bearer, PorBearer::kSubmit);
}

TEST(Scp80Spi, ReservedBitsMeanNothing) { EXPECT_EQ(spi("E0C0"), spi("0000")); }

TEST(Scp80Keys, TheirIndicationNamesVersionAndAlgorithm) {
  EXPECT_EQ(key_indication(2, aes("000102030405060708090A0B0C0D0E0F")), 0x22);
  EXPECT_EQ(key_indication(1, triple_des("000102030405060708090A0B0C0D0E0F")), 0x15);
  EXPECT_EQ(key_indication(15, {BlockCipher::kTripleDes, Bytes(24)}), 0xF9);
  EXPECT_EQ(key_version(0xF9), 15);
}

// TS 102 226, 8.2.1.3.2.4.2.
TEST(Scp80MinimumSecurityLevel, AsksForIntegrityCipheringAndCounterEach) {
  auto meets = [](std::uint8_t first, std::uint8_t minimum) {
    return meets_minimum_security_level(decode_spi({first, 0}), minimum);
  };
  EXPECT_TRUE(meets(0x00, 0x00));
  EXPECT_TRUE(meets(0x02, 0x02)) << "a checksum";
  EXPECT_FALSE(meets(0x01, 0x02)) << "a redundancy check is less than a checksum";
  EXPECT_TRUE(meets(0x02, 0x01));
  EXPECT_FALSE(meets(0x04, 0x02)) << "ciphering is no checksum";
  EXPECT_FALSE(meets(0x02, 0x06)) << "not ciphered";
  EXPECT_TRUE(meets(0x06, 0x06));
  EXPECT_FALSE(meets(0x06, 0x16)) << "no counter";
  EXPECT_TRUE(meets(0x1E, 0x16)) << "one higher is stricter than higher";
  EXPECT_FALSE(meets(0x16, 0x1E));
}

// --- Counters (5.1.4) ---

TEST(Scp80Counter, IsNotLookedAtWithoutACounter) {
  EXPECT_EQ(check_counter(CounterMode::kNoCounter, 0, 5), 5u);
  EXPECT_EQ(check_counter(CounterMode::kNotChecked, 9, 5), 5u) << "and the kept one stays";
  EXPECT_EQ(check_counter(CounterMode::kNotChecked, 0, kBlockedCounter), kBlockedCounter);
}

TEST(Scp80Counter, MustBeHigher) {
  EXPECT_EQ(check_counter(CounterMode::kHigher, 6, 5), 6u);
  EXPECT_EQ(check_counter(CounterMode::kHigher, 900, 5), 900u);
  EXPECT_EQ(check_counter(CounterMode::kHigher, 5, 5).error(), ResponseStatus::kCounterLow);
  EXPECT_EQ(check_counter(CounterMode::kHigher, 0, 5).error(), ResponseStatus::kCounterLow);
}

TEST(Scp80Counter, MustBeOneHigher) {
  EXPECT_EQ(check_counter(CounterMode::kOneHigher, 6, 5), 6u);
  EXPECT_EQ(check_counter(CounterMode::kOneHigher, 7, 5).error(), ResponseStatus::kCounterHigh);
  EXPECT_EQ(check_counter(CounterMode::kOneHigher, 5, 5).error(), ResponseStatus::kCounterLow);
}

TEST(Scp80Counter, IsBlockedAtItsGreatestValue) {
  EXPECT_EQ(check_counter(CounterMode::kHigher, kBlockedCounter, kBlockedCounter - 1),
            kBlockedCounter);
  for (CounterMode mode : {CounterMode::kHigher, CounterMode::kOneHigher}) {
    EXPECT_EQ(check_counter(mode, kBlockedCounter, kBlockedCounter).error(),
              ResponseStatus::kCounterBlocked);
  }
}

// --- What is refused ---

KeySet some_keys() {
  return {aes("00112233445566778899AABBCCDDEEFF"), aes("0F1E2D3C4B5A69788796A5B4C3D2E1F0")};
}
CommandHeader ciphered_header() { return {spi("1639"), 0x12, 0x12, tar("B20100")}; }
Bytes ciphered_command() {
  return protect_command({ciphered_header(), 7, "80E29100032A0100"_hex}, some_keys()).value();
}

TEST(Scp80Refusal, EveryBitOfACommandIsProtected) {
  Bytes good = ciphered_command();
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes changed = good;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 0x80 >> bit % 8);
    // Bits of SPI that nothing but the checksum covers, reserved ones included.
    EXPECT_FALSE(unprotect_command(changed, some_keys())) << "bit " << bit;
  }
}

TEST(Scp80Refusal, EveryBitOfAResponseIsProtected) {
  ResponsePacket response{tar("B20100"), 7, ResponseStatus::kPorOk, "019000"_hex};
  Bytes good = protect_response(response, ciphered_header(), some_keys()).value();
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Bytes changed = good;
    changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 0x80 >> bit % 8);
    EXPECT_FALSE(unprotect_response(changed, ciphered_header(), some_keys())) << "bit " << bit;
  }
}

TEST(Scp80Refusal, EveryShorterCommandHasNoHeader) {
  Bytes good = ciphered_command();
  for (std::size_t size = 0; size < good.size(); ++size) {
    BytesView cut = BytesView(good).first(size);
    auto header = read_command_header(cut);
    ASSERT_FALSE(header) << size;
    EXPECT_EQ(header.error().layer, Layer::kDecode);
    EXPECT_EQ(shown(unprotect_command(cut, some_keys())), "unidentified security error");
  }
}

TEST(Scp80Refusal, EveryShorterResponseIsNone) {
  ResponsePacket response{tar("B20100"), 7, ResponseStatus::kPorOk, "019000"_hex};
  Bytes good = protect_response(response, ciphered_header(), some_keys()).value();
  for (std::size_t size = 0; size < good.size(); ++size) {
    BytesView cut = BytesView(good).first(size);
    EXPECT_FALSE(unprotect_response(cut, ciphered_header(), some_keys())) << size;
    EXPECT_FALSE(read_unsecured_response(cut)) << size;
  }
}

TEST(Scp80Refusal, HeaderLengthsMustMatch) {
  Bytes packet = ciphered_command();
  for (int wrong : {0, 12, 0xFF}) {
    packet[2] = static_cast<std::uint8_t>(wrong);
    EXPECT_FALSE(read_command_header(packet)) << wrong;
  }
  packet[2] = 13;  // as if there were no checksum
  EXPECT_EQ(shown(unprotect_command(packet, some_keys())), "RC/CC/DS failed");
}

TEST(Scp80Refusal, CipheredDataIsWholeBlocks) {
  Bytes packet = ciphered_command();
  packet.push_back(0);
  packet[1] = static_cast<std::uint8_t>(packet[1] + 1);
  EXPECT_EQ(shown(unprotect_command(packet, some_keys())), "ciphering error");
}

TEST(Scp80Refusal, NothingIsLeftWhereHeaderAndChecksumShouldBe) {
  Bytes packet = ciphered_command();
  packet.resize(10 + 16);  // one block: a counter, but not all of a checksum of 16 octets
  packet[1] = static_cast<std::uint8_t>(packet.size() - 2);
  packet[2] = 13;
  KeySet keys = some_keys();
  keys.kid->mac_length = 16;
  EXPECT_FALSE(unprotect_command(packet, keys));
}

TEST(Scp80Refusal, PaddingIsLessThanABlock) {
  // Ciphered without a checksum, so that the padding counter can be made wrong: SPI 0400.
  for (int padding : {0x0F, 0x10, 0x20, 0xFF}) {
    Bytes plain(32);
    plain[5] = static_cast<std::uint8_t>(padding);
    Bytes packet = concat({"00280D04001212B20100"_hex,
                           cbc_encrypt(BlockCipher::kAes, some_keys().kic->value, plain)});
    EXPECT_EQ(shown(unprotect_command(packet, some_keys())),
              padding < 16 ? "0 0000000000000000000000" : "ciphering error")
        << padding;
  }
}

TEST(Scp80Refusal, ThereIsNoPaddingWithoutCiphering) {
  KeySet keys = some_keys();
  CommandHeader header{spi("0000"), 0, 0, tar("B20100")};
  Bytes packet = protect_command({header, 0, Bytes(4)}, keys).value();
  packet[15] = 1;  // PCNTR
  EXPECT_EQ(shown(unprotect_command(packet, keys)), "ciphering error");
}

TEST(Scp80Refusal, KeysMustBeThereAndOfTheAlgorithmNamed) {
  Bytes packet = ciphered_command();
  KeySet keys = some_keys();
  EXPECT_EQ(shown(unprotect_command(packet, {keys.kic, std::nullopt})),
            "unidentified security error");
  EXPECT_EQ(shown(unprotect_command(packet, {std::nullopt, keys.kid})),
            "unidentified security error");
  Key des = triple_des("000102030405060708090A0B0C0D0E0F");
  EXPECT_EQ(shown(unprotect_command(packet, {keys.kic, des})), "unidentified security error");
  EXPECT_EQ(shown(unprotect_command(packet, {des, keys.kid})), "unidentified security error");
  EXPECT_EQ(shown(unprotect_command(packet, {keys.kid, keys.kic})), "RC/CC/DS failed");
}

// The packet could be read, but not answered as it asks.
TEST(Scp80Refusal, KeysMustServeForTheResponseToo) {
  CommandHeader header{spi("0211"), 0x12, 0x12, tar("B20100")};
  Bytes packet = protect_command({header, 0, Bytes(4)}, some_keys()).value();
  EXPECT_TRUE(unprotect_command(packet, some_keys()));
  EXPECT_EQ(shown(unprotect_command(packet, {std::nullopt, some_keys().kid})),
            "unidentified security error");
}

TEST(Scp80Refusal, WhatIsNotSupportedIsAnUnidentifiedSecurityError) {
  struct Case {
    const char *what, *spi;
    int kic, kid;
  };
  const Case cases[] = {{"digital signature", "0300", 0x12, 0x12},
                        {"response with a digital signature", "020D", 0x12, 0x12},
                        {"single DES", "0600", 0x11, 0x11},
                        {"proprietary algorithms", "0600", 0x13, 0x13},
                        {"CRC-16", "0100", 0x00, 0x01}};
  for (const Case& c : cases) {
    CommandHeader header{spi(c.spi), static_cast<std::uint8_t>(c.kic),
                         static_cast<std::uint8_t>(c.kid), tar("B20100")};
    EXPECT_FALSE(protect_command({header, 0, {}}, some_keys()) &&
                 protect_response({}, header, some_keys()))
        << c.what;
    Bytes packet = concat({"00260D"_hex, from_hex(c.spi).value(), Bytes{header.kic, header.kid},
                           header.tar, Bytes(32)});
    packet[1] = static_cast<std::uint8_t>(packet.size() - 2);
    EXPECT_EQ(shown(unprotect_command(packet, some_keys())), "unidentified security error")
        << c.what;
  }
}

TEST(Scp80Refusal, KeysOfImpossibleSizesDoNotServe) {
  for (std::size_t size : {0, 8, 15, 17, 33}) {
    KeySet keys{Key{BlockCipher::kAes, Bytes(size)}, Key{BlockCipher::kAes, Bytes(size)}};
    EXPECT_EQ(shown(unprotect_command(ciphered_command(), keys)), "unidentified security error");
  }
  KeySet keys = some_keys();
  for (std::size_t length : {0, 3, 17}) {
    keys.kid->mac_length = length;
    EXPECT_EQ(shown(unprotect_command(ciphered_command(), keys)), "unidentified security error");
  }
}

TEST(Scp80Refusal, APacketHasAtMost65535Octets) {
  CommandHeader header{spi("0200"), 0x12, 0x12, tar("B20100")};
  constexpr std::size_t kLongest = 65535 - 1 - 13 - 8;
  auto packet = protect_command({header, 0, Bytes(kLongest)}, some_keys());
  ASSERT_TRUE(packet);
  EXPECT_EQ(unprotect_command(*packet, some_keys()).value().secured_data.size(), kLongest);
  auto too_long = protect_command({header, 0, Bytes(kLongest + 1)}, some_keys());
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().layer, Layer::kInput);
}

TEST(Scp80Refusal, ACounterHasFiveOctets) {
  auto packet = protect_command({ciphered_header(), kBlockedCounter + 1, {}}, some_keys());
  ASSERT_FALSE(packet);
  EXPECT_EQ(packet.error().layer, Layer::kInput);
}

TEST(Scp80Refusal, AnyOctetsAreReadWithoutHarm) {
  SeededRandom random(80);
  for (int round = 0; round < 20000; ++round) {
    Bytes packet(random.next() % 80);
    random.fill(packet);
    if (packet.size() > 2) packet[0] = 0, packet[1] = static_cast<std::uint8_t>(packet.size() - 2);
    auto header = read_command_header(packet);
    auto opened = unprotect_command(packet, some_keys());
    EXPECT_TRUE(header || !opened);
    static_cast<void>(unprotect_response(packet, ciphered_header(), some_keys()));
    static_cast<void>(read_unsecured_response(packet));
  }
}

// --- Responses without protection ---

TEST(Scp80Response, WithoutProtectionTellsTheStatusAndNothingElse) {
  ResponsePacket refusal{tar("B20100"), 0, ResponseStatus::kIntegrityFailed, "019000"_hex};
  Bytes packet = unsecured_response(refusal);
  EXPECT_EQ(to_hex(packet), "000B0AB2010000000000000001");
  auto read = read_unsecured_response(packet).value();
  EXPECT_EQ(read.status, ResponseStatus::kIntegrityFailed);
  EXPECT_EQ(read.tar, tar("B20100"));
  EXPECT_FALSE(unprotect_response(packet, ciphered_header(), some_keys()))
      << "it is not taken for a protected one";
}

TEST(Scp80Response, EveryStatusHasItsName) {
  EXPECT_EQ(to_string(ResponseStatus::kPorOk), "PoR OK");
  for (int code = 0; code <= 0x0A; ++code)
    EXPECT_NE(to_string(static_cast<ResponseStatus>(code)), "unknown status code") << code;
  EXPECT_EQ(to_string(static_cast<ResponseStatus>(0x7F)), "unknown status code");
}

}  // namespace
}  // namespace rsp::crypto::scp80
