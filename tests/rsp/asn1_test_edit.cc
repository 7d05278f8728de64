// Finding, showing and changing single fields of an encoded message.
#include <gtest/gtest.h>

#include "rsp/asn1/edit.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/messages/all.h"

namespace rsp::asn1 {
namespace {

/// Hexadecimal with blanks.
Bytes operator""_x(const char* text, std::size_t size) {
  std::string digits(text, size);
  std::erase(digits, ' ');
  return from_hex(digits).value();
}

/// Content octets of a field, or the error.
template <TopLevel M>
std::string content_at(BytesView der, std::string_view path) {
  auto chain = locate<M>(der, path);
  return chain ? to_hex(chain->back().content) : chain.error().message();
}

const Bytes kNickname = "BF2910 5A0A98001032547698103214 90024142"_x;

/// BF36 with two 88 and three 86, by hand but for the first element.
Bytes package() {
  BoundProfilePackage bpp;
  bpp.initialise_secure_channel_request.transaction_id = Bytes{1, 2};
  bpp.initialise_secure_channel_request.control_ref_template = {Bytes{0x88}, Bytes{0x10}, Bytes{7}};
  bpp.first_sequence_of_87 = {{0xA1}};
  bpp.sequence_of_88 = {{0xB1}, {0xB2}};
  bpp.sequence_of_86 = {{0xC1}, Bytes(200, 0xC2), {0xC3}};
  return encode(bpp);
}

/// A notification list: a CHOICE with a list of CHOICEs.
Bytes notifications() {
  OtherSignedNotification other;
  other.tbs_other_notification.value = {7, {kNotificationEnable}, "a.example", std::nullopt, {}};
  other.euicc_notification_signature = {0x51};
  other.euicc_certificate = {"3000"_x};
  other.eum_certificate = {"3000"_x};
  PendingNotificationList list;
  list.push_back(other);
  list.push_back(other);
  return encode(RetrieveNotificationsListResponse{list});
}

// --- locate ---

TEST(Locate, FindsFieldsByTheirPath) {
  EXPECT_EQ(content_at<SetNicknameRequest>(kNickname, "profileNickname"), "4142");
  EXPECT_EQ(content_at<SetNicknameRequest>(kNickname, "iccid"), "98001032547698103214");
  Bytes bpp = package();
  EXPECT_EQ(content_at<BoundProfilePackage>(
                bpp, "initialiseSecureChannelRequest.controlRefTemplate.hostId"),
            "07");
}

TEST(Locate, FindsElementsOfLists) {
  Bytes bpp = package();
  EXPECT_EQ(content_at<BoundProfilePackage>(bpp, "sequenceOf86[0]"), "C1");
  EXPECT_EQ(content_at<BoundProfilePackage>(bpp, "sequenceOf86[2]"), "C3");
  EXPECT_EQ(content_at<BoundProfilePackage>(bpp, "sequenceOf88"), "8801B18801B2");
}

TEST(Locate, FindsFieldsInsideChoicesAndTheirLists) {
  Bytes der = notifications();
  std::string_view path =
      "notificationList[1].otherSignedNotification.tbsOtherNotification.notificationAddress";
  EXPECT_EQ(content_at<RetrieveNotificationsListResponse>(der, path), to_hex(view_of("a.example")));
}

TEST(Locate, EmptyPathIsTheMessage) {
  auto chain = locate<SetNicknameRequest>(kNickname, "");
  ASSERT_TRUE(chain);
  EXPECT_EQ(chain->size(), 1u);
  EXPECT_EQ(chain->back().whole.data(), kNickname.data());
  EXPECT_EQ(chain->back().whole.size(), kNickname.size());
}

TEST(Locate, ChainGoesFromTheMessageToTheField) {
  Bytes bpp = package();
  auto chain = locate<BoundProfilePackage>(bpp, "sequenceOf86[1]");
  ASSERT_TRUE(chain);
  std::string tags;
  for (const Element& element : *chain) tags += to_string(element.tag, element.constructed) + " ";
  EXPECT_EQ(tags, "BF36 A3 86 ");
}

TEST(Locate, UnknownPathsAreRefused) {
  auto chain = locate<SetNicknameRequest>(kNickname, "nickname");
  ASSERT_FALSE(chain);
  EXPECT_EQ(chain.error().layer, Layer::kInput);
  EXPECT_EQ(chain.error().text, "the message has no field setNicknameRequest.nickname");
  EXPECT_FALSE(locate<BoundProfilePackage>(package(), "sequenceOf86[3]"));
  EXPECT_FALSE(locate<BoundProfilePackage>(package(), "secondSequenceOf87"))
      << "an absent field has no place";
}

TEST(Locate, FieldsBeforeAFaultAreStillFound) {
  Bytes damaged = "BF290F 5A0A98001032547698103214 91014142"_x;  // 91 where 90 should be
  EXPECT_EQ(content_at<SetNicknameRequest>(damaged, "iccid"), "98001032547698103214");
  auto chain = locate<SetNicknameRequest>(damaged, "profileNickname");
  ASSERT_FALSE(chain);
  EXPECT_EQ(chain.error().layer, Layer::kDecode)
      << "the decoder's own error says more than «no such field»";
}

// --- mutate ---

template <TopLevel M>
std::string mutated(const Bytes& der, std::string_view path, const Mutation& mutation) {
  auto out = mutate<M>(der, path, mutation);
  return out ? to_hex(*out) : out.error().message();
}

TEST(Mutate, SetsContentAndMendsLengths) {
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "profileNickname", set_content("434445"_x)),
            to_hex("BF2911 5A0A98001032547698103214 9003434445"_x));
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "profileNickname", set_content({})),
            to_hex("BF290E 5A0A98001032547698103214 9000"_x));
}

