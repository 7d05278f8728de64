// What the conformance suites share: a card on either curve, what it holds compared before and
// after a command, the octets of its answers built by hand, and Bound Profile Packages with one
// fault.
//
// Suites are named as SGP.23 names its cases, TC_<IUT>_<Interface>.<Function><Variant>, with '.'
// and
// '+' written '_' and 'p'. The numbers of the sequences inside a suite are ours.
//
// The octets expected are written or put together here from SGP.22's tables, with no help of the
// encoder that the card uses.
#pragma once

#include <fmt/format.h>

#include <functional>

#include "tests/sim_euicc/euicc_test_support.h"

namespace sgp23 {

using namespace sim::testing;  // the harness of the software eUICC's own tests
using smdp::KeyMode;

// --- What a card holds ---

/// All that a card remembers, as text: profiles with their metadata, notifications, addresses,
/// counters, keys that are kept, and how much memory is free.
std::string state_of(const Bench& card);
/// Memory in which a second profile of the usual size does not fit beside the first one, though its
/// metadata and its first piece do.
inline std::size_t room_for_one_and_a_half_profiles() {
  constexpr std::size_t kForResults = 512;
  return 2 * sim::memory_of(metadata_for(1)) + package_for(metadata_for(1)).size() * 3 / 2 +
         kForResults;
}
/// "none", "challenged", "authenticated", "prepared" or "loading".
std::string session_of(const Bench& card);

/// A command in hexadecimal and its whole answer with status word, of a card that then holds what
/// it held before, and is in the session in which it was.
void expect_answer_and_no_change(Bench& card, std::string_view command, std::string_view answer);

// --- Octets by hand, in hexadecimal ---

/// A TLV with the shortest length, from its tag and what is in it.
std::string tlv(std::string_view tag, std::string_view content);
/// The octets of a text.
std::string text(std::string_view characters);
/// The transaction of a Dp as its constructor makes it, and the OID in its certificates (2.999.10).
inline constexpr std::string_view kTransactionId = "A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5";
inline constexpr std::string_view kDpOid = "88370A";

/// What a ProfileInstallationResult says about a load (SGP.22 2.5.6).
struct ExpectedResult {
  unsigned sequence_number = 1;
  std::optional<unsigned> profile = {};  // as in iccid(); nothing where no metadata had come
  std::string final_result;              // successResult or errorResult with tag A0 or A1
  /// ProfileInstallationResultData, BF27.
  std::string data() const;
};
/// A1 with bppCommandId, errorReason and, where one is expected, simaResponse.
std::string error_result(unsigned command, unsigned reason, std::string_view sima_response = "");
/// A0 with the ISD-P and the simaResponse of an installation without warnings (sgp22.md E.7).
std::string success_result(std::string_view aid = "A0000005591010FFFFFFFF8900001000",
                           std::string_view sima_response = "3007A0053003800100");

/// Whether an answer is BF37 with this content, 9000, and a signature of the card over the content.
::testing::AssertionResult is_result(const Bench& card, std::string_view answer,
                                     const ExpectedResult& expected);

// --- Fixtures ---

/// Of a card that trusts two CIs and has a key under each: NIST P-256 first, then brainpoolP256r1.
sim::Credentials credentials_of_two_cis();

/// A case on a NIST P-256 card without a profile.
class Case : public ::testing::Test {
 protected:
  explicit Case(Curve curve = Curve::kNistP256) : card(curve) { card.start(); }
  Bench card;
};

/// The same with an SM-DP+.
class SessionCase : public Case {
 protected:
  explicit SessionCase(Curve curve = Curve::kNistP256) : Case(curve), dp(card.pki) {}

  /// A good package for the card as it is, after PrepareDownload.
  std::vector<Bytes> segments_for(const rsp::StoreMetadataRequest& metadata,
                                  KeyMode mode = KeyMode::kSessionKeys);
  /// Sends all segments. All but the last must get 9000 alone; what the last one gets.
  std::string load(const std::vector<Bytes>& segments, std::size_t block_size = 255);
  Dp dp;
};

// --- Packages with one fault ---

/// How a good package becomes a bad one, and which result it gets.
struct LoadFault {
  std::string name;  // "S02_Error_Mac"
  std::size_t at;    // number of the segment that gets the result, counted as sent
  unsigned command;  // bppCommandId
  unsigned reason;   // errorReason
  std::function<void(BppPlan&)> plan = [](BppPlan&) {};
  std::function<void(Bpp&)> bpp = [](Bpp&) {};
  std::function<void(std::vector<Bytes>&)> segments = [](std::vector<Bytes>&) {};
  KeyMode mode = KeyMode::kSessionKeys;
  rsp::StoreMetadataRequest metadata = metadata_for(1);
  sim::Persona persona = {};
  /// Whether the result names the profile: it does once the metadata was taken.
  bool names_profile = false;
  /// Of a package that could not be processed.
  std::string sima_response = "";
};
void PrintTo(const LoadFault& fault, std::ostream* out);

/// Loads the package of a fault onto a new card that has one profile already, and expects: 9000
/// alone up to the segment `at`; there the result, kept as it was returned; the session over; a
/// card that holds nothing else that is new, also after a power cycle.
void expect_refused(const LoadFault& fault);

/// Names the cases of a table after their rows.
inline auto by_name() {
  return [](const auto& info) { return info.param.name; };
}

}  // namespace sgp23
