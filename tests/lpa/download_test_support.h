// What the tests of downloads look at afterwards.
#pragma once

#include "lpa_test_support.h"

namespace lpa::testing {

struct DownloadTest : LpaTest {
  DownloadTest() { start(); }

  /// What the card says to a CancelSession for the transaction of the last download.
  std::string session_on_card() {
    SecondWay without_reset(*transport);
    Es10Client es10(without_reset, {});
    auto response = must(es10.call(rsp::CancelSessionRequest{
        es9->transaction_id, rsp::CancelSessionReason::kUndefinedReason, {}}));
    auto* error = std::get_if<rsp::CancelSessionError>(&response.result);
    return error == nullptr ? "was still open" : name_of(*error);
  }
  /// Why the server was told that the order's download was cancelled; empty where it was not.
  std::string told(std::string_view matching_id = "TEST") {
    constexpr std::string_view prefix = "cancelled: ";
    for (const std::string& event : order(matching_id).history) {
      if (event.starts_with(prefix)) return event.substr(prefix.size());
    }
    return "";
  }
  /// Whatever happened before: the card has no session, and another order is downloaded as if
  /// nothing had been.
  void expect_recovery() {
    EXPECT_EQ(session_on_card(), "invalidTransactionId");
    es9->be_honest();
    link->intercept = nullptr;
    world.add_order("LATER", "8988211000000000902");
    EXPECT_EQ(summary(download({}, "LATER")), "ok");
    EXPECT_EQ(state("LATER"), "downloaded");
  }
  bool called(std::string_view function) const {
    return std::ranges::find(es9->calls, function) != es9->calls.end();
  }

  // --- Altered answers, signed again with the server's own keys ---
  template <class Change>
  void alter_server_signed1(Change change) {
    es9->on_initiate = [this, change](rsp::InitiateAuthenticationOk& ok) {
      change(ok.server_signed1.value);
      ok.server_signed1.der = rsp::asn1::encode_as(kSequence, ok.server_signed1.value);
      ok.server_signature1 = rsp::to_bytes(world.pki.dp_auth->key.sign({ok.server_signed1.der}));
    };
  }
  template <class Change>
  void alter_package(Change change) {
    es9->on_package = [change](rsp::GetBoundProfilePackageOk& ok) {
      auto package =
          must(rsp::asn1::decode<rsp::BoundProfilePackage>(ok.bound_profile_package.der));
      change(package);
      ok.bound_profile_package.der = rsp::asn1::encode(package);
    };
  }
};

}  // namespace lpa::testing