TEST(Mutate, Omits) {
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "iccid", omit()), to_hex("BF2904 90024142"_x));
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "", omit()), "");
}

TEST(Mutate, Duplicates) {
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "profileNickname", duplicate()),
            to_hex("BF2914 5A0A98001032547698103214 90024142 90024142"_x));
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "", duplicate()),
            to_hex(concat({kNickname, kNickname})));
}

TEST(Mutate, FlipsOneBitAndNoLength) {
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "profileNickname", flip_bit(0)),
            to_hex("BF2910 5A0A98001032547698103214 9002C142"_x));
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "profileNickname", flip_bit(15)),
            to_hex("BF2910 5A0A98001032547698103214 90024143"_x));
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "profileNickname", flip_bit(16)),
            mutated<SetNicknameRequest>(kNickname, "profileNickname", flip_bit(0)))
      << "it wraps around";
}

TEST(Mutate, FlippingABitOfNothingChangesNothing) {
  Bytes empty = "BF290E 5A0A98001032547698103214 9000"_x;
  EXPECT_EQ(mutated<SetNicknameRequest>(empty, "profileNickname", flip_bit(3)), to_hex(empty));
}

TEST(Mutate, MendsLengthsOfEveryElementAround) {
  Bytes bpp = package();
  auto out = mutate<BoundProfilePackage>(bpp, "sequenceOf86[1]", set_content(Bytes(70000, 0xEE)));
  ASSERT_TRUE(out);
  auto read = decode<BoundProfilePackage>(*out);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->sequence_of_86[0], Bytes{0xC1});
  EXPECT_EQ(read->sequence_of_86[1].size(), 70000u);
  EXPECT_EQ(read->sequence_of_86[2], Bytes{0xC3});
  EXPECT_EQ(to_hex(encode(*read)), to_hex(*out)) << "the lengths are those of DER";
}

