#include "sgp23_test_support.h"

namespace sgp23 {

std::string state_of(const Bench& card) {
  const sim::NonVolatile& memory = card.euicc->memory();
  std::string out = text_of(memory);
  for (const auto& [aid, profile] : memory.profiles)
    out += fmt::format("metadata {}\n", to_hex(rsp::asn1::encode(profile.metadata)));
  for (const auto& [number, notification] : memory.notifications)
    out += fmt::format("notification {} {}\n", number, to_hex(*notification.record));
  if (memory.unused_otpk)
    out += fmt::format("key {}\n", to_hex(memory.unused_otpk->key.public_key().point()));
  return out + fmt::format("{} octets used\n", memory.memory_used());
}

std::string session_of(const Bench& card) {
  constexpr std::array kNames{"none", "challenged", "authenticated", "prepared", "loading"};
  static_assert(std::variant_size_v<sim::Session> == kNames.size());
  return kNames.at(card.euicc->session().index());
}

void expect_answer_and_no_change(Bench& card, std::string_view command, std::string_view answer) {
  std::string before = state_of(card), session = session_of(card);
  EXPECT_EQ(card.command(command), answer) << "for " << command;
  EXPECT_EQ(state_of(card), before) << "after " << command;
  EXPECT_EQ(session_of(card), session) << "after " << command;
}

// --- Octets by hand ---

std::string tlv(std::string_view tag, std::string_view content) {
  std::size_t size = content.size() / 2;
  std::string length = size < 0x80    ? fmt::format("{:02X}", size)
                       : size < 0x100 ? fmt::format("81{:02X}", size)
                                      : fmt::format("82{:04X}", size);
  return fmt::format("{}{}{}", tag, length, content);
}

std::string text(std::string_view characters) { return to_hex(rsp::view_of(characters)); }

std::string ExpectedResult::data() const {
  std::string notification = tlv("80", fmt::format("{:02X}", sequence_number)) +
                             "81020780" +  // install
                             tlv("0C", text(kHost));
  if (profile) notification += tlv("5A", to_hex(iccid(*profile)));
  return tlv("BF27", tlv("80", kTransactionId) + tlv("BF2F", notification) + tlv("06", kDpOid) +
                         tlv("A2", final_result));
}

std::string error_result(unsigned command, unsigned reason, std::string_view sima_response) {
  std::string content = fmt::format("8001{:02X}8101{:02X}", command, reason);
  if (!sima_response.empty()) content += tlv("82", sima_response);
  return tlv("A1", content);
}

std::string success_result(std::string_view aid, std::string_view sima_response) {
  return tlv("A0", tlv("4F", aid) + tlv("04", sima_response));
}

::testing::AssertionResult is_result(const Bench& card, std::string_view answer,
                                     const ExpectedResult& expected) {
  constexpr std::size_t kSignature = 128, kStatusWord = 4;
  std::string data = expected.data();
  if (answer.size() < kSignature + kStatusWord)
    return ::testing::AssertionFailure() << "the answer is " << answer;
  std::string_view signature = answer.substr(answer.size() - kSignature - kStatusWord, kSignature);
  std::string whole = tlv("BF37", data + "5F3740" + std::string(signature)) + "9000";
  if (answer != whole)
    return ::testing::AssertionFailure() << "the answer is\n" << answer << " and not\n" << whole;
  return signed_by(card.pki.euicc->certificate.der(), {rsp::from_hex(data).value()},
                   rsp::from_hex(signature).value());
}

// --- Fixtures ---

sim::Credentials credentials_of_two_cis() {
  const auto &nist = testing_world::test_pki(Curve::kNistP256),
             &brainpool = testing_world::test_pki(Curve::kBrainpoolP256r1);
  return sim::make_credentials(
             {nist.ci.certificate, brainpool.ci.certificate},
             {{nist.euicc->certificate, nist.eum->certificate, nist.euicc->key, {}},
              {brainpool.euicc->certificate, brainpool.eum->certificate, brainpool.euicc->key, {}}})
      .value();
}

std::vector<Bytes> SessionCase::segments_for(const rsp::StoreMetadataRequest& metadata,
                                             KeyMode mode) {
  return card.bind(dp, dp.plan(metadata, package_for(metadata), mode)).segments();
}

std::string SessionCase::load(const std::vector<Bytes>& segments, std::size_t block_size) {
  std::string answer;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    answer = card.command(to_hex(segments[i]), block_size);
    if (i + 1 < segments.size()) EXPECT_EQ(answer, "9000") << "segment " << i;
  }
  return answer;
}

// --- Packages with one fault ---

void PrintTo(const LoadFault& fault, std::ostream* out) { *out << fault.name; }

void expect_refused(const LoadFault& fault) {
  constexpr unsigned kInstalled = 9;  // the profile that is there, and its result is number 1
  Bench card;
  card.persona = fault.persona;
  card.start();
  card.install(kInstalled);
  Dp dp(card.pki);
  auto plan = dp.plan(fault.metadata, package_for(fault.metadata), fault.mode);
  fault.plan(plan);
  Bpp bpp = card.bind(dp, plan);
  fault.bpp(bpp);
  auto segments = bpp.segments();
  fault.segments(segments);
  ASSERT_GT(segments.size(), fault.at);
  std::string before = state_of(card);

  for (std::size_t i = 0; i < fault.at; ++i)
    ASSERT_EQ(card.command(to_hex(segments[i])), "9000") << "segment " << i;
  std::string answer = card.command(to_hex(segments[fault.at]));
  EXPECT_TRUE(
      is_result(card, answer,
                {.sequence_number = 2,
                 .profile = fault.names_profile ? std::optional(1U) : std::nullopt,
                 .final_result = error_result(fault.command, fault.reason, fault.sima_response)}));
  EXPECT_EQ(session_of(card), "none");

  // The result is there to be retrieved as it was returned (SGP.22 3.1.3.3); when it is taken away
  // the card holds what it held, but for the counter.
  for (bool cycled : {false, true}) {
    if (cycled) card.power_cycle();
    std::string kept = answer.substr(0, answer.size() - 4);
    EXPECT_EQ(card.command("BF2B05A003800102"), tlv("BF2B", tlv("A0", kept)) + "9000");
  }
  EXPECT_EQ(card.command("BF3003800102"),
            "BF300380010"
            "09000");
  std::string counted = before;
  counted.replace(counted.find("next number 2"), 13, "next number 3");
  EXPECT_EQ(state_of(card), counted);
}

}  // namespace sgp23
