// Templates personalised: every value read back by decoding what came out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rsp/base/hex.h"
#include "rsp/saip/check.h"
#include "rsp/saip/package_files.h"
#include "rsp/saip/personalise.h"
#include "rsp/saip/profile_maker.h"
#include "rsp/saip/summary.h"
#include "rsp/saip/usim_files.h"

namespace rsp::saip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

ProfilePackage made() {
  ProfileParameters p{.iccid_digits = "8900101234567890123", .imsi = "001010123456789"};
  p.msisdn = "+15550100";
  return make_package(p).value();
}

/// Personalised, encoded and decoded again.
ProfilePackage with(const ProfileValues& values, const ProfilePackage& from = made()) {
  auto package = personalise(from, values);
  EXPECT_TRUE(package) << package.error().message();
  if (!package) return {};
  return decode_package(encode_package(*package)).value();
}

std::string refusal(const ProfileValues& values, const ProfilePackage& from = made()) {
  auto package = personalise(from, values);
  return package ? "none" : package.error().path + ": " + package.error().text;
}

Bytes content(const ProfilePackage& package, std::string_view member) {
  for (const PackageFile& file : contents_of(package).files) {
    if (file.member == member) return file.content;
  }
  ADD_FAILURE() << "there is no " << member;
  return {};
}

template <class T>
std::vector<const T*> all(const ProfilePackage& package) {
  std::vector<const T*> found;
  for (const ProfileElement& element : package.elements) {
    if (const auto* body = element.as<T>()) found.push_back(body);
  }
  return found;
}

template <class T>
void remove(ProfilePackage& package) {
  std::erase_if(package.elements,
                [](const ProfileElement& element) { return element.as<T>() != nullptr; });
}

AlgoParameter& algorithm(ProfilePackage& package) {
  for (ProfileElement& element : package.elements) {
    if (auto* aka = element.as<AkaParameter>())
      return std::get<AlgoParameter>(aka->algo_configuration);
  }
  throw std::logic_error("no akaParameter");
}
AlgoParameter algorithm(ProfilePackage&& package) { return algorithm(package); }

TEST(Personalise, WithoutValuesChangesNothing) {
  EXPECT_EQ(encode_package(with({})), encode_package(made()));
}

TEST(Personalise, MakesWhatMakingWithTheSameValuesMakes) {
  ProfileParameters p{.iccid_digits = "8988211000000000019", .imsi = "001010000000007"};
  p.msisdn = "0791234567";
  p.k = {1};
  p.opc = {2};
  p.pin1 = "1234";
  p.puk1 = "87654321";
  p.pin2 = "5678";
  p.puk2 = "12345678";
  p.adm1 = "0011223344556677";
  EXPECT_EQ(encode_package(with({.iccid = p.iccid_digits,
                                 .imsi = p.imsi,
                                 .msisdn = p.msisdn,
                                 .k = to_bytes(p.k),
                                 .opc = to_bytes(p.opc),
                                 .pin1 = p.pin1,
                                 .puk1 = p.puk1,
                                 .pin2 = p.pin2,
                                 .puk2 = p.puk2,
                                 .adm1 = p.adm1})),
            make_profile(p).value());
}

TEST(Personalise, PutsTheIccidIntoHeaderAndFile) {
  ProfilePackage package = with({.iccid = "89882110000000000199"});
  EXPECT_EQ(iccid_digits(*header_of(package)), "89882110000000000199");
  EXPECT_EQ(to_hex(content(package, "ef-iccid")), "98881201000000001099");
}

TEST(Personalise, PutsTheImsiIntoItsFileAndItsClass) {
  ProfilePackage package = with({.imsi = "310410000000003"});
  EXPECT_EQ(first_imsi(package), "310410000000003");
  EXPECT_EQ(to_hex(content(package, "ef-acc")), "0008");
}

TEST(Personalise, PutsTheImsiWhereAnIsimHadTheTemplates) {
  ProfilePackage from = made();
  FilePe isim(*layout_of("isim"));
  isim.header.identification = 500;
  Fcp adf;
  adf.file_id = Octets<2>{0x7F, 0xD1};
  adf.df_name = ApplicationId("A0000000871004FF01FF018900000100"_hex);
  isim.file("adf-isim") = {adf};
  auto text_file = [](std::string_view text) {
    Fcp fcp;
    fcp.ef_file_size = Bytes{static_cast<std::uint8_t>(text.size())};
    return file_of(fcp, to_bytes(view_of(text)));
  };
  for (std::string_view mandatory : {"ef-impu", "ef-ist", "ef-arr"}) isim.file(mandatory);
  isim.file("ef-impi") = text_file("001010123456789@ims.mnc001.mcc001.3gppnetwork.org");
  isim.file("ef-domain") = text_file("ims.mnc001.mcc001.3gppnetwork.org");
  from.elements.insert(from.elements.end() - 1, {.body = isim, .offset = 0});
  ProfilePackage package = with({.imsi = "310260000000003"}, from);
  EXPECT_EQ(text_of(content(package, "ef-impi")),
            "310260000000003@ims.mnc026.mcc310.3gppnetwork.org");
  EXPECT_EQ(text_of(content(package, "ef-domain")), "ims.mnc026.mcc310.3gppnetwork.org");
  EXPECT_THAT(refusal({.imsi = "31026000000003"}, from), HasSubstr("ef-impi"));
}

