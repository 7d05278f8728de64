// Any APDUs to the software eUICC. Input: one octet that picks the state to begin in, then APDUs,
// each behind an octet with its length; a length of 0 takes the power away and gives it back.
//
// Promises: every command gets a status word, at most one profile is enabled, and what the card
// keeps it can read again.
//
// The certificates are made anew by each process, so nothing of an input depends on a signature.
// What needs one is sent before the input: that is what the states are for.
#include <algorithm>
#include <array>
#include <memory>

#include "fake_smdp/bpp_builder.h"
#include "fake_smdp/smdp.h"
#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "rsp/pki/test_pki.h"
#include "rsp/saip/profile_maker.h"
#include "sim_euicc/euicc.h"
#include "tests/fuzz/require.h"

using fuzz::require;
using rsp::append;
using rsp::Bytes;
using rsp::BytesView;
using rsp::operator""_hex;

namespace {

/// States to begin in, each further than the one before it.
enum State {
  kNew,
  kWithProfile,
  kAuthenticated,
  kPrepared,
  kLoadingMetadata,
  kLoadingPackage,
  kStates
};

const rsp::pki::TestPki& pki() {
  static const rsp::pki::TestPki made = [] {
    rsp::SeededRandom random(1);
    return rsp::pki::make_test_pki(rsp::crypto::Curve::kNistP256, rsp::SystemClock().now(), random);
  }();
  return made;
}

Bytes profile(std::string iccid) {
  rsp::saip::ProfileParameters parameters;
  parameters.iccid_digits = std::move(iccid);
  parameters.imsi = "001010000000001";
  return rsp::saip::make_profile(parameters).value();
}

/// A card, and an SM-DP+ that does everything right, up to where the input takes over.
class Bench {
 public:
  explicit Bench(sim::StorageRecords records = {}) : storage_(std::move(records)) { power_up(); }

  void power_up() {
    static const sim::Credentials credentials =
        sim::make_credentials(
            {pki().ci.certificate},
            {{pki().euicc->certificate, pki().eum->certificate, pki().euicc->key, {}}})
            .value();
    auto card = sim::Euicc::power_up({}, credentials, {random_, storage_});
    require(card.has_value(), "what the card keeps it can read again");
    card_ = *std::move(card);
  }

  void transmit(BytesView apdu) {
    Bytes response = card_->transmit(apdu);
    require(response.size() >= 2 && response.size() <= 258,
            "every command gets at most 256 octets and a status word");
    const auto& profiles = card_->memory().profiles;
    require(std::ranges::count_if(profiles,
                                  [](const auto& entry) {
                                    return entry.second.state == rsp::ProfileState::kEnabled;
                                  }) <= 1,
            "at most one profile is enabled");
  }

  /// Opens channel 1 and selects the ISD-R on it.
  void select() {
    transmit("0070000001"_hex);
    const Bytes aid = sim::Persona::default_isd_r_aid();
    transmit(
        rsp::concat({Bytes{0x01, 0xA4, 0x04, 0x0C, static_cast<std::uint8_t>(aid.size())}, aid}));
  }
  /// A command on channel 1, and all of its answer.
  Bytes command(BytesView octets) {
    Bytes answer;
    auto blocks = rsp::card::store_data_blocks(octets, 255).value();
    for (rsp::card::CommandApdu& block : blocks) {
      block.cla = 0x81;
      auto response = rsp::card::ResponseApdu::parse(card_->transmit(block.encode())).value();
      append(answer, response.data);
      while (response.sw.more_data()) {
        response =
            rsp::card::ResponseApdu::parse(card_->transmit(Bytes{0x01, 0xC0, 0, 0, 0})).value();
        append(answer, response.data);
      }
      require(response.sw.success(), "the card takes what a good SM-DP+ sends");
    }
    return answer;
  }
  template <class Request>
  typename Request::Response call(const Request& request) {
    auto response =
        rsp::asn1::decode<typename Request::Response>(command(rsp::asn1::encode(request)));
    require(response.has_value(), "the card answers with a message");
    return *std::move(response);
  }