TEST(Mutate, OmitsAndDuplicatesElementsOfLists) {
  Bytes bpp = package();
  auto fewer = decode<BoundProfilePackage>(
      mutate<BoundProfilePackage>(bpp, "sequenceOf88[0]", omit()).value());
  ASSERT_TRUE(fewer);
  EXPECT_EQ(fewer->sequence_of_88, (std::vector<Bytes>{{0xB2}}));
  auto more = decode<BoundProfilePackage>(
      mutate<BoundProfilePackage>(bpp, "sequenceOf88[0]", duplicate()).value());
  ASSERT_TRUE(more);
  EXPECT_EQ(more->sequence_of_88, (std::vector<Bytes>{{0xB1}, {0xB1}, {0xB2}}));
}

TEST(Mutate, LeavesEverythingAroundTheFieldAlone) {
  // A length form that is no DER, before the field and not around it.
  Bytes der = "BF2911 5A810A98001032547698103214 90024142"_x;
  EXPECT_EQ(mutated<SetNicknameRequest>(der, "profileNickname", set_content("43"_x)),
            to_hex("BF2910 5A810A98001032547698103214 900143"_x));
}

TEST(Mutate, ReachesListsOfChoices) {
  Bytes der = notifications();
  std::string_view path =
      "notificationList[1].otherSignedNotification.tbsOtherNotification.notificationAddress";
  auto out = mutate<RetrieveNotificationsListResponse>(
      der, path, set_content(to_bytes(view_of("other.example"))));
  ASSERT_TRUE(out);
  auto read = decode<RetrieveNotificationsListResponse>(*out);
  ASSERT_TRUE(read) << read.error().message();
  const auto& list = std::get<PendingNotificationList>(read->result);
  EXPECT_EQ(metadata_of(list[0]).notification_address, "a.example");
  EXPECT_EQ(metadata_of(list[1]).notification_address, "other.example");
}

TEST(Mutate, UnknownPathIsAnError) {
  EXPECT_EQ(mutated<SetNicknameRequest>(kNickname, "nothing", omit()),
            "input at setNicknameRequest.nothing: the message has no field "
            "setNicknameRequest.nothing (a dump of the "
            "message lists its fields)");
}

TEST(Replace, TakesSeveralElements) {
  auto chain = locate<SetNicknameRequest>(kNickname, "profileNickname");
  ASSERT_TRUE(chain);
  EXPECT_EQ(to_hex(replace(kNickname, *chain, "810101 820102"_x)),
            to_hex("BF2912 5A0A98001032547698103214 810101 820102"_x));
}

// --- dump ---

TEST(Dump, ShowsAnElementALine) {
  EXPECT_EQ(dump<SetNicknameRequest>(kNickname),
            "setNicknameRequest BF29\n"
            "  iccid 5A 98001032547698103214\n"
            "  profileNickname 90 4142\n");
}

TEST(Dump, IndentsByDepthAndNumbersLists) {
  std::string text = dump<BoundProfilePackage>(package(), 4);
  EXPECT_NE(text.find("\n    controlRefTemplate A6\n      keyType 80 88\n"), std::string::npos)
      << text;
  EXPECT_NE(text.find("\n  sequenceOf88 A1\n    [0] 88 B1\n    [1] 88 B2\n"), std::string::npos)
      << text;
}

TEST(Dump, CutsLongContentAndSaysHowLongItIs) {
  std::string text = dump<BoundProfilePackage>(package(), 4);
  EXPECT_NE(text.find("[1] 86 C2C2C2C2... (200 octets)\n"), std::string::npos) << text;
}

TEST(Dump, EndsWithTheErrorWhereTheMessageDoesNotDecode) {
  EXPECT_EQ(
      dump<SetNicknameRequest>("BF2910 5A0A98001032547698103214 91024142"_x),
      "setNicknameRequest BF29\n"
      "  iccid 5A 98001032547698103214\n"
      "error: setNicknameRequest.profileNickname is missing: expected tag 90 or B0, found 91\n");
  EXPECT_EQ(
      dump<SetNicknameRequest>({}),
      "error: setNicknameRequest is missing: expected tag 9F29 or BF29, but nothing is left\n");
}

}  // namespace
}  // namespace rsp::asn1