TEST(Personalise, PutsTheMsisdnBehindTheNameThatIsThere) {
  ProfilePackage from = made();
  for (ProfileElement& element : from.elements) {
    auto* pe = element.as<FilePe>();
    if (pe == nullptr || pe->layout->name != "opt-usim") continue;
    File& file = pe->file("ef-msisdn");
    std::get<Bytes>(file.back())[0] = 'A';
  }
  EXPECT_EQ(to_hex(content(with({.msisdn = "+41791234567"}, from), "ef-msisdn")),
            "41FFFFFFFFFFFFFFFFFF"
            "07911497214365F7FFFFFFFFFFFF");
}

TEST(Personalise, PutsKeysIntoTheAuthentication) {
  ProfilePackage package = with({.k = Bytes(16, 0x11), .opc = Bytes(16, 0x22)});
  EXPECT_EQ(algorithm(package).key, Bytes(16, 0x11));
  EXPECT_EQ(algorithm(package).opc, Bytes(16, 0x22));
}

TEST(Personalise, TakesTheSizesOfTuak) {
  ProfilePackage from = made();
  algorithm(from).algorithm_id = Algorithm::kTuak;
  algorithm(from).opc = Bytes(32);
  EXPECT_EQ(algorithm(with({.k = Bytes(32, 1), .opc = Bytes(32, 2)}, from)).key, Bytes(32, 1));
  EXPECT_EQ(refusal({.k = Bytes(16, 1), .opc = Bytes(16, 2)}, from),
            "opc: it has 16 octets, tuak takes 32");
}

TEST(Personalise, PutsCodesWhereverTheyAre) {
  ProfilePackage package = with({.pin1 = "1111",
                                 .puk1 = "22222222",
                                 .pin2 = "3333",
                                 .puk2 = "44444444",
                                 .adm1 = "FFEEDDCCBBAA9988"});
  std::vector<std::string> pins;
  for (const PinCodes* pe : all<PinCodes>(package)) {
    for (const PinConfiguration& pin : std::get<PinConfigurations>(pe->pin_codes))
      pins.push_back(std::to_string(pin.key_reference) + " " + to_hex(pin.pin_value));
  }
  EXPECT_THAT(pins,
              ElementsAre("1 31313131FFFFFFFF", "10 FFEEDDCCBBAA9988", "129 33333333FFFFFFFF"));
  auto& puks = all<PukCodes>(package)[0]->puk_codes;
  EXPECT_EQ(to_hex(puks[0].puk_value), "3232323232323232");
  EXPECT_EQ(to_hex(puks[1].puk_value), "3434343434343434");
}

TEST(Personalise, GivesPackagesThatACardTakes) {
  ProfilePackage package = with({.iccid = "8988211000000000019",
                                 .imsi = "001010000000007",
                                 .msisdn = "1",
                                 .k = Bytes(16, 1),
                                 .opc = Bytes(16, 2)});
  EXPECT_TRUE(check_order(package, {}).empty());
}

TEST(Personalise, RefusesValuesThatAreNone) {
  EXPECT_EQ(refusal({.iccid = "123"}), "iccid: an ICCID has 18 to 20 digits, not 3");
  EXPECT_EQ(refusal({.imsi = "12345"}), "imsi: an IMSI has 6 to 15 digits, not 5");
  EXPECT_EQ(refusal({.msisdn = "x"}), "msisdn: an MSISDN has 1 to 20 digits after an optional +");
  EXPECT_EQ(refusal({.k = Bytes(15), .opc = Bytes(16)}), "k: it has 15 octets, not 16 or 32");
  EXPECT_EQ(refusal({.k = Bytes(32), .opc = Bytes(16)}), "k: it has 32 octets, milenage takes 16");
  EXPECT_THAT(refusal({.pin1 = "12"}), HasSubstr("pin1: "));
  EXPECT_THAT(refusal({.adm1 = "0123456789ABCDEX"}), HasSubstr("adm1: "));
}

TEST(Personalise, RefusesKWithoutTheOpcThatDependsOnIt) {
  EXPECT_EQ(refusal({.k = Bytes(16)}), "k: K comes without an OPc, which depends on it");
}