  void authenticate() {
    rsp::AuthenticateServerRequest request;
    request.server_signed1 =
        rsp::asn1::seal(rsp::asn1::kSequence,
                        rsp::ServerSigned1{kTransaction,
                                           call(rsp::GetEuiccChallengeRequest{}).euicc_challenge,
                                           "smdp.example",
                                           {},
                                           {}});
    request.server_signature1 =
        rsp::to_bytes(pki().dp_auth->key.sign({request.server_signed1.der}));
    request.euicc_ci_pkid_to_be_used = rsp::to_bytes(pki().ci.certificate.subject_key_id());
    request.server_certificate.der = rsp::to_bytes(pki().dp_auth->certificate.der());
    auto response = call(request);
    auto* ok = std::get_if<rsp::AuthenticateResponseOk>(&response.result);
    require(ok != nullptr, "the card takes a good server");
    signature1_ = ok->euicc_signature1;
  }
  void prepare() {
    rsp::PrepareDownloadRequest request;
    request.smdp_signed2 = rsp::asn1::seal(rsp::asn1::kSequence,
                                           rsp::SmdpSigned2{kTransaction, false, std::nullopt, {}});
    request.smdp_signature2 = rsp::to_bytes(pki().dp_pb->key.sign(
        {request.smdp_signed2.der, rsp::asn1::encode_as(rsp::kSignatureTag, signature1_)}));
    request.smdp_certificate.der = rsp::to_bytes(pki().dp_pb->certificate.der());
    auto response = call(request);
    auto* ok = std::get_if<rsp::PrepareDownloadResponseOk>(&response.result);
    require(ok != nullptr, "the card prepares a good download");
    otpk_ = ok->euicc_signed2.value.euicc_otpk;
  }
  /// Sends the first segments of a package, or all where there are fewer.
  void load(const std::string& iccid, std::size_t segments) {
    Bytes package = profile(iccid);
    auto metadata = smdp::metadata_for(package, "Provider", "Profile", "smdp.example").value();
    auto bound = smdp::build_bpp({kTransaction, card_->eid(), otpk_, pki().dp_pb->key,
                                  pki().dp_pb->certificate.registered_id(), metadata, package},
                                 random_)
                     .value();
    Bytes der = rsp::asn1::encode(bound);
    auto all = rsp::card::bpp_segments(der).value();
    for (std::size_t i = 0; i < std::min(segments, all.size()); ++i) command(all[i]);
  }

  const sim::StorageRecords& records() const { return storage_.records(); }

 private:
  static inline const rsp::TransactionId kTransaction{Bytes(16, 0xA5)};
  rsp::SeededRandom random_{7};
  sim::MemoryStorage storage_;
  std::unique_ptr<sim::Euicc> card_;
  Bytes signature1_, otpk_;
};

/// The memory of a card with one profile that is enabled and one that is not, and their
/// notifications.
const sim::StorageRecords& with_profiles() {
  static const sim::StorageRecords records = [] {
    Bench bench;
    bench.select();
    for (std::string iccid : {"8988211000000000019", "8988211000000000027"}) {
      bench.authenticate();
      bench.prepare();
      bench.load(iccid, SIZE_MAX);
    }
    rsp::EnableProfileRequest enable;
    rsp::Iccid iccid;
    std::ranges::copy(rsp::to_swapped_bcd("8988211000000000019", 10).value(), iccid.begin());
    enable.profile_identifier = iccid;
    require(bench.call(enable).enable_result == rsp::EnableResult::kOk,
            "an installed profile can be enabled");
    return bench.records();
  }();
  return records;
}

/// Where the segments of the package begin that load() sends: BF23, A0, A1, 88, A2, A3.
constexpr std::size_t kBeforeMetadata = 3, kBeforePackage = 6;

std::unique_ptr<Bench> bench_in(State state) {
  auto bench = std::make_unique<Bench>(state == kNew ? sim::StorageRecords{} : with_profiles());
  bench->select();
  if (state >= kAuthenticated) bench->authenticate();
  if (state >= kPrepared) bench->prepare();
  if (state == kLoadingMetadata) bench->load("8988211000000000035", kBeforeMetadata);
  if (state == kLoadingPackage) bench->load("8988211000000000035", kBeforePackage);
  return bench;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto bench = bench_in(static_cast<State>(data[0] % kStates));
  BytesView rest(data + 1, size - 1);
  while (!rest.empty()) {
    std::size_t length = std::min<std::size_t>(rest[0], rest.size() - 1);
    rest = rest.subspan(1);
    if (length == 0) {
      bench->power_up();
      bench->select();
      continue;
    }
    bench->transmit(rest.first(length));
    rest = rest.subspan(length);
  }
  bench->power_up();
  return 0;
}
