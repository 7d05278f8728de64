// What the cases of local profile management and of sessions share (SGP.23 4.2.14 to 4.2.27, 5.2):
// commands and answers written out octet by octet, without the encoder of the card under test, and
// the whole state of a card as text.
#pragma once

#include <fmt/format.h>

#include "tests/sim_euicc/euicc_test_support.h"

namespace sgp23 {

using namespace sim::testing;  // the harness of the software eUICC's own tests

// --- TLVs in hexadecimal ---

/// A TLV with the shortest length.
inline std::string tlv_text(std::string_view tag, std::string_view content) {
  std::size_t size = content.size() / 2;
  std::string length = size < 128   ? fmt::format("{:02X}", size)
                       : size < 256 ? fmt::format("81{:02X}", size)
                                    : fmt::format("82{:04X}", size);
  return fmt::format("{}{}{}", tag, length, content);
}

inline std::string text_as_hex(std::string_view text) {
  std::string out;
  for (char c : text) out += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return out;
}

/// BF 31 { 80 result } and the like: the answer of a function that has only a result.
inline std::string answered(std::string_view tag, unsigned result, std::string_view sw = "9000") {
  return fmt::format("{}038001{:02X}{}", tag, result, sw);
}

inline std::string by_iccid(unsigned number) { return tlv_text("5A", to_hex(iccid(number))); }
inline std::string by_aid(const rsp::Aid& aid) { return tlv_text("4F", to_hex(aid)); }
/// An ISD-P that no card of these cases has.
inline std::string unknown_aid() { return "4F10A0000005591010FFFFFFFF890000FF00"; }

// refreshFlag of EnableProfile and DisableProfile.
constexpr std::string_view kRefresh = "8101FF", kNoRefresh = "810100";

inline std::string enable_command(std::string_view profile, std::string_view refresh = kNoRefresh) {
  return tlv_text("BF31", tlv_text("A0", profile) + std::string(refresh));
}
inline std::string disable_command(std::string_view profile,
                                   std::string_view refresh = kNoRefresh) {
  return tlv_text("BF32", tlv_text("A0", profile) + std::string(refresh));
}
/// Without an A0 around the identifier (sgp22.md H 10).
inline std::string delete_command(std::string_view profile) { return tlv_text("BF33", profile); }
/// `bits` are the content octets of resetOptions: unused bits, then the bits.
inline std::string reset_command(std::string_view bits) {
  return tlv_text("BF34", tlv_text("82", bits));
}

// NotificationEvent with one bit, as DER has it.
constexpr std::string_view kInstallBit = "0780", kEnableBit = "0640", kDisableBit = "0520",
                           kDeleteBit = "0410";

/// BF2F of a notification of the profiles that metadata_for() describes.
inline std::string notification_metadata(unsigned number, std::string_view event_bits,
                                         unsigned profile, std::string_view address = kHost) {
  return tlv_text("BF2F", fmt::format("8001{:02X}", number) + tlv_text("81", event_bits) +
                              tlv_text("0C", text_as_hex(address)) + by_iccid(profile));
}

// --- Toolkit ---

/// TERMINAL PROFILE of a terminal that carries out REFRESH.
constexpr std::string_view kTerminalProfile = "801000000400008000";
/// REFRESH with mode "UICC reset", command number 1, and its TERMINAL RESPONSE.
constexpr std::string_view kFetch = "801200000B";
constexpr std::string_view kRefreshCommand = "D009810301010482028182";
constexpr std::string_view kPerformed = "801400000C810301010482028281830100";
constexpr std::string_view kTerminalBusy = "801400000C810301010482028281830120";

// --- Cards ---

/// EF.ICCID as the terminal reads it on the basic channel; "none" where there is no such file.
inline std::string running_iccid(Bench& card) {
  card.apdu("00A4000C023F00");
  if (card.apdu("00A4000C022FE2") == "6A82") return "none";
  return card.apdu("00B000000A").substr(0, 20);
}

/// All that a card remembers, and what runs on it, by which states before and after a command are
/// compared.
inline std::string whole_state(Bench& card) {
  const auto& memory = card.euicc->memory();
  std::string out = text_of(memory);
  const auto& pending = memory.settings.pending_switch;
  out += pending ? "switch pending to " + (pending->enable ? to_hex(*pending->enable) : "none")
                 : "no switch pending";
  out += ", after test " +
         (memory.settings.before_test_profile ? to_hex(*memory.settings.before_test_profile)
                                              : "none") +
         ", running " + running_iccid(card) + "\n";
  return out;
}

/// Opens the channel of the ISD-R anew after the terminal has lost it with REFRESH.
inline void reopen_isd_r(Bench& card) {
  EXPECT_EQ(card.apdu("0070000101"), "9000");
  EXPECT_EQ(card.apdu("01A4040C10A0000005591010FFFFFFFF8900000100"), "9000");
}

/// Metadata of a profile of another class, and of one with policy rules for the owner that the
/// default Rules Authorisation Table allows.
inline rsp::StoreMetadataRequest of_class(unsigned number, rsp::ProfileClass profile_class) {
  auto metadata = metadata_for(number);
  metadata.profile_class = profile_class;
  return metadata;
}
inline rsp::StoreMetadataRequest with_rules(unsigned number, const rsp::asn1::BitString& rules) {
  auto metadata = metadata_for(number);
  metadata.profile_policy_rules = rules;
  metadata.profile_owner = test_operator();
  return metadata;
}

inline std::string is_enabled(unsigned number) { return iccid_digits(number) + " enabled"; }
inline std::string is_disabled(unsigned number) { return iccid_digits(number) + " disabled"; }

/// A command gets this answer, and nothing on the card is other than before.
inline void expect_refused(Bench& card, std::string_view command, std::string_view answer) {
  std::string before = whole_state(card);
  EXPECT_EQ(card.command(command), answer) << command;
  EXPECT_EQ(whole_state(card), before) << command;
}

/// A card without profiles.
class CardCase : public ::testing::Test {
 protected:
  explicit CardCase(Curve curve = Curve::kNistP256) : card(curve) { card.start(); }
  Bench card;
};
class BrainpoolCardCase : public CardCase {
 protected:
  BrainpoolCardCase() : CardCase(Curve::kBrainpoolP256r1) {}
};

/// One request that is not well-formed, and its whole answer.
struct MalformedRow {
  std::string name, command, answer;
};
inline void PrintTo(const MalformedRow& row, std::ostream* out) { *out << row.command; }
inline std::string name_of_row(const ::testing::TestParamInfo<MalformedRow>& row) {
  return row.param.name;
}

}  // namespace sgp23