TEST(Personalise, RefusesWhatTheTemplateHasNoPlaceFor) {
  ProfilePackage bare =
      make_package({.iccid_digits = "8900101234567890123", .imsi = "001010123456789"}).value();
  EXPECT_EQ(refusal({.msisdn = "1"}, bare), "msisdn: the template has no EF.MSISDN");
  remove<AkaParameter>(bare);
  EXPECT_EQ(refusal({.k = Bytes(16), .opc = Bytes(16)}, bare),
            "k: the template has no akaParameter with keys");
  remove<PinCodes>(bare);
  remove<PukCodes>(bare);
  EXPECT_EQ(refusal({.pin1 = "1234"}, bare), "pin1: the template has no PIN with the reference 1");
  EXPECT_EQ(refusal({.puk2 = "12345678"}, bare),
            "puk2: the template has no PUK with the reference 129");
  remove<FilePe>(bare);
  EXPECT_EQ(refusal({.imsi = "001010123456789"}, bare), "imsi: the template has no EF.IMSI");
  EXPECT_EQ(refusal({.iccid = "8900101234567890123"}, bare), "iccid: the template has no EF.ICCID");
  remove<ProfileHeader>(bare);
  EXPECT_EQ(refusal({.iccid = "8900101234567890123"}, bare), "iccid: the template has no header");
}

TEST(Personalise, RefusesAnOpcForTheTestAlgorithm) {
  ProfilePackage from = made();
  algorithm(from).algorithm_id = Algorithm::kUsimTest;
  EXPECT_THAT(refusal({.opc = Bytes(16)}, from), HasSubstr("opc: the template has no OPc"));
  EXPECT_EQ(algorithm(with({.k = Bytes(16, 7)}, from)).key, Bytes(16, 7));
}

TEST(Personalise, RefusesToChooseAmongUsims) {
  ProfilePackage from = made();
  for (std::size_t i = 0; i < from.elements.size(); ++i) {
    if (from.elements[i].name() != "usim") continue;
    from.elements.insert(from.elements.begin() + static_cast<std::ptrdiff_t>(i), from.elements[i]);
    break;
  }
  EXPECT_THAT(refusal({.imsi = "001010123456789"}, from), HasSubstr("2 USIMs"));
}

TEST(CheckDigit, IsLuhns) {
  EXPECT_TRUE(has_good_check_digit("8988211000000000011"));
  EXPECT_FALSE(has_good_check_digit("8988211000000000012"));
  EXPECT_TRUE(has_good_check_digit("898821100000000001"));  // none
}

// --- CSV ---

/// K with one octet changed, which no cryptography is.
Octets<16> test_opc(const Octets<16>& k, const Octets<16>& op) {
  Octets<16> opc = k;
  opc[0] = op[0];
  return opc;
}

ProfileBatch batch(std::string_view text) {
  auto read = parse_profile_csv(text, test_opc);
  EXPECT_TRUE(read) << read.error().message();
  return read ? *std::move(read) : ProfileBatch{};
}

std::string batch_refusal(std::string_view text) {
  auto read = parse_profile_csv(text, test_opc);
  return read ? "none" : read.error().path + ": " + read.error().text;
}

TEST(ProfileCsv, ReadsEveryColumn) {
  ProfileBatch read = batch(
      "\xEF\xBB\xBFICCID,imsi,Ki,opc,msisdn,PIN1,puk1,pin2,puk2,ADM1\r\n"
      "8988211000000000011,001010000000001,000102030405060708090A0B0C0D0E0F,"
      "0F0E0D0C0B0A09080706050403020100,+41791234567,1234,12345678,5678,87654321,"
      "0011223344556677\r\n");
  ASSERT_EQ(read.rows.size(), 1U);
  const ProfileValues& values = read.rows[0].values;
  EXPECT_EQ(read.rows[0].line, 2U);
  EXPECT_EQ(values.iccid, "8988211000000000011");
  EXPECT_EQ(values.imsi, "001010000000001");
  EXPECT_EQ(to_hex(*values.k), "000102030405060708090A0B0C0D0E0F");
  EXPECT_EQ(to_hex(*values.opc), "0F0E0D0C0B0A09080706050403020100");
  EXPECT_EQ(values.msisdn, "+41791234567");
  EXPECT_EQ(values.pin1, "1234");
  EXPECT_EQ(values.puk1, "12345678");
  EXPECT_EQ(values.pin2, "5678");
  EXPECT_EQ(values.puk2, "87654321");
  EXPECT_EQ(values.adm1, "0011223344556677");
  EXPECT_TRUE(read.warnings.empty());
}

TEST(ProfileCsv, TakesAnEmptyFieldForNothingSaid) {
  ProfileBatch read = batch("iccid,imsi,pin1\n8988211000000000011,,\n");
  EXPECT_FALSE(read.rows[0].values.imsi);
  EXPECT_FALSE(read.rows[0].values.pin1);
}

TEST(ProfileCsv, MakesTheOpcOfAnOp) {
  ProfileBatch read = batch(
      "iccid,k,op\n8988211000000000011,11111111111111111111111111111111,"
      "22222222222222222222222222222222\n");
  EXPECT_EQ(to_hex(*read.rows[0].values.opc), "22111111111111111111111111111111");
}

TEST(ProfileCsv, WarnsOfAWrongCheckDigit) {
  ProfileBatch read = batch("iccid\n8988211000000000011\n8988211000000000012\n");
  EXPECT_EQ(read.rows.size(), 2U);
  EXPECT_THAT(read.warnings,
              ElementsAre("line 3, column iccid: the last digit of 8988211000000000012 is not its "
                          "check digit"));
}

TEST(ProfileCsv, NamesLineAndColumnOfWhatIsWrong) {
  EXPECT_EQ(batch_refusal(""), "line 1: there is no line that names the columns");
  EXPECT_EQ(batch_refusal("imsi\n"), "line 1: there is no column iccid");
  EXPECT_EQ(batch_refusal("iccid,colour\n"), "line 1, column colour: there is no such column");
  EXPECT_EQ(batch_refusal("iccid;imsi\n"), "line 1, column iccid;imsi: there is no such column");
  EXPECT_EQ(batch_refusal("iccid,ICCID\n"), "line 1, column ICCID: this column is there twice");
  EXPECT_EQ(batch_refusal("iccid,imsi\n\n8988211000000000011\n"),
            "line 3: it has 1 fields, the first line has 2");
  EXPECT_EQ(batch_refusal("iccid,imsi\n,001010000000001\n"),
            "line 2, column iccid: every line needs an ICCID");
  EXPECT_EQ(batch_refusal("iccid\n8.98821E+18\n"),
            "line 2, column iccid: an ICCID has digits only");
  EXPECT_EQ(batch_refusal("iccid,imsi\n8988211000000000011,12\n"),
            "line 2, column imsi: an IMSI has 6 to 15 digits, not 2");
  EXPECT_THAT(batch_refusal("iccid,k\n8988211000000000011,0G\n"), HasSubstr("line 2, column k: "));
  EXPECT_EQ(batch_refusal("iccid,opc\n8988211000000000011,00\n"),
            "line 2, column opc: it has 1 octets, not 16 or 32");
  EXPECT_THAT(batch_refusal("iccid,pin1\n8988211000000000011,1\n"),
              HasSubstr("line 2, column pin1: "));
  EXPECT_EQ(batch_refusal("iccid,op\n8988211000000000011,00\n"),
            "line 2, column op: there is no k to make an OPc with");
  EXPECT_EQ(batch_refusal("iccid\n\"8988211000000000011\n"), "line 2: a quote is never closed");
}

TEST(ProfileCsv, RefusesAnIccidOrImsiThatIsThereTwice) {
  EXPECT_EQ(batch_refusal("iccid\n8988211000000000011\n8988211000000000011\n"),
            "line 3, column iccid: line 2 has the same 8988211000000000011");
  EXPECT_EQ(batch_refusal("iccid,imsi\n8988211000000000011,001010000000001\n"
                          "8988211000000000029,001010000000001\n"),
            "line 3, column imsi: line 2 has the same 001010000000001");
}

// Columns that are somebody else's: what is in them is not looked at.
TEST(ProfileCsv, PassesFurtherColumnsOn) {
  constexpr std::string_view kFurther[] = {"matchingId", "eid"};
  auto read =
      parse_profile_csv("MATCHINGID,iccid,eid\nx y,8988211000000000011,\n", test_opc, kFurther);
  ASSERT_TRUE(read);
  EXPECT_THAT(read->rows[0].further, ElementsAre(Pair("matchingId", "x y")));
  EXPECT_FALSE(parse_profile_csv("iccid,matchingId\n", test_opc));
}

TEST(ProfileValues, AreReadByTheirNames) {
  NamedText texts[] = {
      {"imsi", "001010000000001"}, {"k", std::string(32, '1')}, {"op", std::string(32, '2')}};
  auto values = read_values(texts, test_opc);
  ASSERT_TRUE(values);
  EXPECT_EQ(values->imsi, "001010000000001");
  EXPECT_TRUE(values->k && values->opc);
  EXPECT_FALSE(values->iccid);
  texts[0] = {"colour", "red"};
  EXPECT_EQ(read_values(texts, test_opc).error().path, "colour");
}

}  // namespace
}  // namespace rsp::saip
